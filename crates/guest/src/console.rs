//! Commands in the guest, over the console on which the NixOS test driver talks to its machines:
//! the guest's backdoor says that it is there and becomes a root shell. That shell is taught to
//! run commands as a fork of itself; what they write comes on channels of its own, unchanged.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use domi_host::Interrupt;
use domi_host::command::shell_word;
use rustix::event::PollFlags;
use rustix::net::{SendFlags, send};

use crate::capture::Capture;
use crate::channel::{Channel, Read, read_some, wait_any};
use crate::{Error, Output, Result};

/// What the guest's backdoor says once its shell reads commands.
const GREETING: &[u8] = b"Spawning backdoor root shell...\n";
/// What the shell is taught.
const LESSON: &str = include_str!("inside/console.sh");
/// What answers beside it.
const HELPER: &str = include_str!("inside/helper.pl");
/// What a saved guest has in its memory from us.
pub(crate) const TAUGHT: [&str; 2] = [LESSON, HELPER];
/// How long a command may go on after it was asked to end.
const PERSUASION: Duration = Duration::from_secs(2);
/// How long the host waits for an answer when a command's time is over. The guest ends the
/// command; this is for a guest that cannot even do that.
const GRACE: Duration = Duration::from_secs(20);
/// The exit status of a command whose time was over, as `timeout` has it.
const TIMED_OUT: i32 = 124;
/// How long a wait may go on before the interrupt is looked at again.
const SLICE: Duration = Duration::from_millis(100);

/// Our ends of the channels to one guest.
#[derive(Debug)]
pub(crate) struct Console {
    shell: Channel,
    helper: Channel,
    out: UnixStream,
    err: UnixStream,
    /// Answers of the helper that nobody has read yet.
    unread: usize,
}

/// A command to run.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) command: &'a str,
    pub(crate) limit: Duration,
    /// What is sent while it runs, and on which stream.
    pub(crate) pushed: Option<(&'a UnixStream, &'a [u8])>,
}

impl Console {
    pub(crate) fn new(
        shell: UnixStream,
        helper: UnixStream,
        out: UnixStream,
        err: UnixStream,
    ) -> Self {
        Self { shell: Channel::new(shell), helper: Channel::new(helper), out, err, unread: 0 }
    }

    /// Waits until a guest that boots has its shell, and teaches it.
    pub(crate) fn greeted(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Read<()>> {
        match self.shell.read_until(GREETING, deadline, interrupt)? {
            Read::Found(_) => {}
            Read::Late => return Ok(Read::Late),
            Read::Closed => return Ok(Read::Closed),
        }
        let lesson = format!(
            "{LESSON}\nprintf %s {} >/run/domi/helper\nperl /run/domi/helper &\ndisown -a\n",
            shell_word(HELPER)
        );
        self.shell.stream().write_all(lesson.as_bytes())?;
        self.unread = 0;
        Ok(match self.answer(deadline, interrupt)? {
            Read::Found(_) => Read::Found(()),
            Read::Late => Read::Late,
            Read::Closed => Read::Closed,
        })
    }

    /// The channel to the guest's root shell, for someone else to talk on.
    pub(crate) fn backdoor(&self) -> Result<UnixStream> {
        Ok(self.shell.stream_ref().try_clone()?)
    }

    /// Sends a command without waiting for anything.
    pub(crate) fn send(&mut self, command: &str) -> Result<()> {
        self.shell.stream().write_all(line(&tag(), command)?.as_bytes())?;
        Ok(())
    }

    /// Asks the guest's helper for something and returns its answer.
    pub(crate) fn ask(
        &mut self,
        request: &str,
        deadline: Instant,
        interrupt: &Interrupt,
    ) -> Result<Read<String>> {
        self.tell(request)?;
        self.answer(deadline, interrupt)
    }

    /// Runs a command; what is pushed is sent while it runs.
    pub(crate) fn execute(
        &mut self,
        request: &Request,
        interrupt: &Interrupt,
    ) -> Result<Read<Output>> {
        let tag = tag();
        let line = line(&tag, request.command)?;
        let mut writers = vec![Writer::new(self.shell.stream().try_clone()?, line.as_bytes())];
        if let Some((stream, bytes)) = request.pushed {
            writers.push(Writer::new(stream.try_clone()?, bytes));
        }
        let readers = [&self.out, &self.err].map(UnixStream::try_clone);
        let [out, err] = readers;
        let mut readers = [Reader::new(out?, &tag), Reader::new(err?, &tag)];
        let started = Instant::now();
        let mut ends =
            [(request.limit, "TERM"), (request.limit + PERSUASION, "KILL")].into_iter().peekable();
        let mut timed_out = false;
        while readers.iter().any(|reader| reader.status.is_none()) {
            interrupt.check()?;
            if !turn(&mut writers, &mut readers)? {
                return Ok(Read::Closed);
            }
            let elapsed = started.elapsed();
            if let Some((_, signal)) = ends.next_if(|(after, _)| elapsed >= *after) {
                timed_out = true;
                self.tell(&format!("end {signal}"))?;
            }
            if elapsed > request.limit + GRACE {
                return Ok(Read::Late);
            }
        }
        let [out, err] = readers;
        let status = out.status.unwrap_or_default().parse();
        let status = status.map_err(|_| Error::Protocol("an exit status that is none".into()))?;
        let (stdout, more_out) = out.capture.finish();
        let (stderr, more_err) = err.capture.finish();
        Ok(Read::Found(Output {
            status: if timed_out { TIMED_OUT } else { status },
            stdout,
            stderr,
            truncated: more_out || more_err,
        }))
    }

    fn tell(&mut self, request: &str) -> Result<()> {
        self.helper.stream().write_all(format!("{request}\n").as_bytes())?;
        self.unread += 1;
        Ok(())
    }

    /// The helper's last answer, past those that nobody wanted.
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

/// One stream of the command, up to its end mark and the status after it.
struct Reader {
    stream: UnixStream,
    capture: Capture,
    after: Option<Vec<u8>>,
    status: Option<String>,
}

impl<'a> Writer<'a> {
    fn new(stream: UnixStream, left: &'a [u8]) -> Self {
        Self { stream, left }
    }

    /// Writes what goes now; false when the other side is gone.
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
        Self { stream, capture, after: None, status: None }
    }

    /// Reads what there is; false when the other side is gone.
    fn read(&mut self) -> Result<bool> {
        let Some(arrived) = read_some(&self.stream)? else { return Ok(false) };
        match &mut self.after {
            Some(after) => after.extend(arrived),
            None => self.after = self.capture.take(&arrived),
        }
        let after = self.after.as_deref().unwrap_or_default();
        if let Some(end) = after.iter().position(|byte| *byte == b'\n') {
            self.status = Some(String::from_utf8_lossy(&after[..end]).into_owned());
        }
        Ok(true)
    }
}

/// Waits a little for anything that can be written or read, and does it; false when a channel has
/// closed.
fn turn(writers: &mut [Writer], readers: &mut [Reader]) -> Result<bool> {
    let writing = writers.iter_mut().filter(|writer| !writer.left.is_empty());
    let mut writing: Vec<_> = writing.collect();
    let reading = readers.iter_mut().filter(|reader| reader.status.is_none());
    let mut reading: Vec<_> = reading.collect();
    let mut polled: Vec<_> = writing.iter().map(|w| (&w.stream, PollFlags::OUT)).collect();
    polled.extend(reading.iter().map(|reader| (&reader.stream, PollFlags::IN)));
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
