//! Tests through the crate's way in: a manifest and settings go in, a system or problems come out.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(clippy::needless_pass_by_value, reason = "so that a case is one literal")]

mod added;
mod arrival;
mod changes;
mod commands;
mod common;
mod expanded;
mod expressions;
mod files;
mod formats;
mod merged;
mod neighbours;
mod nixos;
mod nixos_settings;
mod programs;
mod properties;
mod refusals;
mod scripts;
mod set;
mod settings;
mod together;
