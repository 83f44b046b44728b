use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use camino::Utf8PathBuf;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{CompilerMessage, Message};
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_model::{Place, Problem};

use crate::codes::{CARGO_FAILED, DOES_NOT_COMPILE};
use crate::find::cargo;
use crate::{FeatureCrate, Source, Stage, Workspace};

/// The executables of features, or why there is none, by package name.
pub(crate) type Built = BTreeMap<String, Result<Utf8PathBuf, Vec<Problem>>>;

/// Builds the binaries of features.
///
/// They are built together, so that cargo can use all cores; `--keep-going` keeps one that does
/// not compile from stopping the others. Where cargo itself gives up, each that is left is built
/// alone, for the same reason.
pub(crate) fn build(
    workspace: &Workspace,
    features: &[&FeatureCrate],
    progress: &(dyn Fn(Stage<'_>) + Sync),
    interrupt: &Interrupt,
) -> Result<Built> {
    let mut built = together(workspace, features, progress, interrupt)?;
    let left: Vec<_> = features.iter().filter(|f| !built.contains_key(&f.package)).collect();
    for feature in left {
        if features.len() > 1 {
            built.append(&mut together(workspace, &[feature], progress, interrupt)?);
        }
        built.entry(feature.package.clone()).or_insert_with(|| Err(vec![cargo_failed(feature)]));
    }
    // cargo notes what an executable was built from only at the end of a build that went well.
    let good: Vec<_> =
        features.iter().filter(|f| matches!(built.get(&f.package), Some(Ok(_)))).copied().collect();
    if good.len() < features.len() {
        together(workspace, &good, &|_| (), interrupt)?;
    }
    Ok(built)
}

fn together(
    workspace: &Workspace,
    features: &[&FeatureCrate],
    progress: &(dyn Fn(Stage<'_>) + Sync),
    interrupt: &Interrupt,
) -> Result<Built> {
    if features.is_empty() {
        return Ok(Built::new());
    }
    progress(Stage::Building(features));
    let program = command(features).folder(&workspace.root);
    let outcome = program.run(interrupt)?;
    let mut built = Built::new();
    let mut errors = Vec::new();
    for message in Message::parse_stream(&outcome.stdout[..]) {
        match message? {
            Message::CompilerArtifact(artifact) => {
                let feature = features.iter().find(|feature| {
                    artifact.manifest_path.parent() == Some(&feature.folder)
                        && matches!(&feature.source, Source::Binary(name) if *name == artifact.target.name)
                });
                if let (Some(feature), Some(executable)) = (feature, artifact.executable) {
                    built.insert(feature.package.clone(), Ok(executable));
                }
            }
            Message::CompilerMessage(message) => {
                if let Some(text) = &message.message.rendered {
                    progress(Stage::Compiler(text));
                }
                if message.message.level == DiagnosticLevel::Error {
                    errors.push(message);
                }
            }
            _ => {}
        }
    }
    for feature in features {
        if !built.contains_key(&feature.package) && !errors.is_empty() {
            built.insert(feature.package.clone(), Err(vec![does_not_compile(feature, &errors)]));
        }
    }
    Ok(built)
}

fn command(features: &[&FeatureCrate]) -> Program {
    let mut program = cargo()
        .args(["build", "--keep-going", "--message-format=json"])
        .show_stderr()
        .time_limit(Duration::from_secs(2 * 60 * 60))
        .output_limit(512 << 20);
    for feature in features {
        program = program.args(["--package", &feature.package]);
    }
    for feature in features {
        if let Source::Binary(name) = &feature.source {
            program = program.args(["--bin", name]);
        }
    }
    program
}

/// The feature's own first error, or else that of what it depends on.
fn does_not_compile(feature: &FeatureCrate, errors: &[CompilerMessage]) -> Problem {
    let own = errors.iter().find(|error| error.target.src_path.starts_with(&feature.folder));
    let first = own.or(errors.first()).map(|error| &error.message);
    let message = first.map_or_else(String::new, |error| format!(": {}", error.message));
    let crate_name = match own {
        Some(_) => "its crate",
        None => "a crate that it depends on",
    };
    Problem::error(
        DOES_NOT_COMPILE,
        &*feature.name,
        format!("{crate_name} does not compile{message}"),
    )
    .at(first.and_then(place))
    .next(format!("mend it; `cargo check -p {}` shows the same", feature.package))
}

fn place(error: &Diagnostic) -> Option<Place> {
    let span = error.spans.iter().find(|span| span.is_primary)?;
    Some(Place { file: span.file_name.clone(), line: u32::try_from(span.line_start).ok()? })
}

fn cargo_failed(feature: &FeatureCrate) -> Problem {
    Problem::error(
        CARGO_FAILED,
        &*feature.name,
        "cargo could not build its crate, as it said above",
    )
    .at(Some(Place { file: feature.place.join("Cargo.toml").into_string(), line: 1 }))
    .next(format!("run `cargo build -p {}` and mend what it says", feature.package))
}
