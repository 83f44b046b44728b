//! The jobs of the workflow.

use std::rc::Rc;

use indexmap::IndexMap;

use super::fleet;
use super::model::{
    Concurrency, Defaults, Everything, Job, On, Push, Schedule, Step, Steps, Strategy, Workflow,
};
use super::parts::{
    DAYS, IMAGES, RUNNER, cargo_cache, checkout, checkout_all, guest, into, rust, table,
};
use super::pins::{CACHE_RESTORE, CACHE_SAVE, DOWNLOAD, NIX, UPLOAD};
use super::scripts;
use super::{PushTo, Settings};
use crate::lane::{Backend, Lane};
use crate::matrix::MATRICES;

/// The runner where Nix evaluates on a Mac.
const MAC: &str = "macos-15";

/// The commit that a change is compared with; empty if everything is tested.
const BASE: &str =
    "${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha || '' }}";
/// How long jobs took.
const DURATIONS: &str = "target/domi/durations.json";

impl Workflow {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            name: into("CI"),
            on: into(On {
                pull_request: Some(Everything {}),
                merge_group: Some(Everything {}),
                push: Some(Push { branches: settings.pushed().cloned().collect() }),
                schedule: Some([Schedule { cron: "17 3 * * *" }]),
                workflow_dispatch: Everything {},
            }),
            permissions: into(table([("contents", "read")])),
            concurrency: into(Concurrency {
                group: "${{ github.workflow }}-${{ github.event.pull_request.number || github.run_id }}",
                cancel_in_progress: true,
            }),
            defaults: into(Defaults { run: table([("shell", "bash")]) }),
            env: Some(into(table([("CARGO_INCREMENTAL", "0"), ("CARGO_TERM_COLOR", "always")]))),
            jobs: jobs(settings).into_iter().map(|(id, job)| (id, into(job))).collect(),
        }
    }
}

fn jobs(settings: &Settings) -> IndexMap<String, Job> {
    let mut jobs: IndexMap<String, Job> = IndexMap::new();
    jobs.insert("plan".to_owned(), plan());
    let containers = settings.lanes().iter().any(|lane| lane.backend == Backend::Containers);
    let steps = Rc::new(test_steps(containers));
    for number in 1..=MATRICES {
        jobs.insert(format!("test-{number}"), test(number, &steps));
    }
    for lane in settings.fleet_lanes() {
        jobs.insert(format!("fleet-{}", lane.system.as_str()), fleet::job(lane));
    }
    jobs.insert("checks".to_owned(), checks(settings));
    if settings.has_flake {
        jobs.insert("evaluate".to_owned(), evaluate());
    }
    jobs.insert("report".to_owned(), report());
    let required = required(jobs.keys().cloned().collect());
    jobs.insert("required".to_owned(), required);
    let builds = |lane: &Lane| lane.backend == Backend::NixosVm;
    if let Some(to) = settings.push.filter(|_| settings.lanes().iter().any(builds)) {
        jobs.insert("push".to_owned(), push(to));
    }
    jobs
}

/// Finds out which shards there are.
fn plan() -> Job {
    let mut outputs: IndexMap<String, String> =
        ["shards", "jobs", "week"].map(|name| (name.to_owned(), output(name))).into();
    outputs.extend((1..=MATRICES).map(|number| {
        let name = format!("matrix-{number}");
        let value = output(&name);
        (name, value)
    }));
    let mut steps = vec![checkout_all(), rust(), cargo_cache("plan")];
    steps.extend([
        restore_durations(),
        Step::run("Plan", scripts::PLAN).id("plan"),
        Step::run("Explain", scripts::EXPLAIN).when("${{ env.BASE != '' }}"),
        Step::uses("Upload durations for the shards", UPLOAD)
            .with("name", "durations")
            .with("path", DURATIONS)
            .with("retention-days", DAYS),
    ]);
    Job {
        name: "Plan".to_owned(),
        runs_on: RUNNER,
        timeout_minutes: 30,
        env: table([("BASE", BASE)]),
        outputs,
        steps: Steps::Own(steps),
        ..Job::default()
    }
}

fn output(name: &str) -> String {
    format!("${{{{ steps.plan.outputs.{name} }}}}")
}

/// Whether a matrix is needed, as an expression.
fn has_matrix(number: usize) -> String {
    format!("needs.plan.outputs.matrix-{number} != ''")
}

