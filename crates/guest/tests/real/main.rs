//! Tests with real machines: QEMU, a kernel, systemd. `DOMI_TEST_MACHINE=0` leaves them out.

mod common;
mod machine;
mod several;
mod store;
