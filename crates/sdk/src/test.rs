mod set;
mod switched;

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::Duration;

use domi_model::{
    Action, Expectation, Machine, Refusal as Model, Run, Step, Test, TestBody, TestFile, put_at,
};

pub(crate) use self::set::BAD_BUILDER;
use self::set::{problem, said_once, setting};
pub use self::switched::Switched;
use crate::fault::{self, Said};
use crate::place::here;
use crate::{Expr, IntoExpr, Neighbour, Refused};

/// The name of the machine of a test that has only one.
const ONLY: &str = "machine";

/// The tests of a feature.
#[derive(Debug, Default)]
pub struct Tests {
    tests: Vec<Test>,
}

impl Tests {
    pub(crate) fn into_model(self) -> Vec<Test> {
        self.tests
    }

    /// Adds a test that starts machines and takes steps on them. Its name says what the feature
    /// does: `it("answers with the greeting")`.
    ///
    /// The test has one machine, on which the feature is enabled, unless it names
    /// [others](Machines::machine).
    #[track_caller]
    pub fn it(&mut self, does: &str) -> Machines<'_> {
        let machines = [(ONLY.to_owned(), Machine::default())].into();
        let body = TestBody::Run(Run {
            needs_kernel: None,
            beside: BTreeSet::new(),
            machines,
            steps: Vec::new(),
        });
        self.tests.push(Test { name: does.to_owned(), body, place: here() });
        let test = self.tests.last_mut().expect("a test was just added");
        let TestBody::Run(run) = &mut test.body else { unreachable!("it was made so") };
        Machines { run, name: does.to_owned(), machine: None, said: Said::default() }
    }

    /// Adds a test that settings are refused before anything starts:
    /// `it_refuses("a port out of range")`.
    #[track_caller]
    pub fn it_refuses(&mut self, what: &str) -> Refusal<'_> {
        let name = format!("refuses {what}");
        let refusal = Model { settings: BTreeMap::new(), because: String::new() };
        let body = TestBody::Refuse(refusal);
        self.tests.push(Test { name: name.clone(), body, place: here() });
        let test = self.tests.last_mut().expect("a test was just added");
        let TestBody::Refuse(refusal) = &mut test.body else { unreachable!("it was made so") };
        Refusal { refusal, name, said: Said::default() }
    }
}

/// Settings that must be refused.
#[derive(Debug)]
pub struct Refusal<'a> {
    refusal: &'a mut Model,
    name: String,
    said: Said,
}

impl Refusal<'_> {
    /// Sets an option, to a value of its type or of any other. The refusal must name the first one
    /// that is set, unless [`because`](Self::because) says something else.
    #[track_caller]
    pub fn set<T>(mut self, option: impl Borrow<Expr<T>>, value: impl Refused) -> Self {
        if let Some((path, value)) =
            setting(&self.name, option.borrow(), &value.into_untyped(), here())
        {
            if self.refusal.because.is_empty() {
                self.refusal.because = path.to_string();
            }
            if said_once(&mut self.said, &self.name, "", &path, here()) {
                put_at(&mut self.refusal.settings, &path.0, value);
            }
        }
        self
    }

    /// Says what the refusal must name: an option, or a part of an assertion's message.
    #[track_caller]
    pub fn because(mut self, part: &str) -> Self {
        if self.said.once(&self.name, "what the refusal names", here()) {
            part.clone_into(&mut self.refusal.because);
        }
        self
    }
}

/// The machines of a test, and the steps taken on them.
#[derive(Debug)]
pub struct Machines<'a> {
    run: &'a mut Run,
    name: String,
    /// The machine that is meant, where there are several.
    machine: Option<String>,
    said: Said,
}

