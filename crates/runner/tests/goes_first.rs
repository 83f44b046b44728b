//! A weaker backend that someone allowed goes first, and never unsaid.

use domi_model::{Platform, Problem};
use domi_runner::{
    Backend, BackendKind, Backends, Job, Loaded, ONLY_PORTABLE, Offer, Refused, RunOptions,
    Selection, Session, Wanted, plan, weaker,
};
use serde_json::json;

/// A backend of a kind, which goes first if it is of containers.
#[derive(Debug)]
struct Of(BackendKind);

impl Backend for Of {
    fn kind(&self) -> BackendKind {
        self.0
    }

    fn goes_first(&self) -> bool {
        self.0 == BackendKind::PORTABLE_CONTAINER
    }

    fn offer(&self, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
        if self.goes_first() && wanted.test.name.contains("kernel") {
            return Err(Problem::error(ONLY_PORTABLE, "x", "it asks for a kernel").into());
        }
        let why = if self.goes_first() { "it is allowed" } else { "" };
        Ok(Offer { why: why.to_owned(), brief: why.to_owned(), ..Offer::default() })
    }

    fn open<'a>(&'a self, _: &'a [Job], _: &'a RunOptions) -> Box<dyn Session + 'a> {
        unreachable!("nothing is run")
    }
}

/// The job of a test among these backends.
fn job(test: &str, body: &serde_json::Value, kinds: &[BackendKind]) -> domi_runner::Plan {
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "a", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "tests": [{ "name": test, "body": body }],
    });
    let manifest = serde_json::from_value(manifest).expect("a manifest");
    let loaded = Loaded { manifest, crate_dir: ".".into() };
    let backends =
        kinds.iter().fold(Backends::default(), |backends, kind| backends.with(Of(*kind)));
    let systems = vec![Platform::X86_64Linux];
    let selection = Selection { backends, systems, ..Selection::default() };
    plan(&[loaded], &selection).expect("a plan")
}

#[track_caller]
fn check(test: &str, kinds: &[BackendKind], kind: BackendKind, why: &str) {
    let body = json!({ "run": { "machines": { "m": {} }, "steps": [] } });
    let plan = job(test, &body, kinds);
    assert_eq!((plan.jobs[0].backend, &*plan.jobs[0].why), (kind, why));
    assert_eq!(plan.jobs[0].why, plan.jobs[0].brief);
}

#[test]
fn a_weaker_backend_that_is_allowed_goes_first_or_it_is_said_why_not() {
    let (container, machine) = (BackendKind::PORTABLE_CONTAINER, BackendKind::PORTABLE);
    check("plain", &[machine], machine, "");
    check("plain", &[container, machine], container, "it is allowed");
    let why = "not portable-container: it asks for a kernel";
    check("a kernel", &[container, machine], machine, why);
    // What runs NixOS is no machine that a container could have stood for.
    check("a kernel", &[container, machine, BackendKind::NIXOS_VM], BackendKind::NIXOS_VM, "");
}

#[test]
fn what_needs_no_machine_gains_nothing_by_a_weaker_backend() {
    let body = json!({ "refuse": { "settings": {}, "because": "x" } });
    let kinds = [BackendKind::PORTABLE_CONTAINER, BackendKind::PORTABLE];
    assert_eq!(job("plain", &body, &kinds).jobs[0].backend, BackendKind::PORTABLE);
}

#[test]
fn who_requires_machines_gets_no_container() {
    let body = json!({ "run": { "machines": { "m": {} }, "steps": [] } });
    let kinds = [BackendKind::PORTABLE_CONTAINER, BackendKind::PORTABLE];
    let problems = weaker(&job("plain", &body, &kinds), BackendKind::PORTABLE);
    assert!(problems[0].message.contains("it would be portable-container"), "{problems:?}");
}
