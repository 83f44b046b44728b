use std::time::Duration;

use clap::Args;
use domi_backend_nixos::WithNix;
use domi_model::{Platform, Problem};
use domi_nix_command::{Log, NO_BUILDER, NixFailed, Said, attribute};

use crate::Exit;
use crate::arguments::NixArguments;
use crate::codes::{NO_PROFILE, NOT_BUILT, NOT_EVALUATED};
use crate::context::{Context, not_for};
use crate::failure::Result;
use crate::nix;
use crate::request::NixRequest;
use crate::start::{Run, Start};
use crate::values::{given, system};

/// Build or evaluate a NixOS system: the trunk with a profile and features
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// What is added to the trunk: a file of systems/profiles
    #[arg(value_name = "PROFILE", default_value = "minimal", value_parser = given)]
    profile: String,
    /// Features to enable beside those of the profile, separated by commas
    #[arg(long, value_name = "FEATURES", value_delimiter = ',', conflicts_with = "only", value_parser = given)]
    with: Vec<String>,
    /// The one feature to enable
    #[arg(long, value_name = "FEATURE", value_parser = given)]
    only: Option<String>,
    /// Enable no feature
    #[arg(long, conflicts_with_all = ["with", "only"])]
    none: bool,
    /// Build nothing; print what would be built
    #[arg(long)]
    eval: bool,
    /// The system to build for [default: this computer's]
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    system: Option<Platform>,
    #[command(flatten)]
    nix: NixArguments,
}

impl Run for Build {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.project()?;
        let request = NixRequest::new(&self.nix);
        compose(context, &self, &request)
    }
}

/// How long evaluating a system may take.
const EVALUATION_LIMIT: Duration = Duration::from_secs(30 * 60);
/// How many lines are shown of a build that failed.
const LINES: usize = 25;

/// Builds, or evaluates, the trunk with a profile and features. Prints the path of the system, or
/// of its derivation.
fn compose(context: &Context, arguments: &Build, request: &NixRequest) -> Result<Exit> {
    check_profile(context, &arguments.profile)?;
    let system = system_of(context, arguments)?;
    check_features(context, arguments, system)?;
    let with = nix::find(context, request)?
        .map_err(|problem| context.problems(Exit::Missing, vec![problem]))?;
    let output = output(arguments, system);
    talk!("{} {output}", context.paint().faint("evaluating"));
    let words = with.flake.words(&format!("{output}.drvPath"));
    let drv = with.nix.eval_json(words, EVALUATION_LIMIT, &context.interrupt);
    let drv = drv.map_err(|failed| not_evaluated(context, &output, failed))?;
    let drv = drv.as_str().unwrap_or_default();
    if arguments.eval {
        data!("{drv}")?;
        return Ok(Exit::Pass);
    }
    build(context, &with, drv, system)
}

/// The attribute of the flake.
fn output(arguments: &Build, system: Platform) -> String {
    let mut names = vec!["legacyPackages", system.as_str(), "compose", &arguments.profile];
    let everything = arguments.profile == "full" && !arguments.none && arguments.only.is_none();
    if everything {
        names.push("all");
    } else {
        names.extend(features(arguments));
    }
    names.push("toplevel");
    names.into_iter().map(attribute).collect::<Vec<_>>().join(".")
}

/// The features that are named.
fn features(arguments: &Build) -> impl Iterator<Item = &str> {
    arguments.with.iter().chain(&arguments.only).map(String::as_str)
}

fn system_of(context: &Context, arguments: &Build) -> Result<Platform> {
    arguments.system.or_else(domi_runner::host_system).ok_or_else(|| {
        let message = format!("features do not support {} computers", std::env::consts::ARCH);
        let problem = Problem::error(NO_BUILDER, "", message).next("name a system with --system");
        context.problems(Exit::Missing, vec![problem])
    })
}

fn check_profile(context: &Context, profile: &str) -> Result<()> {
    let folder = context.root.join("systems/profiles");
    let Ok(entries) = folder.read_dir_utf8() else { return Ok(()) };
    let files = entries.flatten().map(|entry| entry.file_name().to_owned());
    let mut names: Vec<String> =
        files.filter_map(|name| Some(name.strip_suffix(".nix")?.to_owned())).collect();
    names.sort();
    if names.iter().any(|name| name == profile) {
        return Ok(());
    }
    let problem = Problem::error(NO_PROFILE, profile, "there is no such profile")
        .next(format!("the profiles are {}", names.join(", ")));
    Err(context.problems(Exit::Usage, vec![problem]))
}

