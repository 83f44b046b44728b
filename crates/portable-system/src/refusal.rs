//! Tests that settings are refused: decided without a machine.

use domi_event::{Diagnostics, Verdict};
use domi_model::{Problem, Refusal};
use domi_runner::{Done, Job, realise_beside};

use crate::coverage::unknown;

/// Whether the settings are refused, and for the reason that the test names.
pub(crate) fn decide(job: &Job, refusal: &Refusal) -> Done {
    let realised = realise_beside(&job.manifest, &refusal.settings, &*job.beside);
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
        Ok(realised) if !realised.system.nixos.is_empty() => {
            let reason = unknown(&realised.system.nixos);
            return Done { reason, ..Done::of(Verdict::Skipped) };
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domi_model::{Expr, NixosSetting, OptionPath, Value};

    use super::*;
    use crate::provision::evaluated::tests::{job_of, manifest};

    /// What becomes of a refusal with this port, where the feature sets an option of NixOS or none.
    #[track_caller]
    fn check(port: i64, sets: bool, expected: Verdict, why: &str) {
        let mut manifest = manifest("web");
        let option = OptionPath(vec!["a".to_owned(), "b".to_owned()]);
        let value = Expr::Literal(Value::Int(1));
        let setting = NixosSetting { option, value, priority: None, when: None, place: None };
        manifest.system.nixos.extend(sets.then_some(setting));
        let settings = BTreeMap::from([("port".to_owned(), Value::Int(port))]);
        let refusal = Refusal { settings, because: "port".to_owned() };
        let done = decide(&job_of(manifest, 2, &[]), &refusal);
        assert_eq!(done.verdict, expected);
        assert!(done.reason.contains(why), "{}", done.reason);
    }

    #[test]
    fn what_only_nixos_may_refuse_is_not_taken_for_accepted() {
        check(-1, true, Verdict::Refused, "");
        check(80, false, Verdict::Failed, "");
        check(80, true, Verdict::Skipped, "only NixOS has `a.b`");
    }
}
