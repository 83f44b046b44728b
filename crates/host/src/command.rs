//! Running other programs to their end: bounded in time and output, killed with all that they
//! started, never left behind.

mod group;
mod left;
mod pipe;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use self::group::Group;
use self::left::{Mark, end_holders};
use self::pipe::{Ended, Pipe};
use crate::Interrupt;

/// The most that is shown of a line at once, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// How a program's run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It ended by itself, with this exit code.
    Exit(i32),
    /// A signal ended it.
    Signal(i32),
    /// It ran longer than its time limit and was killed.
    TimedOut,
    /// It printed more than its output limit and was killed.
    TooMuchOutput,
}

/// What a program printed and how it ended. Each stream holds at most the output limit.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Outcome {
    /// Whether it exited with 0.
    pub fn success(&self) -> bool {
        self.end == End::Exit(0)
    }
}

/// A program to run. Displayed as a line that can be copied into a shell.
#[derive(Debug, Clone)]
pub struct Program {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    time_limit: Duration,
    grace: Duration,
    output_limit: usize,
    show_stderr: bool,
}

impl Program {
    /// A program found on PATH, or by its path; 10 minutes and 64 MiB at most.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
            time_limit: Duration::from_secs(600),
            grace: Duration::ZERO,
            output_limit: 64 << 20,
            show_stderr: false,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Kills the program and all that it started after this long.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Asks it to end (SIGTERM) before it is killed, and waits this long: for programs that tidy
    /// up, or whose children are in groups of their own. By itself it is killed at once.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Kills the program once one of its streams holds more bytes than this.
    #[must_use]
    pub fn output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Lets it write its standard error where ours goes, for the user to watch; none of it is
    /// in the outcome.
    #[must_use]
    pub fn show_stderr(mut self) -> Self {
        self.show_stderr = true;
        self
    }

    /// Runs it to its end: what it leaves running in its group, or in a session of its own and
    /// with our pipe, ends with it. Fails when it cannot be started or the user interrupts.
    pub fn run(&self, interrupt: &Interrupt) -> Result<Outcome> {
        self.run_reading(interrupt, |stderr, over| read_up_to(stderr, self.output_limit, over))
    }

