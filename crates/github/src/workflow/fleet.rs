//! The job that tries the policies of a fleet on machines: it is one for each system that hosts have,
//! since what its tests have in common, such as the features, is made once.

use super::model::{Job, Step, Steps};
use super::parts::{DAYS, IMAGES, cargo_cache, checkout_all, guest, rust};
use super::pins::{CACHE_RESTORE, UPLOAD};
use super::scripts;
use crate::lane::{Backend, Lane};

pub(super) fn job(lane: Lane) -> Job {
    let system = lane.system.as_str();
    let in_containers = lane.backend == Backend::Containers;
    let mut steps = vec![checkout_all()];
    if lane.kvm() {
        steps.push(Step::run("Let this job use KVM", scripts::OPEN_KVM));
        steps.push(Step::run("Fail without KVM", scripts::WANT_KVM));
    }
    let guest = guest(system);
    steps.extend([
        rust(),
        cargo_cache("test"),
        Step::uses("Restore saved machines", CACHE_RESTORE)
            .with("path", IMAGES)
            .with("key", &*format!("{guest}-fleet"))
            .with("restore-keys", &*format!("{guest}-\nguest-{system}-\n")),
        Step::run("Make saved machines sparse", scripts::DIG),
    ]);
    if in_containers {
        let name = "Let containers have user namespaces";
        steps.push(Step::run(name, scripts::OPEN_NAMESPACES));
    }
    steps.push(Step::run("Install what machines need", "cargo xtask setup --yes\n"));
    if in_containers {
        let step = Step::run("Fail without containers", scripts::WANT_CONTAINERS);
        steps.push(step.env("SYSTEM", system));
    }
    steps.extend([
        Step::run("Test", scripts::fleet(lane)),
        Step::uses("Upload the run", UPLOAD)
            .when("${{ !cancelled() }}")
            .with("name", &*format!("fleet-{system}"))
            .with("path", "target/domi/runs")
            .with("if-no-files-found", "error")
            .with("retention-days", DAYS),
    ]);
    Job {
        name: format!("Fleet on {lane}"),
        needs: vec!["plan".to_owned()],
        runs_on: lane.runner(),
        timeout_minutes: 90,
        steps: Steps::Own(steps),
        ..Job::default()
    }
}
