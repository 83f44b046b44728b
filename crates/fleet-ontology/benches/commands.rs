//! How long commands take that look at a whole fleet, from its files to what they print: `cargo bench -p
//! domi-fleet-ontology [-- HOSTS…]`. Reading and checking the files is a part of each.

#![expect(clippy::unwrap_used, reason = "what cannot be measured may panic")]

#[path = "../../fleet-files/benches/made/mod.rs"]
mod made;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use domi_fleet::{Features, Part, split};
use domi_fleet_files::{Loaded, Projected, Wanted, load, load_texts, project};
use domi_fleet_log::Log;
use domi_fleet_ontology::{Base, Said, ask, question, vocabulary};
use domi_fleet_picture::{View, explorer, outline};
use domi_fleet_plan::{Revision, Side, plan};

/// How often each is measured; the median counts.
const RUNS: usize = 5;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![50, 500, 5_000] } else { asked };
    println!("hosts   plan      picture   explorer  ask       split");
    for hosts in sizes {
        measure(hosts);
    }
}

fn measure(hosts: usize) {
    let folder = tempfile::tempdir().unwrap();
    made::write(folder.path(), hosts);
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let features = made::features();
    let read = || known(root, &features);
    // What a plan is compared with: the organisation said something else to all hosts.
    let before = read();
    let file = "domain/organizations/org.toml";
    let text = std::fs::read_to_string(root.join(file)).unwrap();
    std::fs::write(root.join(file), text.replace("words = ['org']", "words = ['all']")).unwrap();

    let planned = median(|| {
        let (was, now) = (&before, read());
        let revision = Revision { name: "HEAD".to_owned(), commit: String::new() };
        let plan = plan(revision, side(was), side(&now));
        assert_eq!(plan.summary.changed, hosts);
    });
    let drawn = median(|| {
        let (loaded, projected) = read();
        let outline = outline(View::Organisation, &loaded.fleet, &projected.hosts);
        assert!(domi_report::outline_svg(&outline).len() > hosts);
    });
    let explored = median(|| {
        let (loaded, projected) = read();
        let page = explorer(&loaded.fleet, &projected.hosts, &str::to_owned).unwrap();
        assert!(page.len() > hosts);
    });
    let answered = median(|| {
        let (loaded, projected) = read();
        let base = Base::new("https://fleet.example.org/").unwrap();
        let (fleet, log) = (&loaded.fleet, &Log::default());
        let said = Said { fleet, hosts: &projected.hosts, log, base: &base };
        let mut statements = said.statements();
        statements.extend(vocabulary().iter());
        let query = question("who-may-log-in").unwrap().query;
        ask(&Arc::new(statements), &base, query, Duration::from_secs(60)).unwrap();
    });
    // People of other units could not log in any more, and a fleet in which they do is not divided.
    for policy in std::fs::read_dir(root.join("domain/policies/authorization")).unwrap() {
        let file = policy.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, text.replace("units = ['u-", "who = ['p-")).unwrap();
    }
    let divided = median(|| {
        let (loaded, _) = read();
        let files = loaded.fleet.abouts().map(|it| it.file.clone());
        let text = |file: String| (file.clone(), std::fs::read_to_string(root.join(file)).unwrap());
        let texts: BTreeMap<String, String> = files.map(text).collect();
        let halves = split(&loaded.fleet, Part::Location("l-0"), &texts).unwrap();
        assert_eq!(halves.hosts.len(), hosts.min(50));
        let gone = |file: &String| matches!(halves.rest.texts.get(file), Some(None));
        let stays = texts.iter().filter(|(file, _)| !gone(file));
        let rest = stays.map(|(file, text)| (file.clone(), Some(text.clone()))).collect();
        for texts in [&halves.part.texts, &rest] {
            let loaded = load_texts(texts);
            loaded.fleet.check();
            project(&loaded.fleet, &features);
        }
    });
    println!(
        "{hosts:<7} {planned:.3} s   {drawn:.3} s   {explored:.3} s   {answered:.3} s   {divided:.3} s"
    );
}

/// A side of a plan.
fn side((loaded, projected): &(Loaded, Projected)) -> Side<'_> {
    Side { fleet: &loaded.fleet, projected }
}

/// A fleet, and what follows for its hosts.
fn known(root: &Utf8Path, features: &Features) -> (Loaded, Projected) {
    let loaded = load(root, Wanted::All);
    let problems = loaded.fleet.check();
    assert!(problems.is_empty(), "{}", problems[0]);
    let projected = project(&loaded.fleet, features);
    (loaded, projected)
}

/// The median of how long something takes, in seconds.
fn median(mut once: impl FnMut()) -> f64 {
    let times = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            once();
            begun.elapsed().as_secs_f64()
        })
        .collect();
    made::median(times)
}
