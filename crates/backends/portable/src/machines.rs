//! The machines of one test, running.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use domi_guest::{Error, Machine, Network, Options, Output, Result};
use domi_host::Interrupt;
use domi_model::Platform;
use domi_runner::{Artifacts, Reporter};

use crate::provision::Provision;
use crate::provision::archive::archive;
use crate::snapshots::Snapshots;

/// The machines by name, and what is between them. All are gone when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Machines {
    machines: BTreeMap<String, Machine>,
    network: Option<Network>,
    /// The machines that are off the network.
    cut: BTreeSet<String>,
}

/// What the machines of a test are set up with.
#[derive(Debug)]
pub(crate) struct Setup<'a> {
    /// What each machine gets.
    pub(crate) provisions: &'a [Provision],
    /// What kind of machines they are.
    pub(crate) system: Platform,
    pub(crate) snapshots: &'a Snapshots<'a>,
    pub(crate) cold: bool,
    pub(crate) artifacts: &'a Artifacts,
    pub(crate) interrupt: &'a Interrupt,
    /// How long putting a system into effect may take.
    pub(crate) limit: Duration,
    pub(crate) reporter: &'a Reporter,
}

/// What went wrong with a machine, and which.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) machine: String,
    pub(crate) how: Fault,
    /// The machines that run nevertheless, and can be asked.
    pub(crate) machines: Box<Machines>,
}

/// What went wrong with a machine.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It did not start, or died.
    Machine(Error),
    /// It did not take the system it was given.
    Activation(Output),
}

impl Setup<'_> {
    /// Starts all machines at once, and puts their systems into effect.
    pub(crate) fn all(&self) -> std::result::Result<Machines, Broken> {
        let folder = fs_err::create_dir_all(&self.artifacts.path);
        folder.map_err(|error| broken("", error.into()))?;
        let network = self.network().map_err(|error| broken("", error))?;
        let started: Vec<_> = std::thread::scope(|scope| {
            let start = |provision| self.one(provision, network.as_ref());
            match self.provisions {
                [one] => vec![start(one)],
                many => {
                    let threads: Vec<_> = many
                        .iter()
                        .map(|provision| scope.spawn(move || start(provision)))
                        .collect();
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
                    let Broken { machine, how, machines: others } = broken;
                    machines.extend(others.machines);
                    first_broken.get_or_insert((machine, how));
                }
            }
        }
        let machines = Machines::of(machines, network);
        match first_broken {
            None => Ok(machines),
            Some((machine, how)) => Err(Broken { machine, how, machines: Box::new(machines) }),
        }
    }

    /// The network between the machines, where there are several.
    pub(crate) fn network(&self) -> Result<Option<Network>> {
        if self.provisions.len() < 2 {
            return Ok(None);
        }
        let names = self.provisions.iter().map(|provision| provision.name.clone());
        Ok(Some(Network::new(names)?))
    }

    /// Where the serial console of a machine goes.
    pub(crate) fn serial_log(&self, provision: &Provision) -> PathBuf {
        self.artifacts.path.join(format!("{}.serial.log", provision.name))
    }

    /// Starts a machine, and puts its system into effect.
    pub(crate) fn one(
        &self,
        provision: &Provision,
        network: Option<&Network>,
    ) -> std::result::Result<(String, Machine), Broken> {
        let failed = |error| broken(&provision.name, error);
        let network = network.map(|network| network.plug(&provision.name)).transpose();
        let options = Options {
            name: provision.name.clone(),
            serial_log: self.serial_log(provision),
            network: network.map_err(|error| failed(error.into()))?,
            interrupt: self.interrupt.clone(),
        };
        let started = if self.cold {
            let snapshot =
                self.snapshots.get_or_error(self.system, &provision.packages, self.reporter);
            snapshot.and_then(|snapshot| Machine::boot(&snapshot, options))
        } else {
            self.snapshots.restore(self.system, &provision.packages, &options, self.reporter)
        };
        let mut machine = started.map_err(failed)?;
        let output = activate(&mut machine, provision, self.limit).map_err(failed)?;
        if output.success() {
            return Ok((provision.name.clone(), machine));
        }
        let name = provision.name.clone();
        let machines = Box::new(Machines::of([(name.clone(), machine)].into(), None));
        Err(Broken { machine: name, how: Fault::Activation(output), machines })
    }
}

/// A machine that is not there, or says nothing more.
pub(crate) fn broken(machine: &str, error: Error) -> Broken {
    Broken { machine: machine.to_owned(), how: Fault::Machine(error), machines: Box::default() }
}

/// Gives a machine its system.
fn activate(machine: &mut Machine, provision: &Provision, limit: Duration) -> Result<Output> {
    let pushed = machine.push(archive(&provision.files, seconds_now())?)?;
    if !pushed.success() {
        return Ok(pushed);
    }
    let output = machine.execute(&provision.activation, limit)?;
    if output.success() && provision.boots {
        machine.reboot()?;
    }
    Ok(output)
}

pub(crate) fn seconds_now() -> u64 {
    jiff::Timestamp::now().as_second().unsigned_abs()
}

impl Machines {
    pub(crate) fn of(machines: BTreeMap<String, Machine>, network: Option<Network>) -> Self {
        Self { machines, network, cut: BTreeSet::new() }
    }

    /// A machine by name; the only one where there is no name.
    pub(crate) fn machine(&mut self, name: Option<&str>) -> Option<&mut Machine> {
        match name {
            Some(name) => self.machines.get_mut(name),
            None => self.machines.values_mut().next(),
        }
    }

    /// All machines.
    pub(crate) fn machines(&mut self) -> impl Iterator<Item = (&String, &mut Machine)> {
        self.machines.iter_mut()
    }

    /// Cuts a machine off from all others.
    pub(crate) fn cut(&mut self, name: &str) -> Result<()> {
        self.cut.insert(name.to_owned());
        let Some(network) = &self.network else { return Ok(()) };
        self.others(name).try_for_each(|other| Ok(network.cut(name, other)?))
    }

    /// Puts a machine back to all others that are not cut off themselves.
    pub(crate) fn heal(&mut self, name: &str) -> Result<()> {
        self.cut.remove(name);
        let Some(network) = &self.network else { return Ok(()) };
        let mut others = self.others(name).filter(|other| !self.cut.contains(*other));
        others.try_for_each(|other| Ok(network.heal(name, other)?))
    }

    fn others<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.machines.keys().map(String::as_str).filter(move |other| *other != name)
    }
}
