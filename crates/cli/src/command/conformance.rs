//! Compares what NixOS and Rust make of the same settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use camino::Utf8PathBuf;
use clap::Args;
use domi_conformance::{Difference, Live, Outcome, Record, Recorded, Report, Subject, Told, cases};
use domi_host::command::shell_word;
use domi_model::{Manifest, Problem, Value};

use crate::Exit;
use crate::codes::BAD_SET;
use crate::context::Context;
use crate::failure::Result;
use crate::realiser;
use crate::request::NixRequest;
use crate::start::{Run, Start};
use crate::values::given;

/// Compare what NixOS and Rust make of many settings of a feature
#[derive(Debug, Args)]
pub(crate) struct Conformance {
    /// The features [default: all]
    #[arg(value_name = "FEATURE", value_parser = given)]
    features: Vec<String>,
    /// Use this nixpkgs, a folder or a flake reference [default: the flake's]
    #[arg(long, value_name = "REF", value_parser = given)]
    nixpkgs: Option<String>,
    /// How many settings of each feature
    #[arg(long, value_name = "N", default_value_t = 1000)]
    cases: usize,
    /// Which settings; the same seed gives the same ones
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Only these settings, a JSON object
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

/// A feature, and the folder of its crate.
type Named = (Manifest, String);

/// Generates settings, asks both, and shows where they differ.
fn conformance(context: &Context, arguments: &Conformance, request: &NixRequest) -> Result<Exit> {
    let (nix, nixpkgs) = realiser::evaluator(context, request)?;
    let live = Live { nix: &nix, nixpkgs: &nixpkgs, limit: LIMIT, interrupt: &context.interrupt };
    let mut exit = Exit::Pass;
    for (manifest, folder) in features(context, arguments)? {
        let report = compare(context, arguments, &live, &manifest)?;
        if !report.differing.is_empty() {
            exit = Exit::TestFailed;
        } else if arguments.record {
            record(context, arguments, &manifest, &folder, &report)?;
        }
    }
    Ok(exit)
}

fn features(context: &Context, arguments: &Conformance) -> Result<Vec<Named>> {
    let mut out = Vec::new();
    for file in &arguments.manifest {
        let manifest = read(context, file)?;
        let folder = format!("crates/features/{}", manifest.feature.name);
        out.push((manifest, folder));
    }
    if !arguments.manifest.is_empty() && arguments.features.is_empty() {
        return Ok(out);
    }
    let workspace = context.workspace()?;
    let loaded = context.load(&workspace, &arguments.features)?;
    if !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    let loaded = loaded.features.into_iter();
    out.extend(loaded.map(|feature| (feature.manifest, feature.folder.into_string())));
    Ok(out)
}

/// A manifest in a file, as a plugin would print it.
fn read(context: &Context, file: &Path) -> Result<Manifest> {
    let text = fs_err::read(file)?;
    let document: serde_json::Value =
        serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    let name = document.pointer("/feature/name").and_then(|name| name.as_str());
    let (manifest, warnings) = domi_plugin::read(name.unwrap_or_default(), &text)
        .map_err(|problems| context.problems(Exit::Feature, problems))?;
    context.show(warnings);
    Ok(manifest)
}

fn compare(
    context: &Context,
    arguments: &Conformance,
    live: &Live<'_>,
    manifest: &Manifest,
) -> Result<Report> {
    let name = &manifest.feature.name;
    if manifest.extra_nix {
        talk!("{name}: its extra.nix is left out; only NixOS reads that");
    }
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let module = folder.path().join("modules/services/module.nix");
    let plain = Manifest { extra_nix: false, ..manifest.clone() };
    domi_host::file::write(&module, domi_nix::module(&plain, ""))?;
    domi_host::file::write(&folder.path().join(domi_nix::LIBRARY), domi_nix::library())?;
    let subject = Subject { manifest: &plain, module: &module };
    let settings = settings(context, arguments, &plain)?;
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
                written = show(difference, arguments, name);
            }
        }
        Told::Done { cases, differ } => {
            let text = format!("{name}: {cases} cases, {differ} differ");
            talk!("{}", context.paint().faint(text));
        }
    })?;
    written?;
    let refused = |(_, outcome): &&(_, Outcome)| matches!(outcome, Outcome::Refused { .. });
    data!(
        "{name}: {} cases, {} refused by NixOS, {} differ, {:.1} cases per second",
        report.cases.len(),
        report.cases.iter().filter(refused).count(),
        report.differing.len(),
        report.cases.len() as f64 / begun.elapsed().as_secs_f64(),
    )?;
    for (kind, alike) in kinds.iter().take(SHOWN) {
        let mut differing = report.differing.iter();
        let Some(first) = differing.find(|it| it.kind() == *kind) else { continue };
        talk!("{name}: {}: {alike} differ so; looking for the smallest", kind.join("; "));
        let smallest = live.shrink(subject, first, ROUNDS)?;
        data!("the smallest of {alike} that differ so:")?;
        show(&smallest, arguments, name)?;
    }
    Ok(report)
}

/// How settings differ, and the command that repeats it.
fn show(difference: &Difference, arguments: &Conformance, name: &str) -> Result<()> {
    for how in &difference.how {
        data!("  {how}")?;
    }
    let settings = Value::Attrs(difference.settings.clone()).to_string();
    data!("  repeat: {} --settings {}", command(arguments, name), shell_word(&settings))?;
    Ok(())
}

fn settings(
    context: &Context,
    arguments: &Conformance,
    manifest: &Manifest,
) -> Result<Vec<BTreeMap<String, Value>>> {
    let Some(settings) = &arguments.settings else {
        return Ok(cases(manifest, arguments.seed, arguments.cases));
    };
    let fault = match Value::from_json_text(settings) {
        Ok(Value::Attrs(settings)) => return Ok(vec![settings]),
        Ok(other) => format!("this is {}, not a JSON object", other.described()),
        Err(fault) => fault.to_string(),
    };
    let problem = Problem::error(BAD_SET, "--settings", fault);
    Err(context.problems(
        Exit::Usage,
        vec![problem.next("give --settings a JSON object, such as '{\"port\": 81}'")],
    ))
}

/// The command that compares this feature, without `--settings`.
fn command(arguments: &Conformance, name: &str) -> String {
    let mut out = "cargo xtask conformance".to_owned();
    if let Some(nixpkgs) = &arguments.nixpkgs {
        out += &format!(" --nixpkgs {}", shell_word(nixpkgs));
    }
    match arguments.manifest.as_slice() {
        [] => out + " " + name,
        [file, ..] => format!("{out} --manifest {}", shell_word(&file.to_string_lossy())),
    }
}

fn record(
    context: &Context,
    arguments: &Conformance,
    manifest: &Manifest,
    folder: &str,
    report: &Report,
) -> Result<()> {
    let name = &manifest.feature.name;
    let what = match arguments.manifest.as_slice() {
        [] => name.clone(),
        [file, ..] => format!("--manifest {}", shell_word(&file.to_string_lossy())),
    };
    let command = format!("cargo xtask conformance --record {what}");
    let recorded = Recorded { manifest, folder, command: &command };
    let record = Record::new(recorded, &report.cases[..report.cases.len().min(RECORDED)])?;
    let path = Utf8PathBuf::from(format!("tests/conformance/{name}.json"));
    domi_host::file::write(context.root.join(&path).as_std_path(), record.write()?)?;
    data!("write {path}")?;
    Ok(())
}
