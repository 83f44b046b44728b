use clap::Args;
use domi_model::Problem;
use domi_report::jobs_like;

use crate::arguments::Choice;
use crate::codes::NO_JOB;
use crate::context::Context;
use crate::failure::Result;
use crate::jobs::{self, Chosen};
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, runs};

/// How many names are listed to choose from.
const LISTED: usize = 12;

/// Say everything that is known about a job
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Its name, or words that only its name contains, such as `feature-x settings`
    #[arg(value_name = "JOB", required = true, value_parser = given)]
    job: Vec<String>,
}

impl Run for Explain {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.anywhere()?;
        explain(context, &self)
    }
}

/// Says what runs of the past tell of a job; of one that was never run, what it would do.
fn explain(context: &Context, arguments: &Explain) -> Result<Exit> {
    let runs = runs::recorded(&runs::folder(&context.target()));
    let said = arguments.job.join(" ");
    let names = runs.iter().flat_map(|run| &run.jobs).map(|job| &*job.job);
    let lines = match jobs_like(&said, names)[..] {
        [] => planned(context, &said)?,
        [job] => domi_report::explain(job, &runs, context.paint_out()).unwrap_or_default(),
        ref several => return Err(ambiguous(context, &said, several)),
    };
    data!("{}", lines.join("\n"))?;
    Ok(Exit::Pass)
}

/// A job that no run has, as it would be planned now.
fn planned(context: &Context, said: &str) -> Result<Vec<String>> {
    let workspace = context.workspace()?;
    let choice = Choice::default();
    let chosen = Chosen::load(context, &workspace, &choice)?;
    let selection = jobs::on_all_systems(jobs::choice(context, &choice)?);
    let plan = chosen.plan(context, &selection)?;
    let like = jobs_like(said, plan.jobs.iter().map(|job| &*job.id));
    if like.len() > 1 {
        return Err(ambiguous(context, said, &like));
    }
    let Some(job) = plan.jobs.iter().find(|job| like.contains(&&*job.id)) else {
        let problem = Problem::error(NO_JOB, said, "there is no such job")
            .next("`cargo xtask matrix --plan` lists all jobs");
        return Err(context.problems(Exit::Usage, vec![problem]));
    };
    let title = format!("{} on {}", job.feature(), job.system.as_str());
    Ok(vec![title, jobs::does(job), "  it has never been run here".to_owned()])
}

fn ambiguous(context: &Context, said: &str, jobs: &[&str]) -> crate::failure::Failure {
    let mut next = format!("name one of them: {}", jobs[..jobs.len().min(LISTED)].join(", "));
    if jobs.len() > LISTED {
        next += &format!(", or one of {} others", jobs.len() - LISTED);
    }
    let message = format!("{} jobs have this in their names", jobs.len());
    let problem = Problem::error(NO_JOB, said, message).next(next);
    context.problems(Exit::Usage, vec![problem])
}
