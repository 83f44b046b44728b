//! What something took: time, and processor time of all processes that took part in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use domi_container::processor_time;

/// Counts the processor time of this process and of all that it starts, also of those that nobody
/// waits for, such as those of a container that is killed: by a cgroup that they are all in.
#[derive(Debug)]
pub(super) struct Processors {
    folder: PathBuf,
    /// Where we were before.
    before: PathBuf,
}

/// What one turn took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) wall: Duration,
    pub(super) processors: Duration,
}

/// What several turns took.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures(Vec<Taken>);

impl Processors {
    /// Enters a cgroup of our own.
    pub(super) fn enter() -> anyhow::Result<Arc<Self>> {
        let before = domi_container::own_cgroup()?;
        let folder = before.join(format!("domi-bench-{}", std::process::id()));
        fs_err::create_dir(&folder)?;
        let entered = Self { folder, before };
        join(&entered.folder)?;
        Ok(Arc::new(entered))
    }

    /// Does something, and counts.
    pub(super) fn measured<T, E: From<anyhow::Error>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<(Taken, T), E> {
        let busy = || processor_time(&self.folder).map_err(anyhow::Error::from);
        let (before, begun) = (busy()?, Instant::now());
        let done = work()?;
        let wall = begun.elapsed();
        Ok((Taken { wall, processors: busy()?.saturating_sub(before) }, done))
    }
}

impl Drop for Processors {
    fn drop(&mut self) {
        // What stays is empty, and swept when containers are used again.
        let _ = join(&self.before);
        let _ = std::fs::remove_dir(&self.folder);
    }
}

fn join(cgroup: &Path) -> anyhow::Result<()> {
    let processes = cgroup.join("cgroup.procs");
    std::fs::write(&processes, "0").with_context(|| format!("cannot enter {}", cgroup.display()))
}

impl Figures {
    pub(super) fn add(&mut self, taken: Taken) {
        self.0.push(taken);
    }

    /// The median of the time, in seconds.
    pub(super) fn wall(&self) -> f64 {
        self.spread(|taken| taken.wall)[1]
    }

    /// The median of the processor time, in seconds.
    pub(super) fn processors(&self) -> f64 {
        self.spread(|taken| taken.processors)[1]
    }

    /// The least, the median and the most, in seconds.
    fn spread(&self, of: impl Fn(&Taken) -> Duration) -> [f64; 3] {
        let mut all: Vec<_> = self.0.iter().map(|taken| of(taken).as_secs_f64()).collect();
        all.sort_by(f64::total_cmp);
        let at = |index: usize| all.get(index).copied().unwrap_or(f64::NAN);
        [at(0), at(all.len() / 2), at(all.len().saturating_sub(1))]
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [least, median, most] = self.spread(|taken| taken.wall);
        let busy = self.processors();
        write!(f, "{median:.2} s median, {least:.2} to {most:.2}; {busy:.2} s of processors")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_counts() {
        let mut figures = Figures::default();
        for (wall, processors) in [(30, 9), (10, 1), (20, 2)] {
            let [wall, processors] = [wall, processors].map(Duration::from_secs);
            figures.add(Taken { wall, processors });
        }
        let shown = "20.00 s median, 10.00 to 30.00; 2.00 s of processors";
        assert_eq!(figures.to_string(), shown);
    }
}