/// Runs the shards of a matrix.
fn test(number: usize, steps: &Rc<Vec<Step>>) -> Job {
    Job {
        name: "${{ matrix.name }}".to_owned(),
        needs: vec!["plan".to_owned()],
        r#if: Some(format!("${{{{ {} }}}}", has_matrix(number))),
        runs_on: "${{ matrix.runner }}",
        timeout_minutes: 90,
        env: table([("BASE", BASE)]),
        strategy: Some(Strategy {
            fail_fast: false,
            matrix: format!("${{{{ fromJSON(needs.plan.outputs.matrix-{number}) }}}}"),
        }),
        steps: Steps::shared(steps),
        ..Job::default()
    }
}

/// The steps of a shard, of whatever lane; `containers` where there is a lane of containers.
fn test_steps(containers: bool) -> Vec<Step> {
    let portable = "${{ matrix.backend != 'nixos-vm' }}";
    let guest = guest("${{ matrix.system }}");
    let mut steps = vec![
        checkout_all(),
        Step::uses("Install Nix", NIX).when("${{ matrix.backend == 'nixos-vm' }}"),
        Step::run("Let this job use KVM", scripts::OPEN_KVM).when("${{ matrix.kvm }}"),
        Step::run("Fail without KVM", scripts::WANT_KVM).when("${{ matrix.kvm }}"),
        rust(),
        cargo_cache("test"),
        Step::uses("Download durations", DOWNLOAD)
            .with("name", "durations")
            .with("path", "target/domi"),
        Step::uses("Restore saved machines", CACHE_RESTORE)
            .id("guest")
            .when(portable)
            .with("path", IMAGES)
            .with("key", &*format!("{guest}-${{{{ matrix.id }}}}"))
            .with("restore-keys", &*format!("{guest}-\nguest-${{{{ matrix.system }}}}-\n")),
        Step::run("Make saved machines sparse", scripts::DIG).when(portable),
    ];
    let mut test = Step::run("Test", scripts::test(containers))
        .env("SYSTEM", "${{ matrix.system }}")
        .env("BACKEND", "${{ matrix.backend }}")
        .env("SHARD", "${{ matrix.shard }}")
        .env("REQUIRE", "${{ matrix.require }}");
    if containers {
        test = test.env("CONTAINERS", "${{ matrix.containers }}");
        steps.push(
            Step::run("Let containers have user namespaces", scripts::OPEN_NAMESPACES)
                .when("${{ matrix.containers }}"),
        );
    }
    steps.push(Step::run("Install what machines need", "cargo xtask setup --yes\n").when(portable));
    if containers {
        steps.push(
            Step::run("Fail without containers", scripts::WANT_CONTAINERS)
                .when("${{ matrix.containers }}")
                .env("SYSTEM", "${{ matrix.system }}"),
        );
    }
    steps.extend([
        test,
        Step::uses("Upload the run", UPLOAD)
            .when("${{ !cancelled() }}")
            .with("name", "run-${{ matrix.id }}")
            .with("path", "target/domi/runs")
            .with("if-no-files-found", "error")
            .with("retention-days", DAYS),
        Step::run("Remove unused machines", scripts::PRUNE).when(SAVE_GUESTS),
        Step::uses("Save machines", CACHE_SAVE)
            .when(SAVE_GUESTS)
            .with("path", IMAGES)
            .with("key", &*format!("{guest}-${{{{ matrix.id }}}}")),
    ]);
    steps
}

/// A change that nobody has accepted must not leave anything to other runs.
const SAVE_GUESTS: &str = "${{ matrix.backend != 'nixos-vm' && env.BASE == '' && \
                           steps.guest.outputs.cache-hit != 'true' }}";

/// Runs everything but machine tests.
fn checks(settings: &Settings) -> Job {
    let command = format!("{}\n", settings.checks.join(" "));
    Job {
        name: "Checks".to_owned(),
        runs_on: RUNNER,
        timeout_minutes: 60,
        steps: Steps::Own(vec![
            checkout_all(),
            rust(),
            cargo_cache("checks"),
            Step::run("Check", command),
            Step::uses("Upload the verdicts", UPLOAD)
                .when("${{ !cancelled() }}")
                .with("name", "checks")
                .with("path", "target/domi/ci.xml")
                .with("retention-days", DAYS),
        ]),
        ..Job::default()
    }
}

/// Has Nix evaluate the flake on another kind of computer.
fn evaluate() -> Job {
    Job {
        name: "Evaluate on macOS".to_owned(),
        runs_on: MAC,
        timeout_minutes: 30,
        steps: Steps::Own(vec![
            checkout(),
            Step::uses("Install Nix", NIX),
            Step::run("Evaluate", scripts::EVALUATE),
        ]),
        ..Job::default()
    }
}