macro_rules! steps {
    ($($(#[$doc:meta])* $method:ident($($argument:ident: $ty:ty),*) => $action:expr;)+) => {
        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $method(self, $($argument: $ty),*) -> Self {
                self.step($action)
            }
        )+
    };
}

impl Machines<'_> {
    /// Adds a machine to the test; what follows is about it. Machines share a network, on which
    /// they know each other by name.
    #[track_caller]
    pub fn machine(mut self, name: &str) -> Self {
        if self.machine.is_none() {
            let untouched = self.run.machines.get(ONLY) == Some(&Machine::default());
            if !untouched || !self.run.steps.is_empty() {
                let fault = "name the first machine too, before anything is said of it";
                fault::note(problem(&self.name, fault.to_owned(), here()));
            }
            self.run.machines.clear();
        }
        if self.said.once(&self.name, &format!("the machine `{name}`"), here()) {
            self.run.machines.insert(name.to_owned(), Machine::default());
        }
        self.machine = Some(name.to_owned());
        self
    }

    /// What follows is about a machine that was added before.
    #[track_caller]
    pub fn on(mut self, name: &str) -> Self {
        if !self.run.machines.contains_key(name) {
            let fault = format!("there is no machine `{name}` yet");
            fault::note(problem(&self.name, fault, here()));
        }
        self.machine = Some(name.to_owned());
        self
    }

    fn current(&mut self) -> &mut Machine {
        let name = self.machine.as_deref().unwrap_or(ONLY);
        self.run.machines.entry(name.to_owned()).or_default()
    }

    /// The test needs a kernel of its own, for this reason: `needs_kernel("reads dmesg")`. It then
    /// runs nowhere where machines share a kernel with others. What the feature itself asks of the
    /// kernel, such as `MemoryMax`, is seen without this; what only the test's own steps ask is not.
    #[track_caller]
    pub fn needs_kernel(mut self, why: &str) -> Self {
        if self.said.once(&self.name, "why it needs a kernel of its own", here()) {
            self.run.needs_kernel = Some(why.to_owned());
        }
        self
    }

    /// Another feature is enabled beside this one, wherever this one is, with as little set as can
    /// be.
    #[track_caller]
    pub fn beside<N: Neighbour>(mut self) -> Self {
        if self.said.once(&self.name, &format!("the feature `{}` beside it", N::NAME), here()) {
            self.run.beside.insert(N::NAME.to_owned());
        }
        self
    }

    /// Sets an option: `set(cfg.port(), 9090)`.
    #[track_caller]
    pub fn set<T>(mut self, option: impl Borrow<Expr<T>>, value: impl IntoExpr<T>) -> Self {
        let value = value.into_expr();
        let machine = self.of_machine();
        self.before_switches();
        if let Some((path, value)) = setting(&self.name, option.borrow(), value.as_model(), here())
            && said_once(&mut self.said, &self.name, &machine, &path, here())
        {
            put_at(&mut self.current().settings, &path.0, value);
        }
        self
    }

    /// Notes that what a machine starts with is said after it was switched, if it is.
    #[track_caller]
    fn before_switches(&self) {
        if self.run.switches(self.machine.as_deref().unwrap_or(ONLY)).next().is_some() {
            let fault = "say what a machine starts with before it is switched to anything else";
            fault::note(problem(&self.name, fault.to_owned(), here()));
        }
    }

    /// Which machine something is said of, where there are several.
    fn of_machine(&self) -> String {
        self.machine.as_ref().map(|name| format!(" of the machine `{name}`")).unwrap_or_default()
    }

    /// The feature is not enabled on the machine.
    pub fn without_feature(mut self) -> Self {
        self.current().enable = false;
        self
    }

    /// The machine begins with the feature as its previous release was: as the last tag of a release
    /// before what is checked out says, `feature-x-v0.2.0`. Its first [`switch`](Self::switch) gives it
    /// the feature as it is now, as an update of a machine does: `switch(|to| to)` with the same
    /// settings.
    ///
    /// What is set before the switch are options of both. Where there is no previous release, the test
    /// is skipped, and so it is on NixOS, which has no module of that release at hand.
    #[track_caller]
    pub fn from_previous_release(mut self) -> Self {
        self.before_switches();
        let thing = format!("that it begins with the previous release{}", self.of_machine());
        self.said.once(&self.name, &thing, here());
        self.current().previous = true;
        self
    }

    /// Installs a package of the feature's software, for the steps.
    pub fn package(mut self, name: &str) -> Self {
        self.current().packages.push(name.to_owned());
        self
    }

    /// Puts a file of up to 4095 bytes there before the feature starts, which everyone can read. A
    /// larger one is [written](Self::write) in a step.
    #[track_caller]
    pub fn file(self, path: &str, content: &str) -> Self {
        self.with_file(path, content, "0644")
    }

    /// Puts a file there before the feature starts, which only root can read. What it holds is
    /// no secret: it stands in the test.
    #[track_caller]
    pub fn secret_file(self, path: &str, content: &str) -> Self {
        self.with_file(path, content, "0600")
    }

    #[track_caller]
    fn with_file(mut self, path: &str, content: &str, mode: &str) -> Self {
        let thing = format!("the file `{path}`{}", self.of_machine());
        if self.said.once(&self.name, &thing, here()) {
            self.current().files.push(file(path, content, mode));
        }
        self
    }

    /// Lets all that the machine sends to others arrive so much later, from 1 ms to 10 s, and in the
    /// order in which it was sent, until [`heal_network`](Self::heal_network) or until it starts
    /// again. An answer from it takes so much longer; where the others are to be slow too, say it of
    /// them.
    #[track_caller]
    pub fn delay_network(self, delay: Duration) -> Self {
        if !delay.subsec_nanos().is_multiple_of(1_000_000) {
            let fault = format!("a delay is in whole milliseconds, not {delay:?}");
            fault::note(problem(&self.name, fault, here()));
        }
        // What is too much is said when the manifest is checked.
        let millis = u32::try_from(delay.as_millis()).unwrap_or(u32::MAX);
        self.step(Action::DelayNetwork { millis })
    }

    /// Gives the machine other settings while it runs, as `nixos-rebuild switch` does:
    /// `switch(|to| to.set(cfg.port(), 9090))`. What is not set here is as the machine started, so
    /// `switch(|to| to)` goes back to that, whatever it was switched to before. Units stop, start,
    /// restart and reload by NixOS's rules; one that fails makes the step fail.
    ///
    /// A machine that was switched cannot start again, as that of a NixOS test would start with what
    /// it had at first.
    #[track_caller]
    pub fn switch(mut self, to: impl FnOnce(Switched) -> Switched) -> Self {
        let machine = self.of_machine();
        let before = self.current().settings.clone();
        let switch = to(Switched::from(&self.name, &machine, before)).into_model();
        self.step(Action::Switch(switch))
    }

    /// Lets the step before take so long, if that is more than a step usually may: for what is slow on
    /// a slow machine, as the first start of a database is.
    /// `wait_for_unit("store.service").with_limit(Duration::from_secs(300))`. The time that all of the
    /// test may take stays what it is.
    #[track_caller]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        let seconds = u32::try_from(limit.as_secs()).ok().and_then(NonZeroU32::new);
        let thing = format!("the limit of step {}", self.run.steps.len());
        let fault = match (self.run.steps.last_mut(), seconds) {
            (None, _) => "no step is before this limit".to_owned(),
            (Some(step), Some(_)) if limit.subsec_nanos() == 0 => {
                if self.said.once(&self.name, &thing, here()) {
                    step.limit = seconds;
                }
                return self;
            }
            _ => format!("a limit is in whole seconds, not {limit:?}"),
        };
        fault::note(problem(&self.name, fault, here()));
        self
    }

    #[track_caller]
    fn step(self, action: Action) -> Self {
        let machine = self.machine.clone();
        self.run.steps.push(Step { machine, action, limit: None, place: here() });
        self
    }

    steps! {
        /// Waits until the unit is active.
        wait_for_unit(unit: &str) => Action::WaitForUnit(unit.to_owned());
        /// Waits until something listens on the TCP port of the machine itself.
        wait_for_port(port: u16) => Action::WaitForPort(port);
        /// Waits until the file is there.
        wait_for_file(path: &str) => Action::WaitForFile(path.to_owned());
        /// The command must succeed. As with every command of a step, bash reads it, with `set -euo
        /// pipefail`, as root; and it lasts until nothing has its standard output open any more.
        /// What is to go on in the background must not have that: `program >/dev/null &`.
        succeeds(command: &str) => Action::Succeed(command.to_owned());
        /// The command must fail.
        fails(command: &str) => Action::Fail(command.to_owned());
        /// The command must succeed at last; it is tried again until then.
        eventually(command: &str) => Action::Eventually(command.to_owned());
        /// The command must succeed and print exactly this, but for white space at the end.
        prints(command: &str, text: &str) => output(command, Expectation::Equals(text.to_owned()));
        /// The command must succeed and print this somewhere.
        prints_part(command: &str, part: &str) => output(command, Expectation::Contains(part.to_owned()));
        /// The command must succeed and print something that the regular expression matches.
        ///
        /// White space at the end of what is printed is left out first, so `^` and `$` are around
        /// all the rest; `(?m)` at the beginning makes them those of each line.
        prints_match(command: &str, regex: &str) => output(command, Expectation::Matches(regex.to_owned()));
        /// Starts the unit and waits for it.
        start(unit: &str) => Action::Start(unit.to_owned());
        /// Stops the unit and waits for it.
        stop(unit: &str) => Action::Stop(unit.to_owned());
        /// Restarts the unit and waits for it.
        restart(unit: &str) => Action::Restart(unit.to_owned());
        /// Writes a file that everyone can read.
        write(path: &str, content: &str) => Action::Write(file(path, content, "0644"));
        /// Cuts the power and starts the machine again.
        crash() => Action::Crash;
        /// Shuts the machine down in order and starts it again.
        reboot() => Action::Reboot;
        /// Cuts the machine off the network, until [`heal_network`](Self::heal_network) or until it
        /// starts again.
        cut_network() => Action::CutNetwork;
        /// Loses each packet that the machine sends to others with this probability, in percent,
        /// until [`heal_network`](Self::heal_network) or until it starts again. With 100, nothing
        /// arrives that it sends.
        lose_packets(percent: u32) => Action::LosePackets { percent };
        /// Makes the machine's network whole again: neither cut nor slow nor losing anything.
        heal_network() => Action::HealNetwork;
        /// Python for the NixOS test driver. Nothing else runs it; everything else says so.
        python(code: &str) => Action::Python(code.to_owned());
    }
}

fn output(command: &str, expect: Expectation) -> Action {
    Action::Output { command: command.to_owned(), expect }
}

fn file(path: &str, content: &str, mode: &str) -> TestFile {
    TestFile { path: path.to_owned(), content: content.to_owned(), mode: mode.to_owned() }
}
