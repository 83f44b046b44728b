//! A second process of this program, in a cgroup of its own: what it leaves can be counted, whatever
//! other tests do meanwhile.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use domi_container::{Containers, Drive, Machine, Network};
use domi_debian::Distribution;
use domi_host::{Interrupt, dirs};

use crate::common::{containers, image, options};
use crate::many;

/// What the second process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Boots and reboots containers until it is killed.
    Endless,
    /// Opens the store, which sweeps, and ends.
    Sweep,
    /// Boots one container, and says which controllers it has.
    Controllers,
    /// Boots so many containers, and ends.
    Many(usize),
}

impl Task {
    fn named(words: &str) -> Self {
        match words {
            "endless" => Self::Endless,
            "sweep" => Self::Sweep,
            "controllers" => Self::Controllers,
            count => Self::Many(count.parse().unwrap()),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Endless => "endless".to_owned(),
            Self::Sweep => "sweep".to_owned(),
            Self::Controllers => "controllers".to_owned(),
            Self::Many(count) => count.to_string(),
        }
    }
}

/// Not a test: what a second process does. See [`start`].
#[test]
#[ignore = "the other process of a test"]
fn other() {
    let Some(cgroup) = std::env::var_os("DOMI_TEST_CGROUP") else { return };
    let task = Task::named(&std::env::var("DOMI_TEST_TASK").unwrap());
    std::fs::write(Path::new(&cgroup).join("cgroup.procs"), "0").unwrap();
    let cache = dirs::cache().unwrap();
    let distribution = Distribution::usual().unwrap();
    let containers = Containers::open(&cache, distribution, Interrupt::default()).unwrap();
    match task {
        Task::Sweep => {}
        Task::Controllers => {
            let logs = tempfile::tempdir().unwrap();
            let options = options("controllers", &logs, None);
            let machine = Machine::boot(&containers, &image(&containers), options).unwrap();
            let has = std::fs::read_to_string(machine.cgroup().join("cgroup.controllers"));
            println!("\ncontrollers {}", has.unwrap());
        }
        Task::Many(count) => many::boot(containers, count),
        Task::Endless => endless(&containers),
    }
}

fn endless(containers: &Containers) {
    println!("\nbegun");
    std::io::stdout().flush().unwrap();
    let network = Network::new(["one", "two"]).unwrap();
    let network = containers.probes().has_cards().then_some(&network);
    let logs = tempfile::tempdir().unwrap();
    loop {
        let boot = |name: &str| {
            Machine::boot(containers, &image(containers), options(name, &logs, network))
        };
        let mut machines = ["one", "two"].map(|name| boot(name).unwrap());
        let limit = Duration::from_secs(30);
        machines[0].execute("setsid sleep 1000 >/dev/null 2>&1 &", limit).unwrap();
        machines[1].reboot().unwrap();
    }
}

/// Starts it in a cgroup, with a folder for what it would leave there when it is killed.
pub(crate) fn start(cgroup: &Path, temporary: &Path, task: Task) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "other::other", "--ignored", "--nocapture"])
        .env("DOMI_TEST_CGROUP", cgroup)
        .env("DOMI_TEST_TASK", task.name())
        .env("TMPDIR", temporary)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A cgroup for other processes beside those of the containers of this one.
pub(crate) fn cgroup_for_others(name: &str) -> PathBuf {
    let Some(containers) = containers() else { unreachable!("it was asked before") };
    let logs = tempfile::tempdir().unwrap();
    let options = options("where", &logs, None);
    let machine = Machine::boot(containers, &image(containers), options).unwrap();
    let base = machine.cgroup().parent().unwrap();
    let folder = base.join(format!("test-{name}-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    folder
}

/// Whether a process is in a cgroup or below it.
pub(crate) fn is_populated(cgroup: &Path) -> bool {
    std::fs::read_to_string(cgroup.join("cgroup.events")).unwrap().contains("populated 1")
}

/// How many cgroups are below one.
pub(crate) fn below(cgroup: &Path) -> usize {
    let entries = std::fs::read_dir(cgroup).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_dir()).count()
}

fn of_ours(mount: &str) -> bool {
    mount.contains("overlay") || mount.contains("devpts") || mount.contains("cgroup2")
}

/// How many mounts there are of the kinds that containers have.
pub(crate) fn mounts() -> usize {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    mounts.lines().filter(|line| of_ours(line)).count()
}
