//! Follows the recipe "Add a backend" of CONTRIBUTING.md: what stands between the marks below is
//! what stands there, word for word, and it is all that a backend takes.

use std::sync::atomic::{AtomicUsize, Ordering};

use domi_event::{Body, Event};
use domi_runner::{Ending, Loaded, RunOptions, Selection, plan, run, weaker};
use serde_json::json;

// recipe: row
/// A machine of glass. Whoever looks through it sees what a unit says, and nothing runs.
pub const GLASS: BackendKind = BackendKind::of(&Row {
    name: "glass",
    strength: 20,
    runs: Runs::Debian,
    short: "glass machine",
    long: "a machine of glass, through which the feature's tests are read",
    needs: "one step or more in the test",
    proves: "that the test has a name",
});
// end

// recipe: backend
use domi_event::{Prepared, Verdict};
use domi_model::{Platform, Problem};
use domi_runner::{
    Artifacts, Backend, BackendKind, Done, Job, ONLY_PORTABLE, Offer, Refused, Reporter, Row, Runs,
    Session, Unable, Wanted,
};

/// Tests on machines of glass, as it is known before a run.
#[derive(Debug)]
struct Glass;

impl Backend for Glass {
    fn kind(&self) -> BackendKind {
        GLASS
    }

    fn offer(&self, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
        if wanted.test.name.is_empty() {
            return Err(Problem::error(ONLY_PORTABLE, "glass", "nothing to see").into());
        }
        let why = "nothing stronger was there, and glass is cheap".to_owned();
        Ok(Offer { why, brief: "glass".to_owned(), ..Offer::default() })
    }

    fn open<'a>(&'a self, _: &'a [Job], _: &'a RunOptions) -> Box<dyn Session + 'a> {
        Box::new(GlassSession)
    }
}

/// The same in a run.
struct GlassSession;

impl Session for GlassSession {
    fn prepare(&self, system: Platform, reporter: &Reporter) -> Result<Prepared, Unable> {
        let _stage = reporter.stage("blowing glass", Some(system), None);
        Ok(Prepared { backend: GLASS.to_string(), ..Prepared::default() })
    }

    fn key(&self, _: &Job, _: &Reporter) -> Result<Option<String>, Unable> {
        Ok(Some("soda-lime".to_owned()))
    }

    fn run(&self, job: &Job, folder: &Artifacts, _: &Reporter) -> Done {
        RUNS.fetch_add(1, Ordering::SeqCst);
        folder.keep("seen.txt", &job.test.name);
        Done::of(Verdict::Passed)
    }
}
// end

/// How often a job has run on glass.
static RUNS: AtomicUsize = AtomicUsize::new(0);

fn backends() -> domi_runner::Backends {
    use domi_runner::Backends;
    // recipe: handed over
    let backends = Backends::default().with(Glass);
    // end
    backends
}

fn feature() -> Loaded {
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "a", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "tests": [{ "name": "is there", "body": { "run": { "machines": { "m": {} }, "steps": [] } } }],
    });
    let manifest = serde_json::from_value(manifest).expect("a manifest");
    Loaded { manifest, crate_dir: ".".into() }
}

#[test]
fn a_backend_is_chosen_run_and_reported_by_nothing_but_the_recipe() {
    let systems = vec![Platform::X86_64Linux];
    let selection = Selection { systems, backends: backends(), ..Selection::default() };
    let planned = plan(&[feature()], &selection).unwrap();
    assert_eq!(planned.jobs[0].id, "a/is-there/x86_64-linux/glass");
    // Its strength is that of its row.
    assert!(GLASS > BackendKind::EVAL && GLASS < BackendKind::PORTABLE);
    assert_eq!(weaker(&planned, GLASS), []);
    let problems = weaker(&planned, BackendKind::PORTABLE);
    let message = "portable is required, and it would be glass (nothing stronger was there, and \
                   glass is cheap)";
    assert_eq!(problems.iter().map(|it| &*it.message).collect::<Vec<_>>(), [message]);
    // People read its short name and reason.
    let job = planned.jobs[0].planned();
    assert_eq!((&*job.backend_title, &*job.brief), ("glass machine", "glass"));

    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions::new(folder.path().join("runs"), folder.path().join("cache"));
    let go = || {
        let mut events = Vec::new();
        let summary = run(&planned, &options, &mut |event: &Event| events.push(event.clone()));
        (summary.unwrap(), events)
    };
    let (summary, events) = go();
    assert_eq!((summary.ending, summary.counts.passed), (Ending::Passed, 1));
    let seen = summary.folder.join("a.is-there.x86_64-linux.glass/seen.txt");
    assert_eq!(std::fs::read_to_string(seen).unwrap(), "is there");
    let stages = events.iter().filter_map(|event| match &event.body {
        Body::StageStarted(stage) => Some((stage.id, &*stage.system)),
        Body::StageFinished(stage) => Some((stage.id, "ends")),
        _ => None,
    });
    assert_eq!(stages.collect::<Vec<_>>(), [(1, "x86_64-linux"), (1, "ends")]);
    // Its verdicts are kept like any other's.
    assert_eq!((go().0.counts.cached, RUNS.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn the_recipe_has_what_this_test_does() {
    let recipe = include_str!("../../../CONTRIBUTING.md");
    let mut parts = 0;
    for part in include_str!("add_a_backend.rs").split("// recipe: ").skip(1) {
        let Some((text, _)) = part.split_once("// end\n") else { continue };
        let code: Vec<_> = text.lines().skip(1).map(str::trim_end).collect();
        let unindented: Vec<_> =
            code.iter().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
        let code = if code[0].starts_with(' ') { unindented } else { code };
        let block = format!("```rust\n{}\n```", code.join("\n").trim_end());
        assert!(recipe.contains(&block), "CONTRIBUTING.md must have this:\n{block}");
        parts += 1;
    }
    assert_eq!(parts, 3);
}
