//! A tool that is killed leaves nothing: no process, no mount, no file; and of its cgroups only
//! empty ones, which the next tool sweeps.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use crate::common::{containers, image};
use crate::other::{Task, below, cgroup_for_others, is_populated, mounts, start};

/// How often a tool is killed.
const TIMES: u32 = 20;
/// How soon after that everything must be gone.
const SOON: Duration = Duration::from_secs(1);

#[test]
fn a_killed_tool_leaves_nothing_at_any_moment() {
    let Some(containers) = containers() else { return };
    image(containers);
    let cgroup = cgroup_for_others("killed");
    let mounts_before = mounts();
    let mut left = 0;
    for time in 0..TIMES {
        let temporary = tempfile::tempdir().unwrap();
        let mut other = start(&cgroup, temporary.path(), Task::Endless);
        let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
        lines.find(|line| line.as_ref().unwrap() == "begun").unwrap().unwrap();
        // Spread over what it does; the moment within a step is as random as the scheduler.
        std::thread::sleep(Duration::from_millis(u64::from(time * 53 % 500)));
        other.kill().unwrap();
        other.wait().unwrap();
        let killed = Instant::now();
        while is_populated(&cgroup) {
            assert!(killed.elapsed() < SOON, "processes live on after {time}");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(mounts(), mounts_before);
        left = left.max(below(&cgroup));
    }
    assert!(left > 0, "no tool was killed with a container: the test shows nothing");
    let temporary = tempfile::tempdir().unwrap();
    assert!(start(&cgroup, temporary.path(), Task::Sweep).wait().unwrap().success());
    assert_eq!(below(&cgroup), 0, "what was left is swept");
    std::fs::remove_dir(&cgroup).unwrap();
}
