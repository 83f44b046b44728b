//! Compares what NixOS and Rust make of the same settings.

mod groups;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use clap::Args;
use domi_conformance::{
    Corners, Difference, Live, Outcome, Record, Recorded, Report, Subject, Told, cases,
    cases_beside, pairs, well_formed,
};
use domi_host::command::shell_word;
use domi_model::{Manifest, Problem, Value};

use crate::Exit;
use crate::codes::{BAD_SET, NOTHING_TAKEN};
use crate::context::Context;
use crate::failure::Result;
use crate::request::NixRequest;
use crate::start::{Run, Start};
use crate::values::given;
use crate::{programs, realiser};
use groups::{Group, Wanted, groups};

/// Compare what NixOS and Rust make of many settings of a feature
#[derive(Debug, Args)]
pub(crate) struct Conformance {
    /// The features [default: all]
    #[arg(value_name = "FEATURE", value_parser = given)]
    features: Vec<String>,
    /// Use this nixpkgs, a folder or a flake reference [default: the flake's]
    #[arg(long, value_name = "REF", value_parser = given)]
    nixpkgs: Option<String>,
    /// How many settings of each feature, or pair of features
    #[arg(long, value_name = "N", default_value = "1000")]
    cases: NonZeroUsize,
    /// Which settings; the same seed gives the same ones
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Compare features two on one machine, each also with a copy of itself
    #[arg(long)]
    together: bool,
    /// Only these settings, as JSON: an object, or a list with one for each module
    #[arg(long, value_name = "JSON", value_parser = given)]
    settings: Option<String>,
    /// Also compare the feature of a manifest that no crate here prints
    #[arg(long, value_name = "FILE")]
    manifest: Vec<PathBuf>,
    /// Write what NixOS says to tests/conformance, for comparisons without Nix
    #[arg(long, conflicts_with = "settings")]
    record: bool,
}

impl Run for Conformance {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.project()?;
        let request = NixRequest::with_nixpkgs(self.nixpkgs.clone());
        conformance(context, &self, &request)
    }
}

/// How long a process of Nix may take for a hundred systems.
const LIMIT: Duration = Duration::from_secs(1800);

/// How many kinds of differences are shrunk.
const SHOWN: usize = 5;

/// How many cases of a feature are recorded at most: every checkout has them.
const RECORDED: usize = 300;

/// How often Nix is asked while one difference is shrunk.
const ROUNDS: usize = 40;

/// How many cases of two features are recorded at most.
const RECORDED_TOGETHER: usize = 60;

/// Generates settings, asks both, and shows where they differ.
fn conformance(context: &Context, arguments: &Conformance, request: &NixRequest) -> Result<Exit> {
    let (nix, nixpkgs) = realiser::evaluator(context, request)?;
    let live = Live { nix: &nix, nixpkgs: &nixpkgs, limit: LIMIT, interrupt: &context.interrupt };
    let mut exit = Exit::Pass;
    let wanted = Wanted {
        features: &arguments.features,
        manifests: &arguments.manifest,
        together: arguments.together,
        cases: arguments.cases.get(),
        settings: arguments.settings.as_deref(),
    };
    for group in groups(context, &wanted)? {
        let report = compare(context, arguments, &live, &group)?;
        if !report.differing.is_empty() {
            exit = Exit::TestFailed;
        } else if is_vacuous(arguments, &group, &report) {
            let message = "NixOS refused all settings, so that no system was compared";
            let named = &group.features[0].0.feature.name;
            let problem = Problem::error(NOTHING_TAKEN, named, message);
            let next =
                "write a test with settings that NixOS takes: cases begin with those of tests";
            context.show(vec![problem.next(next)]);
            exit = Exit::TestFailed;
        } else if arguments.record {
            record(context, &group, &report)?;
        }
    }
    Ok(exit)
}

fn compare(
    context: &Context,
    arguments: &Conformance,
    live: &Live<'_>,
    group: &Group,
) -> Result<Report> {
    let names: Vec<&str> = group.features.iter().map(|(it, _)| &*it.feature.name).collect();
    let name = names.join("+");
    let folder = realiser::module_folder(context)?;
    for file in domi_nix::shared() {
        domi_host::file::write(&folder.path().join(file.path), file.content)?;
    }
    if !group.beside.is_empty() {
        let beside = group.beside.iter().map(|(it, _)| &*it.feature.name);
        talk!("{name}: beside {}, which it requires", beside.collect::<Vec<_>>().join(", "));
    }
    let mut plain = Vec::new();
    let mut modules = Vec::new();
    for (manifest, _) in group.all() {
        if manifest.extra_nix {
            let name = &manifest.feature.name;
            talk!("{name}: its extra.nix is left out; only NixOS reads that");
        }
        let module = format!("modules/services/{}.nix", manifest.feature.name);
        let module = folder.path().join(module);
        if !manifest.system.nixos.is_empty() {
            let name = &manifest.feature.name;
            let count = manifest.system.nixos.len();
            talk!(
                "{name}: {count} options of NixOS are left out; only NixOS knows what they come to"
            );
        }
        let manifest = domi_conformance::comparable(manifest);
        domi_host::file::write(&module, domi_nix::module(&manifest, ""))?;
        modules.push(module);
        plain.push(manifest);
    }
    let features: Vec<&Manifest> = plain.iter().collect();
    let programs = programs::written(
        context,
        features.iter().copied(),
        folder.path(),
        programs::Sources::Linked,
    )?;
    let subject = Subject { features: &features, modules: &modules, programs: &programs };
    let settings = settings(context, arguments, group, &features)?;
    let begun = Instant::now();
    let mut kinds = BTreeMap::new();
    let mut written = Ok(());
    let report = live.compare(subject, settings, |told| match told {
        // At once, for readers who do not want to wait for the end.
        Told::Difference(difference) => {
            let kind: Vec<String> = difference.kind().into_iter().map(str::to_owned).collect();
            let alike = kinds.entry(kind).or_insert(0_usize);
            *alike += 1;
            if *alike == 1 && written.is_ok() {
                written = show(difference, arguments, group);
            }
        }
        Told::Done { cases, differ } => {
            let text = format!("{name}: {cases} cases, {differ} differ");
            talk!("{}", context.paint().faint(text));
        }
    })?;
    written?;
    data!("{}", figures(&name, features.len() > 1, &report, begun.elapsed()))?;
    let taken = report.cases.iter().filter(|(_, outcome)| !refused(outcome));
    let taken = Corners::of(taken.map(|(case, _)| case));
    let all = Corners::of(report.cases.iter().map(|(case, _)| case));
    talk!("{name}: corners in all cases: {all}; in those that are taken: {taken}");
    for (kind, alike) in kinds.iter().take(SHOWN) {
        let mut differing = report.differing.iter();
        let Some(first) = differing.find(|it| it.kind() == *kind) else { continue };
        talk!("{name}: {}: {alike} differ so; looking for the smallest", kind.join("; "));
        let smallest = live.shrink(subject, first, ROUNDS)?;
        data!("the smallest of {alike} that differ so:")?;
        show(&smallest, arguments, group)?;
    }
    Ok(report)
}

