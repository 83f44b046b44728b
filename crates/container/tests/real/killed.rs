//! A tool that is killed leaves nothing: no process, no mount, no file; and of its cgroups only
//! empty ones, which the next tool sweeps.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domi_container::{Containers, Machine, Network};
use domi_debian::Distribution;
use domi_host::{Interrupt, dirs};

use crate::common::{containers, image, options};

/// How often a tool is killed.
const TIMES: u32 = 20;
/// How soon after that everything must be gone.
const SOON: Duration = Duration::from_secs(1);

/// Not a test: what a second process does. See [`other_process`].
#[test]
#[ignore = "the other process of a test"]
fn other() {
    let Some(cgroup) = std::env::var_os("DOMI_TEST_CGROUP") else { return };
    std::fs::write(Path::new(&cgroup).join("cgroup.procs"), "0").unwrap();
    let cache = dirs::cache().unwrap();
    let distribution = Distribution::usual().unwrap();
    let containers = Containers::open(&cache, distribution, Interrupt::default()).unwrap();
    if std::env::var_os("DOMI_TEST_SWEEP").is_some() {
        return;
    }
    println!("\nbegun");
    std::io::stdout().flush().unwrap();
    let network = Network::new(["one", "two"]).unwrap();
    let network = containers.probes().has_cards().then_some(&network);
    let logs = tempfile::tempdir().unwrap();
    loop {
        let boot = |name: &str| {
            Machine::boot(&containers, &image(&containers), options(name, &logs, network))
        };
        let mut machines = ["one", "two"].map(|name| boot(name).unwrap());
        machines[0].execute("setsid sleep 1000 >/dev/null 2>&1 &", SOON * 30).unwrap();
        machines[1].reboot().unwrap();
    }
}

/// Another process of this program in a cgroup of its own, with a folder for what it would leave
/// there when it is killed.
fn other_process(cgroup: &Path, temporary: &Path, sweeps: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "killed::other", "--ignored", "--nocapture"])
        .env("DOMI_TEST_CGROUP", cgroup)
        .env("TMPDIR", temporary)
        .stdout(Stdio::piped());
    if sweeps {
        command.env("DOMI_TEST_SWEEP", "1");
    }
    command.spawn().unwrap()
}

/// A cgroup for other processes beside those of the containers of this one.
fn cgroup_for_others() -> PathBuf {
    let Some(containers) = containers() else { unreachable!("it was asked before") };
    let logs = tempfile::tempdir().unwrap();
    let options = options("where", &logs, None);
    let machine = Machine::boot(containers, &image(containers), options).unwrap();
    let base = machine.cgroup().parent().unwrap();
    let folder = base.join(format!("test-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    folder
}

fn is_populated(cgroup: &Path) -> bool {
    std::fs::read_to_string(cgroup.join("cgroup.events")).unwrap().contains("populated 1")
}

fn below(cgroup: &Path) -> usize {
    let entries = std::fs::read_dir(cgroup).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_dir()).count()
}

fn of_ours(mount: &str) -> bool {
    mount.contains("overlay") || mount.contains("devpts") || mount.contains("cgroup2")
}

fn mounts() -> usize {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    mounts.lines().filter(|line| of_ours(line)).count()
}

#[test]
fn a_killed_tool_leaves_nothing_at_any_moment() {
    let Some(containers) = containers() else { return };
    image(containers);
    let cgroup = cgroup_for_others();
    let mounts_before = mounts();
    let mut left = 0;
    for time in 0..TIMES {
        let temporary = tempfile::tempdir().unwrap();
        let mut other = other_process(&cgroup, temporary.path(), false);
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
    assert!(other_process(&cgroup, temporary.path(), true).wait().unwrap().success());
    assert_eq!(below(&cgroup), 0, "what was left is swept");
    std::fs::remove_dir(&cgroup).unwrap();
}