/// That the features are there, and for the system.
fn check_features(context: &Context, arguments: &Build, system: Platform) -> Result<()> {
    let names: Vec<String> = features(arguments).map(str::to_owned).collect();
    if names.is_empty() {
        return Ok(());
    }
    let loaded = context.load(&context.workspace()?, &names)?;
    let foreign = loaded.features.iter().map(|feature| &feature.manifest.feature);
    let foreign = foreign.filter(|feature| !feature.platforms.contains(&system));
    let foreign = foreign.map(|feature| not_for(feature, system));
    let problems: Vec<Problem> = loaded.errors.into_iter().chain(foreign).collect();
    if problems.is_empty() { Ok(()) } else { Err(context.problems(Exit::Feature, problems)) }
}

fn build(context: &Context, with: &WithNix, drv: &str, system: Platform) -> Result<Exit> {
    if with.capabilities.builds(system.as_str(), &[]).is_none() {
        let message = format!("Nix cannot build for {} here", system.as_str());
        let problem = Problem::error(NO_BUILDER, system.as_str(), message)
            .next("name a builder with --builders, or only evaluate with --eval");
        return Err(context.problems(Exit::Missing, vec![problem]));
    }
    let mut words = vec![with.nix.outputs_of(drv)];
    if let Some(builders) = &with.builders {
        words.extend(["--builders".to_owned(), builders.clone()]);
    }
    let paint = context.paint();
    let built = with.nix.build(words, with.build_limit, &context.interrupt, |said| match said {
        Said::Building { drv } => talk!("{} {}", paint.faint("building"), name(&drv)),
        // Nix says itself when it has given up.
        Said::Warning(text) if text.contains("; retrying in ") => {}
        Said::Warning(text) => talk!("{}: {text}", paint.odd("warning")),
        Said::Doing(text) if context.global.verbose > 0 => talk!("{}", paint.faint(text)),
        Said::Line { line, .. } if context.global.verbose > 1 => talk!("  | {line}"),
        _ => {}
    });
    match built.built {
        Ok(built) => {
            for path in built.iter().flat_map(|built| built.outputs.values()) {
                data!("{}", path.display())?;
            }
            Ok(Exit::Pass)
        }
        Err(failed) => Err(not_built(context, drv, failed, &built.log)),
    }
}

/// The name of a derivation, without the folder and the hash.
fn name(drv: &str) -> &str {
    let file = drv.rsplit('/').next().unwrap_or(drv).trim_end_matches(".drv");
    file.split_once('-').map_or(file, |(_, name)| name)
}

fn not_evaluated(context: &Context, output: &str, failed: NixFailed) -> crate::failure::Failure {
    if let Some(problem) = failed.problem() {
        return context.problems(Exit::Missing, vec![problem]);
    }
    let Some(message) = failed.refusal() else { return failed_itself(failed) };
    // Which feature it is about, and which line of it.
    let loaded = context.workspace().and_then(|workspace| context.load(&workspace, &[]));
    let features = loaded.map(|loaded| loaded.features).unwrap_or_default();
    let place = features.iter().find_map(|f| domi_backend_nixos::place_of(&f.manifest, message));
    let problem = Problem::error(NOT_EVALUATED, output, message.trim()).at(place).next(
        "fix what the message names; if that is a crate, run `cargo xtask generate` afterwards",
    );
    context.problems(Exit::Feature, vec![problem])
}

fn not_built(
    context: &Context,
    drv: &str,
    failed: NixFailed,
    log: &Log,
) -> crate::failure::Failure {
    if let Some(problem) = failed.problem() {
        return context.problems(Exit::Missing, vec![problem]);
    }
    let NixFailed::Ended { message, .. } = &failed else { return failed_itself(failed) };
    let mut problems = Vec::new();
    for broken in log.failed() {
        let lines = log.of(&broken);
        for line in &lines[lines.len().saturating_sub(LINES)..] {
            talk!("  | {line}");
        }
        let problem = Problem::error(NOT_BUILT, name(&broken), "the build failed");
        problems.push(problem.next(format!("read its log with `nix log {broken}`")));
    }
    if problems.is_empty() {
        let problem = Problem::error(NOT_BUILT, name(drv), message.trim());
        problems.push(problem.next("check what this nix can build, or only evaluate with --eval"));
    }
    context.problems(Exit::Feature, problems)
}

fn failed_itself(failed: NixFailed) -> crate::failure::Failure {
    match failed {
        NixFailed::Interrupted => domi_host::Interrupted.into(),
        other => anyhow::Error::new(other).into(),
    }
}
