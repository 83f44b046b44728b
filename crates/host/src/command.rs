//! Running other programs to their end: bounded in time and output, killed with all that they
//! started, never left behind.

mod error;
mod keeper;
mod outcome;
mod pipe;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub use self::error::Error;
use self::keeper::Keeper;
pub use self::outcome::{End, Outcome};
use self::pipe::{Ended, Pipe};
use crate::Interrupt;

/// How long it takes at the most until an interrupt or too much output is seen.
const LOOK: Duration = Duration::from_millis(20);
/// How long a program may be open for writing when it is to start.
const BUSY: Duration = Duration::from_secs(5);

/// The most that is shown of a line at once, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// A program to run. Displayed as a line that can be copied into a shell.
#[derive(Debug, Clone)]
pub struct Program {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    tuning: Vec<(OsString, OsString)>,
    inherits: Option<fn(&str) -> bool>,
    folder: Option<PathBuf>,
    input: Option<Arc<File>>,
    time_limit: Duration,
    grace: Duration,
    output_limit: usize,
    show_stderr: bool,
    leaves_servers: bool,
}

impl Program {
    /// A program found on PATH, or by its path; 10 minutes and 64 MiB at most.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            tuning: Vec::new(),
            inherits: None,
            folder: None,
            input: None,
            time_limit: Duration::from_secs(600),
            grace: Duration::ZERO,
            output_limit: 64 << 20,
            show_stderr: false,
            leaves_servers: false,
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

