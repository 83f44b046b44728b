//! What a manifest says, and what it comes to.

use std::collections::BTreeMap;

use camino::Utf8Path;
use domi_model::codes::MISSING_VALUE;
use domi_model::{Expr, Manifest, OptionDecl, Problem, TestBody, Thing, Value};
use domi_realise::{DebianPaths, System, realise, resolve};

use super::model::{Builds, GeneratedFile, OptionFacts, PortFacts, Runs};
use crate::generated::FileState;

/// What is made of a feature, and whether that is what it should be.
pub(super) fn builds(root: &Utf8Path, manifest: &Manifest, folder: &Utf8Path) -> Builds {
    let files = domi_nix::generate_one(manifest, folder.as_str());
    let file = |file: domi_nix::GeneratedFile| {
        let state = FileState::of(root, &file);
        GeneratedFile { path: file.path, state }
    };
    Builds {
        folder: folder.to_string(),
        manifest: manifest.schema.clone(),
        extra_nix: manifest.extra_nix,
        files: files.into_iter().map(file).collect(),
    }
}

/// What a machine has by a feature with as little set as can be. Where that is refused, with the
/// settings of the first test that shows it at work.
pub(super) fn usual(manifest: &Manifest) -> Runs {
    let least = manifest.least_settings();
    let with = if least.is_empty() { "its defaults" } else { "as little set as can be" };
    let refused = match runs(manifest, &least, with.to_owned()) {
        Ok(runs) if runs.refused.is_empty() => return runs,
        Ok(runs) => runs.refused,
        Err(problems) => said(&problems),
    };
    for test in &manifest.tests {
        let TestBody::Run(run) = &test.body else { continue };
        for machine in run.machines.values().filter(|machine| machine.enable) {
            let with = format!("the settings of its test \"{}\"", test.name);
            if let Ok(runs) = runs(manifest, &machine.settings, with) {
                return Runs { refused, ..runs };
            }
        }
    }
    Runs { with: with.to_owned(), settings: least, refused, ..Runs::default() }
}

/// What a machine has by a feature. Where only values are missing that its users have to give, that
/// is said in place of a system.
pub(super) fn runs(
    manifest: &Manifest,
    settings: &BTreeMap<String, Value>,
    with: String,
) -> Result<Runs, Vec<Problem>> {
    let mut runs = Runs { with, settings: settings.clone(), ..Runs::default() };
    let packages = manifest.packages.values();
    runs.software = packages.map(|it| (it.nixpkgs.join("."), it.debian.clone())).collect();
    match realise(manifest, settings, &DebianPaths::new(manifest)) {
        Ok(realised) => add(&mut runs, realised.system),
        Err(problems) if problems.iter().all(|problem| problem.code == MISSING_VALUE) => {
            runs.refused = said(&problems);
        }
        Err(problems) => return Err(problems),
    }
    Ok(runs)
}

fn said(problems: &[Problem]) -> Vec<String> {
    let said = |it: &Problem| format!("{} {}", it.subject, it.message).trim().to_owned();
    problems.iter().map(said).collect()
}

fn add(runs: &mut Runs, system: System) {
    let starts = |mut unit: domi_realise::Unit| {
        unit.wanted_by.append(&mut unit.required_by);
        unit.wanted_by
    };
    runs.units = system.units.into_iter().map(|(name, unit)| (name, starts(unit))).collect();
    runs.drop_ins = system.drop_ins.into_keys().collect();
    runs.files = system.etc.into_keys().map(|path| format!("/etc/{path}")).collect();
    runs.files.extend(system.files.into_keys());
    runs.tmpfiles = system.tmpfiles.iter().map(|line| line.trim_end().to_owned()).collect();
    runs.users = system.users.into_keys().collect();
    runs.groups = system.groups;
    runs.sysctl = system.sysctl;
    let together = system.together;
    let claims = &together.claims;
    let things = [Thing::Tcp, Thing::Udp].into_iter();
    for (thing, (protocol, open)) in things.zip(system.firewall.ports()) {
        let words = format!("{} ", thing.words());
        let claimed = claims.keys().filter_map(|it| it.strip_prefix(&words)?.parse().ok());
        let mut ports: Vec<u16> = claimed.chain(open.iter().copied()).collect();
        ports.sort_unstable();
        ports.dedup();
        let protocol = protocol.as_str();
        let facts =
            |port| PortFacts { protocol: protocol.into(), port, open: open.contains(&port) };
        runs.ports.extend(ports.into_iter().map(facts));
    }
    runs.claims = together.claims;
    (runs.requires, runs.wants, runs.conflicts) =
        (together.requires, together.wants, together.conflicts);
    runs.not_covered = system.not_covered;
    let of_nixos = system.nixos.iter().map(|option| format!("{option}, which only NixOS has"));
    runs.not_covered.extend(of_nixos);
}

/// The options, with their values where the settings are complete.
pub(super) fn options(manifest: &Manifest, settings: &BTreeMap<String, Value>) -> Vec<OptionFacts> {
    let resolved = resolve(manifest, settings, &DebianPaths::new(manifest)).ok();
    let prefix = manifest.feature.option_prefix().join(".");
    let facts = |option: &OptionDecl| {
        let value = resolved.as_ref().and_then(|it| it.options.get(&option.name));
        let default = match &option.default {
            Some(Expr::Literal(value)) => Some(value.clone()),
            // As it is set: by its name.
            Some(Expr::Package(name)) => Some(Value::from(name.as_str())),
            _ => None,
        };
        OptionFacts {
            name: option.name.clone(),
            path: format!("{prefix}.{}", option.name),
            ty: option.ty.described(),
            description: option.description.clone(),
            required: option.default.is_none(),
            default,
            default_text: option.default_text.clone(),
            value: value.map(domi_realise::Datum::to_value),
            set: settings.contains_key(&option.name),
            read_only: option.read_only,
            hidden: option.hidden || option.internal,
        }
    };
    manifest.options.iter().map(facts).collect()
}
