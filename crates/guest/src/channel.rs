//! A byte stream to QEMU, read up to a mark, a deadline or an interrupt.

use std::io::{ErrorKind, Read as _};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use domi_host::Interrupt;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::Result;

/// How long a wait may go on before the interrupt is looked at again.
const SLICE: Duration = Duration::from_millis(100);

/// What a read came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read<T = Vec<u8>> {
    /// What was asked for.
    Found(T),
    /// The deadline came first. What had arrived is kept for the next read.
    Late,
    /// The other side has closed.
    Closed,
}

/// A stream with what has arrived and was not asked for yet.
#[derive(Debug)]
pub(crate) struct Channel {
    stream: UnixStream,
    buffer: Vec<u8>,
}

impl Channel {
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        Ok(Self { stream, buffer: Vec::new() })
    }

    pub(crate) fn stream(&mut self) -> &mut UnixStream {
        &mut self.stream
    }

    /// Waits for `mark` and returns what stood before it.
    pub(crate) fn read_until(
        &mut self,
        mark: &[u8],
        deadline: Instant,
        interrupt: &Interrupt,
    ) -> Result<Read> {
        let mut searched = 0;
        loop {
            if let Some(at) = find(&self.buffer[searched..], mark) {
                let rest = self.buffer.split_off(searched + at + mark.len());
                let mut found = std::mem::replace(&mut self.buffer, rest);
                found.truncate(searched + at);
                return Ok(Read::Found(found));
            }
            searched = self.buffer.len().saturating_sub(mark.len() - 1);
            match self.more(deadline, interrupt)? {
                Read::Found(()) => {}
                Read::Late => return Ok(Read::Late),
                Read::Closed => return Ok(Read::Closed),
            }
        }
    }

    /// Waits for exactly `length` bytes.
    pub(crate) fn read_exactly(
        &mut self,
        length: usize,
        deadline: Instant,
        interrupt: &Interrupt,
    ) -> Result<Read> {
        while self.buffer.len() < length {
            match self.more(deadline, interrupt)? {
                Read::Found(()) => {}
                Read::Late => return Ok(Read::Late),
                Read::Closed => return Ok(Read::Closed),
            }
        }
        let rest = self.buffer.split_off(length);
        Ok(Read::Found(std::mem::replace(&mut self.buffer, rest)))
    }

    fn more(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Read<()>> {
        loop {
            interrupt.check()?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !wait(&self.stream, PollFlags::IN, left.min(SLICE))? {
                if left.is_zero() {
                    return Ok(Read::Late);
                }
                continue;
            }
            let start = self.buffer.len();
            self.buffer.resize(start + (64 << 10), 0);
            let read = self.stream.read(&mut self.buffer[start..]);
            self.buffer.truncate(start + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Ok(Read::Closed),
                Ok(_) => return Ok(Read::Found(())),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return Ok(Read::Closed);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Whether `what` can be done on the stream within `patience`; a signal counts as "not yet".
pub(crate) fn wait(stream: impl AsFd, what: PollFlags, patience: Duration) -> Result<bool> {
    let mut polled = [PollFd::new(&stream, what)];
    let patience = Timespec::try_from(patience).expect("a slice of a second fits");
    match poll(&mut polled, Some(&patience)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(std::io::Error::from(error).into()),
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(50)
    }

    #[test]
    fn bytes_after_the_mark_are_kept_for_the_next_read() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut channel = Channel::new(ours).unwrap();
        let never = Interrupt::default();
        theirs.write_all(b"one\ntwo\n3").unwrap();
        let mut line = || channel.read_until(b"\n", soon(), &never).unwrap();
        assert_eq!(line(), Read::Found(b"one".to_vec()));
        assert_eq!(line(), Read::Found(b"two".to_vec()));
        assert_eq!(line(), Read::Late);
        theirs.write_all(b"45").unwrap();
        drop(theirs);
        let mut exactly = |n| channel.read_exactly(n, soon(), &never).unwrap();
        assert_eq!(exactly(3), Read::Found(b"345".to_vec()));
        assert_eq!(exactly(1), Read::Closed);
    }

    #[test]
    fn an_interrupt_ends_a_wait() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let interrupt = Interrupt::default();
        interrupt.set();
        let deadline = Instant::now() + Duration::from_secs(60);
        let read = Channel::new(ours).unwrap().read_until(b"\n", deadline, &interrupt);
        assert!(matches!(read, Err(crate::Error::Interrupted)));
    }
}
