//! The portable backend: Debian guests under QEMU, with the system that Rust realised or Nix
//! evaluated. And `nixos-snapshot` (`nixos`): NixOS itself under QEMU, as Nix has built it.
//!
//! This crate knows nothing of other backends, nor how a plan is made or shown. What a machine
//! gets and how steps are taken is `domi_portable_system`'s, which knows no QEMU.

mod driver;
mod guest;
mod kinds;
mod nixos;
mod options;
mod session;
mod snapshots;
mod spares;
mod started;

use domi_model::TestBody;
use domi_runner::{
    Backend, BackendKind, Coverage, Job, Offer, Refused, RunOptions, Session, Unable, Wanted,
};

pub use self::driver::{Driver, relay};
pub use self::guest::{Guest, driven};
pub use self::nixos::NixosSnapshot;
pub use self::options::{NixosOptions, PortableOptions};
use self::session::PortableSession;
use self::spares::Waiting;

/// The portable backend. Jobs can be planned for it before it is known what guests are like.
#[derive(Debug, Default)]
pub struct Portable(Option<(PortableOptions, Waiting)>);

impl Portable {
    /// One that can run jobs. What waits for the next run ends with this.
    pub fn new(options: PortableOptions) -> Self {
        Self(Some((options, Waiting::default())))
    }
}

impl Backend for Portable {
    fn kind(&self) -> BackendKind {
        BackendKind::PORTABLE
    }

    /// What a computer may lack for it is found when the first machine is wanted, and installed.
    fn offer(&self, _: &Wanted<'_>) -> Result<Offer, Refused> {
        Ok(Offer::default())
    }

    fn coverage(&self, job: &Job) -> Coverage {
        domi_portable_system::coverage(job)
    }

    fn needs_machine(&self, job: &Job) -> bool {
        matches!(job.test.body, TestBody::Run(_))
    }

    fn open<'a>(&'a self, jobs: &'a [Job], options: &'a RunOptions) -> Box<dyn Session + 'a> {
        match &self.0 {
            Some((own, waiting)) => Box::new(PortableSession::new(jobs, options, own, waiting)),
            // It was only planned.
            None => {
                Box::new(Unable::Failed("nobody has said what portable guests are like".to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
