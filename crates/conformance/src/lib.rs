//! Whether the two interpreters of a manifest, NixOS and `domi-realise`, mean the same: settings
//! are generated, both are asked, and what they say is compared.
//!
//! What NixOS said can be recorded as data, so that the comparison needs no Nix afterwards. This
//! crate knows nothing of Debian, of machines, or of how features are found.

mod canonical;
mod case;
mod cases;
mod comparable;
mod compare;
mod content;
mod corners;
mod delta;
mod generate;
mod hit;
mod live;
mod nixos;
mod outcome;
mod pair;
mod random;
mod record;
mod rust;
mod shrink;

pub use case::well_formed;
pub use cases::{cases, cases_beside, pairs};
pub use comparable::comparable;
pub use compare::differences;
pub use hit::Corners;
pub use live::{Difference, Live, Report, Subject, Told};
pub use outcome::{Content, DropIn, EtcFile, Outcome, System, Unit, User};
pub use pair::copies;
pub use record::{Record, Recorded, Stale};
pub use rust::realised;
