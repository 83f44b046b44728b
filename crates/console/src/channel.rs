//! A byte stream to a machine or to what runs it, read up to a mark, a deadline or an interrupt.

use std::io::{ErrorKind, Read as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use domi_host::Interrupt;
use memchr::memmem;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::Result;

/// How long to wait before checking for an interrupt again.
const SLICE: Duration = Duration::from_millis(100);

/// How a read ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Read<T = Vec<u8>> {
    /// What was asked for.
    Found(T),
    /// The deadline came first. What had arrived is kept for the next read.
    Late,
    /// The other side has closed.
    Closed,
}

/// A stream, with the bytes that have arrived but were not read yet.
#[derive(Debug)]
pub struct Channel {
    stream: UnixStream,
    buffer: Vec<u8>,
}

impl Channel {
    /// Nothing of the stream may have been read that is to be found.
    pub fn new(stream: UnixStream) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The stream, to write to.
    pub fn stream(&mut self) -> &mut UnixStream {
        &mut self.stream
    }

    /// The stream, to wait for.
    pub fn stream_ref(&self) -> &UnixStream {
        &self.stream
    }

    /// Waits for `mark` and returns what stood before it.
    pub fn read_until(
        &mut self,
        mark: &[u8],
        deadline: Instant,
        interrupt: &Interrupt,
    ) -> Result<Read> {
        let mut searched = 0;
        loop {
            if let Some(at) = memmem::find(&self.buffer[searched..], mark) {
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

    fn more(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Read<()>> {
        loop {
            interrupt.check()?;
            let left = deadline.saturating_duration_since(Instant::now());
            if wait_any(&[(&self.stream, PollFlags::IN)], left.min(SLICE))?[0] {
                let Some(arrived) = read_some(&self.stream)? else { return Ok(Read::Closed) };
                self.buffer.extend(arrived);
                return Ok(Read::Found(()));
            }
            if left.is_zero() {
                return Ok(Read::Late);
            }
        }
    }
}

/// Reads what there is on a stream that has something; nothing when the other side has closed.
pub fn read_some(mut stream: &UnixStream) -> Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; 64 << 10];
    match stream.read(&mut buffer) {
        Ok(0) => Ok(None),
        Ok(length) => {
            buffer.truncate(length);
            Ok(Some(buffer))
        }
        Err(error) => match error.kind() {
            ErrorKind::Interrupted | ErrorKind::WouldBlock => Ok(Some(Vec::new())),
            ErrorKind::ConnectionReset => Ok(None),
            _ => Err(error.into()),
        },
    }
}

/// Waits until one of the streams is ready and says which. A signal ends the wait too.
pub fn wait_any(streams: &[(&UnixStream, PollFlags)], patience: Duration) -> Result<Vec<bool>> {
    let polled = streams.iter().map(|(stream, what)| PollFd::new(*stream, *what));
    let mut polled: Vec<_> = polled.collect();
    let patience = Timespec::try_from(patience).expect("a slice of a second fits");
    match poll(&mut polled, Some(&patience)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(std::io::Error::from(error).into()),
    }
    Ok(polled.iter().map(|polled| !polled.revents().is_empty()).collect())
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
        let mut channel = Channel::new(ours);
        let never = Interrupt::default();
        theirs.write_all(b"one\ntwo\n3").unwrap();
        let mut line = || channel.read_until(b"\n", soon(), &never).unwrap();
        assert_eq!(line(), Read::Found(b"one".to_vec()));
        assert_eq!(line(), Read::Found(b"two".to_vec()));
        assert_eq!(line(), Read::Late);
        theirs.write_all(b"45\n6").unwrap();
        drop(theirs);
        let mut line = || channel.read_until(b"\n", soon(), &never).unwrap();
        assert_eq!(line(), Read::Found(b"345".to_vec()));
        assert_eq!(line(), Read::Closed);
    }

    #[test]
    fn an_interrupt_ends_a_wait() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let interrupt = Interrupt::default();
        interrupt.set();
        let deadline = Instant::now() + Duration::from_secs(60);
        let read = Channel::new(ours).read_until(b"\n", deadline, &interrupt);
        assert!(matches!(read, Err(crate::Error::Interrupted)));
    }
}
