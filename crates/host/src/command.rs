//! Running other programs to their end: bounded in time and output, killed as a group, never
//! left behind.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

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

    /// Kills the program and its children after this long.
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

    /// Runs it to its end. Fails when it cannot be started or the user interrupts.
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
        read: impl FnOnce(ChildStderr, &AtomicBool) -> Result<Vec<u8>> + Send,
    ) -> Result<Outcome> {
        let mut group = self.spawn()?;
        let stdout = group.0.stdout.take().expect("stdout was piped");
        let stderr = group.0.stderr.take();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let over = &over;
            let stdout = scope.spawn(|| read_up_to(stdout, self.output_limit, over));
            let stderr = stderr.map(|stderr| scope.spawn(|| read(stderr, over)));
            let end = self.wait(&mut group, interrupt, over);
            if !matches!(end, Ok(End::Exit(_) | End::Signal(_))) {
                self.ask_to_end(&mut group);
            }
            // Ends grandchildren too: one that still holds a pipe would keep the readers waiting.
            drop(group);
            let stdout = stdout.join().expect("reading a pipe does not panic")?;
            let stderr = match stderr {
                Some(stderr) => stderr.join().expect("reading a pipe does not panic")?,
                None => Vec::new(),
            };
            let end = if over.load(Ordering::SeqCst) { End::TooMuchOutput } else { end? };
            Ok(Outcome { end, stdout, stderr })
        })
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

    fn spawn(&self) -> Result<Group> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(if self.show_stderr { Stdio::inherit() } else { Stdio::piped() })
            .process_group(0);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        die_with_parent(&mut command);
        command.spawn().map(Group).with_context(|| format!("cannot start `{self}`"))
    }

    fn ask_to_end(&self, group: &mut Group) {
        let Some(id) = group.id().filter(|_| !self.grace.is_zero()) else { return };
        let _ = rustix::process::kill_process_group(id, rustix::process::Signal::TERM);
        let deadline = Instant::now() + self.grace;
        while Instant::now() < deadline && matches!(group.0.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn wait(&self, group: &mut Group, interrupt: &Interrupt, over: &AtomicBool) -> Result<End> {
        let deadline = Instant::now() + self.time_limit;
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = group.0.try_wait()? {
                return Ok(end_of(status));
            }
            interrupt.check()?;
            if over.load(Ordering::SeqCst) {
                return Ok(End::TooMuchOutput);
            }
            if Instant::now() > deadline {
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

/// A child and everything it started; killed when dropped.
struct Group(Child);

impl Group {
    fn id(&self) -> Option<rustix::process::Pid> {
        rustix::process::Pid::from_raw(self.0.id().cast_signed())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.id() {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.wait();
    }
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
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new("sh").args(["-c", script]).time_limit(Duration::from_secs(20))
    }

    #[track_caller]
    fn check(program: &Program, end: End, stdout: &str) {
        let outcome = program.run(&Interrupt::default()).unwrap();
        assert_eq!((outcome.end, &*String::from_utf8_lossy(&outcome.stdout)), (end, stdout));
    }

    #[test]
    fn a_program_ends_as_it_says() {
        check(&shell("echo a b; exit 3"), End::Exit(3), "a b\n");
        check(&shell("kill -9 $$"), End::Signal(9), "");
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_its_children() {
        let hanging = shell("echo started; sleep 100 & wait");
        check(&hanging.time_limit(Duration::from_millis(100)), End::TimedOut, "started\n");
    }

    #[test]
    fn a_program_that_prints_without_end_is_cut() {
        check(&shell("yes").output_limit(4), End::TooMuchOutput, "y\ny\n");
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_does_not_keep_us() {
        check(&shell("sleep 100 & echo done"), End::Exit(0), "done\n");
    }

    #[test]
    fn a_program_may_tidy_up_before_it_is_killed() {
        let tidy = shell("trap 'echo tidied; exit 5' TERM; echo started; sleep 100 & wait");
        let tidy = tidy.time_limit(Duration::from_millis(100));
        check(&tidy.clone().grace(Duration::from_secs(20)), End::TimedOut, "started\ntidied\n");
        check(&tidy, End::TimedOut, "started\n");
    }

    #[test]
    fn what_a_program_says_is_seen_line_by_line_without_limit() {
        let mut seen = Vec::new();
        let chatty = shell("yes | head -n 1000 >&2; printf end >&2; echo out").output_limit(64);
        let outcome =
            chatty.run_watched(&Interrupt::default(), |line| seen.push(line.to_owned())).unwrap();
        assert_eq!((seen.len(), &*seen[999], &*seen[1000]), (1001, &b"y"[..], &b"end"[..]));
        assert_eq!(
            (outcome.success(), &*outcome.stdout, &*outcome.stderr),
            (true, &b"out\n"[..], &b""[..])
        );
    }

    #[test]
    fn an_interrupt_ends_the_wait() {
        let interrupt = Interrupt::default();
        interrupt.set();
        assert!(shell("sleep 100").run(&interrupt).unwrap_err().is::<crate::Interrupted>());
    }

    #[test]
    fn a_program_is_shown_as_a_line_for_a_shell() {
        let program = Program::new("printf").args(["%s", "it's", ""]).env("A", "b c");
        assert_eq!(program.to_string(), r"A='b c' printf %s 'it'\''s' ''");
    }
}
