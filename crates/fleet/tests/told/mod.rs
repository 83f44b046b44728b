//! What is said of the files of a fleet whose hosts may have a feature, and what its hosts get.

use std::collections::BTreeMap;

use domi_fleet::{Chosen, Features, Fleet, Piece, Settings, Standing, Together};
use domi_model::{Manifest, Problem};

/// The fleet of files, with what is wrong with each alone.
pub(crate) fn fleet(files: &[(&str, &str)]) -> (Fleet, Vec<Problem>) {
    Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text)))
}

/// Problems as lines: code, place, subject, message, and what to do next.
pub(crate) fn said(problems: &[Problem]) -> Vec<String> {
    let said = |it: &Problem| {
        let place = it.place.as_ref().map_or(String::new(), ToString::to_string);
        format!("{} {place} {}: {} | {}", it.code, it.subject, it.message, it.next)
    };
    problems.iter().map(said).collect()
}

/// What each host gets of the feature of a manifest, and all that is wrong.
pub(crate) fn of(
    manifest: &str,
    files: &[(&str, &str)],
) -> (BTreeMap<String, Chosen>, Vec<String>) {
    let manifest: Manifest = serde_json::from_str(manifest).unwrap();
    let features: Features = [manifest].into_iter().collect();
    let (fleet, mut problems) = fleet(files);
    problems.extend(fleet.check());
    let (settings, found) = Settings::prepare(&fleet, &features);
    problems.extend(found);
    let mut together = Together::default();
    let mut hosts = BTreeMap::new();
    for (name, host) in &fleet.hosts {
        let chosen = settings.of(&Standing::of(&fleet, host));
        together.add(&host.about, &chosen, &features);
        hosts.insert(name.clone(), chosen);
    }
    problems.extend(together.problems());
    (hosts, said(&problems))
}

/// Looks whether all that is wrong, and nothing else, begins so.
#[track_caller]
pub(crate) fn check(manifest: &str, files: &[(&str, &str)], expected: &[&str]) {
    let (_, found) = of(manifest, files);
    let fits = found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(fits && found.len() == expected.len(), "{found:#?}");
}
