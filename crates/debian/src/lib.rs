//! Makes a root archive, a kernel and an initrd from a distribution's packages.
//!
//! It works as an ordinary user, on any host architecture for any guest architecture. Packages are
//! fetched by the host's apt with private state; everything after that is plain Rust. This crate
//! knows nothing of QEMU, features or Nix: it makes the files that a machine starts from and says
//! what the kernel must be told, never how a machine is run.

mod apt;
mod architecture;
mod archive;
mod build;
mod control;
mod deb;
mod distribution;
mod dpkg;
mod error;
mod initrd;
mod install;
mod kernel;
mod modules;
mod overlay;
mod sources;
mod unpack;

pub use apt::{Apt, Candidate, Deb, Usual, offered, usual};
pub use architecture::Architecture;
pub use build::{
    BASE_PACKAGES, BUILD_CPUS, BuildOutcome, Inputs, Mode, build_outcome, empty_disk, kernel,
    kernel_arguments, prepare, recipe,
};
pub use distribution::Distribution;
pub use error::{Error, Result};
pub use install::{configure_without_kernel, install_calls};
pub use unpack::unpack;
