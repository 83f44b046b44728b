//! QEMU machines: images, layers, snapshots, console, network.
//!
//! An image is a disk with a system on it, booted once and saved with its memory. A machine is that
//! image restored (or booted), with a temporary disk over it and its own identity. A running
//! machine has no file on the host except the log of its serial console, and it ends with this
//! process.
//!
//! This crate knows nothing of features, manifests or how a closure is made: it runs commands in machines.

mod accel;
mod body;
mod disk;
mod error;
mod forward;
mod guests;
mod hardware;
mod identity;
mod image;
mod kept;
mod launch;
mod layer;
mod machine;
mod nix_store;
mod nixos;
mod platform;
mod progress;
mod qemu;
mod qmp;
mod snapshot;
mod spare;
mod store;

pub use accel::{Accel, Acceleration};
pub use domi_console::{Cut, Drive, Left, Output, Request};
pub use domi_debian::Architecture;
pub use domi_network::{Network, Plug};
pub use domi_store::{Error as StoreError, Prune, Told};
pub use error::{Error, QemuState, Result};
pub use forward::Forward;
pub use guests::{Guests, Settings, missing_tools};
pub use kept::{Kept, KeptMachines};
pub use machine::{Machine, Options};
pub use nix_store::StoreDisk;
pub use nixos::{NIXOS_MEMORY_MIB, System};
pub use progress::{Listener, Progress, Stage};
pub use snapshot::{Kind, Snapshot};
pub use spare::Spares;
pub use store::Entry;
