//! The tests of policies, on machines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use domi_fleet::{FAILED_TEST, Features};
use domi_fleet_files::HostFacts;
use domi_fleet_machines::{Case, World};
use domi_model::{Platform, Problem, Test as ModelTest};
use domi_runner::{
    Beside, Loaded, MachineSystems, NO_SUCH_TEST, Plan, RunOptions, Selection, host_system,
    is_chosen, realise_beside,
};

use super::shared::{ended, features};
use crate::arguments::{Choice, Conduct};
use crate::config::Config;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{Known, files, no_host};
use crate::request::{FleetRequest, RunRequest};
use crate::values::{given, system};
use crate::{Exit, jobs};

#[derive(Debug, Args)]
pub(super) struct Test {
    /// Only tests that are about these hosts [default: all]
    #[arg(value_name = "HOST", value_parser = given)]
    hosts: Vec<String>,
    /// Only tests whose name contains this
    #[arg(short, long, value_name = "NAME", value_parser = given)]
    test: Vec<String>,
    /// The systems of hosts that are tested [default: this computer's]
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    system: Vec<Platform>,
    /// Run nothing; list the tests
    #[arg(long, conflicts_with = "plan")]
    list: bool,
    #[command(flatten)]
    conduct: Conduct,
}

/// What is asked for.
pub(super) struct TestRequest {
    fleet: FleetRequest,
    run: RunRequest,
    hosts: Vec<String>,
    tests: Vec<String>,
    list: bool,
}

impl Test {
    pub(super) fn request(self, fleet: FleetRequest, config: &Config) -> TestRequest {
        let choice = Choice { system: self.system, ..Choice::default() };
        let run = RunRequest::new(choice, self.conduct, config);
        TestRequest { fleet, run, hosts: self.hosts, tests: self.test, list: self.list }
    }
}

/// Makes the hosts that tests name as machines, and tries what the tests expect.
pub(super) fn run(context: &Context, request: &TestRequest) -> Result<Exit> {
    let loaded = files(&request.fleet);
    let features = features(context, &loaded.fleet)?;
    let known = Known::of(loaded, &request.fleet, &features);
    let (failed, errors): (Vec<_>, Vec<_>) =
        known.errors(&request.fleet).into_iter().partition(|it| it.code == FAILED_TEST);
    if !errors.is_empty() {
        return ended(context, errors);
    }
    let folder = request.fleet.shown("");
    let systems = systems(request);
    let world = World::new(&known.fleet, &known.projected, systems.iter().copied(), &folder);
    let cases = chosen(context, request, &known, domi_fleet_machines::cases(&world))?;
    if request.list && !request.run.json {
        let names = cases.iter().map(|case| format!("{}\n", case.test.name));
        crate::out::data(format_args!("{}", names.collect::<String>()))?;
        return Ok(Exit::Pass);
    }
    // The files alone say that these fail. Machines say the same, or the two differ.
    context.show(failed);
    let has = Has { hosts: &known.projected.hosts, features: &features };
    let plan = plan(context, request, cases, &has)?;
    jobs::check_strength(context, &request.run, &plan)?;
    if request.list || request.run.plan {
        return jobs::show(&plan, &request.run);
    }
    told(&world, &plan);
    context.make_target()?;
    let usual = jobs::options(context, &request.run, &context.target())?;
    let options = RunOptions { repeat: again(context), repeat_names_feature: false, ..usual };
    let portable = jobs::portable(context, &request.run)?;
    jobs::execute(context, &request.run, plan, &options, portable)
}

/// The words that run a test again.
fn again(context: &Context) -> Vec<String> {
    let mut words = context.program();
    words.extend(["fleet", "test"].map(str::to_owned));
    words
}

/// The tests that are asked for.
fn chosen(
    context: &Context,
    request: &TestRequest,
    known: &Known,
    mut cases: Vec<Case>,
) -> Result<Vec<Case>> {
    let all: Vec<ModelTest> = cases.iter().map(|case| case.test.clone()).collect();
    let names = || known.projected.hosts.iter().map(|host| host.name.as_str());
    let strange = request.hosts.iter().filter(|host| !names().any(|name| name == *host));
    let mut problems: Vec<Problem> = strange.map(|host| no_host(host, host, names())).collect();
    for name in &request.tests {
        if !all.iter().any(|test| is_chosen(test, &all, std::slice::from_ref(name))) {
            let problem = Problem::error(NO_SUCH_TEST, name, "no policy has such a test");
            problems.push(problem.next("`fleet test --list` lists them"));
        }
    }
    if !problems.is_empty() {
        return Err(context.problems(Exit::Usage, problems));
    }
    cases.retain(|case| {
        (request.hosts.is_empty() || request.hosts.contains(&case.host))
            && is_chosen(&case.test, &all, &request.tests)
    });
    Ok(cases)
}

/// What hosts have.
struct Has<'a> {
    hosts: &'a [HostFacts],
    features: &'a Features,
}

/// What a machine of a test has.
struct OnMachine {
    features: Vec<Beside>,
    /// An option that a feature of it sets and only NixOS knows.
    of_nixos: Option<String>,
}

