//! Commands in the guest, over the console that the NixOS test driver uses to talk to its machines:
//! the guest's backdoor prints a greeting and becomes a root shell. We teach that shell to run
//! commands in a fork of itself, whose output comes unchanged on channels of its own.
//!
//! A command ends when the driver says it does: its process has ended, and no process has its
//! standard output open any more. Its standard error may stay open.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domi_host::Interrupt;
use domi_host::command::shell_word;
use rustix::event::PollFlags;
use rustix::net::{SendFlags, send};

use crate::capture::Capture;
use crate::channel::{Channel, Read, read_some, wait_any};
use crate::{Cut, Error, Output, Result};

/// What the guest's backdoor prints once its shell reads commands.
const GREETING: &[u8] = b"Spawning backdoor root shell...\n";
/// The functions that the shell is given.
const LESSON: &str = include_str!("inside/console.sh");
/// The helper that answers beside the shell.
const HELPER: &str = include_str!("inside/helper.pl");
/// What we leave in the memory of a saved guest.
pub const TAUGHT: [&str; 2] = [LESSON, HELPER];
/// How long a command may keep running after it was asked to end.
const PERSUASION: Duration = Duration::from_secs(2);
/// How long the host waits for an answer when a command's time is over. The guest ends the
/// command; this is for a guest that cannot even do that.
const GRACE: Duration = Duration::from_secs(20);
/// The exit status of a command whose shell was killed.
const KILLED: i32 = 137;
/// How long a killed shell may take to start again.
const REVIVAL: Duration = Duration::from_secs(60);
/// How long to wait before checking for an interrupt again.
const SLICE: Duration = Duration::from_millis(100);

/// Our ends of the channels to one guest.
#[derive(Debug)]
pub struct Console {
    shell: Channel,
    helper: Channel,
    out: UnixStream,
    err: UnixStream,
    /// Answers of the helper that nobody has read yet.
    unread: usize,
}

/// A command that has been sent.
#[derive(Debug)]
pub struct Sent {
    tag: String,
    at: Instant,
}

/// Called with what a command prints while it runs.
pub type Heard<'a> = &'a dyn Fn(&[u8]);

/// A command to run.
#[derive(Clone, Copy, Default)]
pub struct Request<'a> {
    /// What a shell reads.
    pub command: &'a str,
    /// How long it may take.
    pub limit: Duration,
    /// What is sent while it runs, and on which stream.
    pub pushed: Option<(&'a UnixStream, &'a [u8])>,
    /// Called with what it prints while it runs.
    pub heard: Option<Heard<'a>>,
    /// Once this is true, its time is over.
    pub over: Option<&'a AtomicBool>,
}

impl Console {
    /// Of a machine whose ends of these channels somebody else has.
    pub fn new(shell: UnixStream, helper: UnixStream, out: UnixStream, err: UnixStream) -> Self {
        Self { shell: Channel::new(shell), helper: Channel::new(helper), out, err, unread: 0 }
    }

