//! Reports what takes long while it happens; the listener decides how it looks.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domi_host::file;
use domi_store::Told;

use crate::Result;

/// Something that takes long enough to be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Finding out whether KVM works.
    Probing,
    /// Fetching a kernel to try KVM with.
    Kernel,
    /// Fetching packages and making a root archive, a kernel and an initrd of them.
    Packages,
    /// The guest unpacks and configures its system.
    Configuring,
    /// The guest boots.
    Booting,
    /// The booted guest is saved.
    Saving,
    /// A layer's packages are fetched.
    LayerPackages,
    /// The guest installs a layer's packages.
    Installing,
    /// Entries of a Nix store are made into a disk.
    Store,
    /// A NixOS boots until all its units have started.
    BootingNixos,
}

/// A step of what takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// What the store tells.
    Store(Told<'a>),
    /// A stage begins.
    Started {
        /// Which.
        stage: Stage,
        /// How long it took the last time on this computer.
        expected: Option<Duration>,
    },
    /// Something worth a line inside a stage.
    Note {
        /// The line.
        text: &'a str,
    },
    /// A stage has ended, well or not.
    Finished {
        /// Which.
        stage: Stage,
        /// How long it took.
        took: Duration,
    },
}

/// The listener.
pub type Listener<'a> = &'a (dyn Fn(Progress) + Sync);

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Probing => "looking whether KVM works",
            Self::Kernel => "fetching a kernel",
            Self::Packages => "fetching and unpacking packages",
            Self::Configuring => "configuring the guest",
            Self::Booting => "booting the guest",
            Self::Saving => "saving the guest",
            Self::LayerPackages => "fetching packages",
            Self::Installing => "installing packages in the guest",
            Self::Store => "packing a part of Nix's store",
            Self::BootingNixos => "booting a NixOS, to save it",
        })
    }
}

/// Reports stages and remembers how long each took.
pub(crate) struct Stages<'a> {
    listener: Listener<'a>,
    file: PathBuf,
}

impl<'a> Stages<'a> {
    pub(crate) fn new(listener: Listener<'a>, folder: &Path) -> Self {
        Self { listener, file: folder.join("durations.json") }
    }

    pub(crate) fn report(&self, progress: Progress) {
        (self.listener)(progress);
    }

    /// Runs a stage; its end is reported however it ends.
    pub(crate) fn run<T>(&self, stage: Stage, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let expected = self.durations().get(&key(stage)).copied().map(Duration::from_millis);
        let running = Running { stages: self, stage, begun: Instant::now() };
        self.report(Progress::Started { stage, expected });
        let done = work()?;
        self.remember(stage, running.begun.elapsed());
        Ok(done)
    }

    fn durations(&self) -> BTreeMap<String, u64> {
        let text = std::fs::read(&self.file).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// If an estimate is lost or overwritten by another process, that does no harm.
    fn remember(&self, stage: Stage, took: Duration) {
        let mut durations = self.durations();
        durations.insert(key(stage), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        if let Ok(text) = serde_json::to_vec_pretty(&durations) {
            let _ = file::write(&self.file, text);
        }
    }
}

/// A stage that has begun. Its end is reported when this is dropped.
struct Running<'a> {
    stages: &'a Stages<'a>,
    stage: Stage,
    begun: Instant,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.stages.report(Progress::Finished { stage: self.stage, took: self.begun.elapsed() });
    }
}

fn key(stage: Stage) -> String {
    format!("{stage:?}")
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Mutex;

    use super::*;
    use crate::Error;

    #[track_caller]
    fn check(work: impl FnOnce() -> Result<()>, remembered: bool) {
        let folder = tempfile::tempdir().unwrap();
        let told = Mutex::new(Vec::new());
        let listener = |progress: Progress| {
            told.lock().unwrap().push(match progress {
                Progress::Started { stage, .. } => format!("{stage:?} begins"),
                Progress::Finished { stage, .. } => format!("{stage:?} ends"),
                other => format!("{other:?}"),
            });
        };
        let stages = Stages::new(&listener, folder.path());
        let _ = catch_unwind(AssertUnwindSafe(|| stages.run(Stage::Installing, work)));
        assert_eq!(*told.lock().unwrap(), ["Installing begins", "Installing ends"]);
        assert_eq!(stages.durations().contains_key("Installing"), remembered);
    }

    #[test]
    fn the_end_of_a_stage_is_told_whatever_it_comes_to() {
        check(|| Ok(()), true);
        check(|| Err(Error::NotRunning), false);
        check(|| Err(Error::Interrupted), false);
        check(|| panic!("a bug of ours"), false);
    }
}
