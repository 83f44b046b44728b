//! The NixOS test driver itself takes the steps of a test: it starts our machines by start
//! scripts of ours, and talks with them as with its own.

mod generation;
mod lint;
mod program;
mod relay;
mod session;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use domi_event::Diagnostics;
use domi_guest::{Drive, Error, Network, Result};
use domi_host::Interrupt;
use domi_host::command::{End, Outcome, Program, shell_word};
use domi_model::Run;
use domi_portable_system::{Broken, Fault, Machines, Provision, Setup, last_lines};
use domi_runner::Unable;

use self::generation::{Generation, Given};
pub use self::program::Driver;
pub(crate) use self::program::Task;
use self::program::{SCRIPT, driver_program, unfit};
pub use self::relay::relay;
use self::session::{Session, accept_within};
use crate::guest::{Guest, fault};
use crate::started::Started;

/// What a test came to under the driver.
#[derive(Debug)]
pub(crate) struct Driven {
    /// The machines as the driver left them.
    pub(crate) machines: Machines,
    /// What the driver said in all.
    pub(crate) log: String,
    /// Why it failed, where it did; of several lines, the first says what.
    pub(crate) failure: Option<String>,
}

/// How much longer than its own time limit the driver may take to end.
const MARGIN: Duration = Duration::from_secs(30);
/// How long a machine may wait for being started before it is looked whether all is over.
const SLICE: Duration = Duration::from_millis(50);

/// Has the driver run a test on machines that are made for it.
pub(crate) fn drive(
    setup: &Setup<'_, Started<'_>>,
    run: &Run,
    relay: &[String],
    task: &Task,
) -> std::result::Result<Driven, Broken> {
    let here = |error: Error| Broken::of("", fault(error));
    if let Some(problem) =
        unfit(&task.driver, &task.script, setup.starts.interrupt).map_err(here)?
    {
        let unable = Unable::Missing(problem.to_string());
        return Err(Broken::of("", Fault::of(unable)));
    }
    let limit = task.limit.unwrap_or(setup.limit).min(setup.limit);
    let scene = Scene::set(setup, relay, &task.script).map_err(here)?;
    let program = scene.program(&task.driver, limit, setup.starts.interrupt).map_err(here)?;
    if let Some(failure) = lint::lint(&scene.folder, task, run, setup).map_err(here)? {
        return Ok(Driven {
            machines: Machines::default(),
            log: failure.clone(),
            failure: Some(failure),
        });
    }
    let network = setup.network().map_err(|fault| Broken::of("", fault))?;
    // The driver also ends when a machine cannot be made, and all ends with the driver.
    let (stop, over) = (Interrupt::default(), AtomicBool::new(false));
    let (outcome, served) = std::thread::scope(|scope| {
        let machines: Vec<_> = setup.provisions.iter().zip(&scene.listeners).collect();
        let threads: Vec<_> = machines
            .into_iter()
            .map(|(provision, listener)| {
                let served = Served {
                    setup,
                    provision,
                    network: network.as_ref(),
                    stop: &stop,
                    commands_must_exist: task.commands_must_exist,
                };
                let over = &over;
                scope.spawn(move || served.serve(listener, over))
            })
            .collect();
        let outcome = program.run(&stop);
        over.store(true, Ordering::SeqCst);
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().expect("serving a machine does not panic")
        };
        (outcome, threads.into_iter().map(join).collect::<Vec<_>>())
    });
    let mut machines = BTreeMap::<_, Box<dyn domi_portable_system::Driven>>::new();
    for served in served {
        if let Some((name, machine)) = served? {
            machines.insert(name, Box::new(machine));
        }
    }
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(_) if setup.starts.interrupt.is_set() => return Err(here(Error::Interrupted)),
        Err(error) => return Err(here(error.into())),
    };
    let failure = failure(&outcome, &task.script).or_else(|| missing(setup));
    Ok(Driven { machines: Machines::of(machines, network), log: log(&outcome), failure })
}

/// What is known of a failure under the driver.
pub(crate) fn diagnostics(failure: &str, log: &str) -> Diagnostics {
    Diagnostics {
        message: failure.lines().next().unwrap_or("the driver failed").to_owned(),
        got: Some(last_lines(log)),
        ..Diagnostics::default()
    }
}

/// That a test has passed although a command was not there, if so: on a NixOS, it may be.
fn missing(setup: &Setup<'_, Started<'_>>) -> Option<String> {
    let mut found = BTreeSet::new();
    for provision in setup.provisions {
        let Ok(console) = fs_err::read(setup.log(provision)) else { continue };
        let console = String::from_utf8_lossy(&console).into_owned();
        found
            .extend(words::not_found(&console).map(|name| format!("{name} on {}", provision.name)));
    }
    let found = Vec::from_iter(found);
    (!found.is_empty()).then(|| {
        format!(
            "whether it passes on NixOS is not known: commands that NixOS may have were not there: {}",
            found.join(", ")
        )
    })
}

