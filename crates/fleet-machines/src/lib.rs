//! The tests of a fleet's policies, as tests on machines.
//!
//! What is expected of the policies is held against the fleet's files elsewhere. Here it becomes what
//! machines do: who may reach a port makes a connection, who may log in does so with a key. Machines have
//! the fleet's own addresses, users and rules, and one that lets in what it should not says by which rule.
//! Pure; what runs the tests, and how machines are made, is not known here.

mod addresses;
mod cases;
mod files;
mod logins;
mod making;
mod ports;
mod world;

pub use addresses::Addresses;
pub use cases::{cases, manifest};
pub use making::Case;
pub use world::World;
