//! Carries what a container writes and reads between its channels and the sockets that whoever
//! drives it has, as QEMU does for its machines.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::Result;

/// The most that is read at once: more than the longest frame.
const PIECE: usize = 70 << 10;

/// One direction of one channel.
pub(crate) struct Lane {
    from: Arc<OwnedFd>,
    to: Arc<OwnedFd>,
    shape: Shape,
    /// What has arrived of a frame.
    begun: Vec<u8>,
    /// What waits to be written, each in one piece.
    waiting: VecDeque<Vec<u8>>,
    /// How much of the first that waits is written.
    written: usize,
    open: bool,
}

/// What a lane does to what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing.
    Plain,
    /// Each frame of a network card gets its length before it.
    AddLength,
    /// What has its length before it becomes a frame again.
    TakeLength,
}

/// A thread that carries until it is told to stop, or what it waits for happens.
#[derive(Debug)]
pub(crate) struct Pump<T> {
    ended: Receiver<T>,
    thread: Option<JoinHandle<()>>,
}

impl Lane {
    /// Both files must not block.
    pub(crate) fn new(from: &Arc<OwnedFd>, to: &Arc<OwnedFd>, shape: Shape) -> Self {
        Self {
            from: Arc::clone(from),
            to: Arc::clone(to),
            shape,
            begun: Vec::new(),
            waiting: VecDeque::new(),
            written: 0,
            open: true,
        }
    }

    fn wants(&self) -> (&OwnedFd, PollFlags) {
        if !self.waiting.is_empty() {
            (&self.to, PollFlags::OUT)
        } else if self.open {
            (&self.from, PollFlags::IN)
        } else {
            (&self.from, PollFlags::empty())
        }
    }

    fn carry(&mut self, buffer: &mut [u8]) {
        if self.waiting.is_empty() {
            match rustix::io::read(&*self.from, &mut *buffer) {
                Ok(0) => self.open = false,
                Ok(length) => self.take(&buffer[..length]),
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(_) => self.open = false,
            }
        }
        self.write();
    }

    fn take(&mut self, bytes: &[u8]) {
        match self.shape {
            Shape::Plain => self.waiting.push_back(bytes.to_vec()),
            Shape::AddLength => {
                let length = u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes();
                self.waiting.push_back([&length, bytes].concat());
            }
            Shape::TakeLength => {
                self.begun.extend_from_slice(bytes);
                let mut at = 0;
                while let Some(length) = self.begun[at..].first_chunk() {
                    let end = at + 4 + u32::from_be_bytes(*length) as usize;
                    let Some(frame) = self.begun.get(at + 4..end) else { break };
                    self.waiting.push_back(frame.to_vec());
                    at = end;
                }
                self.begun.drain(..at);
            }
        }
    }

    /// Writes what goes now. What nobody takes any more is gone, and so is a frame for a card that
    /// is switched off.
    fn write(&mut self) {
        while let Some(piece) = self.waiting.front() {
            match rustix::io::write(&*self.to, &piece[self.written..]) {
                Ok(length) if self.written + length < piece.len() => self.written += length,
                Err(Errno::AGAIN) => return,
                Err(Errno::INTR) => {}
                Ok(_) | Err(_) => {
                    self.waiting.pop_front();
                    self.written = 0;
                }
            }
        }
    }
}

impl<T: Send + 'static> Pump<T> {
    /// Carries until `line` has something and `end` makes something of it.
    pub(crate) fn start(
        mut lanes: Vec<Lane>,
        line: OwnedFd,
        end: impl Fn() -> Option<T> + Send + 'static,
    ) -> Result<Self> {
        let (tell, ended) = channel();
        let carry = move || {
            let mut buffer = vec![0; PIECE];
            let end = loop {
                let mut polled = vec![PollFd::new(&line, PollFlags::IN)];
                for lane in &lanes {
                    let (fd, what) = lane.wants();
                    polled.push(PollFd::from_borrowed_fd(fd.as_fd(), what));
                }
                // A signal counts as nothing having happened.
                let _ = poll(&mut polled, None);
                let ready: Vec<bool> =
                    polled.iter().map(|polled| !polled.revents().is_empty()).collect();
                drop(polled);
                for (lane, _) in lanes.iter_mut().zip(&ready[1..]).filter(|(_, ready)| **ready) {
                    lane.carry(&mut buffer);
                }
                if ready[0]
                    && let Some(end) = end()
                {
                    break end;
                }
                lanes.retain(|lane| lane.open || !lane.waiting.is_empty());
            };
            // What was written before the end is still to be had.
            for lane in &mut lanes {
                let mut rounds = 0..1024;
                while rounds.next().is_some() && lane.open && has_something(&lane.from) {
                    lane.carry(&mut buffer);
                }
            }
            drop(lanes);
            let _ = tell.send(end);
        };
        let thread = std::thread::Builder::new()
            .name("container".to_owned())
            .spawn(carry)
            .context("cannot start a thread")?;
        Ok(Self { ended, thread: Some(thread) })
    }

    /// Waits for the end; nothing when it has not come in time.
    pub(crate) fn wait(&self, patience: Duration) -> Option<T> {
        self.ended.recv_timeout(patience).ok()
    }
}

impl<T> Pump<T> {
    /// Waits until nothing is carried any more, which somebody must have brought about.
    pub(crate) fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn has_something(fd: &OwnedFd) -> bool {
    let mut polled = [PollFd::new(fd, PollFlags::IN)];
    let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    let _ = poll(&mut polled, Some(&now));
    polled[0].revents().contains(PollFlags::IN)
}

/// A file that does not block, for several lanes.
pub(crate) fn not_blocking(fd: impl Into<OwnedFd>) -> Result<Arc<OwnedFd>> {
    let fd = fd.into();
    rustix::io::ioctl_fionbio(&fd, true).map_err(std::io::Error::from)?;
    Ok(Arc::new(fd))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::{UnixDatagram, UnixStream};

    use super::*;

    #[test]
    fn frames_get_their_length_and_lose_it_again() {
        let (card, inside) = UnixDatagram::pair().unwrap();
        let (wire, mut switch) = UnixStream::pair().unwrap();
        let (line, stop) = UnixStream::pair().unwrap();
        let (card, wire) = (not_blocking(card).unwrap(), not_blocking(wire).unwrap());
        let lanes = vec![
            Lane::new(&card, &wire, Shape::AddLength),
            Lane::new(&wire, &card, Shape::TakeLength),
        ];
        let mut pump = Pump::start(lanes, line.into(), || Some("stopped")).unwrap();
        inside.send(b"from inside").unwrap();
        let mut got = [0; 15];
        switch.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"\0\0\0\x0bfrom inside");
        // Frames in pieces, and two at once.
        switch.write_all(b"\0\0\0\x03on").unwrap();
        std::thread::sleep(Duration::from_millis(20));
        switch.write_all(b"e\0\0\0\x03two").unwrap();
        let mut frame = [0; 9];
        for expected in [b"one", b"two"] {
            let length = inside.recv(&mut frame).unwrap();
            assert_eq!(&frame[..length], expected);
        }
        drop(stop);
        assert_eq!(pump.wait(Duration::from_secs(5)), Some("stopped"));
        pump.join();
    }
}
