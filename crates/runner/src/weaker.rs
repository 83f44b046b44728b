use domi_model::{Problem, TestBody};

use crate::codes;
use crate::job::Job;
use crate::kind::{BackendKind, Runs};
use crate::plan::Plan;

/// Why jobs are weaker than what is required: one problem for each feature and reason. A refusal
/// that NixOS itself decides is as strong as it can be.
pub fn weaker(plan: &Plan, required: BackendKind) -> Vec<Problem> {
    let weak = |job: &&Job| match job.test.body {
        TestBody::Run(_) => job.backend < required,
        TestBody::Refuse(_) => job.backend.row().runs == Runs::Debian && job.backend < required,
    };
    let mut problems: Vec<Problem> = Vec::new();
    for job in plan.jobs.iter().filter(weak) {
        let (wanted, got) = (required.as_str(), job.backend.as_str());
        let message = format!("{wanted} is required, and it would be {got} ({})", job.why);
        let problem = Problem::error(codes::WEAKER, job.feature(), message)
            .next(format!("make {wanted} possible here, or require less"));
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems
}