/// Why the driver failed, where it did.
fn failure(outcome: &Outcome, script: &str) -> Option<String> {
    let log = log(outcome);
    let said = words::failure(&log, script);
    match outcome.end {
        End::Exit(0) => None,
        End::Exit(_) => Some(said),
        End::TimedOut => Some("the driver has taken longer than the test's time limit".to_owned()),
        _ if log.contains("timeout reached; test terminating") => {
            Some("the script has taken longer than the test's time limit".to_owned())
        }
        other => Some(format!("the driver has ended ({other}): {said}")),
    }
}

/// What the driver said. Its machines speak to it on standard error, the script on both.
fn log(outcome: &Outcome) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = text(&outcome.stdout) + &text(&outcome.stderr);
    anstream::adapter::strip_str(&all).to_string()
}

/// The files between the driver and us.
struct Scene {
    folder: tempfile::TempDir,
    /// Machines by name, each with the command that starts it.
    machines: Vec<(String, String)>,
    /// One for each machine.
    listeners: Vec<UnixListener>,
    artifacts: PathBuf,
}

impl Scene {
    fn set(setup: &Setup<'_, Started<'_>>, relay: &[String], script: &str) -> Result<Self> {
        // Short, as the driver's sockets are in it, and their names may have 107 bytes.
        let folder = tempfile::Builder::new().prefix("domi-").tempdir();
        let folder = folder.context("no folder for temporary files")?;
        let artifacts = std::path::absolute(&setup.artifacts.path)?;
        fs_err::create_dir_all(&artifacts)?;
        fs_err::write(folder.path().join(SCRIPT), script)?;
        fs_err::write(artifacts.join("test-script.py"), script)?;
        let program = std::env::current_exe().context("this program has no path")?;
        let mut scene = Self { folder, machines: Vec::new(), listeners: Vec::new(), artifacts };
        for provision in setup.provisions {
            let socket = scene.folder.path().join(format!("{}.socket", provision.name));
            scene.listeners.push(UnixListener::bind(&socket).context("no socket for a machine")?);
            let words = [program.to_string_lossy().into_owned()];
            let words = words.iter().chain(relay).map(|word| shell_word(word));
            let words: Vec<_> = words.chain([shell_word(&socket.to_string_lossy())]).collect();
            scene.start_script(&provision.name, &words.join(" "))?;
        }
        Ok(scene)
    }

    /// Drivers until 2025 know a machine's name by that of its start script.
    fn start_script(&mut self, machine: &str, command: &str) -> Result<()> {
        let name = format!("run-{machine}-vm");
        let path = self.folder.path().join(&name);
        fs_err::write(&path, format!("#!/bin/sh\nexec {command} -- \"$@\"\n"))?;
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        let folder = shell_word(&self.folder.path().to_string_lossy());
        self.machines.push((machine.to_owned(), format!("{folder}/{name}")));
        Ok(())
    }

    fn program(&self, driver: &Path, limit: Duration, interrupt: &Interrupt) -> Result<Program> {
        let folder = self.folder.path();
        let given = Given {
            machines: &self.machines,
            limit: limit.as_secs().max(1),
            script: &folder.join(SCRIPT),
            artifacts: &self.artifacts,
            folder,
        };
        let program = driver_program(driver, folder)?
            .args(Generation::of(driver, interrupt)?.arguments(&given)?)
            .env("TMPDIR", folder)
            // Where there is one, the driver prefers it.
            .env("XDG_RUNTIME_DIR", folder)
            .folder(&self.artifacts)
            .time_limit(limit + MARGIN);
        Ok(program)
    }
}

/// A machine that the driver starts as often as it likes.
struct Served<'a> {
    setup: &'a Setup<'a, Started<'a>>,
    provision: &'a Provision,
    network: Option<&'a Network>,
    stop: &'a Interrupt,
    commands_must_exist: bool,
}

impl Served<'_> {
    /// Serves the driver until it has ended; the machine as it is then, if there ever was one.
    fn serve(
        &self,
        listener: &UnixListener,
        over: &AtomicBool,
    ) -> std::result::Result<Option<(String, Guest)>, Broken> {
        let mut machine = None;
        while !over.load(Ordering::SeqCst) {
            if self.setup.starts.interrupt.is_set() {
                self.stop.set();
            }
            if let Err(broken) = self.one_start(listener, &mut machine) {
                self.stop.set();
                return Err(broken);
            }
        }
        Ok(machine.map(|machine| (self.provision.name.clone(), machine)))
    }

    /// Waits a little for the driver to start the machine, and serves it until the machine is off.
    fn one_start(
        &self,
        listener: &UnixListener,
        machine: &mut Option<Guest>,
    ) -> std::result::Result<(), Broken> {
        let failed = |error| Broken::of(&self.provision.name, fault(error));
        let Some(relay) = accept_within(listener, SLICE).map_err(failed)? else { return Ok(()) };
        let serial = self.setup.log(self.provision);
        let session = Session::begin(relay, &serial).map_err(failed)?;
        let machine = match machine {
            Some(machine) => {
                machine.machine.start().map_err(failed)?;
                machine
            }
            none => none.insert(self.setup.one(self.provision, self.network)?.1),
        };
        session.carry(&mut machine.machine, &serial, self.commands_must_exist).map_err(failed)
    }
}
