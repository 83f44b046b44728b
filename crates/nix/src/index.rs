//! What the flake needs to know of every feature, so that no Nix file names one by hand.

use std::collections::BTreeSet;

use domi_model::{Manifest, Maturity, Taken, Test, UnitKind, has_package};

use crate::ast::{Binding, Key, Nix, Param};
use crate::containers::no_containers;
use crate::module::plain;
use crate::{header, print, program, value};

/// The file that names the features, and where the files of each are.
pub const INDEX: &str = "nix/features.nix";

/// Whether a text of [`INDEX`] has a feature.
pub fn is_in_index(index: &str, feature: &str) -> bool {
    index.contains(&format!("\n  {feature} = {{"))
}

/// The text of [`INDEX`]: an attribute set with an entry for every feature, by name.
///
/// Features come with the folder of their crate from the root of the repository, with `/` between
/// its parts.
pub fn index<'m>(features: impl IntoIterator<Item = (&'m Manifest, &'m str)>) -> String {
    let mut features: Vec<(&Manifest, &str)> = features.into_iter().collect();
    features.sort_by(|(a, _), (b, _)| a.feature.name.cmp(&b.feature.name));
    let all: Vec<&Manifest> = features.iter().map(|(manifest, _)| *manifest).collect();
    let entries = features.iter().map(|(manifest, crate_dir)| {
        let required = required(manifest, &all);
        let containers = containers_beside(manifest, &all);
        let entry = entry(manifest, crate_dir, required, containers);
        Binding::new(manifest.feature.name.as_str(), entry).gap()
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

fn entry(
    manifest: &Manifest,
    crate_dir: &str,
    required: BTreeSet<String>,
    containers: Vec<String>,
) -> Nix {
    let feature = &manifest.feature;
    let name = &feature.name;
    let kind = feature.kind.as_str();
    let mut lines = vec![
        Binding::new("summary", value::string(&feature.summary)),
        Binding::new("kind", Nix::str(kind)),
    ];
    if feature.maturity > Maturity::Dev {
        lines.push(Binding::new("maturity", Nix::str(feature.maturity.as_str())));
    }
    let former = feature.formerly.iter().filter(|it| it.taken != Taken::NoLonger);
    let former: Vec<String> = former.map(|it| it.name.clone()).collect();
    if !former.is_empty() {
        lines.push(Binding::new("formerly", strings(former)));
    }
    lines.extend([
        Binding::new("platforms", strings(feature.platforms.iter().map(|p| p.as_str().to_owned()))),
        Binding::new("crate", Nix::Path(format!("../{}", plain(crate_dir)))),
        Binding::new("module", Nix::Path(format!("../modules/{kind}/{name}.nix"))),
    ]);
    if !manifest.tests.is_empty() {
        lines.push(Binding::new("tests", Nix::Path(format!("../tests/{name}.nix"))));
    }
    if !required.is_empty() {
        lines.push(Binding::new("requires", strings(required)));
    }
    let software = manifest.packages.values().filter(|package| package.of_crate.is_none());
    let software: Vec<Nix> = software.map(|package| strings(package.nixpkgs.clone())).collect();
    if !software.is_empty() {
        lines.push(Binding::new("software", Nix::List(software)));
    }
    lines.extend(program::files(manifest));
    let services = manifest.system.units.iter().any(|unit| unit.kind == UnitKind::Service);
    lines.extend([
        Binding::new("containerTests", strings(containers)),
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

/// The tests, by slug, that mean the same where machines share the host's kernel, with what else is on them.
fn containers_beside(manifest: &Manifest, features: &[&Manifest]) -> Vec<String> {
    let need_kernel = |names: &BTreeSet<String>| {
        let mut others = features.iter().filter(|other| names.contains(&other.feature.name));
        others.any(|other| other.may_need_kernel())
    };
    let same = manifest.tests.iter().filter(|test| no_containers(manifest, test).is_none());
    let tests = same.filter(|test| {
        let beside = test.beside().cloned().collect();
        !need_kernel(&with_required(manifest, beside, features))
    });
    tests.map(Test::slug).collect()
}

/// Features beside one, what it requires, and what all of these require.
fn with_required(
    manifest: &Manifest,
    beside: BTreeSet<String>,
    features: &[&Manifest],
) -> BTreeSet<String> {
    let of = |name: &String| features.iter().find(|other| other.feature.name == *name);
    let further = beside.iter().filter_map(of).flat_map(|other| required(other, features));
    let mut all: BTreeSet<_> = further.chain(required(manifest, features)).collect();
    all.extend(beside);
    all
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
    let module = program::with_packages(manifest, module, "..");
    if module.free().contains("pkgs") {
        return Nix::Lambda(Param::Formals(vec!["pkgs".to_owned()]), Box::new(module));
    }
    module
}

#[cfg(test)]
mod tests {
    use domi_model::{Coerced, Conversion, Type};
    use serde_json::{Value, json};

    use super::*;

    fn feature(name: &str, requires: &[&str], beside: &[&str], system: &Value) -> Manifest {
        let requires: Vec<Value> =
            requires.iter().map(|other| json!({ "feature": other })).collect();
        let run = |beside: &[&str]| json!({ "run": { "machines": { "m": {} }, "steps": [], "beside": beside } });
        let manifest = json!({
            "schema": domi_model::SCHEMA,
            "feature": {
                "name": name, "kind": "services", "summary": "x", "maturity": "dev",
                "version": "0.1.0", "platforms": ["x86_64-linux"],
            },
            "requires": requires,
            "system": system,
            "tests": [
                { "name": "alone", "body": run(&[]) },
                { "name": "beside", "body": run(beside) },
            ],
        });
        serde_json::from_value(manifest).expect("a manifest")
    }

    #[test]
    fn what_packages_are_made_into_is_too_large_to_be_looked_at() {
        let mut manifest = feature("a", &[], &[], &json!({}));
        let option = json!({ "name": "more", "type": "package", "description": "x" });
        manifest.options.push(serde_json::from_value(option).expect("an option"));
        let to = Type::ListOf(Box::new(Type::Package));
        let (from, by) = (Type::Package, Conversion::Singleton);
        manifest.options[0].ty = Type::Coerced(Box::new(Coerced { from, by, to }));
        assert!(values(&manifest).is_empty());
    }

    #[test]
    fn what_may_need_a_kernel_beside_a_test_keeps_it_from_containers() {
        let option = json!({ "option": ["services", "x"], "value": { "literal": true } });
        let parameter = json!({ "name": "vm.swappiness", "value": { "literal": 1 } });
        let check = |reaching: &Manifest, requires: &[&str], beside: &[&str], expected: &[&str]| {
            let none = json!({});
            let one = feature("a", requires, beside, &none);
            let between = feature("between", &["reaching"], &[], &none);
            let plain = feature("plain", &[], &[], &none);
            let all = [&one, &between, &plain, reaching];
            assert_eq!(containers_beside(&one, &all), expected, "{requires:?} {beside:?}");
            let index = index(all.map(|manifest| (manifest, "crates/x")));
            let of_a = index.split_once("containerTests = ").expect("it has tests").1;
            assert_eq!(of_a.starts_with("[ ]"), expected.is_empty(), "{of_a}");
        };
        let mut extra = feature("reaching", &[], &[], &json!({}));
        extra.extra_nix = true;
        for reaching in [
            extra,
            feature("reaching", &[], &[], &json!({ "nixos": [option] })),
            feature("reaching", &[], &[], &json!({ "sysctl": [parameter] })),
        ] {
            check(&reaching, &["plain"], &["plain"], &["alone", "beside"]);
            check(&reaching, &["reaching"], &[], &[]);
            check(&reaching, &["between"], &[], &[]);
            check(&reaching, &[], &["reaching"], &["alone"]);
            check(&reaching, &[], &["between"], &["alone"]);
        }
    }
}
