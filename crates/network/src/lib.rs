//! A network between machines of this process: a small switch, whose cables can be cut, slow, lossy
//! and healed.
//!
//! Each machine's frames are on a socket pair, each with its length before it, as QEMU has it.
//! Nothing here touches the host's network, needs a privilege or can be seen by another user.
//!
//! This crate knows nothing of what its machines are: QEMU or containers.

mod cable;
mod place;
mod shared;
mod switch;

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use self::cable::Cable;
pub use self::place::Place;
use self::shared::{Shared, State};
use self::switch::Ports;

/// One network. Cloning it gives another handle; the network ends with the last handle or plug.
#[derive(Debug, Clone)]
pub struct Network(Arc<Shared>);

/// A machine's place in a network.
#[derive(Debug, Clone)]
pub struct Plug {
    network: Network,
    number: u8,
}

impl Network {
    /// A network for machines with these names, at most 254. The first is number 1, with the
    /// addresses 192.168.1.1 and 2001:db8:1::1, and so on; each knows the others' names.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Self> {
        Self::of(names.into_iter().map(|name| (name.into(), None)).collect())
    }

    /// The same, with machines that have addresses and names of their own.
    pub fn of(machines: Vec<(String, Option<Place>)>) -> Result<Self> {
        let (names, places): (Vec<_>, Vec<_>) = machines.into_iter().unzip();
        if names.len() > 254 {
            return Err(anyhow!("a network has at most 254 machines, not {}", names.len()));
        }
        let (wake, woken) = UnixStream::pair().context("cannot make a socket pair")?;
        for end in [&wake, &woken] {
            end.set_nonblocking(true).context("cannot make a socket non-blocking")?;
        }
        let switch = Arc::new(Shared { names, places, state: Mutex::default(), wake });
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

    /// Cuts a machine off all others: nothing reaches it, and nothing that it sends arrives.
    pub fn cut(&self, name: &str) -> Result<()> {
        self.change_cable(name, |cable| cable.cut = true)
    }

    /// Lets everything that a machine sends from now on arrive so much later, in the order in which
    /// it was sent.
    pub fn delay(&self, name: &str, delay: Duration) -> Result<()> {
        self.change_cable(name, |cable| cable.delay = delay)
    }

    /// Loses so many of a hundred frames that a machine sends from now on. Which ones is by chance,
    /// and the same chance each time.
    pub fn lose(&self, name: &str, percent: u32) -> Result<()> {
        self.change_cable(name, |cable| cable.loss = percent)
    }

    /// Makes a machine's cable whole again: neither cut nor slow nor lossy.
    pub fn heal(&self, name: &str) -> Result<()> {
        self.change_cable(name, |cable| *cable = Cable::default())
    }

    /// What is under way on a cable that is changed is lost.
    fn change_cable(&self, name: &str, change: impl FnOnce(&mut Cable)) -> Result<()> {
        let number = self.number(name)?;
        self.change(|state| change(state.cables.entry(number).or_default()));
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

    /// The hardware address of the machine's card: that of the first card on the machines of NixOS tests.
    pub fn hardware_address(&self) -> [u8; 6] {
        [0x52, 0x54, 0, 0x12, 1, self.number]
    }

    /// The command that gives a machine its place in the network: as on the machines of NixOS tests,
    /// `eth1` with the machine's number in both addresses.
    pub fn addresses(&self) -> String {
        let number = self.number;
        let usual = vec![format!("192.168.1.{number}/24"), format!("2001:db8:1::{number}/64")];
        let addresses = self.place().map_or(usual, |place| place.addresses.clone());
        let nodad = |address: &str| if address.contains(':') { " nodad" } else { "" };
        let add = |address: String| format!("addr add {address} dev eth1{}\n", nodad(&address));
        let addresses: String = addresses.into_iter().map(add).collect();
        let hardware = self.hardware_address().map(|byte| format!("{byte:02x}")).join(":");
        format!(
            "ip -batch - <<< 'link set dev eth0 name eth1 address {hardware}\n\
             {addresses}\
             link set dev eth1 up'"
        )
    }

    fn place(&self) -> Option<&Place> {
        self.network.0.places[usize::from(self.number) - 1].as_ref()
    }

    /// The numbers and names of all machines of the network.
    fn machines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.network.0.names.iter().map(String::as_str))
    }

    /// A new cable for this place, which is whole; the previous one is disconnected.
    pub fn wire(&self) -> Result<OwnedFd> {
        let (ours, theirs) = UnixStream::pair().context("cannot make a socket pair")?;
        ours.set_nonblocking(true).context("cannot make a socket non-blocking")?;
        self.network.change(|state| {
            state.cables.remove(&self.number);
            state.new.push((self.number, ours));
        });
        Ok(theirs.into())
    }
}

/// The file `/etc/hosts` of a machine with this name and this place in a network.
pub fn hosts(name: &str, plug: Option<&Plug>) -> String {
    if let Some(place) = plug.and_then(Plug::place) {
        return place.hosts.clone();
    }
    let mut hosts = format!("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n");
    if let Some(plug) = plug {
        for (number, name) in plug.machines() {
            hosts.push_str(&format!("192.168.1.{number} {name}\n2001:db8:1::{number} {name}\n"));
        }
    }
    hosts
}

#[cfg(test)]
mod tests;
