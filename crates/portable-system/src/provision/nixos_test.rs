//! Tests that were written for the NixOS test driver: what their nodes get, and what the driver runs.

mod refusals;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domi_evaluate::{Evaluated, NixosTest, Node, TestFile};
use domi_host::Interrupt;
use domi_model::Problem;
use domi_network::Place;
use domi_nix_command::NixFailed;
use domi_realise::EtcFile;
use domi_runner::Job;
use domi_transplant::{Script, script, transplant};

pub use self::refusals::calls;
use super::activation::Around;
use super::evaluated::without_nix;
use super::nix_realiser::NixRealiser;
use super::system::{FeatureSystem, NoSystem};
use super::{Case, Provision, hide, machine_of, targets};
use crate::codes::REFUSED_BY_NIX;
use crate::each_once::EachOnce;

/// A test as the driver runs it.
#[derive(Debug, Clone)]
pub struct DriverTest {
    /// What its machines get.
    pub provisions: Vec<Provision>,
    /// Its script, as these machines can run what it types.
    pub script: String,
    /// The folder of the driver in the nixpkgs of the test.
    pub driver: PathBuf,
    /// How long the test may take by its own account.
    pub limit: Duration,
    /// Whether mypy looks at the script.
    pub types: bool,
    /// Whether pyflakes looks at the script.
    pub lint: bool,
}

/// What Nix has said about tests, by system and name.
#[derive(Debug, Default)]
pub(crate) struct DriverTests(EachOnce<(&'static str, String), Result<Arc<DriverTest>, NoSystem>>);

impl DriverTests {
    /// The test of a job; nothing where the job is none of them.
    pub(crate) fn of(
        &self,
        realiser: &NixRealiser,
        job: &Job,
        interrupt: &Interrupt,
    ) -> Option<Result<Arc<DriverTest>, NoSystem>> {
        let tests = realiser.nixos_tests.as_ref()?;
        let path = tests.paths.get(&job.test.name)?;
        let ask = || {
            let file = TestFile { system: job.system.as_str().to_owned(), ..tests.file.clone() };
            let test = file.test(&realiser.nix, path, realiser.store.is_some(), interrupt);
            let test = test.map_err(|failed| refused(job, &failed))?;
            carried(realiser, &Case::of(job), &job.test.name, &test).map(Arc::new)
        };
        Some(self.0.get((job.system.as_str(), job.test.name.clone()), ask))
    }
}

/// What Nix says against a test is the test's failure, if Nix has read it at all.
fn refused(job: &Job, failed: &NixFailed) -> NoSystem {
    match failed.refusal() {
        Some(message) => {
            NoSystem::Problems(vec![Problem::error(REFUSED_BY_NIX, &job.test.name, message)])
        }
        None => NoSystem::Unable(without_nix(failed)),
    }
}

/// The test on portable machines; or all that keeps it from them.
fn carried(
    realiser: &NixRealiser,
    case: &Case<'_>,
    name: &str,
    test: &NixosTest,
) -> Result<DriverTest, NoSystem> {
    let asserted = test.nodes.iter().flat_map(|(node, it)| {
        it.seen.assertions.iter().map(move |text| Problem::error(REFUSED_BY_NIX, node, text))
    });
    let asserted: Vec<_> = asserted.collect();
    if !asserted.is_empty() {
        return Err(NoSystem::Problems(asserted));
    }
    let refused = refusals::refusals(test);
    if !refused.is_empty() {
        // What else cannot be had follows from these, more often than not.
        return Err(NoSystem::NotCarried(refused));
    }
    let mut problems = Vec::new();
    let supply = realiser.supply([case.manifest]);
    let script = script(&format!("{name}'s script"), &test.script, &test.store, &supply);
    let script = script.unwrap_or_else(|found| {
        problems.extend(found);
        Script::default()
    });
    let mut provisions = Vec::new();
    for (node, it) in &test.nodes {
        let seen = without_network(it);
        let feature = &case.manifest.feature.name;
        match transplant(feature, &seen, &test.store, &supply) {
            Ok(carried) => {
                provisions.push(provision(case, node, it, FeatureSystem::from(carried), &script));
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| of_node(node, problem))),
        }
    }
    if !problems.is_empty() {
        return Err(NoSystem::NotCarried(problems));
    }
    Ok(DriverTest {
        provisions,
        script: script.text,
        driver: test.driver.clone(),
        limit: test.limit,
        types: !test.skip_types,
        lint: !test.skip_lint,
    })
}

fn of_node(node: &str, mut problem: Problem) -> Problem {
    problem.message = format!("on {node}: {}", problem.message);
    problem
}

/// What a node has beside its network, which the machine gets in another way.
fn without_network(node: &Node) -> Evaluated {
    let mut seen = node.seen.clone();
    seen.changed_etc.remove("hosts");
    seen.changed_units.remove(ADDRESSES);
    seen
}

/// The unit of NixOS that gives the first interface its addresses.
const ADDRESSES: &str = "network-addresses-eth1.service";

/// What a node gets: its system; what the script refers to, which any of its commands may be given; and
/// what the driver counts on.
fn provision(
    case: &Case<'_>,
    name: &str,
    node: &Node,
    mut made: FeatureSystem,
    script: &Script,
) -> Provision {
    if node.networkd {
        let note = format!("on {name}, the machine's own network stands for systemd-networkd");
        made.warnings.push(note);
    }
    made.files.extend(script.files.iter().cloned());
    made.needed.extend(script.needed.clone());
    made.to_make.add(script.making.clone(), &script.files);
    made.store.paths.extend(script.store.iter().cloned());
    made.system.debian_packages.extend(script.debian.iter().cloned());
    // Every NixOS has it.
    if script.text.contains("sudo ") {
        made.system.debian_packages.insert("sudo".to_owned());
    }
    if script.text.contains("console") {
        let file = EtcFile { text: TO_CONSOLE.to_owned(), ..EtcFile::default() };
        made.system.etc.insert("systemd/journald.conf.d/z-domi-console.conf".to_owned(), file);
    }
    let targets = targets::are_looked_at(&made.system, std::iter::once(&*script.text));
    let around =
        Around { networked: true, power_is_cut: true, waits: true, targets, ..Around::default() };
    let machine = domi_model::Machine::default();
    let mut provision = machine_of(case, name, &machine, made, around);
    hide(case, &machine, &mut provision);
    let place = Place { addresses: node.addresses.clone(), hosts: node.hosts.clone() };
    Provision { place: Some(place), ..provision }
}

/// The framework has every node log to its console, where scripts wait for texts. Emulated machines are slow
/// at that, so only those do it whose script may look.
const TO_CONSOLE: &str = "[Journal]\nForwardToConsole=yes\nMaxLevelConsole=debug\n";