    /// Waits until a booting guest has its shell, and gives it our functions.
    pub fn greeted(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Read<()>> {
        match self.shell.read_until(GREETING, deadline, interrupt)? {
            Read::Found(_) => self.teach(deadline, interrupt),
            Read::Late => Ok(Read::Late),
            Read::Closed => Ok(Read::Closed),
        }
    }

    /// Gives our functions to a shell that has just printed its greeting.
    fn teach(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Read<()>> {
        let lesson = format!(
            "{LESSON}\nprintf %s {} >/run/domi/helper\nperl /run/domi/helper &\ndisown -a\n",
            shell_word(HELPER)
        );
        self.shell.stream().write_all(lesson.as_bytes())?;
        loop {
            match self.helper.read_until(b"\n", deadline, interrupt)? {
                Read::Found(line) if line == b"ready" => break,
                // Discards answers of an earlier helper, which ended with its shell.
                Read::Found(_) => {}
                Read::Late => return Ok(Read::Late),
                Read::Closed => return Ok(Read::Closed),
            }
        }
        self.unread = 0;
        Ok(Read::Found(()))
    }

    /// The channel to the guest's root shell, for someone else to talk on.
    pub fn backdoor(&self) -> Result<UnixStream> {
        Ok(self.shell.stream_ref().try_clone()?)
    }

    /// Sends a command without waiting for anything. Its end must be waited for before the next one
    /// is sent, unless the guest ends with it.
    pub fn send(&mut self, command: &str) -> Result<Sent> {
        let tag = tag();
        self.shell.stream().write_all(line(&tag, command)?.as_bytes())?;
        Ok(Sent { tag, at: Instant::now() })
    }

    /// Waits for the end of a command.
    pub fn end_of(
        &mut self,
        sent: Sent,
        limit: Duration,
        interrupt: &Interrupt,
    ) -> Result<Read<Output>> {
        self.finish(sent, &mut [], &Request { limit, ..Request::default() }, interrupt)
    }

    /// Asks the guest's helper for something and returns its answer.
    pub fn ask(
        &mut self,
        request: &str,
        deadline: Instant,
        interrupt: &Interrupt,
    ) -> Result<Read<String>> {
        self.ask_helper(request)?;
        self.answer(deadline, interrupt)
    }

    /// Runs a command; what is pushed is sent while it runs.
    pub fn execute(&mut self, request: &Request, interrupt: &Interrupt) -> Result<Read<Output>> {
        if self.has_greeted()? {
            // The shell was killed while nobody waited for it.
            match self.teach(Instant::now() + REVIVAL, interrupt)? {
                Read::Found(()) => {}
                Read::Late => return Ok(Read::Late),
                Read::Closed => return Ok(Read::Closed),
            }
        }
        let tag = tag();
        let line = line(&tag, request.command)?;
        let mut writers = vec![Writer::new(self.shell.stream().try_clone()?, line.as_bytes())];
        if let Some((stream, bytes)) = request.pushed {
            writers.push(Writer::new(stream.try_clone()?, bytes));
        }
        let sent = Sent { tag, at: Instant::now() };
        self.finish(sent, &mut writers, request, interrupt)
    }

    fn finish(
        &mut self,
        Sent { tag, at }: Sent,
        writers: &mut [Writer],
        request: &Request,
        interrupt: &Interrupt,
    ) -> Result<Read<Output>> {
        let mut limit = request.limit;
        let mut out = Reader::new(self.out.try_clone()?, &tag);
        let mut err = Reader::new(self.err.try_clone()?, &tag);
        let mut ends = [(Duration::ZERO, "TERM"), (PERSUASION, "KILL")].into_iter().peekable();
        let mut cut = None;
        let mut waits = true;
        while out.rest.is_none() || err.rest.is_none() {
            interrupt.check()?;
            if !turn(writers, &mut [&mut out, &mut err], &self.shell)? {
                return Ok(Read::Closed);
            }
            if let Some(heard) = request.heard {
                heard(out.capture.news());
            }
            if self.has_greeted()? {
                return Ok(match self.teach(Instant::now() + REVIVAL, interrupt)? {
                    Read::Found(()) => Read::Found(output(KILLED, out, err, Some(Cut::Shell))),
                    Read::Late => Read::Late,
                    Read::Closed => Read::Closed,
                });
            }
            let elapsed = at.elapsed();
            if request.over.is_some_and(|over| over.load(Ordering::SeqCst)) {
                limit = limit.min(elapsed);
            }
            // Its standard error ends with the command itself.
            let left_open = err.rest.is_some();
            if let Some((_, signal)) = ends.next_if(|(after, _)| elapsed >= limit + *after) {
                cut.get_or_insert(if left_open { Cut::LeftOpen } else { Cut::Late });
                self.ask_helper(&format!("end {signal} {tag}"))?;
            }
            if left_open && waits && (cut == Some(Cut::LeftOpen) || ends.peek().is_none()) {
                waits = false;
                self.ask_helper(&format!("cut {tag}"))?;
            }
            if elapsed > limit + GRACE {
                return Ok(Read::Late);
            }
        }
        let status = err.rest.as_deref().unwrap_or_default().parse();
        let status = status.map_err(|_| Error::Protocol("a wrong exit status".into()))?;
        Ok(Read::Found(output(status, out, err, cut)))
    }

    /// Whether a new shell has greeted since, which means that the previous one was killed.
    fn has_greeted(&mut self) -> Result<bool> {
        let now = Instant::now();
        let read = self.shell.read_until(GREETING, now, &Interrupt::default())?;
        Ok(matches!(read, Read::Found(_)))
    }

    fn ask_helper(&mut self, request: &str) -> Result<()> {
        self.helper.stream().write_all(format!("{request}\n").as_bytes())?;
        self.unread += 1;
        Ok(())
    }

    /// The helper's last answer; earlier ones, which nobody waited for, are skipped.
    fn answer(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Read<String>> {
        loop {
            let line = match self.helper.read_until(b"\n", deadline, interrupt)? {
                Read::Found(line) => line,
                Read::Late => return Ok(Read::Late),
                Read::Closed => return Ok(Read::Closed),
            };
            self.unread = self.unread.saturating_sub(1);
            if self.unread == 0 {
                return Ok(Read::Found(String::from_utf8_lossy(&line).into_owned()));
            }
        }
    }
}

fn output(status: i32, out: Reader, err: Reader, cut: Option<Cut>) -> Output {
    let (stdout, more_out) = out.capture.finish();
    let (stderr, more_err) = err.capture.finish();
    Output { status, stdout, stderr, truncated: more_out || more_err, cut }
}

/// A mark that no command can know in advance.
fn tag() -> String {
    format!("domi-{:016x}", RandomState::new().build_hasher().finish())
}

fn line(tag: &str, command: &str) -> Result<String> {
    if command.contains('\0') {
        return Err(anyhow::anyhow!("a command for the guest contains a NUL character").into());
    }
    // Killing the shell itself must remain possible for a guest that is out of memory.
    Ok(format!(
        "domi_begin {tag}; \
         (set +m -euo pipefail; echo 0 >/proc/self/oom_score_adj; eval {}) \
         </dev/null >&8 2>&9 8>&- 9>&- & domi_end {tag}\n",
        shell_word(command)
    ))
}

/// Bytes on their way to the guest.
struct Writer<'a> {
    stream: UnixStream,
    left: &'a [u8],
}

/// One stream of the command, up to its end mark and the line after it.
struct Reader {
    stream: UnixStream,
    capture: Capture,
    after: Option<Vec<u8>>,
    /// What stands after the end mark.
    rest: Option<String>,
}

impl<'a> Writer<'a> {
    fn new(stream: UnixStream, left: &'a [u8]) -> Self {
        Self { stream, left }
    }

    /// Writes as much as can be written now; false when the other side has closed.
    fn write(&mut self) -> Result<bool> {
        match send(&self.stream, self.left, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(sent) => self.left = &self.left[sent..],
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::PIPE | rustix::io::Errno::CONNRESET) => return Ok(false),
            Err(error) => return Err(std::io::Error::from(error).into()),
        }
        Ok(true)
    }
}

impl Reader {
    fn new(stream: UnixStream, tag: &str) -> Self {
        let (begin, end) = (format!("\n{tag}{{\n"), format!("\n{tag}}}"));
        let capture = Capture::new(begin, end, Output::LIMIT);
        Self { stream, capture, after: None, rest: None }
    }

