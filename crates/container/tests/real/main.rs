//! Tests with real containers: a Debian root, systemd, namespaces. `DOMI_TEST_CONTAINER=0` leaves
//! them out; where this computer lacks what containers need, each says so and why.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod common;
mod hostile;
mod keeps;
mod killed;
mod machine;
mod several;
mod store;
