use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Place, Value};

/// A test of a feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Test {
    /// The behaviour it shows, as a phrase: `answers with the greeting`.
    pub name: String,
    /// What it does.
    pub body: TestBody,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl Test {
    /// The name as one word, for files and flake outputs: `answers-with-the-greeting`.
    pub fn slug(&self) -> String {
        let mut slug = String::new();
        for c in self.name.chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.ends_with('-') && !slug.is_empty() {
                slug.push('-');
            }
        }
        slug.trim_end_matches('-').to_owned()
    }

    /// The machines and steps of a test that is no refusal.
    pub fn run(&self) -> Option<&Run> {
        match &self.body {
            TestBody::Run(run) => Some(run),
            TestBody::Refuse(_) => None,
        }
    }

    /// Other features that are enabled on its machines.
    pub fn beside(&self) -> impl Iterator<Item = &String> {
        self.run().into_iter().flat_map(|run| &run.beside)
    }
}

/// What a test does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum TestBody {
    /// Starts machines and takes steps on them.
    Run(Run),
    /// Gives settings that must be refused before anything starts.
    Refuse(Refusal),
}

/// Machines, and the steps taken on them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Why it needs a kernel of its own, where it does and nothing else of it says so: `reads
    /// dmesg`. It then runs nowhere where machines share a kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-since" = 3))]
    pub needs_kernel: Option<String>,
    /// Other features that are enabled on its machines, wherever the feature is, each with as little
    /// set as can be.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schemars(extend("x-since" = 3))]
    pub beside: BTreeSet<String>,
    /// The machines by name: at least one. They share a network, on which they know each other
    /// by name.
    pub machines: BTreeMap<String, Machine>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl Run {
    /// The machine that a step is about. The only one there is may be left out.
    pub fn machine_of<'a>(&'a self, step: &'a Step) -> Option<&'a str> {
        step.machine.as_ref().or_else(|| self.machines.keys().next()).map(String::as_str)
    }

    /// The number of the first step, from 0, that switches a machine.
    pub fn first_switch(&self) -> Option<usize> {
        self.steps.iter().position(|step| matches!(step.action, Action::Switch(_)))
    }

    /// What a machine is switched to, in order, each with the number of its step from 0.
    pub fn switches(&self, machine: &str) -> impl Iterator<Item = (usize, &Switch)> {
        let steps = self.steps.iter().enumerate();
        steps.filter_map(move |(at, step)| match &step.action {
            Action::Switch(switch) if self.machine_of(step) == Some(machine) => Some((at, switch)),
            _ => None,
        })
    }

    /// Whether a machine begins with the feature's previous release.
    pub fn is_update(&self) -> bool {
        self.machines.values().any(|machine| machine.previous)
    }

    /// That it needs a kernel of its own, with the reason, where it says so.
    pub fn kernel_reason(&self) -> Option<String> {
        self.needs_kernel.as_ref().map(|why| format!("it needs a kernel of its own: {why}"))
    }
}

/// Settings that must be refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The settings.
    pub settings: BTreeMap<String, Value>,
    /// The option (`port`, `jobs.docs.schedule`) or assertion message that the refusal names: a
    /// part of the message is enough.
    pub because: String,
}

/// A machine of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Machine {
    /// Whether the feature is enabled on it.
    #[serde(skip_serializing_if = "is_true")]
    pub enable: bool,
    /// Whether it begins with the feature as its previous release was, and has it as it is from its
    /// first switch on: what happens to a machine that is updated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("x-since" = 5))]
    pub previous: bool,
    /// Settings of the feature's options.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Value>,
    /// Packages that the steps need, by their names in the manifest's `packages`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// Files that are there before the feature starts, such as a secret.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<TestFile>,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            enable: true,
            previous: false,
            settings: BTreeMap::new(),
            packages: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// What a running machine is switched to: what it started with, but for these changes. Earlier
/// switches of the machine count for nothing, so one without changes goes back to where it began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Switch {
    /// Whether the feature is enabled from then on.
    #[serde(skip_serializing_if = "is_true")]
    pub enable: bool,
    /// Options that have other values from then on, each with its whole value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Value>,
}

impl Switch {
    /// The settings of a machine that was switched, given those that it started with; none where the
    /// feature has never been on it. One on which it no longer is says so by `enable`.
    pub fn over(
        &self,
        machine: &Machine,
        settings: BTreeMap<String, Value>,
    ) -> Option<BTreeMap<String, Value>> {
        let mut settings = settings;
        settings.extend(self.settings.clone());
        if !self.enable {
            settings.insert("enable".to_owned(), false.into());
        }
        (machine.enable || self.enable).then_some(settings)
    }
}