/// Whether a comparison that finds no difference says nothing. Two features may clash whatever their settings,
/// and who gives settings asks for what these come to.
fn is_vacuous(arguments: &Conformance, group: &Group, report: &Report) -> bool {
    let mut outcomes = report.cases.iter().map(|(_, outcome)| outcome);
    arguments.settings.is_none() && group.features.len() == 1 && outcomes.all(refused)
}

fn refused(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused { .. })
}

/// What a table of figures has of a run, in one line. A case may have a part for each of some features.
fn figures(name: &str, has_parts: bool, report: &Report, took: Duration) -> String {
    let several = |case: &Value| match case {
        Value::Attrs(parts) if has_parts => {
            parts.values().any(|part| matches!(part, Value::List(_)))
        }
        case => matches!(case, Value::List(_)),
    };
    let count = |of_several: bool| {
        let cases = report.cases.iter().filter(|(case, _)| several(case) == of_several);
        let all: Vec<bool> = cases.map(|(_, outcome)| refused(outcome)).collect();
        (all.len(), all.iter().filter(|refused| **refused).count())
    };
    let ((one, one_refused), (more, more_refused)) = (count(false), count(true));
    let (cases, all_refused) = (one + more, one_refused + more_refused);
    format!(
        "{name}: {cases} cases, {all_refused} refused by NixOS ({} %): {one} of one module \
         ({one_refused} refused), {more} of several ({more_refused} refused); {} differ, \
         {:.1} cases per second",
        100 * all_refused / cases.max(1),
        report.differing.len(),
        cases as f64 / took.as_secs_f64(),
    )
}

/// How settings differ, and the command that repeats it.
fn show(difference: &Difference, arguments: &Conformance, group: &Group) -> Result<()> {
    for how in &difference.how {
        data!("  {how}")?;
    }
    let settings = difference.case.to_string();
    data!("  repeat: {} --settings {}", command(arguments, group), shell_word(&settings))?;
    Ok(())
}

fn settings(
    context: &Context,
    arguments: &Conformance,
    group: &Group,
    features: &[&Manifest],
) -> Result<Vec<Value>> {
    let (seed, count) = (arguments.seed, group.cases);
    let Some(settings) = &arguments.settings else {
        return Ok(match features {
            [one] => cases(one, seed, count),
            [one, beside @ ..] if !group.beside.is_empty() => {
                cases_beside(one, beside, seed, count)
            }
            all => pairs(all[0], all[1], seed, count),
        });
    };
    let fault = match Value::from_json_text(settings) {
        Ok(case) => match well_formed(features, &case) {
            Ok(()) => return Ok(vec![case]),
            Err(fault) => fault,
        },
        Err(fault) => fault.to_string(),
    };
    let problem = Problem::error(BAD_SET, "--settings", fault);
    Err(context.problems(
        Exit::Usage,
        vec![problem.next("give --settings a JSON object, such as '{\"port\": 81}'")],
    ))
}

/// The command that compares these, without `--settings`.
fn command(arguments: &Conformance, group: &Group) -> String {
    let mut out = "cargo xtask conformance".to_owned();
    if let Some(nixpkgs) = &arguments.nixpkgs {
        out += &format!(" --nixpkgs {}", shell_word(nixpkgs));
    }
    format!("{out} {}", group.command)
}

fn record(context: &Context, group: &Group, report: &Report) -> Result<()> {
    let features: Vec<(&Manifest, &str)> =
        group.all().map(|(manifest, folder)| (manifest, folder.as_str())).collect();
    let most = if group.features.len() == 1 { RECORDED } else { RECORDED_TOGETHER };
    let command = format!("cargo xtask conformance --record {}", group.command);
    let recorded = Recorded { features: &features, command: &command };
    let record = Record::new(recorded, &report.cases[..report.cases.len().min(most)])?;
    let names: Vec<&str> = group.features.iter().map(|(it, _)| &*it.feature.name).collect();
    let path = Utf8PathBuf::from(format!("tests/conformance/{}.json", names.join("+")));
    domi_host::file::write(context.root.join(&path).as_std_path(), record.write()?)?;
    data!("write {path}")?;
    Ok(())
}
