//! One start of a machine by the driver: its shell, its monitors and its serial console, carried
//! between the two until it is off.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use domi_guest::{Drive, Machine, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, json};

use super::words::{self, Command, Sockets};

/// What says that the guest's root shell reads commands.
const GREETING: &[u8] = b"Spawning backdoor root shell...\n";
/// What says that the human monitor has answered.
const PROMPT: &[u8] = b"(qemu) ";
/// How long the driver may take for what it does at once.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a wait may go on before the machine and its serial console are looked at again.
const SLICE: Duration = Duration::from_millis(50);

/// How long the serial console may say nothing in the middle of a line, before that is its end.
const WITHIN_A_LINE: Duration = Duration::from_millis(400);

/// The driver's ends of a machine.
#[derive(Debug)]
pub(super) struct Session {
    /// What the driver started: it takes the serial console, and its end is the driver's wish.
    relay: UnixStream,
    monitor: Lines,
    qmp: Lines,
    shell: UnixStream,
    /// How much the serial console has said to the driver.
    said: u64,
    /// When it began to say nothing more in the middle of a line, if so.
    silent_since: Option<Instant>,
}

/// A stream that is read by lines.
#[derive(Debug)]
struct Lines {
    stream: UnixStream,
    pending: Vec<u8>,
}

impl Session {
    /// Takes a machine's start by the driver: after this the driver goes on, and waits for the
    /// shell's greeting where it needs that.
    pub(super) fn begin(relay: UnixStream, serial: &Path) -> Result<Self> {
        let arguments = first_line(&relay)?;
        let arguments: Vec<String> =
            serde_json::from_str(&arguments).context("the relay said what makes no sense")?;
        let Some(Sockets { monitor, shell, qmp }) = words::sockets(&arguments) else {
            let how = arguments.join(" ");
            return Err(anyhow!("this driver starts machines in an unknown way: {how}").into());
        };
        // The driver comes here as soon as it has the other two.
        let _ = std::fs::remove_file(&qmp);
        let qmp = UnixListener::bind(&qmp).context("no socket for the machine monitor")?;
        let mut monitor = Lines::new(connect(&monitor)?);
        let shell = connect(&shell)?;
        let qmp = accept(&qmp)?.context("the driver did not come to the machine monitor")?;
        let mut qmp = Lines::new(qmp);
        qmp.say(format!("{}\n", words::greeting()))?;
        monitor.say(PROMPT)?;
        // What an earlier start has said was said to an earlier relay.
        let said = std::fs::metadata(serial).map_or(0, |log| log.len());
        Ok(Self { relay, monitor, qmp, shell, said, silent_since: None })
    }

    /// Carries everything between the driver and a machine that has its shell, until the machine
    /// is off or the driver has let go of it; then it still runs.
    pub(super) fn carry(
        self,
        machine: &mut Machine,
        serial: &Path,
        commands_must_exist: bool,
    ) -> Result<()> {
        let mut backdoor = machine.backdoor()?;
        backdoor.write_all(words::NO_JOBS).context("the shell does not listen")?;
        self.carry_all(machine, serial, &mut backdoor, commands_must_exist)?;
        // A machine that is off does not listen.
        let _ = backdoor.write_all(words::JOBS);
        Ok(())
    }

    fn carry_all(
        mut self,
        machine: &mut Machine,
        serial: &Path,
        backdoor: &mut UnixStream,
        commands_must_exist: bool,
    ) -> Result<()> {
        if commands_must_exist {
            backdoor.write_all(words::NOT_FOUND.as_bytes()).context("the shell does not listen")?;
        }
        let serial = File::open(serial).context("no serial console")?;
        self.shell.write_all(GREETING).context("the driver does not listen")?;
        let (mut guest_there, mut driver_there) = (true, true);
        loop {
            let watch = |wanted: bool| if wanted { PollFlags::IN } else { PollFlags::empty() };
            let mut polled = [
                PollFd::new(&self.relay, PollFlags::IN),
                PollFd::new(&self.monitor.stream, PollFlags::IN),
                PollFd::new(&self.qmp.stream, watch(driver_there)),
                PollFd::new(&self.shell, watch(driver_there)),
                PollFd::new(&*backdoor, watch(guest_there)),
            ];
            let slice = Timespec::try_from(SLICE).expect("a slice of a second fits");
            match poll(&mut polled, Some(&slice)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(std::io::Error::from(error).into()),
            }
            let [relay, monitor, qmp, shell, guest] =
                polled.map(|polled| polled.revents().contains(PollFlags::IN));
            if shell {
                driver_there &= pass(&mut self.shell, backdoor)?;
            }
            if guest {
                guest_there &= pass(backdoor, &mut self.shell)?;
            }
            self.pass_serial(&serial);
            if relay || (monitor && !self.obey(machine)?) {
                return Ok(());
            }
            if qmp && driver_there {
                driver_there &= self.answer(machine)?;
            }
            if machine.has_stopped(Duration::ZERO)? {
                self.pass_serial(&serial);
                return Ok(());
            }
        }
    }

