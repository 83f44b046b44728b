//! A network between machines of this process: a small switch that can be cut and healed.
//!
//! Each machine's frames are on a socket pair, each with its length before it, as QEMU has it.
//! Nothing here touches the host's network, needs a privilege or can be seen by another user.
//!
//! This crate knows nothing of what its machines are: QEMU or containers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, anyhow};
use rustix::event::{PollFd, PollFlags, poll};

/// How many frames may wait for a machine that does not read them. More are dropped, as on a real
/// network.
const QUEUE: usize = 1024;
/// The longest frame QEMU sends with its offloads.
const LONGEST: usize = (64 << 10) + 4096;

/// One network. Cloning it gives another handle; the network ends with the last handle or plug.
#[derive(Debug, Clone)]
pub struct Network(Arc<Switch>);

/// A machine's place in a network.
#[derive(Debug, Clone)]
pub struct Plug {
    network: Network,
    number: u8,
}

#[derive(Debug)]
struct Switch {
    names: Vec<String>,
    state: Mutex<State>,
    /// Written to when the state has changed; the thread reads the other end.
    wake: UnixStream,
}

#[derive(Debug, Default)]
struct State {
    /// Sockets that the thread has not taken yet.
    new: Vec<(u8, UnixStream)>,
    /// Machines on the same network that cannot reach each other, the lower number first.
    cut: BTreeSet<(u8, u8)>,
    closed: bool,
}

impl Network {
    /// A network for machines with these names, at most 254. The first is number 1, with the
    /// address 192.168.1.1, and so on; each knows the others' names.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() > 254 {
            return Err(anyhow!("a network has at most 254 machines, not {}", names.len()));
        }
        let (wake, woken) = UnixStream::pair().context("cannot make a socket pair")?;
        for end in [&wake, &woken] {
            end.set_nonblocking(true).context("cannot make a socket non-blocking")?;
        }
        let switch = Arc::new(Switch { names, state: Mutex::default(), wake });
        let weak = Arc::downgrade(&switch);
        std::thread::Builder::new()
            .name("network".to_owned())
            .spawn(move || {
                let mut ports = Ports::default();
                while ports.turn(&woken, || weak.upgrade()) {}
            })
            .context("cannot start a thread")?;
        Ok(Self(switch))
    }

    /// The place of the machine with this name.
    pub fn plug(&self, name: &str) -> Result<Plug> {
        Ok(Plug { network: self.clone(), number: self.number(name)? })
    }

    /// Cuts the connection between two machines in both directions, until it is healed.
    pub fn cut(&self, one: &str, other: &str) -> Result<()> {
        let between = pair(self.number(one)?, self.number(other)?);
        self.change(|state| _ = state.cut.insert(between));
        Ok(())
    }

    /// Connects two machines again.
    pub fn heal(&self, one: &str, other: &str) -> Result<()> {
        let between = pair(self.number(one)?, self.number(other)?);
        self.change(|state| _ = state.cut.remove(&between));
        Ok(())
    }

    fn number(&self, name: &str) -> Result<u8> {
        let place = self.0.names.iter().position(|known| known == name);
        let number = place.and_then(|place| u8::try_from(place + 1).ok());
        number.with_context(|| format!("no machine named {name} in the network"))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock());
        self.0.notify();
    }
}

impl Plug {
    /// The machine's number in the network.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// The command that gives a machine its place in the network: as on the machines of NixOS tests,
    /// `eth1` with the machine's number in both addresses.
    pub fn addresses(&self) -> String {
        let number = self.number;
        format!(
            "ip -batch - <<< 'link set dev eth0 name eth1 address 52:54:00:12:01:{number:02x}\n\
             addr add 192.168.1.{number}/24 dev eth1\n\
             link set dev eth1 up'"
        )
    }

    /// The numbers and names of all machines of the network.
    fn machines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.network.0.names.iter().map(String::as_str))
    }

    /// A new cable for this place; the previous one is disconnected.
    pub fn wire(&self) -> Result<OwnedFd> {
        let (ours, theirs) = UnixStream::pair().context("cannot make a socket pair")?;
        ours.set_nonblocking(true).context("cannot make a socket non-blocking")?;
        self.network.change(|state| state.new.push((self.number, ours)));
        Ok(theirs.into())
    }
}

impl Switch {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self) {
        // A full pipe has woken the thread already.
        let _ = (&self.wake).write(&[0]);
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        self.lock().closed = true;
        self.notify();
    }
}

/// The file `/etc/hosts` of a machine with this name and this place in a network.
pub fn hosts(name: &str, plug: Option<&Plug>) -> String {
    let mut hosts = format!("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n");
    if let Some(plug) = plug {
        for (number, name) in plug.machines() {
            hosts.push_str(&format!("192.168.1.{number} {name}\n"));
        }
    }
    hosts
}

fn pair(one: u8, other: u8) -> (u8, u8) {
    (one.min(other), one.max(other))
}

type Address = [u8; 6];

