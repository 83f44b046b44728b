//! Tests with real containers: a Debian root, systemd, namespaces. `DOMI_TEST_CONTAINER=0` leaves
//! them out; where this computer lacks what containers need, each says so and why.
//! `DOMI_TEST_CONTAINERS=1000` has the test of many boot a thousand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod common;
mod hostile;
mod keeps;
mod killed;
mod limits;
mod machine;
mod many;
mod other;
mod several;
mod store;
