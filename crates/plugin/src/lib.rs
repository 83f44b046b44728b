//! Finds features in a cargo workspace, builds and runs their plugins, and reads what they print.
//!
//! A feature is a crate with a `[package.metadata.domi]` table, or a folder with a `plugin.toml`
//! that the workspace names. Its program prints one manifest
//! ([`domi_model::Manifest`]) as JSON on standard output. Nothing of a feature is linked into
//! this tool, so a feature that does not compile, crashes, hangs or chatters is a numbered
//! problem of its own and stops no other one.
//!
//! This crate knows nothing of what a manifest means: no Nix, no machines, no tests.

mod build;
mod built_from;
mod codes;
mod content;
mod feature_crate;
mod find;
mod judged;
mod kept;
mod load;
mod metadata;
mod notes;
mod outside;
mod places;
mod program_crate;
mod read;
mod stage;
mod toolchain;

pub use build::compiling;
pub use built_from::BuiltFrom;
pub use codes::CODES;
pub use feature_crate::{Command, FeatureCrate, Source};
pub use find::{Workspace, cargo};
pub use load::{Feature, Limits, Loaded, Loader};
pub use program_crate::ProgramCrate;
pub use read::{MOST_OUTPUT, read};
pub use stage::Stage;
