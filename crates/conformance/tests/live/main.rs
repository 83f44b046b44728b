//! Settings, asked of a real NixOS and of Rust: both must mean the same.
#![expect(clippy::unwrap_used, reason = "a failure of the tools ends the test")]

mod asked;
mod everyday;
mod former;
mod refused;
mod together;
