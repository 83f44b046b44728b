//! Finds the real `nix`, and runs it: what it can do here, what it evaluates, what it builds, and
//! what it reports meanwhile.
//!
//! Other crates need not know flags or versions of `nix`: they pass words and get JSON, logs and
//! [`NixFailed`]. This crate knows nothing of how Nix is printed, of plans or of machines, and
//! almost nothing of features.

mod build;
mod cache;
mod capabilities;
mod codes;
mod derivations;
mod failed;
mod find;
mod flake;
mod heap;
mod log;
mod store;
mod version;

pub use build::{Build, Built};
pub use cache::{Cache, signing};
pub use capabilities::{Builder, Builds, Capabilities};
pub use codes::{
    BUILDER_DEAD, CACHE_DAMAGED, CACHE_DEAD, CODES, FLAKES_OFF, NO_BUILDER, NO_CACHE, NO_CHECKS,
    NO_CLIENT, NO_FLAKE, NO_KVM, NO_NIX, NO_ROOM, NOT_COPIED, OFFLINE, TOO_OLD,
};
pub use derivations::Derivation;
pub use failed::NixFailed;
pub use find::{Nix, VARIABLE};
pub use flake::{Flake, attribute, flake_reference};
pub use log::{Log, Said};
pub use store::{Had, Outputs, PathInfo, Store};
pub use version::{NIXPKGS, Version};
