//! Real workspaces with good and bad plugins, built by the real cargo and run as processes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod fixture;
mod found;
mod loaded;
mod printed;
