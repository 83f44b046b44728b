//! What is known of one thing: a problem by its code, an option, or a job.

use std::fmt::Write as _;

use camino::Utf8Path;
use clap::Args;
use domi_model::{Manifest, Problem};
use domi_report::{Paint, jobs_like};

use super::options;
use crate::arguments::Choice;
use crate::codes::NO_JOB;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::jobs::{self, Chosen};
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, codes, runs};

/// How many names are listed to choose from.
const LISTED: usize = 12;

/// Explain a problem by its code, an option, or a job
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A code such as D0401, an option, or words that only one job has in its name
    #[arg(value_name = "WHAT", required = true, value_parser = given)]
    what: Vec<String>,
}

impl Run for Explain {
    fn run(self, start: &Start) -> Result<Exit> {
        let said = self.what.join(" ");
        // What is wrong here, such as with domi.toml, keeps nobody from reading what that means.
        let text = match &code(&said) {
            Some(code) => problem(start, code)?,
            None => {
                let (context, _) = start.anywhere()?;
                match dotted_option(context, &said)? {
                    Some(text) => text,
                    None => job(context, &said)?,
                }
            }
        };
        data!("{text}")?;
        Ok(Exit::Pass)
    }
}

/// What has the form of a problem's code.
fn code(said: &str) -> Option<String> {
    let code = said.to_uppercase();
    let digits = code.strip_prefix('D')?;
    (digits.len() == 4 && digits.chars().all(|c| c.is_ascii_digit())).then_some(code)
}

fn problem(start: &Start, code: &str) -> Result<String> {
    let all = codes::all();
    let Some((known, title, explanation)) = all.iter().find(|(known, ..)| known.0 == code) else {
        let problem = Problem::error(NO_JOB, code, "there is no problem of this code")
            .next("docs/problems.md has all of them; a newer version may have more");
        return Err(Failure::problems(Exit::Usage, Utf8Path::new(""), [problem]));
    };
    let title = Paint::stdout(start.global.color.into()).strong(format!("{code}: {title}"));
    let example = codes::examples::of(*known).map(codes::examples::plain);
    let example = example.map_or(String::new(), |text| format!("\n\nExample:\n\n{text}"));
    Ok(format!("{title}\n\n{explanation}{example}"))
}

/// An option, by the end of its path with a point in it; nothing where none has this path.
fn dotted_option(context: &Context, said: &str) -> Result<Option<String>> {
    // Names of jobs have no point in them, and whoever asks for a job should not wait for a compiler.
    if !said.contains('.') || said.contains(char::is_whitespace) || context.in_workspace().is_err()
    {
        return Ok(None);
    }
    let workspace = context.workspace()?;
    let loaded = context.load(&workspace, &[])?;
    context.show(loaded.errors);
    option(context, loaded.features.iter().map(|it| &it.manifest), said)
}

/// An option, by its whole path or the end of it; nothing where none has this path.
fn option<'m>(
    context: &Context,
    manifests: impl Iterator<Item = &'m Manifest>,
    said: &str,
) -> Result<Option<String>> {
    let all = options::entries(manifests);
    let end = format!(".{said}");
    let like: Vec<_> = all.iter().filter(|it| it.path == said || it.path.ends_with(&end)).collect();
    match like[..] {
        [] => Ok(None),
        [option] => {
            let text = option.text(context.paint_out(), options::Entry::everything);
            Ok(Some(format!("option {}", text.trim_end())))
        }
        _ => Err(ambiguous(context, "options", said, like.iter().map(|it| &*it.path))),
    }
}

/// What runs of the past tell of a job; of one that was never run, what it would do.
fn job(context: &Context, said: &str) -> Result<String> {
    let runs = runs::recorded(&runs::folder(&context.target()));
    let names = runs.iter().flat_map(|run| &run.jobs).map(|job| &*job.job);
    let lines = match jobs_like(said, names)[..] {
        [] => return planned(context, said),
        [job] => domi_report::explain(job, &runs, context.paint_out()).unwrap_or_default(),
        ref several => return Err(ambiguous(context, "jobs", said, several.iter().copied())),
    };
    Ok(lines.join("\n"))
}

/// A job that no run has, as it would be planned now; or else an option of this name.
fn planned(context: &Context, said: &str) -> Result<String> {
    let workspace = context.workspace()?;
    let choice = Choice::default();
    let chosen = Chosen::load(context, &workspace, &choice)?;
    let selection = jobs::on_all_systems(jobs::choice(context, &choice)?);
    let plan = chosen.plan(context, &selection)?;
    let like = jobs_like(said, plan.jobs.iter().map(|job| &*job.id));
    if like.len() > 1 {
        return Err(ambiguous(context, "jobs", said, like.iter().copied()));
    }
    let Some(job) = plan.jobs.iter().find(|job| like.contains(&&*job.id)) else {
        if let Some(text) = option(context, chosen.features.iter().map(|it| &it.manifest), said)? {
            return Ok(text);
        }
        let problem = Problem::error(NO_JOB, said, "there is no such job, option or code")
            .next("`cargo xtask matrix --plan` lists all jobs, `cargo xtask options` all options");
        return Err(context.problems(Exit::Usage, vec![problem]));
    };
    let title = format!("{} on {}", job.feature(), job.system.as_str());
    Ok([&*title, &*jobs::does(job), "  it has never been run here"].join("\n"))
}

fn ambiguous<'n>(
    context: &Context,
    what: &str,
    said: &str,
    names: impl ExactSizeIterator<Item = &'n str>,
) -> Failure {
    let count = names.len();
    let listed: Vec<&str> = names.take(LISTED).collect();
    let mut next = format!("name one of them: {}", listed.join(", "));
    if count > LISTED {
        next += &format!(", or one of {} others", count - LISTED);
    }
    if what == "jobs" && !said.contains(char::is_whitespace) {
        let _ = write!(next, "; an option has its feature before it: `explain FEATURE.{said}`");
    }
    let message = format!("{count} {what} have this in their names");
    let problem = Problem::error(NO_JOB, said, message).next(next);
    context.problems(Exit::Usage, vec![problem])
}
