//! Tests with real machines: QEMU, a kernel, systemd. `DOMI_TEST_MACHINE=0` leaves them out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod common;
mod machine;
mod nix_store;
mod several;
mod store;
