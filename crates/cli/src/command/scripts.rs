use std::time::Duration;

use clap::Args;
use domi_host::command::Program;
use domi_model::{Problem, scripts};

use crate::Exit;
use crate::codes::{LACKING, SCRIPT};
use crate::context::{Context, Loaded};
use crate::failure::Result;
use crate::start::{Run, Start};
use crate::values::given;

/// Write the scripts of features to files, and have shellcheck judge them
#[derive(Debug, Args)]
pub(crate) struct Scripts {
    /// Features [default: all]
    #[arg(value_name = "FEATURE", value_parser = given)]
    features: Vec<String>,
    /// Have shellcheck judge them, and fail if it finds fault
    #[arg(long)]
    check: bool,
}

impl Run for Scripts {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.project()?;
        run(context, &self)
    }
}

/// The program that judges scripts.
pub(crate) const SHELLCHECK: &str = "shellcheck";

/// How long shellcheck may take for the scripts of one feature.
const LIMIT: Duration = Duration::from_secs(120);

/// Writes each script with made-up values: its real ones come from settings.
fn run(context: &Context, arguments: &Scripts) -> Result<Exit> {
    if arguments.check && domi_host::tool::find(SHELLCHECK).is_none() {
        let message = format!("there is no {SHELLCHECK} here");
        let next = format!("install the package `{SHELLCHECK}` of your distribution");
        let problem = Problem::error(LACKING, SHELLCHECK, message).next(next);
        return Err(context.problems(Exit::Missing, vec![problem]));
    }
    let workspace = context.workspace()?;
    let Loaded { features, errors } = context.load(&workspace, &arguments.features)?;
    let mut problems = errors;
    let mut count = 0;
    for feature in &features {
        let name = &feature.manifest.feature.name;
        let folder = workspace.target.join("domi/scripts").join(name);
        let mut files = Vec::new();
        for (number, (name, text)) in scripts(&feature.manifest).into_iter().enumerate() {
            let file = folder.join(format!("{number}-{name}"));
            domi_host::file::write(file.as_std_path(), text)?;
            data!("{file}")?;
            files.push(file);
        }
        count += files.len();
        if arguments.check && !files.is_empty() {
            let program = Program::new(SHELLCHECK).args(["--norc", "--shell=bash", "--format=gcc"]);
            let outcome = program.args(&files).time_limit(LIMIT).run(&context.interrupt)?;
            if !outcome.success() {
                let said = [outcome.stdout, outcome.stderr].concat();
                let said = String::from_utf8_lossy(&said).trim().to_owned();
                problems.push(
                    Problem::error(SCRIPT, name, format!("{SHELLCHECK} finds fault:\n{said}"))
                        .next("change the script in the feature's `main.rs`"),
                );
            }
        }
    }
    if !problems.is_empty() {
        return Err(context.problems(Exit::Feature, problems));
    }
    let scripts = if count == 1 { "1 script".to_owned() } else { format!("{count} scripts") };
    talk!("{scripts}{}", if arguments.check { " without fault" } else { "" });
    Ok(Exit::Pass)
}
