//! What becomes of a machine that runs while it gets another system: which units stop, start,
//! restart and reload. The rules are those of NixOS's own `switch-to-configuration`, as NixOS 26.05
//! has it.
//!
//! Only units of the features are decided about. What a machine has beside them is the same before
//! and after; where it would not be, [`unswitchable`] says so, and
//! [`unswitchable_after`] what a machine cannot be switched to for what it had at any time before.

mod compare;
mod decide;
mod earlier;
mod fixed;
mod refused;
mod unit_text;

pub use decide::{Decision, decide};
pub use earlier::unswitchable_after;
pub use fixed::unswitchable;