/// Merges the results of the shards.
fn report() -> Job {
    let mut needs = vec!["plan".to_owned()];
    needs.extend((1..=MATRICES).map(|number| format!("test-{number}")));
    let condition =
        "${{ !cancelled() && needs.plan.result == 'success' && needs.plan.outputs.shards != '0' }}";
    Job {
        name: "Report".to_owned(),
        needs,
        r#if: Some(condition.to_owned()),
        runs_on: RUNNER,
        timeout_minutes: 30,
        env: table([("BASE", BASE)]),
        steps: Steps::Own(vec![
            checkout(),
            rust(),
            cargo_cache("plan"),
            Step::uses("Download the runs of all shards", DOWNLOAD)
                .with("pattern", "run-*")
                .with("path", "runs"),
            Step::uses("Download durations", DOWNLOAD)
                .with("name", "durations")
                .with("path", "target/domi"),
            Step::run("Merge the runs", scripts::MERGE)
                .env("JOBS", "${{ needs.plan.outputs.jobs }}"),
            Step::uses("Upload the page", UPLOAD)
                .when("${{ !cancelled() }}")
                .with("name", "report")
                .with("path", "report")
                .with("retention-days", DAYS),
            Step::run("Update durations", scripts::LEARN).when(LEARNS),
            Step::uses("Save durations", CACHE_SAVE)
                .when(LEARNS)
                .with("path", DURATIONS)
                .with("key", "durations-${{ github.run_id }}-${{ github.run_attempt }}"),
        ]),
        ..Job::default()
    }
}

/// Also after a failed test: the durations of the others are still right.
const LEARNS: &str = "${{ !cancelled() && env.BASE == '' }}";

/// The one check that a branch has to require.
fn required(needs: Vec<String>) -> Job {
    let line = |job: &String| {
        let wanted = match job.strip_prefix("test-").and_then(|number| number.parse().ok()) {
            Some(number) => format!("${{{{ {} }}}}", has_matrix(number)),
            None if job == "report" => "${{ needs.plan.outputs.shards != '0' }}".to_owned(),
            None => "true".to_owned(),
        };
        format!("{job} ${{{{ needs.{job}.result }}}} {wanted}")
    };
    let results: Vec<String> = needs.iter().map(line).collect();
    let step = Step::run("Check the results of all jobs", scripts::REQUIRED);
    Job {
        name: "Required".to_owned(),
        needs,
        r#if: Some("${{ always() }}".to_owned()),
        runs_on: RUNNER,
        timeout_minutes: 5,
        steps: Steps::Own(vec![step.env("RESULTS", &results.join("\n"))]),
        ..Job::default()
    }
}

const PUSHES: &str =
    "${{ !cancelled() && needs.required.result == 'success' && github.event_name == 'push' }}";

/// Builds what the NixOS tests need, and copies it to the binary cache. It is the only job with
/// secrets: it runs only what is already on the default branch, and uses nothing that others could
/// have put into GitHub's cache.
fn push(to: PushTo) -> Job {
    let mut steps = vec![
        checkout(),
        Step::uses("Install Nix", NIX),
        Step::run("Let this job use KVM", scripts::OPEN_KVM),
        Step::run("Fail without KVM", scripts::WANT_KVM),
        rust(),
        Step::run("Build", scripts::BUILD),
    ];
    let push = Step::run("Push", scripts::PUSH);
    steps.extend(match to {
        PushTo::Cachix => vec![
            Step::run("Install the cache's client", scripts::CACHIX),
            push.env("CACHIX_AUTH_TOKEN", "${{ secrets.CACHIX_AUTH_TOKEN }}"),
        ],
        PushTo::Attic => vec![
            Step::run("Install the cache's client", scripts::ATTIC)
                .env("ATTIC_SERVER", "${{ vars.ATTIC_SERVER }}")
                .env("ATTIC_URL", "${{ vars.ATTIC_URL }}")
                .env("ATTIC_TOKEN", "${{ secrets.ATTIC_TOKEN }}"),
            push,
        ],
        PushTo::S3 => vec![
            push.env("AWS_ACCESS_KEY_ID", "${{ secrets.AWS_ACCESS_KEY_ID }}")
                .env("AWS_SECRET_ACCESS_KEY", "${{ secrets.AWS_SECRET_ACCESS_KEY }}"),
        ],
    });
    Job {
        name: "Push to the binary cache".to_owned(),
        needs: vec!["required".to_owned()],
        // Written out, because GitHub would skip this job if any earlier job was skipped.
        r#if: Some(PUSHES.to_owned()),
        runs_on: RUNNER,
        timeout_minutes: 180,
        environment: Some("binary-cache"),
        steps: Steps::Own(steps),
        ..Job::default()
    }
}

fn restore_durations() -> Step {
    Step::uses("Restore durations", CACHE_RESTORE)
        .with("path", DURATIONS)
        .with("key", "durations-${{ github.run_id }}-${{ github.run_attempt }}")
        .with("restore-keys", "durations-")
}
