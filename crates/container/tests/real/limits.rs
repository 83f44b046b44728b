//! Limits of units, where this computer has the controllers that keep them.

use std::process::Child;

use domi_container::{Asked, Need, not_kept};

use crate::common::{boot, containers, not_run};
use crate::other::{Task, below, cgroup_for_others, start};

/// Limits by their controllers: properties of a service, and what it does that only then fails.
const LIMITS: [(&str, &str, &str); 2] = [
    ("pids", "TasksMax=5", "for n in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait"),
    ("memory", "MemoryMax=30M", "perl -e '$x = \"x\" x 200_000_000'"),
];

#[test]
fn limits_are_kept_and_not_refused_where_their_controllers_are() {
    let Some(containers) = containers() else { return };
    let has = containers.probes().controllers();
    let there = |row: &&(&str, &str, &str)| has.iter().any(|name| name == row.0);
    for (controller, limit, _) in LIMITS.iter().filter(|row| !there(row)) {
        not_run::<()>(&format!("{limit}: there is no controller {controller}"));
        let unit = format!("[Service]\n{limit}\n");
        let asked = Asked { units: vec![("a.service", &unit)], ..Asked::default() };
        assert_eq!(not_kept(&asked, containers.probes()).len(), 1, "{limit}");
    }
    for (_, limit, script) in LIMITS.iter().filter(there) {
        let unit = format!("[Service]\n{limit}\n");
        let asked = Asked { units: vec![("a.service", &unit)], ..Asked::default() };
        assert_eq!(not_kept(&asked, containers.probes()), [], "{limit}");
        let mut guest = boot(containers, "limits", None);
        guest.run("systemctl is-system-running --wait");
        let script = domi_host::command::shell_word(script);
        let run = "systemd-run -q --wait --pipe -p MemorySwapMax=0";
        guest.run(&format!("{run} sh -c {script}"));
        let limited = guest.output(&format!("{run} -p {limit} sh -c {script}"));
        assert!(!limited.success(), "{limit}: {limited:?}");
    }
}

#[test]
fn a_delegated_cgroup_gives_its_controllers_to_containers() {
    let Some(containers) = containers() else { return };
    let found = containers.probes().findings().iter().find(|found| found.need == Need::Controllers);
    if let Some(missing) = found.filter(|found| !found.there) {
        return not_run(&missing.to_string()).unwrap_or_default();
    }
    let cgroup = cgroup_for_others("delegated");
    let said = |task: Child| {
        let output = task.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let line = said.lines().find_map(|line| line.strip_prefix("controllers"));
        line.unwrap_or_default().trim().to_owned()
    };
    let temporary = tempfile::tempdir().unwrap();
    // A process in it is in the way, until it is marked as ours to divide.
    assert_eq!(said(start(&cgroup, temporary.path(), Task::Controllers)), "");
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(&cgroup, "user.delegate", b"1", flags).unwrap();
    let given = said(start(&cgroup, temporary.path(), Task::Controllers));
    let mut given: Vec<&str> = given.split_whitespace().collect();
    given.sort_unstable();
    let mut all = containers.probes().controllers().to_owned();
    all.sort_unstable();
    assert_eq!(given, all);
    assert_eq!(below(&cgroup), 1, "the tool's own");
    std::fs::remove_dir(cgroup.join("tools")).unwrap();
    std::fs::remove_dir(&cgroup).unwrap();
}
