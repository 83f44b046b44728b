//! What the flake needs to know of every feature, so that no Nix file names one by hand.

use std::collections::BTreeSet;

use domi_model::{Action, Manifest, Run, System, TestBody, UnitKind};

use crate::ast::{Binding, Key, Nix, Param};
use crate::module::plain;
use crate::tests::has_package;
use crate::{header, print, value};

/// The text of `nix/features.nix`: an attribute set with an entry for every feature, by name.
///
/// Features come with the folder of their crate from the root of the repository, with `/` between
/// its parts.
pub fn index<'m>(features: impl IntoIterator<Item = (&'m Manifest, &'m str)>) -> String {
    let mut features: Vec<(&Manifest, &str)> = features.into_iter().collect();
    features.sort_by(|(a, _), (b, _)| a.feature.name.cmp(&b.feature.name));
    let all: Vec<&Manifest> = features.iter().map(|(manifest, _)| *manifest).collect();
    let entries = features.iter().map(|(manifest, crate_dir)| {
        let required = required(manifest, &all);
        Binding::new(manifest.feature.name.as_str(), entry(manifest, crate_dir, required)).gap()
    });
    print::file(&header::of_all(), &Nix::Attrs(entries.collect()))
}

/// What a feature requires whatever the settings, and what that requires.
pub(crate) fn required(manifest: &Manifest, features: &[&Manifest]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = manifest.always_requires().collect();
    while let Some(name) = open.pop() {
        if !found.insert(name.to_owned()) {
            continue;
        }
        let others = features.iter().filter(|other| other.feature.name == name);
        open.extend(others.flat_map(|other| other.always_requires()));
    }
    found
}

fn entry(manifest: &Manifest, crate_dir: &str, required: BTreeSet<String>) -> Nix {
    let feature = &manifest.feature;
    let name = &feature.name;
    let kind = feature.kind.as_str();
    let mut lines = vec![
        Binding::new("summary", value::string(&feature.summary)),
        Binding::new("kind", Nix::str(kind)),
        Binding::new("platforms", strings(feature.platforms.iter().map(|p| p.as_str().to_owned()))),
        Binding::new("crate", Nix::Path(format!("../{}", plain(crate_dir)))),
        Binding::new("module", Nix::Path(format!("../modules/{kind}/{name}.nix"))),
    ];
    if !manifest.tests.is_empty() {
        lines.push(Binding::new("tests", Nix::Path(format!("../tests/{name}.nix"))));
    }
    if !required.is_empty() {
        lines.push(Binding::new("requires", strings(required)));
    }
    let services = manifest.system.units.iter().any(|unit| unit.kind == UnitKind::Service);
    lines.extend([
        Binding::new("containerTests", strings(container_tests(manifest))),
        Binding::new("values", strings(values(manifest))),
        Binding::new("hasServices", Nix::ident(if services { "true" } else { "false" })),
        Binding::new("enabled", enabled(manifest)),
    ]);
    Nix::Attrs(lines)
}

fn strings(texts: impl IntoIterator<Item = String>) -> Nix {
    Nix::List(texts.into_iter().map(|text| value::string(&text)).collect())
}

/// Options whose whole value can be looked at: a package is too large for that.
fn values(manifest: &Manifest) -> Vec<String> {
    let plain = manifest.options.iter().filter(|option| !has_package(&option.ty));
    plain.map(|option| option.name.clone()).collect()
}

/// The tests, by slug, that mean the same where machines share the host's kernel.
pub fn container_tests(manifest: &Manifest) -> Vec<String> {
    // What a hand-written module wants of the kernel is not known here, nor what NixOS's own do.
    if manifest.extra_nix || !manifest.system.nixos.is_empty() || needs_kernel(&manifest.system) {
        return Vec::new();
    }
    let tests = manifest.tests.iter().filter_map(|test| match &test.body {
        TestBody::Run(run) if run.needs_kernel.is_none() && !is_about_machines(run) => {
            Some(test.slug())
        }
        _ => None,
    });
    tests.collect()
}

fn needs_kernel(system: &System) -> bool {
    !system.sysctl.is_empty()
}

/// Whether a step is about the machine itself: its power, its cable, its whole system, or what nobody
/// knows.
fn is_about_machines(run: &Run) -> bool {
    run.steps.iter().any(|step| {
        matches!(
            step.action,
            Action::Crash
                | Action::Reboot
                | Action::CutNetwork
                | Action::DelayNetwork { .. }
                | Action::LosePackets { .. }
                | Action::HealNetwork
                | Action::Switch(_)
                | Action::Python(_)
        )
    })
}

/// A NixOS module that enables the feature, with as little set as it can be.
fn enabled(manifest: &Manifest) -> Nix {
    let mut path: Vec<Key> = manifest.feature.option_prefix().into_iter().map(Key::from).collect();
    let least = manifest.least_settings();
    let mandatory = manifest.options.iter().filter_map(|option| {
        let found = least.get(&option.name)?;
        let nix = value::setting(manifest, &manifest.options, &option.name, found);
        Some(Binding::new(option.name.as_str(), nix).flattened())
    });
    let mut settings = vec![Binding::new("enable", Nix::ident("true"))];
    settings.extend(mandatory);
    if settings.len() == 1 {
        path.push("enable".into());
    }
    let body = match settings.len() {
        1 => Nix::ident("true"),
        _ => Nix::attrs(settings),
    };
    let module = Nix::Attrs(vec![Binding::at(path, body)]);
    if module.free().contains("pkgs") {
        return Nix::Lambda(Param::Formals(vec!["pkgs".to_owned()]), Box::new(module));
    }
    module
}
