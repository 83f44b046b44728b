//! Processes that a program has left behind, and that its group does not have: they have begun a
//! session of their own.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, getpid, kill_process};

use super::pipe::Pipe;

/// How often processes are looked for: one that is being ended may start another.
const LOOKS: usize = 100;

/// A variable in the environment of a program, and so of all that it starts, by which these are
/// found again wherever they have gone.
pub(super) struct Mark(String);

impl Mark {
    /// One that nothing has yet.
    pub(super) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        Self(format!("DOMI_STARTED_{}_{count}_{now:x}", std::process::id()))
    }

    /// The name of the variable; its value says nothing.
    pub(super) fn variable(&self) -> &str {
        &self.0
    }

    /// Kills all that have it.
    pub(super) fn end_all(&self) {
        let entry = format!("{}=1", self.0);
        end(|process| {
            let environment = std::fs::read(process.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|word| word == entry.as_bytes())
        });
    }
}

/// Kills those that could still write to pipes which are not at their end.
pub(super) fn end_holders(pipes: &[Pipe]) {
    let held: Vec<String> =
        pipes.iter().filter_map(Pipe::held).map(|number| format!("pipe:[{number}]")).collect();
    if held.is_empty() {
        return;
    }
    end(|process| {
        let open = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        let mut open = open.filter_map(|file| std::fs::read_link(file.path()).ok());
        open.any(|file| held.iter().any(|held| file.as_os_str() == held.as_str()))
            && !is_beginning(process)
    });
}

/// Whether a process is a child of ours that has not yet become another program. It has all that
/// we have open, for a moment.
fn is_beginning(process: &Path) -> bool {
    let program = |process: &Path| std::fs::read_link(process.join("exe")).ok();
    let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    parent.is_some_and(|parent| parent.trim() == std::process::id().to_string())
        && program(process) == program(Path::new("/proc/self"))
}

/// Kills all other processes that are so, until there are none.
fn end(is_so: impl Fn(&Path) -> bool) {
    for _ in 0..LOOKS {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let found = processes.filter_map(|process| {
            let id = Pid::from_raw(process.file_name().to_str()?.parse().ok()?)?;
            (id != getpid() && is_so(&process.path())).then_some(id)
        });
        // One of another user stays.
        let ended = found.filter(|id| kill_process(*id, Signal::KILL).is_ok()).count();
        if ended == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
