//! System containers: a Debian root with systemd as its first process, in Linux namespaces.
//!
//! An image is a folder with a system in it, a layer one with packages over it; a container is
//! those with a throw-away disk over them, and everything that the kernel can give a process of
//! its own: users, processes, mounts, network, names, cgroups. It is driven over the same channels
//! as a machine. Nothing of a running container is on the host's file system but the log of its
//! console, and nothing of it outlives this process.
//!
//! Its root is nobody out here. Its kernel is this computer's: what only a kernel of its own can
//! show, a container does not.
//!
//! This crate knows nothing of features, manifests, Nix or QEMU: it runs commands in containers.

mod card;
mod cgroup;
mod closure;
mod containers;
mod disk;
mod error;
mod ids;
mod inside;
mod job;
mod keeper;
mod kept;
mod launch;
mod machine;
mod plan;
mod probe;
mod progress;
mod pump;
mod running;
mod spare;
mod step;
mod store;
mod stored;
mod sys;
mod task;

pub use cgroup::{base as own_cgroup, processor_time};
pub use closure::Closure;
pub use containers::Containers;
pub use domi_console::{Cut, Drive, Output};
pub use domi_network::{Network, Plug};
pub use domi_store::{Error as StoreError, Prune, Told};
pub use error::{Error, Result};
pub use ids::Mapping;
pub use kept::{Asked, NotKept, not_kept};
pub use machine::{Machine, Options};
pub use probe::{Finding, Need, Probes};
pub use progress::{Listener, Progress, Stage};
pub use spare::Spares;
pub use stored::Image;
pub use task::Task;
