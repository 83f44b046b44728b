//! Tests that settings are refused: decided without a machine.

use domi_event::{Diagnostics, Verdict};
use domi_model::{Problem, Refusal};
use domi_runner::{Done, Job, realise_beside};

/// Whether the settings are refused, and for the reason that the test names.
pub(crate) fn decide(job: &Job, refusal: &Refusal) -> Done {
    let realised = realise_beside(&job.manifest, &refusal.settings, &job.beside);
    let failure = match realised {
        Err(problems) if problems.iter().any(|problem| names(problem, &refusal.because)) => {
            return Done::of(Verdict::Refused);
        }
        Err(problems) => {
            let got: Vec<_> = problems.iter().map(ToString::to_string).collect();
            Diagnostics {
                message: "the settings are refused, but not for the reason that is expected".into(),
                got: Some(got.join("\n")),
                ..Diagnostics::default()
            }
        }
        Ok(_) => Diagnostics {
            message: "the settings are accepted, and must be refused".into(),
            ..Diagnostics::default()
        },
    };
    let diagnostics = Diagnostics {
        expected: Some(format!("a refusal that names: {}", refusal.because)),
        what: "the settings are refused".into(),
        place: job.test.place.clone(),
        ..failure
    };
    Done { diagnostics: Some(Box::new(diagnostics)), ..Done::of(Verdict::Failed) }
}

fn names(problem: &Problem, because: &str) -> bool {
    problem.subject.contains(because) || problem.message.contains(because)
}