    /// Reads what has arrived; false when the other side has closed.
    fn read(&mut self) -> Result<bool> {
        let Some(arrived) = read_some(&self.stream)? else { return Ok(false) };
        match &mut self.after {
            Some(after) => after.extend(arrived),
            None => self.after = self.capture.take(&arrived),
        }
        let after = self.after.as_deref().unwrap_or_default();
        if let Some(end) = after.iter().position(|byte| *byte == b'\n') {
            self.rest = Some(String::from_utf8_lossy(&after[..end]).into_owned());
        }
        Ok(true)
    }
}

/// Waits a short time for something that can be written or read, and does it; false when a channel
/// has closed. Output of the shell ends the wait, and is left to be read.
fn turn(writers: &mut [Writer], readers: &mut [&mut Reader], shell: &Channel) -> Result<bool> {
    let writing = writers.iter_mut().filter(|writer| !writer.left.is_empty());
    let mut writing: Vec<_> = writing.collect();
    let reading = readers.iter_mut().filter(|reader| reader.rest.is_none());
    let mut reading: Vec<_> = reading.collect();
    let mut polled: Vec<_> = writing.iter().map(|w| (&w.stream, PollFlags::OUT)).collect();
    polled.extend(reading.iter().map(|reader| (&reader.stream, PollFlags::IN)));
    polled.push((shell.stream_ref(), PollFlags::IN));
    let ready = wait_any(&polled, SLICE)?;
    for (writer, _) in writing.iter_mut().zip(&ready).filter(|(_, ready)| **ready) {
        if !writer.write()? {
            return Ok(false);
        }
    }
    let ready = &ready[writing.len()..];
    for (reader, _) in reading.iter_mut().zip(ready).filter(|(_, ready)| **ready) {
        if !reader.read()? {
            return Ok(false);
        }
    }
    Ok(true)
}
