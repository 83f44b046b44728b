//! Many containers, two at a time: none fails, and nothing of them is left.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domi_container::{Containers, Image, Spares};
use domi_host::{Interrupt, Interrupted, wait_until};

use crate::common::{Guest, containers, image, options};
use crate::other::{Task, below, cgroup_for_others, is_populated, mounts, start};

/// How many are booted, where `DOMI_TEST_CONTAINERS` does not say.
const COUNT: usize = 50;
/// How many are in use at once.
const AT_ONCE: usize = 2;
/// How soon after the last of them the kernel has forgotten their processes.
const SOON: Duration = Duration::from_secs(1);

#[test]
fn many_containers_fail_never_and_leave_nothing() {
    let Some(containers) = containers() else { return };
    image(containers);
    let wanted = std::env::var("DOMI_TEST_CONTAINERS").ok();
    let count = wanted.map_or(COUNT, |count| count.parse().unwrap());
    let cgroup = cgroup_for_others("many");
    let mounts_before = mounts();
    let temporary = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let mut other = start(&cgroup, temporary.path(), Task::Many(count));
    for line in BufReader::new(other.stdout.take().unwrap()).lines() {
        println!("{}", line.unwrap());
    }
    assert!(other.wait().unwrap().success());
    let ended = Instant::now();
    while is_populated(&cgroup) {
        assert!(ended.elapsed() < SOON, "processes live on");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!((mounts(), below(&cgroup)), (mounts_before, 0), "mounts and cgroups");
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "files");
    std::fs::remove_dir(&cgroup).unwrap();
    println!("{count} containers, nothing failed and nothing is left, {:.0?}", begun.elapsed());
}

/// What the process does in which they are booted.
pub(crate) fn boot(containers: Containers, count: usize) {
    let containers = Arc::new(containers);
    let image = image(&containers);
    let before = (open_files(), threads());
    std::thread::scope(|scope| {
        for thread in 0..AT_ONCE {
            let of_this = (count + AT_ONCE - 1 - thread) / AT_ONCE;
            let (containers, image) = (&containers, &image);
            scope.spawn(move || take(containers, image, thread, of_this));
        }
    });
    // A thread that was waited for may still be listed for a moment.
    let look = || Ok::<_, Interrupted>(((open_files(), threads()) == before).then_some(()));
    let (limit, pause) = (Duration::from_secs(30), Duration::from_millis(5));
    wait_until(limit, pause, &Interrupt::default(), look).unwrap();
    assert_eq!((open_files(), threads()), before, "open files and threads");
}

/// Takes spares one after the other; the next one boots while one is in use.
fn take(containers: &Arc<Containers>, image: &Image, thread: usize, count: usize) {
    let spares = Spares::none(containers, image, 1).unwrap();
    spares.boot_more(count);
    for turn in 0..count {
        let logs = tempfile::tempdir().unwrap();
        let name = format!("m{thread}-{turn}");
        let machine = spares.take(&options(&name, &logs, None)).unwrap();
        let mut guest = Guest::new(machine, logs);
        assert_eq!(guest.run("hostname; systemctl is-system-running"), format!("{name}\nrunning"));
        let (pid, cgroup) = (guest.machine.pid(), guest.machine.cgroup().to_owned());
        drop(guest);
        assert!(!Path::new(&format!("/proc/{pid}")).exists(), "{name}");
        assert!(!cgroup.exists(), "{}", cgroup.display());
    }
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}
