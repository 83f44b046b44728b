use domi_model::{Action, TestBody};
use domi_runner::{Coverage, Job, Realiser};

/// What a test says that nothing here reads or does.
pub(crate) fn coverage(job: &Job) -> Coverage {
    let mut coverage = Coverage::default();
    let TestBody::Run(run) = &job.test.body else { return coverage };
    let python = |action: &Action| matches!(action, Action::Python(_));
    if job.manifest.extra_nix && job.variant.realiser == Realiser::Rust {
        coverage.not_covered.push("extra.nix, which only Nix reads".to_owned());
    }
    if job.variant.driven {
        return coverage;
    }
    if !run.steps.is_empty() && run.steps.iter().all(|step| python(&step.action)) {
        coverage.skip = Some("every step of it is Python for the NixOS test driver".to_owned());
        return coverage;
    }
    for (at, step) in run.steps.iter().enumerate() {
        if python(&step.action) {
            coverage.not_covered.push(format!("step {}, Python for the NixOS test driver", at + 1));
        }
    }
    coverage
}

#[cfg(test)]
mod tests {
    use domi_model::Platform;
    use domi_runner::{Backends, Loaded, Selection, plan};
    use serde_json::{Value, json};

    use crate::Portable;

    /// The jobs of a feature for x86_64 with tests of these actions.
    fn jobs(tests: &[&Value], system: Platform) -> Vec<domi_runner::Job> {
        let test = |actions: &&Value| {
            let actions = actions.as_array().unwrap().iter();
            let steps: Vec<_> = actions.map(|action| json!({ "action": action })).collect();
            let run = json!({ "machines": { "m": {} }, "steps": steps });
            json!({ "name": format!("test {steps:?}"), "body": { "run": run } })
        };
        let manifest = json!({
            "schema": domi_model::SCHEMA,
            "feature": {
                "name": "a", "kind": "services", "summary": "x", "maturity": "dev",
                "version": "0.1.0", "platforms": ["x86_64-linux"],
            },
            "tests": tests.iter().map(test).collect::<Vec<_>>(),
        });
        let manifest = serde_json::from_value(manifest).unwrap();
        let loaded = Loaded { manifest, crate_dir: ".".into() };
        let backends = Backends::default().with(Portable::default());
        let selection = Selection { backends, systems: vec![system], ..Selection::default() };
        plan(&[loaded], &selection).unwrap().jobs
    }

    #[test]
    fn what_only_nix_can_do_is_skipped_or_named() {
        let python = json!([{ "python": "x" }]);
        let both = json!([{ "python": "x" }, { "waitForPort": 80 }]);
        let jobs_here = jobs(&[&both, &python], Platform::X86_64Linux);
        assert_eq!(jobs_here[0].not_covered, ["step 1, Python for the NixOS test driver"]);
        assert_eq!(
            jobs_here[1].skip.as_deref(),
            Some("every step of it is Python for the NixOS test driver")
        );
        let jobs = jobs(&[&both], Platform::Aarch64Linux);
        assert_eq!(jobs[0].skip.as_deref(), Some("the feature is not for aarch64-linux"));
    }
}
