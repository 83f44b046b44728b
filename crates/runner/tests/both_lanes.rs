//! Tests in both lanes: what contradicts itself is red, whatever else is known of it.

use domi_event::{Body, Event, LanesCompared, LanesOutcome, Prepared, Verdict};
use domi_model::{Platform, Problem};
use domi_runner::{
    Artifacts, Backend, BackendKind, Backends, Done, Durations, Ending, Job, KnownFailures, Loaded,
    ONLY_PORTABLE, Offer, Plan, Quarantined, Refused, Reporter, RunOptions, Selection, Session,
    Unable, Wanted, plan, run,
};
use serde_json::json;

const CONTAINER: BackendKind = BackendKind::PORTABLE_CONTAINER;
const MACHINE: BackendKind = BackendKind::PORTABLE;

/// A backend whose verdict stands in the name of the test: what containers say, and what machines.
#[derive(Debug, Clone, Copy)]
struct Says(BackendKind);

impl Says {
    fn word(self, job: &Job) -> String {
        let mut words = job.test.name.split(' ');
        let word = if self.0 == CONTAINER { words.next() } else { words.nth(1) };
        word.unwrap_or_default().to_owned()
    }
}

impl Backend for Says {
    fn kind(&self) -> BackendKind {
        self.0
    }

    fn goes_first(&self) -> bool {
        self.0 == CONTAINER
    }

    fn offer(&self, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
        let problem = |what| Refused::from(Problem::error(ONLY_PORTABLE, "x", what));
        match wanted.test.name.split_once(' ') {
            Some(("none", _)) if self.goes_first() => {
                Err(Refused { none_here: true, ..problem("there are none here") })
            }
            Some(("refuses", _)) if self.goes_first() => Err(problem("it asks for a kernel")),
            _ => Ok(Offer::default()),
        }
    }

    fn open<'a>(&'a self, _: &'a [Job], _: &'a RunOptions) -> Box<dyn Session + 'a> {
        Box::new(*self)
    }
}

impl Session for Says {
    fn prepare(&self, _: Platform, _: &Reporter) -> Result<Prepared, Unable> {
        Ok(Prepared { backend: self.0.to_string(), ..Prepared::default() })
    }

    fn key(&self, job: &Job, _: &Reporter) -> Result<Option<String>, Unable> {
        Ok(Some(self.word(job)))
    }

    fn run(&self, job: &Job, _: &Artifacts, _: &Reporter) -> Done {
        match &*self.word(job) {
            "fails" => Done::of(Verdict::Failed),
            "breaks" => Unable::Failed("it died".to_owned()).into(),
            _ => Done::of(Verdict::Passed),
        }
    }
}

fn selection() -> Selection {
    let backends = Backends::default().with(Says(CONTAINER)).with(Says(MACHINE));
    let systems = vec![Platform::X86_64Linux];
    Selection { backends, systems, both_lanes: true, ..Selection::default() }
}

fn planned(tests: &[&str], selection: &Selection) -> Result<Plan, Vec<Problem>> {
    let body = json!({ "run": { "machines": { "m": {} }, "steps": [] } });
    let tests: Vec<_> =
        tests.iter().map(|name| json!({ "name": name, "body": body.clone() })).collect();
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "a", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "tests": tests,
    });
    let manifest = serde_json::from_value(manifest).expect("a manifest");
    plan(&[Loaded { manifest, crate_dir: ".".into() }], selection)
}

/// What was compared, and how the run ended.
fn go(plan: &Plan, cache: &std::path::Path, change: fn(&mut RunOptions)) -> (Vec<Event>, Ending) {
    let mut options =
        RunOptions { jobs: Some(1), ..RunOptions::new(cache.join("runs"), cache.join("cache")) };
    change(&mut options);
    let mut events = Vec::new();
    let summary = run(plan, &options, &mut |event| events.push(event.clone())).expect("a run");
    assert_eq!(Ending::of(&events), summary.ending, "it is the same when it is read again");
    (events, summary.ending)
}

