//! A program and the group of processes that it is in.

use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// A child at the head of a group of its own; the group is killed when this is dropped.
pub(super) struct Group {
    pub(super) child: Child,
}

impl Group {
    fn id(&self) -> Option<Pid> {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Asks all of the group to end, and waits this long at the most. Its head may be gone long
    /// before the others have tidied up.
    pub(super) fn ask_to_end(&mut self, grace: Duration) {
        let Some(id) = self.id().filter(|_| !grace.is_zero()) else { return };
        let _ = kill_process_group(id, Signal::TERM);
        let deadline = Instant::now().checked_add(grace);
        while !super::has_passed(deadline) {
            let ended = !matches!(self.child.try_wait(), Ok(None));
            if ended && test_kill_process_group(id).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.id() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}
