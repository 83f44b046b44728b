//! What each level forbids is tried.

mod ssh;

use domi::Machines;
use domi::prelude::*;

use crate::options::*;

/// A command that someone without rights gives.
fn nobody(command: &str) -> String {
    format!("setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c '{command}'")
}

/// Opens the memory of a program of the same user, which this one did not start.
const STRANGER: &str = "exec 3</proc/$(cat /run/stranger)/mem";

/// Opens the memory of a program that this one starts.
const CHILD: &str = "sleep 10 >/dev/null & exec 3</proc/$!/mem";

/// A program of a user without rights.
fn with_stranger(machine: Machines<'_>) -> Machines<'_> {
    machine
        .succeeds("systemd-run --quiet --unit=stranger --uid=nobody sleep 1000")
        .succeeds("systemctl show -P MainPID stranger >/run/stranger")
}

pub(crate) fn all(cfg: &Expr<Hardening>, tests: &mut Tests) {
    let machine = tests
        .it("forbids what hardly any program needs")
        .needs_kernel("tries what the kernel forbids");
    with_stranger(machine)
        .fails(&nobody("dmesg"))
        .succeeds("dmesg")
        .prints("grep --count --invert-match ^0000000000000000 /proc/kallsyms || true", "0")
        .fails(&nobody(STRANGER))
        .succeeds(&nobody(CHILD))
        // Root is not led to write into a file that somebody has put there.
        .succeeds(&nobody("echo mine >/tmp/trap"))
        .fails("echo root >/tmp/trap")
        .prints("cat /tmp/trap", "mine")
        // Links to what is not one's own.
        .fails(&nobody("ln /etc/hostname /tmp/link"))
        .succeeds(&nobody("ln /tmp/trap /tmp/link"))
        // Nobody takes it back.
        .fails("echo 0 >/proc/sys/kernel/unprivileged_bpf_disabled")
        .prints("cat /proc/sys/net/ipv4/conf/*/accept_redirects | sort -u", "0")
        .prints("cat /proc/sys/kernel/sysrq /proc/sys/fs/suid_dumpable", "0\n0")
        .prints("cat /proc/sys/kernel/kexec_load_disabled", "0")
        // It was this that kept the stranger out.
        .succeeds("echo 0 >/proc/sys/kernel/yama/ptrace_scope")
        .succeeds(&nobody(STRANGER))
        .reboot()
        .fails(&nobody("dmesg"));

    let machine = tests
        .it("forbids more where it is told to be strict")
        .needs_kernel("tries what the kernel forbids")
        .set(cfg.kernel(), Level::Strict);
    with_stranger(machine)
        .fails(&nobody("dmesg"))
        .fails(&nobody(STRANGER))
        .fails(&nobody(CHILD))
        .prints("cat /proc/sys/kernel/kexec_load_disabled", "1")
        .prints("cat /proc/sys/dev/tty/ldisc_autoload", "0")
        .prints("cat /proc/sys/kernel/perf_event_paranoid", "3");

    let machine = tests
        .it("forbids more as soon as it is told to")
        .needs_kernel("tries what the kernel forbids");
    with_stranger(machine)
        .succeeds(&nobody(CHILD))
        .switch(|to| to.set(cfg.kernel(), Level::Strict))
        .fails(&nobody(CHILD))
        .prints("cat /proc/sys/kernel/perf_event_paranoid", "3");

    tests
        .it("never loads modules that are hardly used, but for those that are allowed")
        .needs_kernel("asks for modules of the kernel")
        .set(cfg.kernel(), Level::None)
        .set(cfg.rare_modules(), [Rare::Networks])
        .set(cfg.allowed_modules(), ["sctp"])
        .set(cfg.blocked_modules(), ["no_such_module"])
        // A module that is not there would be another failure: this one is what it was told to do.
        .prints("modprobe --dry-run --verbose dccp", "install false")
        .prints("modprobe --dry-run --verbose no_such_module", "install false")
        .fails("modprobe dccp")
        .fails("modprobe --dry-run --verbose sctp 2>&1 | grep false")
        .fails("modprobe --dry-run --verbose hfs 2>&1 | grep false");

    ssh::all(cfg, tests);

    tests
        .it_refuses("a module that is allowed and blocked")
        .set(cfg.allowed_modules(), ["sctp"])
        .set(cfg.blocked_modules(), ["sctp"])
        .because("in `allowedModules` and in `blockedModules`");
    tests
        .it_refuses("a module whose name is more than one")
        .set(cfg.blocked_modules(), ["a\ninstall b true"])
        .because("blockedModules");
    tests.it_refuses("a level that is not there").set(cfg.kernel(), "extreme");
}