    /// Runs it to its end, and shows each line of its standard error while it runs, without the
    /// line break. None of it is in the outcome, nor does it count for the output limit.
    pub fn run_watched(
        &self,
        interrupt: &Interrupt,
        mut see: impl FnMut(&[u8]) + Send,
    ) -> Result<Outcome> {
        self.run_reading(interrupt, |stderr, _| {
            let mut lines = BufReader::new(stderr);
            let mut line = Vec::new();
            // A line without end is shown in pieces.
            while lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
                see(line.strip_suffix(b"\n").unwrap_or(&line));
                line.clear();
            }
            Ok(Vec::new())
        })
    }

    fn run_reading(
        &self,
        interrupt: &Interrupt,
        read: impl FnOnce(&mut Pipe, &AtomicBool) -> Result<Vec<u8>> + Send,
    ) -> Result<Outcome> {
        let mark = Mark::new();
        let mut group = self.spawn(&mark)?;
        let (ended, told) = Ended::new().context("cannot make a pipe")?;
        let mut stdout = pipe(group.child.stdout.take().map(OwnedFd::from), &told)?;
        let mut stderr = pipe(group.child.stderr.take().map(OwnedFd::from), &told)?;
        let over = AtomicBool::new(false);
        let outcome = std::thread::scope(|scope| {
            let over = &over;
            let out = stdout
                .as_mut()
                .map(|pipe| scope.spawn(move || read_up_to(pipe, self.output_limit, over)));
            let err = stderr.as_mut().map(|pipe| scope.spawn(move || read(pipe, over)));
            let end = self.wait(&mut group, interrupt, over);
            let by_itself = matches!(end, Ok(End::Exit(_) | End::Signal(_)));
            if !by_itself {
                group.ask_to_end(self.grace);
            }
            drop(group);
            if !by_itself {
                mark.end_all();
            }
            // What still holds a pipe may hold it for ever: the readers take what there is.
            drop(ended);
            let join = |reader: Option<std::thread::ScopedJoinHandle<'_, Result<Vec<u8>>>>| {
                reader.map_or_else(
                    || Ok(Vec::new()),
                    |reader| reader.join().expect("reading a pipe does not panic"),
                )
            };
            let (stdout, stderr) = (join(out)?, join(err)?);
            let end = if over.load(Ordering::SeqCst) { End::TooMuchOutput } else { end? };
            Ok(Outcome { end, stdout, stderr })
        });
        end_holders(&[stdout, stderr].into_iter().flatten().collect::<Vec<_>>());
        outcome
    }

    /// Runs it and returns its standard output; fails, with what it said, unless it exits with 0.
    pub fn read(&self, interrupt: &Interrupt) -> Result<String> {
        let outcome = self.run(interrupt)?;
        if !outcome.success() {
            let said = String::from_utf8_lossy(&outcome.stderr);
            bail!("`{self}` failed ({}): {}", outcome.end, said.trim());
        }
        String::from_utf8(outcome.stdout).with_context(|| format!("`{self}` printed no UTF-8"))
    }

    fn spawn(&self, mark: &Mark) -> Result<Group> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env(mark.variable(), "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(if self.show_stderr { Stdio::inherit() } else { Stdio::piped() })
            .process_group(0);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        die_with_parent(&mut command);
        let child = command.spawn().with_context(|| format!("cannot start `{self}`"))?;
        Ok(Group { child })
    }

    fn wait(&self, group: &mut Group, interrupt: &Interrupt, over: &AtomicBool) -> Result<End> {
        // A limit beyond all time is none.
        let deadline = Instant::now().checked_add(self.time_limit);
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = group.child.try_wait()? {
                return Ok(end_of(status));
            }
            interrupt.check()?;
            if over.load(Ordering::SeqCst) {
                return Ok(End::TooMuchOutput);
            }
            if has_passed(deadline) {
                return Ok(End::TimedOut);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.environment {
            write!(f, "{}={} ", name.to_string_lossy(), shell_word(&value.to_string_lossy()))?;
        }
        f.write_str(&shell_word(&self.program.to_string_lossy()))?;
        for argument in &self.arguments {
            write!(f, " {}", shell_word(&argument.to_string_lossy()))?;
        }
        Ok(())
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "killed by signal {signal}"),
            Self::TimedOut => f.write_str("killed at its time limit"),
            Self::TooMuchOutput => f.write_str("killed at its output limit"),
        }
    }
}

/// A string as one word of a POSIX shell.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Makes the kernel kill the program when the *thread* that starts it ends, so that nothing
/// outlives a killed parent. Start long-lived programs from a thread that lives as long.
pub fn die_with_parent(command: &mut Command) {
    let parent = rustix::process::getpid();
    let arm = move || {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        // The parent may have died before the signal was armed.
        if rustix::process::getppid() == Some(parent) {
            Ok(())
        } else {
            Err(std::io::Error::other("the parent process has ended"))
        }
    };
    // SAFETY: between fork and exec, `arm` only makes two system calls and allocates nothing
    // unless it fails.
    unsafe { command.pre_exec(arm) };
}

/// Whether a moment has come; one beyond all time never does.
fn has_passed(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| Instant::now() > deadline)
}

fn pipe(from: Option<OwnedFd>, told: &OwnedFd) -> Result<Option<Pipe>> {
    from.map(|from| Pipe::new(from, told).context("cannot read a pipe")).transpose()
}

fn end_of(status: ExitStatus) -> End {
    match status.code() {
        Some(code) => End::Exit(code),
        None => End::Signal(status.signal().unwrap_or(0)),
    }
}

fn read_up_to(mut from: impl Read, limit: usize, over: &AtomicBool) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.by_ref().take(limit as u64).read_to_end(&mut bytes)?;
    if bytes.len() == limit && from.read(&mut [0])? > 0 {
        over.store(true, Ordering::SeqCst);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
