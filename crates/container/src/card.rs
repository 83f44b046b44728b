//! A network card of a container: a device in its network namespace whose frames are ours.

use std::os::fd::{AsRawFd, OwnedFd};

use anyhow::{Context, anyhow};
use rustix::fs::{Access, Mode, OFlags};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::ids::Mapping;
use crate::keeper::Keeper;
use crate::plan::{Exec, OWN, Plan};
use crate::step::{BOOT_ID, Step};
use crate::sys::Tap;
use crate::{Result, inside, sys};

/// Who makes a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Maker {
    /// The container's root, as everyone may open what it is made of.
    Container,
    /// We as root, from outside.
    Us,
    /// Nobody can.
    Nobody,
}

/// The network card of a container.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Card {
    maker: Maker,
    tap: Tap,
}

impl Maker {
    pub(crate) fn find(mapping: &Mapping) -> Self {
        // Without root out here, root in there is the same user as we.
        let ours =
            || rustix::fs::access("/dev/net/tun", Access::READ_OK | Access::WRITE_OK).is_ok();
        if inside::is_for_everyone("net/tun") || (!mapping.as_root() && ours()) {
            Self::Container
        } else if mapping.as_root() && std::fs::exists("/dev/net/tun").unwrap_or(false) {
            Self::Us
        } else {
            Self::Nobody
        }
    }
}

impl Card {
    /// One whose place the container is told once it runs.
    pub(crate) fn plain(maker: Maker) -> Self {
        Self { maker, tap: Tap { name: "eth0", address: None } }
    }

    /// One that is from the beginning as on the machines of NixOS tests, whose systems give themselves their
    /// places.
    pub(crate) fn of_tests(maker: Maker, address: [u8; 6]) -> Self {
        Self { maker, tap: Tap { name: "eth1", address: Some(address) } }
    }

    /// What the container does for it.
    pub(crate) fn step(self) -> Option<Step> {
        match self.maker {
            Maker::Container => Some(Step::Tap(self.tap)),
            Maker::Us => Some(Step::Network),
            Maker::Nobody => None,
        }
    }

    /// The card, once that step has handed something over.
    pub(crate) fn opened(self, handed: OwnedFd) -> Result<OwnedFd> {
        match self.maker {
            Maker::Us => make_in(handed, self.tap),
            Maker::Container | Maker::Nobody => Ok(handed),
        }
    }
}

/// Makes a card in a network namespace. Only a thread of its own may go there.
fn make_in(network: OwnedFd, tap: Tap) -> Result<OwnedFd> {
    let make = move || -> std::io::Result<OwnedFd> {
        use std::os::fd::AsFd;
        move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))?;
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let tun = rustix::fs::open("/dev/net/tun", flags, Mode::empty())?;
        sys::make_tap(tun.as_raw_fd(), tap)?;
        Ok(tun)
    };
    let made = std::thread::spawn(make).join().map_err(|_| anyhow!("a thread has failed"))?;
    Ok(made.context("cannot make a network card of /dev/net/tun")?)
}

/// Makes one and throws it away.
pub(crate) fn attempt(mapping: &Mapping) -> Result<()> {
    let card = Card::plain(Maker::find(mapping));
    let step = card.step().context("/dev/net/tun is not there, or not for everyone")?;
    let mut plan = Plan::default();
    plan.keeper.push(Step::BecomeRoot);
    plan.own = OWN;
    plan.program = vec![step, Step::Offer];
    plan.exec = Exec::new(&["/bin/true"], &[]);
    let keeper = Keeper::start(mapping, plan)?;
    let handed = keeper.begin([0; BOOT_ID])?.pop().context("nothing was handed over")?;
    let made = card.opened(handed).map(drop);
    keeper.go_on()?;
    made
}