impl Has<'_> {
    /// The features on each machine of tests, by its name; they are realised once for all tests.
    fn all(&self, cases: &[Case]) -> BTreeMap<String, OnMachine> {
        let cases = cases.iter().filter(|case| case.not_run.is_none());
        let runs = cases.filter_map(|case| case.test.run());
        let names: BTreeSet<&String> = runs.flat_map(|run| run.machines.keys()).collect();
        let empty = domi_fleet_machines::manifest(std::iter::empty());
        let on = |name: &String| {
            let features = self.of(name);
            let realised = realise_beside(&empty, &BTreeMap::new(), &features);
            // What is wrong with them is said where tests are planned.
            let of_nixos = realised.ok().and_then(|it| it.system.nixos.first().cloned());
            (name.clone(), OnMachine { features, of_nixos })
        };
        names.into_iter().map(on).collect()
    }

    /// The features of a host, on the machine that has its name.
    fn of(&self, name: &str) -> Vec<Beside> {
        let host = self.hosts.iter().find(|host| host.name == name);
        let features = host.into_iter().flat_map(|host| &host.features);
        let beside = |(feature, settings): (&String, &BTreeMap<_, _>)| {
            Some(Beside {
                manifest: Arc::new(self.features.get(feature)?.clone()),
                crate_dir: PathBuf::new(),
                settings: settings.clone(),
                only_on: Some(name.to_owned()),
            })
        };
        features.filter_map(beside).collect()
    }
}

/// The plan of tests: ordinary jobs of one feature, whose machines have features of their own.
fn plan(
    context: &Context,
    request: &TestRequest,
    mut cases: Vec<Case>,
    has: &Has<'_>,
) -> Result<Plan> {
    let own = systems(request).first().copied().unwrap_or(Platform::X86_64Linux);
    let mut beside_tests = BTreeMap::new();
    let on_machines = has.all(&cases);
    for case in &mut cases {
        let names = case.test.run().into_iter().flat_map(|run| run.machines.keys());
        let machines: Vec<(&String, &OnMachine)> =
            names.filter_map(|name| on_machines.get_key_value(name)).collect();
        case.not_run = case.not_run.take().or_else(|| needs_nix(&machines));
        if case.not_run.is_none() {
            let features = machines.iter().flat_map(|(_, on)| on.features.iter().cloned());
            beside_tests.insert(case.test.slug(), features.collect());
        } else {
            case.system = own;
        }
    }
    let usual = jobs::selection(context, &request.run)?;
    let of_hosts = has.hosts.iter().map(|host| (host.name.clone(), host.system));
    let machine_systems = MachineSystems::new(of_hosts.collect());
    let portable_only = Some("fleet test");
    let usual = Selection { portable_only, beside_tests, machine_systems, ..usual };
    let mut whole = Plan::default();
    for system in cases.iter().map(|case| case.system).collect::<BTreeSet<_>>() {
        let of_system = cases.iter().filter(|case| case.system == system);
        let manifest = domi_fleet_machines::manifest(of_system);
        let crate_dir = request.fleet.root.clone().into_std_path_buf();
        let selection = Selection { systems: vec![system], ..usual.clone() };
        let plan = domi_runner::plan(&[Loaded { manifest, crate_dir }], &selection);
        let mut plan =
            plan.map_err(|problems| context.problems(jobs::exit_of(&problems), problems))?;
        plan.jobs.splice(0..0, std::mem::take(&mut whole.jobs));
        whole = plan;
    }
    for job in &mut whole.jobs {
        let Some(case) = cases.iter().find(|case| case.test.name == job.test.name) else {
            continue;
        };
        job.skip = case.not_run.clone().or(job.skip.take());
        job.not_covered.extend(case.not_covered.iter().cloned());
    }
    Ok(whole)
}

/// Why Rust cannot make the machines of a test, where features set what only NixOS has.
fn needs_nix(machines: &[(&String, &OnMachine)]) -> Option<String> {
    machines.iter().find_map(|(name, on)| {
        let option = on.of_nixos.as_ref()?;
        Some(format!("`{name}` has a feature that sets `{option}`, which only NixOS knows"))
    })
}

/// The systems of which machines are made.
fn systems(request: &TestRequest) -> Vec<Platform> {
    match &request.run.choice.system[..] {
        [] => host_system().into_iter().collect(),
        some => some.to_vec(),
    }
}

/// Says what the machines are.
fn told(world: &World<'_>, plan: &Plan) {
    let jobs = plan.jobs.iter().filter(|job| job.skip.is_none());
    let runs = jobs.filter_map(|job| job.test.run());
    let machines: BTreeSet<&str> =
        runs.flat_map(|run| run.machines.keys()).map(String::as_str).collect();
    if machines.is_empty() {
        return;
    }
    talk!("machines have the fleet's addresses, users and firewalls; keys are made for the tests");
    for (host, addresses) in world.addresses.invented() {
        if machines.contains(host.as_str()) {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            talk!("`{host}` has no address in the fleet, and {} here", addresses.join(" and "));
        }
    }
}
