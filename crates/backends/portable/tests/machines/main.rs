//! Whole runs on real machines. `DOMI_TEST_MACHINE=0` leaves them out, and says so.

mod ends;
mod programs;
mod steps;
mod support;
