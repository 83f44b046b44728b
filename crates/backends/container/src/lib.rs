//! The backend `portable-container`: Debian in containers of this computer's kernel, with the
//! system that Rust realised or Nix evaluated. And `nixos-native` (`native`): in such a container, NixOS
//! itself, as Nix has built it.
//!
//! It is weaker than a machine and says so: what a container would not keep is looked for in the
//! system of a test before anything starts (`kept`), and a test that asks for such goes elsewhere,
//! with the reason. This crate knows nothing of other backends, nor how a plan is made or shown.

mod codes;
mod debian;
mod guest;
mod kept;
mod native;
mod options;
mod roots;
mod session;

pub use self::codes::{CODES, NONE_HERE, NOT_FOR_CONTAINERS};
pub use self::debian::Container;
pub use self::guest::{Guest, driven};
pub use self::native::Native;
pub use self::options::ContainerOptions;
