//! The thread between the cables.

use std::collections::{BTreeMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::cable::Sent;
use crate::shared::Shared;

/// How many frames may wait for a machine that does not read them. More are dropped, as on a real
/// network.
const QUEUE: usize = 1024;
/// The longest frame QEMU sends with its offloads.
const LONGEST: usize = (64 << 10) + 4096;

type Address = [u8; 6];

/// The switch's ports, owned by its thread.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    ports: BTreeMap<u8, Port>,
    learned: BTreeMap<Address, u8>,
}

#[derive(Debug)]
struct Port {
    stream: UnixStream,
    arrived: Vec<u8>,
    /// What its machine has sent, until it is where it goes.
    sent: Sent,
    /// What goes to its machine.
    waiting: VecDeque<Vec<u8>>,
    /// How much of the first waiting frame is written.
    written: usize,
}

impl Ports {
    /// Waits for an event and handles it; false when the network is gone.
    pub(crate) fn turn(
        &mut self,
        woken: &UnixStream,
        network: impl Fn() -> Option<Arc<Shared>>,
    ) -> bool {
        let ready = self.wait(woken);
        if (&*woken).read(&mut [0; 256]).is_ok() {
            let Some(network) = network() else { return false };
            let mut state = network.lock();
            if state.closed {
                return false;
            }
            for (number, stream) in state.new.drain(..) {
                self.ports.insert(number, Port::new(number, stream));
            }
            for (number, port) in &mut self.ports {
                port.sent.go_by(state.cables.get(number).copied().unwrap_or_default());
            }
        }
        for number in ready {
            self.serve(number);
        }
        self.deliver();
        true
    }

    fn wait(&self, woken: &UnixStream) -> Vec<u8> {
        let mut polled = vec![PollFd::new(woken, PollFlags::IN)];
        for port in self.ports.values() {
            let mut what = PollFlags::IN;
            what.set(PollFlags::OUT, !port.waiting.is_empty());
            polled.push(PollFd::from_borrowed_fd(port.stream.as_fd(), what));
        }
        let next = self.ports.values().filter_map(|port| port.sent.next()).min();
        let left = next.map(|next| next.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        // A signal is treated as if nothing had happened.
        let _ = poll(&mut polled, left.as_ref());
        let ready = polled.iter().skip(1).zip(self.ports.keys());
        ready.filter(|(poll, _)| !poll.revents().is_empty()).map(|(_, number)| *number).collect()
    }

    fn serve(&mut self, number: u8) {
        let Some(port) = self.ports.get_mut(&number) else { return };
        let alive = port.flush() && port.receive();
        let now = Instant::now();
        for frame in port.frames() {
            port.sent.take(frame, now);
        }
        if !alive {
            // What it has sent at once arrives, as from a machine that was just switched off.
            self.deliver_from(number, now);
            self.ports.remove(&number);
        }
    }

    /// Brings what has been under way for long enough to where it goes.
    fn deliver(&mut self) {
        let now = Instant::now();
        let numbers: Vec<u8> = self.ports.keys().copied().collect();
        numbers.into_iter().for_each(|number| self.deliver_from(number, now));
    }

    fn deliver_from(&mut self, number: u8, now: Instant) {
        while let Some(frame) = self.ports.get_mut(&number).and_then(|port| port.sent.arrived(now))
        {
            self.forward(number, &frame);
        }
    }

    fn forward(&mut self, from: u8, frame: &[u8]) {
        let address =
            |at: usize| frame.get(4 + at..10 + at).and_then(|a| Address::try_from(a).ok());
        let (Some(to), Some(source)) = (address(0), address(6)) else { return };
        self.learned.insert(source, from);
        let multicast = to[0] & 1 == 1;
        let known = if multicast { None } else { self.learned.get(&to).copied() };
        for (number, port) in &mut self.ports {
            let wanted = known.is_none_or(|known| known == *number);
            if *number != from && wanted && !port.sent.cable().cut {
                port.queue(frame.to_vec());
            }
        }
    }
}

impl Port {
    fn new(number: u8, stream: UnixStream) -> Self {
        Self {
            stream,
            arrived: Vec::new(),
            sent: Sent::new(number),
            waiting: VecDeque::new(),
            written: 0,
        }
    }

    /// Reads what there is; false when the machine is gone.
    fn receive(&mut self) -> bool {
        let mut buffer = [0; 64 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(length) => {
                self.arrived.extend_from_slice(&buffer[..length]);
                true
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// Takes the whole frames that have arrived, each with its length before it.
    fn frames(&mut self) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        let mut at = 0;
        while let Some(length) = self.arrived[at..].first_chunk() {
            let end = at + 4 + u32::from_be_bytes(*length) as usize;
            if end - at > LONGEST {
                // A frame has an impossible length, so nothing after it can be understood.
                self.arrived.clear();
                return frames;
            }
            let Some(frame) = self.arrived.get(at..end) else { break };
            frames.push(frame.to_vec());
            at = end;
        }
        self.arrived.drain(..at);
        frames
    }

    fn queue(&mut self, frame: Vec<u8>) {
        if self.waiting.len() < QUEUE {
            self.waiting.push_back(frame);
            self.flush();
        }
    }

    /// Writes what the machine takes now; false when it is gone.
    fn flush(&mut self) -> bool {
        while let Some(frame) = self.waiting.front() {
            match self.stream.write(&frame[self.written..]) {
                Ok(length) => self.written += length,
                Err(error) => {
                    return matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted);
                }
            }
            if self.written == frame.len() {
                self.waiting.pop_front();
                self.written = 0;
            }
        }
        true
    }
}