    /// Sets an environment variable that changes nothing but how fast the program is. It is not displayed.
    #[must_use]
    pub fn tuned(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.tuning.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Whether a variable says who runs a program, where programs are and in which language they speak: what
    /// nearly every program wants, and no secret is in.
    pub fn is_plain_env(name: &str) -> bool {
        ["HOME", "LANG", "LOGNAME", "PATH", "USER"].contains(&name) || name.starts_with("LC_")
    }

    /// Gives it of our own environment only the variables for which this is true, beside those that are
    /// set for it. By default it gets all.
    #[must_use]
    pub fn only_env(mut self, inherits: fn(&str) -> bool) -> Self {
        self.inherits = Some(inherits);
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Lets it read this file, from where the file stands now. By default it has nothing to read.
    #[must_use]
    pub fn input(mut self, file: File) -> Self {
        self.input = Some(Arc::new(file));
        self
    }

    /// Lets it read this, which stands in no line of a command and in no file that has a name.
    pub fn input_text(self, text: impl AsRef<[u8]>) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        file.write_all(text.as_ref())?;
        file.rewind()?;
        Ok(self.input(file))
    }

    /// Kills the program and all that it started after this long.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Asks it to end (SIGTERM) before it is killed, and waits this long: for programs that tidy
    /// up, or whose children are in groups of their own. By default it is killed at once.
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

    /// Lets servers that it has started run on after it has ended, unless it was killed at a limit:
    /// a compiler's cache, which other builds use too. By default all that it started ends with it.
    #[must_use]
    pub fn leaves_servers(mut self) -> Self {
        self.leaves_servers = true;
        self
    }

    /// Runs it to its end. All that it has started ends with it, wherever that has gone; also when
    /// this process ends, in whatever way. Fails when it cannot be started or the user interrupts.
    ///
    /// Between this process and the program there is another one of ours, its parent, which sees
    /// to that.
    pub fn run(&self, interrupt: &Interrupt) -> Result<Outcome, Error> {
        self.run_reading(interrupt, |stderr, over| read_up_to(stderr, self.output_limit, over))
    }

    /// Runs it to its end, and shows each line of its standard error while it runs, without the
    /// line break. None of it is in the outcome, nor does it count for the output limit.
    pub fn run_watched(
        &self,
        interrupt: &Interrupt,
        mut see: impl FnMut(&[u8]) + Send,
    ) -> Result<Outcome, Error> {
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
        read: impl FnOnce(&mut Pipe, &AtomicBool) -> io::Result<Vec<u8>> + Send,
    ) -> Result<Outcome, Error> {
        // One that ends sooner than anyone looks would run in spite of it.
        interrupt.check()?;
        let lost = |source| Error::Lost { program: self.to_string(), source };
        let (ended, told) = Ended::new().map_err(lost)?;
        let mut keeper = self.start(interrupt)?;
        let (stdout, stderr) = keeper.pipes();
        let pipe = |from: Option<OwnedFd>| from.map(|from| Pipe::new(from, &told)).transpose();
        let mut stdout = pipe(stdout.map(OwnedFd::from)).map_err(lost)?;
        let mut stderr = pipe(stderr.map(OwnedFd::from)).map_err(lost)?;
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let over = &over;
            let out = stdout
                .as_mut()
                .map(|pipe| scope.spawn(move || read_up_to(pipe, self.output_limit, over)));
            let err = stderr.as_mut().map(|pipe| scope.spawn(move || read(pipe, over)));
            let end = self.wait(&mut keeper, interrupt, over);
            match end {
                Ok(End::Exit(_) | End::Signal(_)) if self.leaves_servers => keeper.let_go(),
                Ok(End::Exit(_) | End::Signal(_)) => {}
                _ => keeper.ask_to_end(self.grace),
            }
            drop(keeper);
            // What could not be ended may hold a pipe for ever: the readers take what there is.
            drop(ended);
            let join = |reader: Option<std::thread::ScopedJoinHandle<'_, io::Result<Vec<u8>>>>| {
                let read = reader.map(|reader| reader.join().expect("reading does not panic"));
                read.unwrap_or_else(|| Ok(Vec::new())).map_err(lost)
            };
            let (stdout, stderr) = (join(out)?, join(err)?);
            let end = if over.load(Ordering::SeqCst) { End::TooMuchOutput } else { end? };
            Ok(Outcome { end, stdout, stderr })
        })
    }

    /// Runs it and returns its standard output; fails, with what it said, unless it exits with 0.
    pub fn bytes(&self, interrupt: &Interrupt) -> Result<Vec<u8>, Error> {
        let outcome = self.run(interrupt)?;
        match outcome.success() {
            true => Ok(outcome.stdout),
            false => Err(Error::failed(self.to_string(), &outcome)),
        }
    }

    /// The same as text; fails as well if it is none.
    pub fn read(&self, interrupt: &Interrupt) -> Result<String, Error> {
        let not_text = |_| Error::NotText { program: self.to_string() };
        String::from_utf8(self.bytes(interrupt)?).map_err(not_text)
    }

    /// Starts it, and tries again for a while where its file is still open for writing ("Text file
    /// busy"). A process that was forked while we wrote the file has it open as well, until it becomes
    /// another program.
    fn start(&self, interrupt: &Interrupt) -> Result<Keeper, Error> {
        let begun = Instant::now();
        loop {
            match self.start_now() {
                Err(Error::NotStarted { source, .. })
                    if source.kind() == io::ErrorKind::ExecutableFileBusy
                        && begun.elapsed() < BUSY =>
                {
                    std::thread::sleep(LOOK);
                    interrupt.check()?;
                }
                started => return started,
            }
        }
    }

    fn start_now(&self) -> Result<Keeper, Error> {
        let mut command = Command::new(&self.program);
        let program = || self.to_string();
        let not_started = |source| Error::NotStarted { program: program(), source };
        let input = self.input.as_ref().map(|file| file.try_clone()).transpose();
        let input = input.map_err(not_started)?.map_or_else(Stdio::null, Stdio::from);
        if let Some(inherits) = self.inherits {
            let kept = |(name, _): &(OsString, _)| name.to_str().is_some_and(inherits);
            command.env_clear().envs(std::env::vars_os().filter(kept));
        }
        command
            .args(&self.arguments)
            .envs(self.tuning.iter().chain(&self.environment).map(|(name, value)| (name, value)))
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(if self.show_stderr { Stdio::inherit() } else { Stdio::piped() });
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        Keeper::start(command).map_err(not_started)
    }

    fn wait(
        &self,
        keeper: &mut Keeper,
        interrupt: &Interrupt,
        over: &AtomicBool,
    ) -> Result<End, Error> {
        // A limit beyond all time is none.
        let deadline = Instant::now().checked_add(self.time_limit);
        loop {
            let status = keeper.wait(LOOK);
            let status =
                status.map_err(|source| Error::Lost { program: self.to_string(), source })?;
            if let Some(status) = status {
                return Ok(End::of(status));
            }
            interrupt.check()?;
            if over.load(Ordering::SeqCst) {
                return Ok(End::TooMuchOutput);
            }
            if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Ok(End::TimedOut);
            }
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
            Err(io::Error::other("the parent process has ended"))
        }
    };
    // SAFETY: between fork and exec, `arm` only makes two system calls and allocates nothing
    // unless it fails.
    unsafe { command.pre_exec(arm) };
}

fn read_up_to(mut from: impl Read, limit: usize, over: &AtomicBool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.by_ref().take(limit as u64).read_to_end(&mut bytes)?;
    if bytes.len() == limit && from.read(&mut [0])? > 0 {
        over.store(true, Ordering::SeqCst);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