impl Default for Switch {
    fn default() -> Self {
        Self { enable: true, settings: BTreeMap::new() }
    }
}

fn is_true(b: &bool) -> bool {
    *b
}

/// A file that a test puts on a machine. What it holds is no secret: it stands in the test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TestFile {
    /// Its absolute path.
    pub path: String,
    /// What it holds.
    pub content: String,
    /// Its mode in octal.
    pub mode: String,
}

/// A step of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The machine; may be left out where there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// What happens.
    pub action: Action,
    /// How many seconds it may take, if that is more than is usual where the test runs: for what is
    /// slow on a slow machine, as the first start of a database is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-since" = 5))]
    pub limit: Option<NonZeroU32>,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What happens in a step. Commands are read by bash with `set -euo pipefail`, as root. One lasts
/// until it has ended and nothing has its standard output open any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Action {
    /// Waits until the unit is active; fails as soon as it has failed.
    WaitForUnit(String),
    /// Waits until something listens on the TCP port of the machine itself.
    WaitForPort(u16),
    /// Waits until the file is there.
    WaitForFile(String),
    /// The command must succeed.
    Succeed(String),
    /// The command must fail.
    Fail(String),
    /// The command must succeed at last; it is tried again until then.
    Eventually(String),
    /// The command must succeed and print what is expected.
    Output {
        /// The command.
        command: String,
        /// What it must print on standard output.
        expect: Expectation,
    },
    /// Starts the unit and waits for it.
    Start(String),
    /// Stops the unit and waits for it.
    Stop(String),
    /// Restarts the unit and waits for it.
    Restart(String),
    /// Gives the machine other settings while it runs, as `nixos-rebuild switch` does: units start,
    /// stop, restart and reload by NixOS's rules. Its test files are written again.
    #[schemars(extend("x-since" = 4))]
    Switch(Switch),
    /// Writes a file.
    Write(TestFile),
    /// Cuts the power and starts the machine again: what was not on its disk is lost.
    Crash,
    /// Shuts the machine down in order and starts it again.
    Reboot,
    /// Cuts the machine off the network, until that is healed or the machine starts again.
    CutNetwork,
    /// From now on, all that the machine sends to others arrives so much later and in the order in
    /// which it was sent, until the network is healed or the machine starts again.
    #[schemars(extend("x-since" = 3))]
    DelayNetwork {
        /// How much later, in milliseconds: from 1 to 10,000.
        #[schemars(range(min = 1, max = 10_000))]
        millis: u32,
    },
    /// From now on, each packet that the machine sends to others is lost with this probability,
    /// until the network is healed or the machine starts again.
    #[schemars(extend("x-since" = 3))]
    LosePackets {
        /// How many of a hundred are lost: from 1 to 100.
        #[schemars(range(min = 1, max = 100))]
        percent: u32,
    },
    /// Ends all that earlier steps have done to the machine's network: it is whole again.
    HealNetwork,
    /// Python for the NixOS test driver. Nothing else runs it; everything else says so.
    Python(String),
}

impl Action {
    /// Whether it lasts as long as something in the machine takes, so that its step may have a limit.
    pub fn may_have_limit(&self) -> bool {
        match self {
            Self::WaitForUnit(_)
            | Self::WaitForPort(_)
            | Self::WaitForFile(_)
            | Self::Succeed(_)
            | Self::Fail(_)
            | Self::Eventually(_)
            | Self::Output { .. }
            | Self::Start(_)
            | Self::Stop(_)
            | Self::Restart(_)
            | Self::Switch(_) => true,
            Self::Write(_)
            | Self::Crash
            | Self::Reboot
            | Self::CutNetwork
            | Self::DelayNetwork { .. }
            | Self::LosePackets { .. }
            | Self::HealNetwork
            | Self::Python(_) => false,
        }
    }
}

/// What a command must print.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Expectation {
    /// Exactly this, but for white space at the end.
    Equals(String),
    /// This, somewhere.
    Contains(String),
    /// Something that this regular expression matches, limited to what Python and Rust
    /// understand alike. It is looked for anywhere in what was printed, but for white space at
    /// the end: `^` and `$` are the beginning and the end of that, and `\d`, `\s`, `\w` and `\b`
    /// mean ASCII characters. `(?m)` at the beginning makes `^` and `$` those of each line, and
    /// `(?s)` lets `.` match a line break.
    Matches(String),
}
