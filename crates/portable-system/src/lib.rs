//! Tests on Debian, whatever the machines are: what a machine gets (`provision`), how steps are
//! written, taken and judged (`steps`), what is known of a failure (`diagnose`). And the same on a test's own NixOS
//! (`nixos`), whose systems the user's Nix builds.
//!
//! A machine is what is [`Driven`]. This crate knows neither QEMU nor containers, nor how a plan is
//! made or shown.

mod archive;
mod built;
mod codes;
mod coverage;
mod diagnose;
mod driven;
mod each_once;
mod ends;
mod machines;
mod making;
mod module;
pub mod nixos;
mod outcome;
mod provision;
mod realisers;
mod refusal;
mod setup;
mod steps;
mod store_parts;
mod trial;
mod units;

pub use built::{Builds, BuiltProgram, CratePrograms, add_alone};
pub use codes::{CODES, NO_DRIVER};
pub use coverage::coverage;
pub use diagnose::last_lines;
pub use domi_transplant::FromStore;
pub use driven::{Driven, Fault, Guest};
pub use ends::Ends;
pub use machines::Machines;
pub use making::{machine_kinds, with_made};
pub use module::{HandWritten, NoTest, UnitsTest, units_test};
pub use outcome::failed;
pub use provision::evaluated::without_nix;
pub use provision::nix_realiser::{ByHand, NixRealiser, NixosTests, RealStore};
pub use provision::nixos_test::{DriverTest, calls};
pub use provision::wanted::{MachineKind, machines_wanted};
pub use provision::{Case, NoSystem, Provision, Switched, ToMake, alone, layers, of_rust};
pub use realisers::Realisers;
pub use setup::{Broken, Setup, Starts, Trouble, Wanted, activate};
pub use store_parts::StoreParts;
pub use trial::{Doing, Trial};
pub use units::{UnitSet, judge_units, unit_sets};
