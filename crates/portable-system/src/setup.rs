//! The machines of one test, started and given their systems.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domi_console::Output;
use domi_network::{Network, Plug};
use domi_runner::Artifacts;

use crate::archive::{archive, seconds_now};
use crate::driven::{Driven, Fault};
use crate::machines::Machines;
use crate::provision::Provision;

/// Who starts machines.
pub trait Starts: Sync {
    /// What is started.
    type Machine: Driven + 'static;

    /// Starts one; returns once it has a shell.
    ///
    /// # Errors
    /// When it does not start.
    fn start(&self, wanted: &Wanted<'_>) -> Result<Self::Machine, Fault>;
}

/// A machine that is to be started.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Its host name.
    pub name: &'a str,
    /// The Debian packages it has.
    pub packages: &'a [String],
    /// Where its console goes.
    pub log: PathBuf,
    /// Its place in a network, if it has one.
    pub network: Option<Plug>,
}

/// What the machines of a test are set up with.
#[derive(Debug)]
pub struct Setup<'a, S> {
    /// What each machine gets.
    pub provisions: &'a [Provision],
    /// Who starts them.
    pub starts: S,
    /// Where their consoles go.
    pub artifacts: &'a Artifacts,
    /// How long putting a system into effect may take.
    pub limit: Duration,
}

/// What went wrong with a machine, and which.
#[derive(Debug)]
pub struct Broken {
    /// Its name.
    pub machine: String,
    /// What went wrong.
    pub how: Trouble,
    /// The machines that run nevertheless, and can be asked.
    pub machines: Box<Machines>,
}

/// What went wrong with a machine.
#[derive(Debug)]
pub enum Trouble {
    /// It did not start, or died.
    Machine(Fault),
    /// It did not take the system it was given.
    Activation(Output),
}

impl<S: Starts> Setup<'_, S> {
    /// Starts all machines at once, and puts their systems into effect.
    ///
    /// # Errors
    /// When one does not start, or does not take its system.
    pub fn all(&self) -> Result<Machines, Broken> {
        let folder = fs_err::create_dir_all(&self.artifacts.path);
        folder.map_err(|error| Broken::of("", Fault::ours(&error.into())))?;
        let network = self.network().map_err(|fault| Broken::of("", fault))?;
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
        let (mut machines, mut first_broken) = (BTreeMap::<_, Box<dyn Driven>>::new(), None);
        for started in started {
            match started {
                Ok((name, machine)) => drop(machines.insert(name, Box::new(machine))),
                Err(broken) => {
                    let Broken { machine, how, machines: others } = broken;
                    machines.extend(others.into_machines());
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

    /// The network between the machines, where there are several, or one wants it.
    ///
    /// # Errors
    /// When this computer has none for us.
    pub fn network(&self) -> Result<Option<Network>, Fault> {
        if self.provisions.len() < 2 && !self.provisions.iter().any(|it| it.place.is_some()) {
            return Ok(None);
        }
        let machines = self.provisions.iter().map(|it| (it.name.clone(), it.place.clone()));
        Network::of(machines.collect()).map(Some).map_err(|error| Fault::ours(&error))
    }

    /// Where the console of a machine goes.
    pub fn log(&self, provision: &Provision) -> PathBuf {
        self.artifacts.path.join(format!("{}.serial.log", provision.name))
    }

    /// Starts a machine, and puts its system into effect.
    ///
    /// # Errors
    /// When it does not start, or does not take its system.
    pub fn one(
        &self,
        provision: &Provision,
        network: Option<&Network>,
    ) -> Result<(String, S::Machine), Broken> {
        let name = provision.name.clone();
        let failed = |fault| Broken::of(&name, fault);
        let network = network.map(|network| network.plug(&name)).transpose();
        let mut machine = self
            .starts
            .start(&Wanted {
                name: &name,
                packages: &provision.packages,
                log: self.log(provision),
                network: network.map_err(|error| failed(Fault::ours(&error)))?,
            })
            .map_err(failed)?;
        let output = activate(&mut machine, provision, self.limit).map_err(failed)?;
        if output.success() {
            return Ok((name, machine));
        }
        let machine: Box<dyn Driven> = Box::new(machine);
        let machines = Box::new(Machines::of([(name.clone(), machine)].into(), None));
        Err(Broken { machine: name, how: Trouble::Activation(output), machines })
    }
}

impl Broken {
    /// A machine that is not there, or says nothing more.
    pub fn of(machine: &str, fault: Fault) -> Self {
        let how = Trouble::Machine(fault);
        Self { machine: machine.to_owned(), how, machines: Box::default() }
    }
}

/// Gives a machine its system, and boots it again where that needs a boot.
///
/// # Errors
/// When the machine fails. What it says to its system is the output.
pub fn activate(
    machine: &mut dyn Driven,
    provision: &Provision,
    limit: Duration,
) -> Result<Output, Fault> {
    let files = archive(&provision.files, seconds_now()).map_err(|error| Fault::ours(&error))?;
    let pushed = machine.push(files)?;
    if !pushed.success() {
        return Ok(pushed);
    }
    let output = machine.execute(&provision.activation, limit)?;
    if output.success() && provision.boots {
        machine.reboot()?;
    }
    Ok(output)
}
