//! The machines of one test, running.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use domi_guest::{Error, Machine, Network, Options, Output, Result};
use domi_host::Interrupt;
use domi_model::Platform;

use super::archive::archive;
use super::ready::Ready;
use super::snapshots::Snapshots;
use crate::backend::Artifacts;
use crate::tell::Tell;

/// The machines by name, and what is between them. All are gone when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Rig {
    machines: BTreeMap<String, Machine>,
    network: Option<Network>,
    /// The machines that are off the network.
    cut: BTreeSet<String>,
}

/// What the machines of a rig are started with.
#[derive(Debug)]
pub(super) struct Making<'a> {
    /// What each machine gets.
    pub(super) machines: &'a [Ready],
    /// What kind of machines they are.
    pub(super) system: Platform,
    pub(super) snapshots: &'a Snapshots<'a>,
    pub(super) cold: bool,
    pub(super) artifacts: &'a Artifacts,
    pub(super) interrupt: &'a Interrupt,
    /// How long putting a system into effect may take.
    pub(super) limit: Duration,
    pub(super) tell: &'a Tell,
}

/// What went wrong with a machine, and which.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) machine: String,
    pub(super) how: How,
    /// The machines that run nevertheless, and can be asked.
    pub(super) rig: Box<Rig>,
}

/// What went wrong with a machine.
#[derive(Debug)]
pub(super) enum How {
    /// It did not start, or died.
    Machine(Error),
    /// It did not take the system it was given.
    Activation(Output),
}

impl Making<'_> {
    /// Starts all machines at once, and puts their systems into effect.
    pub(super) fn make(&self) -> std::result::Result<Rig, Broken> {
        let folder = fs_err::create_dir_all(&self.artifacts.path);
        folder.map_err(|error| broken("", error.into()))?;
        let network = self.network().map_err(|error| broken("", error))?;
        let started: Vec<_> = std::thread::scope(|scope| {
            let start = |ready| self.start(ready, network.as_ref());
            match self.machines {
                [one] => vec![start(one)],
                many => {
                    let threads: Vec<_> =
                        many.iter().map(|ready| scope.spawn(move || start(ready))).collect();
                    let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                        thread.join().expect("starting a machine does not panic")
                    };
                    threads.into_iter().map(join).collect()
                }
            }
        });
        let (mut machines, mut first_broken) = (BTreeMap::new(), None);
        for started in started {
            match started {
                Ok((name, machine)) => drop(machines.insert(name, machine)),
                Err(broken) => {
                    let Broken { machine, how, rig } = broken;
                    machines.extend(rig.machines);
                    first_broken.get_or_insert((machine, how));
                }
            }
        }
        let rig = Rig::of(machines, network);
        match first_broken {
            None => Ok(rig),
            Some((machine, how)) => Err(Broken { machine, how, rig: Box::new(rig) }),
        }
    }

    /// The network between the machines, where there are several.
    pub(super) fn network(&self) -> Result<Option<Network>> {
        if self.machines.len() < 2 {
            return Ok(None);
        }
        Ok(Some(Network::new(self.machines.iter().map(|ready| ready.name.clone()))?))
    }

    /// Where the serial console of a machine goes.
    pub(super) fn serial_log(&self, ready: &Ready) -> PathBuf {
        self.artifacts.path.join(format!("{}.serial.log", ready.name))
    }

    /// Starts a machine, and puts its system into effect.
    pub(super) fn start(
        &self,
        ready: &Ready,
        network: Option<&Network>,
    ) -> std::result::Result<(String, Machine), Broken> {
        let failed = |error| broken(&ready.name, error);
        let network = network.map(|network| network.plug(&ready.name)).transpose();
        let options = Options {
            name: ready.name.clone(),
            serial_log: self.serial_log(ready),
            network: network.map_err(|error| failed(error.into()))?,
            interrupt: self.interrupt.clone(),
        };
        let started = if self.cold {
            let snapshot = self.snapshots.get_or_error(self.system, &ready.packages, self.tell);
            snapshot.and_then(|snapshot| Machine::boot(&snapshot, options))
        } else {
            self.snapshots.restore(self.system, &ready.packages, &options, self.tell)
        };
        let mut machine = started.map_err(failed)?;
        let output = put(&mut machine, ready, self.limit).map_err(failed)?;
        if output.success() {
            return Ok((ready.name.clone(), machine));
        }
        let name = ready.name.clone();
        let rig = Box::new(Rig::of([(name.clone(), machine)].into(), None));
        Err(Broken { machine: name, how: How::Activation(output), rig })
    }
}

/// A machine that is not there, or says nothing more.
pub(super) fn broken(machine: &str, error: Error) -> Broken {
    Broken { machine: machine.to_owned(), how: How::Machine(error), rig: Box::default() }
}

/// Gives a machine its system.
fn put(machine: &mut Machine, ready: &Ready, limit: Duration) -> Result<Output> {
    let pushed = machine.push(archive(&ready.files, seconds_now())?)?;
    if !pushed.success() {
        return Ok(pushed);
    }
    let output = machine.execute(&ready.activation, limit)?;
    if output.success() && ready.boots {
        machine.reboot()?;
    }
    Ok(output)
}

pub(super) fn seconds_now() -> u64 {
    jiff::Timestamp::now().as_second().unsigned_abs()
}

impl Rig {
    pub(super) fn of(machines: BTreeMap<String, Machine>, network: Option<Network>) -> Self {
        Self { machines, network, cut: BTreeSet::new() }
    }

    /// A machine by name; the only one where there is no name.
    pub(super) fn machine(&mut self, name: Option<&str>) -> Option<&mut Machine> {
        match name {
            Some(name) => self.machines.get_mut(name),
            None => self.machines.values_mut().next(),
        }
    }

    /// All machines.
    pub(super) fn machines(&mut self) -> impl Iterator<Item = (&String, &mut Machine)> {
        self.machines.iter_mut()
    }

    /// Cuts a machine off from all others.
    pub(super) fn cut(&mut self, name: &str) -> Result<()> {
        self.cut.insert(name.to_owned());
        let Some(network) = &self.network else { return Ok(()) };
        self.others(name).try_for_each(|other| Ok(network.cut(name, other)?))
    }

    /// Puts a machine back to all others that are not cut off themselves.
    pub(super) fn heal(&mut self, name: &str) -> Result<()> {
        self.cut.remove(name);
        let Some(network) = &self.network else { return Ok(()) };
        let mut others = self.others(name).filter(|other| !self.cut.contains(*other));
        others.try_for_each(|other| Ok(network.heal(name, other)?))
    }

    fn others<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.machines.keys().map(String::as_str).filter(move |other| *other != name)
    }
}