fn compared(events: &[Event]) -> Vec<LanesCompared> {
    let of = |event: &Event| match &event.body {
        Body::LanesCompared(compared) => Some(compared.clone()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

#[track_caller]
fn check(test: &str, outcome: LanesOutcome, reason: &str, ending: Ending) {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = planned(&[test], &selection()).expect("a plan");
    let (events, ended) = go(&plan, folder.path(), |_| ());
    let [compared] = &compared(&events)[..] else { panic!("one test is one comparison") };
    assert_eq!((compared.outcome, &*compared.reason, ended), (outcome, reason, ending));
    let backends: Vec<&str> = compared.lanes.iter().map(|lane| &*lane.backend).collect();
    assert_eq!(backends, ["portable-container", "portable"]);
}

#[test]
fn lanes_that_contradict_each_other_make_a_run_bad_and_those_that_agree_do_not() {
    use LanesOutcome::{Different, NotCompared, Same, Undecided};
    check("passes passes", Same, "", Ending::Passed);
    check("fails fails", Same, "", Ending::Failed);
    check("passes fails", Different, "", Ending::Failed);
    check("fails passes", Different, "", Ending::Failed);
    let died = "portable-container came to no verdict: it died";
    check("breaks passes", Undecided, died, Ending::Undecided);
    check("passes breaks", Undecided, "portable came to no verdict: it died", Ending::Undecided);
    check("refuses passes", NotCompared, "it asks for a kernel", Ending::Passed);
    check("refuses fails", NotCompared, "it asks for a kernel", Ending::Failed);
}

#[test]
fn neither_quarantine_nor_a_pass_of_the_past_hides_a_difference() {
    let entry = Quarantined {
        jobs: "all()".parse().expect("a filter"),
        reason: "it is known".to_owned(),
        until: "2026-06-30".parse().expect("a day"),
        place: None,
    };
    let today = "2026-06-30".parse().expect("a day");
    let known_failures = KnownFailures { entries: vec![entry], today };
    let plan = planned(&["passes fails"], &Selection { known_failures, ..selection() });
    let plan = plan.expect("a plan");
    let folder = tempfile::tempdir().expect("a folder");
    for of_container in [Verdict::Passed, Verdict::Cached] {
        let (events, ending) = go(&plan, folder.path(), |_| ());
        let [compared] = &compared(&events)[..] else { panic!("one test is one comparison") };
        let verdicts: Vec<_> = compared.lanes.iter().map(|lane| lane.verdict).collect();
        assert_eq!(verdicts, [of_container, Verdict::Failed]);
        assert_eq!((compared.outcome, ending), (LanesOutcome::Different, Ending::Failed));
        let Some(Body::RunFinished(finished)) = events.last().map(|event| &event.body) else {
            panic!("it has ended")
        };
        assert_eq!((finished.counts.quarantined, finished.counts.different), (1, 1));
    }
}

#[test]
fn a_pair_that_was_not_reached_is_not_forgotten() {
    let plan = planned(&["fails passes", "passes passes"], &selection()).expect("a plan");
    let folder = tempfile::tempdir().expect("a folder");
    let (events, ending) = go(&plan, folder.path(), |options| options.fail_fast = true);
    let outcomes: Vec<_> = compared(&events).iter().map(|compared| compared.outcome).collect();
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes.contains(&LanesOutcome::Undecided), "{outcomes:?}");
    assert_eq!(ending, Ending::Failed);
}

#[test]
fn a_computer_without_containers_is_told_so() {
    let problems = planned(&["none passes"], &selection()).expect_err("there are none");
    assert_eq!(problems[0].message, "there are none here");
}

#[test]
fn both_jobs_of_a_pair_are_kept_by_a_filter_and_in_one_shard() {
    let filter = "test(=a b) and backend(portable)".parse().expect("a filter");
    let plan = planned(&["a b", "c d"], &Selection { filter: Some(filter), ..selection() });
    let backends: Vec<_> = plan.expect("a plan").jobs.iter().map(|job| job.backend).collect();
    assert_eq!(backends, [CONTAINER, MACHINE]);

    let tests: Vec<String> = (0..7).map(|number| format!("a{number} b")).collect();
    let tests: Vec<&str> = tests.iter().map(String::as_str).collect();
    let mut all = 0;
    for index in 1..=4 {
        let mut plan = planned(&tests, &selection()).expect("a plan");
        plan.keep_shard(format!("{index}/4").parse().expect("a shard"), &Durations::default());
        all += plan.jobs.len();
        for job in &plan.jobs {
            let other = job.compared_with.as_ref().expect("it is compared");
            assert!(plan.jobs.iter().any(|job| job.id == *other), "{other} is elsewhere");
        }
        let one_lane = planned(&tests, &Selection { both_lanes: false, ..selection() });
        let mut one_lane = one_lane.expect("a plan");
        one_lane.keep_shard(format!("{index}/4").parse().expect("a shard"), &Durations::default());
        let plans = [plan, one_lane].map(|plan| plan.shard.expect("it is one").plan);
        assert_ne!(plans[0], plans[1], "shards of one and of two lanes do not fit together");
    }
    assert_eq!(all, 14);
}