    /// Passes on what the serial console has said since.
    fn pass_serial(&mut self, log: &File) {
        let mut bytes = vec![0; 64 << 10];
        let length = log.read_at(&mut bytes, self.said).unwrap_or(0);
        self.said += length as u64;
        // A driver that does not read it gets none of it.
        let _ = self.relay.write_all(&bytes[..length]);
        match bytes[..length].last() {
            Some(b'\n') => self.silent_since = None,
            Some(_) => self.silent_since = Some(Instant::now()),
            // systemd begins a line with its line break, and the driver reads whole lines.
            None if self.silent_since.is_some_and(|since| since.elapsed() > WITHIN_A_LINE) => {
                self.silent_since = None;
                let _ = self.relay.write_all(b"\n");
            }
            None => {}
        }
    }

    /// Carries out what was said to the human monitor; false when nobody is there any more.
    fn obey(&mut self, machine: &mut Machine) -> Result<bool> {
        let Some(lines) = self.monitor.read()? else { return Ok(false) };
        for line in lines {
            match words::command(&line) {
                Command::Quit if machine.is_running() => machine.crash()?,
                Command::Quit => {}
                Command::Qemu(command) => {
                    let said = machine.monitor(&command)?;
                    self.monitor.say(said.as_bytes())?;
                    self.monitor.say(PROMPT)?;
                }
            }
        }
        Ok(true)
    }

    /// Carries out what was said to the machine monitor; false when nobody is there any more.
    fn answer(&mut self, machine: &mut Machine) -> Result<bool> {
        let Some(lines) = self.qmp.read()? else { return Ok(false) };
        for line in lines {
            let request: Value = serde_json::from_str(&line).unwrap_or_default();
            let result = match request["execute"].as_str() {
                Some("qmp_capabilities") => Ok(json!({})),
                Some("quit") => machine.crash().map(|()| json!({})).map_err(|e| e.to_string()),
                Some(command) => {
                    let arguments = request.get("arguments").cloned().unwrap_or_else(|| json!({}));
                    machine.ask_monitor(command, &arguments).map_err(|error| error.to_string())
                }
                None => Err("no command".to_owned()),
            };
            let answer = words::answer(request.get("id"), result);
            self.qmp.say(format!("{answer}\n"))?;
        }
        Ok(true)
    }
}

impl Lines {
    fn new(stream: UnixStream) -> Self {
        Self { stream, pending: Vec::new() }
    }

    fn say(&mut self, what: impl AsRef<[u8]>) -> Result<()> {
        Ok(self.stream.write_all(what.as_ref()).context("the driver does not listen")?)
    }

    /// The lines that have arrived; nothing when the other side is gone.
    fn read(&mut self) -> Result<Option<Vec<String>>> {
        let mut bytes = [0; 4096];
        let length = self.stream.read(&mut bytes).unwrap_or(0);
        self.pending.extend(&bytes[..length]);
        Ok((length > 0).then(|| words::lines(&mut self.pending)))
    }
}

fn connect(path: &Path) -> Result<UnixStream> {
    let stream = UnixStream::connect(path);
    Ok(stream.with_context(|| format!("the driver does not listen at {}", path.display()))?)
}

/// Whoever comes, if anybody does in time.
fn accept(listener: &UnixListener) -> Result<Option<UnixStream>> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(stream) = accept_within(listener, SLICE)? {
            return Ok(Some(stream));
        }
    }
    Ok(None)
}

/// Whoever comes, if anybody does at once.
pub(super) fn accept_within(
    listener: &UnixListener,
    patience: Duration,
) -> Result<Option<UnixStream>> {
    let mut polled = [PollFd::new(listener, PollFlags::IN)];
    let patience = Timespec::try_from(patience).context("too long a wait")?;
    match poll(&mut polled, Some(&patience)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => Ok(None),
        Ok(_) => Ok(Some(listener.accept()?.0)),
        Err(error) => Err(std::io::Error::from(error).into()),
    }
}

/// Reads byte by byte: what follows the line is not ours.
fn first_line(mut stream: &UnixStream) -> Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).context("the relay says nothing")? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    stream.set_read_timeout(None)?;
    Ok(String::from_utf8(line).context("the relay said what is no text")?)
}

/// Passes on what there is; false when one side is gone.
fn pass(from: &mut UnixStream, to: &mut UnixStream) -> Result<bool> {
    let mut bytes = vec![0; 64 << 10];
    let length = from.read(&mut bytes).unwrap_or(0);
    Ok(length > 0 && to.write_all(&bytes[..length]).is_ok())
}