/// The switch's ports, owned by its thread.
#[derive(Debug, Default)]
struct Ports {
    ports: BTreeMap<u8, Port>,
    learned: BTreeMap<Address, u8>,
    cut: BTreeSet<(u8, u8)>,
}

#[derive(Debug)]
struct Port {
    stream: UnixStream,
    arrived: Vec<u8>,
    waiting: VecDeque<Vec<u8>>,
    /// How much of the first waiting frame is written.
    written: usize,
}

impl Ports {
    /// Waits for an event and handles it; false when the network is gone.
    fn turn(&mut self, woken: &UnixStream, network: impl Fn() -> Option<Arc<Switch>>) -> bool {
        let ready = self.wait(woken);
        if (&*woken).read(&mut [0; 256]).is_ok() {
            let Some(network) = network() else { return false };
            let mut state = network.lock();
            if state.closed {
                return false;
            }
            self.cut.clone_from(&state.cut);
            for (number, stream) in state.new.drain(..) {
                self.ports.insert(number, Port::new(stream));
            }
        }
        for number in ready {
            self.serve(number);
        }
        true
    }

    fn wait(&self, woken: &UnixStream) -> Vec<u8> {
        let mut polled = vec![PollFd::new(woken, PollFlags::IN)];
        for port in self.ports.values() {
            let mut what = PollFlags::IN;
            what.set(PollFlags::OUT, !port.waiting.is_empty());
            polled.push(PollFd::from_borrowed_fd(port.stream.as_fd(), what));
        }
        // A signal is treated as if nothing had happened.
        let _ = poll(&mut polled, None);
        let ready = polled.iter().skip(1).zip(self.ports.keys());
        ready.filter(|(poll, _)| !poll.revents().is_empty()).map(|(_, number)| *number).collect()
    }

    fn serve(&mut self, number: u8) {
        let Some(port) = self.ports.get_mut(&number) else { return };
        let alive = port.flush() && port.receive();
        let frames = port.frames();
        for frame in frames {
            self.forward(number, &frame);
        }
        if !alive {
            self.ports.remove(&number);
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
            if *number != from && wanted && !self.cut.contains(&pair(from, *number)) {
                port.queue(frame.to_vec());
            }
        }
    }
}

impl Port {
    fn new(stream: UnixStream) -> Self {
        Self { stream, arrived: Vec::new(), waiting: VecDeque::new(), written: 0 }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NAMES: [&str; 3] = ["one", "two", "three"];

    fn wire(network: &Network, name: &str) -> UnixStream {
        let stream = UnixStream::from(network.plug(name).unwrap().wire().unwrap());
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        stream
    }

    fn frame(to: u8, from: u8, text: &[u8]) -> Vec<u8> {
        let mut frame = vec![0, 0, 0, 0, 2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from];
        if to == 0xff {
            frame[4] = 0xff;
        }
        frame.extend(text);
        let length = u32::try_from(frame.len() - 4).unwrap();
        frame[..4].copy_from_slice(&length.to_be_bytes());
        frame
    }

    /// Sends from the first machine and says which others get it.
    #[track_caller]
    fn check(wires: &mut [UnixStream], sent: &[u8], expected: &[bool]) {
        wires[0].write_all(sent).unwrap();
        let mut buffer = vec![0; sent.len()];
        let mut got = |wire: &mut UnixStream| wire.read_exact(&mut buffer).is_ok();
        let got: Vec<bool> = wires[1..].iter_mut().map(&mut got).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn a_frame_reaches_whom_it_is_for_unless_the_wire_between_is_cut() {
        let network = Network::new(NAMES).unwrap();
        let mut wires: Vec<_> = NAMES.map(|name| wire(&network, name)).into();
        check(&mut wires, &frame(0xff, 1, b"who is there?"), &[true, true]);
        wires[1].write_all(&frame(1, 2, b"two is")).unwrap();
        wires[0].read_exact(&mut [0; 22]).unwrap();
        check(&mut wires, &frame(2, 1, b"to two alone"), &[true, false]);
        network.cut("two", "one").unwrap();
        check(&mut wires, &frame(0xff, 1, b"one and two are cut"), &[false, true]);
        network.heal("one", "two").unwrap();
        check(&mut wires, &frame(0xff, 1, b"healed"), &[true, true]);
    }

    #[test]
    fn a_machine_that_takes_nothing_holds_up_nobody() {
        let network = Network::new(NAMES).unwrap();
        let mut wires: Vec<_> = NAMES.map(|name| wire(&network, name)).into();
        let mut reader = wires.pop().unwrap();
        let big = frame(0xff, 1, &[7; 60_000]);
        let sender = std::thread::spawn(move || {
            for _ in 0..50 {
                wires[0].write_all(&big).unwrap();
            }
            wires
        });
        for _ in 0..50 {
            reader.read_exact(&mut vec![0; 60_016]).unwrap();
        }
        sender.join().unwrap();
    }

    #[test]
    fn the_network_ends_with_its_last_handle() {
        let network = Network::new(NAMES).unwrap();
        let mut wire = wire(&network, "one");
        drop(network);
        assert_eq!(wire.read(&mut [0]).unwrap(), 0);
    }
}
