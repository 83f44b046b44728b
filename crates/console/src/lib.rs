//! Commands in a machine, over the console of the NixOS test driver.
//!
//! A machine of any kind has six channels to the host: a root shell on `/dev/hvc0`, a terminal on
//! `/dev/hvc1`, files on `/dev/vport0p2`, a helper on `/dev/vport0p3`, and what commands write on
//! `/dev/vport0p4` and `/dev/vport0p5`. What talks on them is here.
//!
//! This crate knows nothing of what a machine is, QEMU or namespaces: it has the host's ends of
//! its channels.

mod capture;
mod channel;
mod channels;
mod console;
mod drive;
mod error;
mod kernel;
mod output;
mod push;
mod tail;
mod terminal;

pub use channel::{Channel, Read, read_some, wait_any};
pub use channels::Channels;
pub use console::{Console, Heard, Request, Sent, TAUGHT};
pub use drive::{Drive, Left};
pub use error::{Error, Result};
pub use kernel::{emulation_failed, panic_reason};
pub use output::{Cut, Output};
pub use tail::{length, tail};

use terminal::Terminal;
