//! One QEMU process: started by a thread that waits for it; it dies with us.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use anyhow::Context;
use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::{Error, Result};

/// The first descriptor number given to QEMU; lower ones are its own.
const FIRST_FD: i32 = 10;

/// QEMU's command line while it is built, with the descriptors that QEMU inherits.
#[derive(Debug)]
pub(crate) struct CommandLine {
    program: String,
    arguments: Vec<String>,
    descriptors: Vec<OwnedFd>,
}

impl CommandLine {
    pub(crate) fn new(program: &str) -> Self {
        Self { program: program.to_owned(), arguments: Vec::new(), descriptors: Vec::new() }
    }

    /// Adds an option and its value.
    pub(crate) fn option(&mut self, name: &str, value: impl Into<String>) {
        self.arguments.extend([name.to_owned(), value.into()]);
    }

    /// Adds an option without a value.
    pub(crate) fn flag(&mut self, name: &str) {
        self.arguments.push(name.to_owned());
    }

    /// Gives QEMU a descriptor; returns its number there.
    pub(crate) fn inherit(&mut self, descriptor: OwnedFd) -> i32 {
        self.descriptors.push(descriptor);
        FIRST_FD + i32::try_from(self.descriptors.len()).expect("a handful of descriptors") - 1
    }

    fn command(self) -> Result<Command> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        let mappings = self.descriptors.into_iter().zip(FIRST_FD..);
        let mappings = mappings.map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd });
        command
            .fd_mappings(mappings.collect())
            .context("two descriptors of QEMU have the same number")?;
        Ok(command)
    }
}

/// Escapes a value that stands inside a comma-separated option of QEMU's.
pub(crate) fn escape(value: &str) -> String {
    value.replace(',', ",,")
}

/// A running QEMU. Killed when dropped.
///
/// The kernel kills a child when the *thread* that started it ends, so each QEMU has a thread of
/// its own that starts it and waits for its end.
#[derive(Debug)]
pub(crate) struct Qemu {
    process: OwnedFd,
    pid: u32,
    exit: Arc<Exit>,
    stderr: File,
    keeper: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Exit {
    status: Mutex<Option<ExitStatus>>,
    changed: Condvar,
}

impl Qemu {
    pub(crate) fn start(line: CommandLine) -> Result<Self> {
        let program = line.program.clone();
        let stderr = tempfile::tempfile().context("cannot make a temporary file")?;
        let mut command = line.command()?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr.try_clone().context("cannot share a temporary file")?)
            // Ctrl-C on a terminal is for us: a machine that it ended would look as if it had died.
            .process_group(0);
        domi_host::command::die_with_parent(&mut command);
        let exit = Arc::new(Exit::default());
        let (started, start) = mpsc::channel();
        let keeper = std::thread::Builder::new()
            .name("qemu".to_owned())
            .spawn({
                let exit = exit.clone();
                move || keep(command, &exit, &started)
            })
            .context("cannot start a thread")?;
        let (pid, process) = match start.recv().context("the thread of QEMU has ended")? {
            Ok(started) => started,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::MissingTool { tool: program });
            }
            Err(error) => {
                return Err(anyhow::Error::new(error).context(format!("cannot start {program}")))?;
            }
        };
        Ok(Self { process, pid, exit, stderr, keeper: Some(keeper) })
    }

    /// Kills it, if it still runs; returns at once.
    pub(crate) fn kill(&self) {
        let _ = pidfd_send_signal(&self.process, Signal::KILL);
    }

    /// Waits for its end; nothing when it still runs after `patience`.
    pub(crate) fn wait(&self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        let mut status = self.exit.lock();
        while status.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.exit.changed.wait_timeout(status, left);
            status = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *status
    }

    /// How it ended, in words.
    pub(crate) fn ended(&self, patience: Duration) -> String {
        match self.wait(patience).map(|status| (status.code(), status.signal())) {
            Some((Some(code), _)) => format!("exit code {code}"),
            Some((None, signal)) => format!("killed by signal {}", signal.unwrap_or(0)),
            None => "it closed its channels but still runs".to_owned(),
        }
    }

    /// What it wrote to its standard error.
    pub(crate) fn stderr(&self) -> String {
        let mut text = Vec::new();
        let read = self.stderr.try_clone().and_then(|mut file| {
            file.rewind()?;
            file.take(16 << 10).read_to_end(&mut text)
        });
        if let Err(error) = read {
            return format!("(its messages cannot be read: {error})");
        }
        let text = String::from_utf8_lossy(&text);
        // Every machine without a network has this warning; it is not a fault.
        let fault = |line: &&str| !line.contains("is not connected to host network");
        text.lines().filter(fault).collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        self.kill();
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}

impl Exit {
    fn lock(&self) -> MutexGuard<'_, Option<ExitStatus>> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Started = std::io::Result<(u32, OwnedFd)>;

fn keep(mut command: Command, exit: &Exit, started: &mpsc::Sender<Started>) {
    let spawned = command.spawn();
    // Our copies of QEMU's descriptors: its end of each channel must close when it ends.
    drop(command);
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    let pid = child.id();
    let process = Pid::from_raw(pid.cast_signed()).ok_or(rustix::io::Errno::SRCH);
    match process.and_then(|pid| pidfd_open(pid, PidfdFlags::empty())) {
        Ok(process) => drop(started.send(Ok((pid, process)))),
        Err(error) => {
            let _ = child.kill();
            let _ = started.send(Err(error.into()));
        }
    }
    let status = child.wait().unwrap_or_else(|_| ExitStatus::from_raw(0));
    *exit.lock() = Some(status);
    exit.changed.notify_all();
}
