//! A hand-written module as a feature of one test: what its units do is all that is known of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domi_host::Interrupt;
use domi_host::command::shell_word;
use domi_model::{
    Action, Expectation, Machine, Manifest, Package, Platform, Problem, Run, SCHEMA, Step, Test,
    TestBody, Value,
};
use domi_realise::{System, Unit};
use domi_runner::{Loaded, Unable};
use serde_json::json;

use crate::codes::NOTHING_TO_TEST;
use crate::provision::evaluated::{Ask, made};
use crate::provision::nix_realiser::{ByHand, NixRealiser};

/// What is known of a hand-written module.
#[derive(Debug, Clone)]
pub struct HandWritten {
    /// What it is called.
    pub name: String,
    /// What it is, in a line.
    pub summary: String,
    /// Packages that steps need, and what stands for packages of nixpkgs, by names of their own.
    pub packages: BTreeMap<String, Package>,
    /// Its folder.
    pub folder: PathBuf,
}

/// What the test of a module is made of that follows from its units.
#[derive(Debug, Clone)]
pub struct UnitsTest<'a> {
    /// The module.
    pub about: &'a HandWritten,
    /// What is evaluated.
    pub modules: &'a ByHand,
    /// The whole configuration beside it.
    pub settings: BTreeMap<String, Value>,
    /// Commands that must succeed in the machine at last.
    pub checks: &'a [String],
    /// The system of the machine.
    pub system: Platform,
}

/// Why a module has no test.
#[derive(Debug)]
pub enum NoTest {
    /// Its settings are refused, or it comes to what a portable machine cannot have.
    Problems(Vec<Problem>),
    /// What it takes is not to be had, or the user asked to stop.
    Unable(Unable),
}

impl From<Unable> for NoTest {
    fn from(unable: Unable) -> Self {
        Self::Unable(unable)
    }
}

impl HandWritten {
    /// The module with its tests, as a feature is that has these. It has no options of its own:
    /// settings are of the whole configuration.
    pub fn with_tests(&self, tests: Vec<Test>) -> Loaded {
        let manifest = json!({
            "schema": SCHEMA,
            "feature": {
                "name": self.name,
                "kind": "services",
                "summary": self.summary,
                "maturity": "dev",
                "version": "0.0.0",
                "platforms": Platform::ALL.map(Platform::as_str),
            },
            "options": [],
            "system": {},
        });
        let manifest = serde_json::from_value(manifest).expect("it is as a manifest is");
        let manifest = Manifest { tests, packages: self.packages.clone(), ..manifest };
        Loaded { manifest, crate_dir: self.folder.clone() }
    }
}

/// The test that follows from a module's units: all that a boot starts become active (or, if they are
/// to end, end well), the ports that its firewall lets in open, the checks succeed, and no unit has
/// failed or was started again meanwhile.
///
/// # Errors
/// When Nix refuses the settings or cannot be run, or when nothing would be tested.
pub fn units_test(
    realiser: &NixRealiser,
    test: &UnitsTest<'_>,
    interrupt: &Interrupt,
) -> Result<Test, NoTest> {
    let empty = test.about.with_tests(Vec::new()).manifest;
    let ask = Ask::by_hand(test.system, test.modules);
    let cases = [ask.case(&empty, &test.settings)];
    let evaluations = ask.asked(realiser, &cases, interrupt)?;
    let explain = || ask.explain(realiser, &empty, &test.settings, interrupt);
    let made = match made(realiser, &[&empty], &evaluations.cases[0], &evaluations.store, explain) {
        Ok(made) => made,
        Err(none) => return Err(NoTest::Problems(none.problems()?)),
    };
    if made.system.units_to_start().is_empty() && test.checks.is_empty() {
        let message = "the module starts no unit with these settings: nothing would be tested";
        let problem = Problem::error(NOTHING_TO_TEST, &test.about.name, message)
            .next("enable it with --set, such as --set services.example.enable=true");
        return Err(NoTest::Problems(vec![problem]));
    }
    let steps = steps(&made.system, test.checks);
    let machine = Machine { settings: test.settings.clone(), ..Machine::default() };
    let steps =
        steps.into_iter().map(|action| Step { machine: None, action, limit: None, place: None });
    Ok(Test {
        name: "does what its units say".to_owned(),
        body: TestBody::Run(Run {
            needs_kernel: None,
            beside: std::collections::BTreeSet::new(),
            machines: [("machine".to_owned(), machine)].into(),
            steps: steps.collect(),
        }),
        place: None,
    })
}

fn steps(system: &System, checks: &[String]) -> Vec<Action> {
    let started = system.units_to_start();
    let mut steps: Vec<Action> = started.iter().map(|unit| up(system, unit)).collect();
    steps.extend(system.firewall.tcp.iter().map(|port| Action::WaitForPort(*port)));
    steps.extend(checks.iter().cloned().map(Action::Eventually));
    let words: Vec<_> = system.units.keys().map(|unit| shell_word(unit)).collect();
    let failed = "systemctl list-units --failed --plain --no-legend --no-pager -- ";
    steps.push(prints(failed.to_owned() + &words.join(" "), ""));
    for service in started.iter().filter(|unit| unit.ends_with(".service")) {
        let restarts = format!("systemctl show --property=NRestarts -- {}", shell_word(service));
        steps.push(prints(restarts, "NRestarts=0"));
    }
    steps
}

fn prints(command: String, text: &str) -> Action {
    Action::Output { command, expect: Expectation::Equals(text.to_owned()) }
}

/// Waits until a unit is active; one that is to end may have done so.
fn up(system: &System, unit: &str) -> Action {
    let ends = |unit: &Unit| unit.text.lines().any(|line| line == "Type=oneshot");
    if !system.units.get(unit).is_some_and(ends) {
        return Action::WaitForUnit(unit.to_owned());
    }
    let unit = shell_word(unit);
    Action::Eventually(format!(
        "systemctl is-active --quiet -- {unit} || ! systemctl show \
         --property=ExecMainExitTimestampMonotonic -- {unit} | grep -q =0$"
    ))
}
