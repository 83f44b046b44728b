//! Tests: jobs are run and kept within limits, whatever happens to their workers.

use domi::Machines;
use domi::prelude::*;

use crate::options::*;

const WORKER: &str = "batch-worker@1.service";

/// Hands a job in as the operator, and leaves its name in `/run/job`.
fn submit(job: &str) -> String {
    format!("printf '%s' '{job}' | runuser -u batch-operator -- batch-submit >/run/job")
}

/// A file of the job that was handed in last.
fn result(kind: &str) -> String {
    format!("/var/spool/batch/done/$(cat /run/job).{kind}")
}

/// What that job has printed so far.
const SO_FAR: &str = "/var/spool/batch/tries/$(cat /run/job).log";

/// Whether that job has ended with an exit code.
fn ended(code: u8) -> String {
    format!("grep --line-regexp {code} {}", result("status"))
}

/// A machine with somebody to hand jobs in, and workers that do not sleep for long.
fn machine<'a>(cfg: &Expr<Batch>, machine: Machines<'a>) -> Machines<'a> {
    machine.set(cfg.operator().enable(), true).set(cfg.settings().declared().poll(), Float(0.1))
}

pub(crate) fn all(cfg: &Expr<Batch>, tests: &mut Tests) {
    machine(cfg, tests.it("runs what members of the group hand in, and nobody else"))
        .set(cfg.environment().at("LICENCES"), "4")
        .set(cfg.facts(), attrs! { "site": "berlin", "racks": [1, 2] })
        .set(cfg.notice(), "No jobs on Sunday.\nThank you.")
        .set(cfg.max_seconds(), 3725)
        .set(cfg.search_path(), "/run/current-system/sw/bin:/usr/bin:/bin")
        .wait_for_unit("jobs.target")
        .wait_for_unit("batch-worker@2.service")
        .succeeds(&submit("echo $LICENCES $(id --user --name) $BATCH_JOB; cat /etc/batch/facts.json"))
        .eventually(&ended(0))
        .prints_match(&format!("cat {}", result("log")), "^4 batch [0-9-]+\n\\{\"racks\":\\[1,2\\],\"site\":\"berlin\"\\}$")
        .prints_part("runuser -u batch-operator -- batch-submit </dev/null 2>&1 || true", "No jobs on Sunday.\nThank you.\n2 at a time, 512 MiB and 1 h 2 min 5 s each.\nbatch-submit: nothing came in")
        .fails("echo true | runuser -u nobody -- batch-submit")
        .fails(&format!("runuser -u nobody -- cat {}", result("log")))
        .prints("stat --format='%U %G %a' /etc/batch/worker.toml", "batch batch 440")
        .prints("runuser -u batch-operator -- bash -c 'cd && pwd && stat --format=%a .'", "/var/lib/batch-operator\n700")
        // Results go when they are old.
        .succeeds(&format!("touch --date='31 days ago' {}", result("log")))
        .prints_part("cat /etc/tmpfiles.d/*batch* /usr/lib/tmpfiles.d/*batch* 2>/dev/null || true", "30d")
        .succeeds("systemd-analyze security --no-pager --threshold=20 batch-worker@1.service");

    limits(cfg, tests);
    failures(cfg, tests);
    refusals(cfg, tests);
}

fn limits(cfg: &Expr<Batch>, tests: &mut Tests) {
    machine(cfg, tests.it("ends what takes too long or too much, and tries again what failed"))
        .set(cfg.workers(), 1)
        .set(cfg.memory(), 128)
        .set(cfg.reserved(), 32)
        .set(cfg.max_seconds(), 3)
        .set(cfg.settings().declared().tries(), 2)
        .set(cfg.settings().declared().wait(), Either::Right(vec![1]))
        .wait_for_unit(WORKER)
        .prints(
            "systemctl show --property=Slice,MemoryMax batch-worker@1 | sort",
            "MemoryMax=100663296\nSlice=batch.slice",
        )
        .prints(
            "systemctl show --property=MemoryMax,TasksMax batch.slice | sort",
            "MemoryMax=134217728\nTasksMax=512",
        )
        .succeeds(&submit(
            "echo try; test -e /var/lib/batch/second || { touch /var/lib/batch/second; exit 1; }",
        ))
        .eventually(&ended(0))
        .prints(&format!("cat {}", result("log")), "try\ntry")
        .succeeds(&submit("echo early; sleep 1h & sleep 1h"))
        .eventually(&ended(124))
        .fails("pgrep --exact sleep --uid batch")
        .succeeds(&submit("exit 3"))
        .eventually(&ended(3))
        .succeeds("runuser -u batch-operator -- batch-retry \"$(cat /run/job)\" >/run/again")
        .eventually("grep --line-regexp 3 /var/spool/batch/done/$(cat /run/again).status")
        .fails("runuser -u batch-operator -- batch-retry ../../etc/passwd")
        .prints("systemctl show --property=NRestarts --value batch-worker@1", "0");
}

fn failures(cfg: &Expr<Batch>, tests: &mut Tests) {
    let slow = "echo run; while ! test -e /var/lib/batch/go; do sleep 0.1; done";
    machine(cfg, tests.it("runs a job again whose worker was killed, or whose machine was"))
        .set(cfg.workers(), 1)
        .wait_for_unit(WORKER)
        .succeeds(&submit(slow))
        .eventually(&format!("test -s {SO_FAR}"))
        .succeeds("systemctl kill --signal=KILL batch-worker@1")
        .eventually(&format!("test $(wc --lines <{SO_FAR}) = 2"))
        .succeeds("cp /run/job /var/lib/job && sync")
        .crash()
        .succeeds("cp /var/lib/job /run/job")
        .eventually(&format!("test $(wc --lines <{SO_FAR}) = 3"))
        .succeeds("touch /var/lib/batch/go")
        .eventually(&ended(0));

    machine(cfg, tests.it("continues after jobs that end their workers"))
        .set(cfg.workers(), 1)
        .wait_for_unit(WORKER)
        .succeeds(&submit("kill -9 -1"))
        .succeeds("cp /run/job /run/first")
        .succeeds(&submit("kill -9 -1"))
        .succeeds("cp /run/job /run/second")
        .succeeds(&submit("echo third"))
        .eventually(&ended(0))
        .succeeds("grep --line-regexp 125 /var/spool/batch/done/$(cat /run/first).status")
        .succeeds("grep --line-regexp 125 /var/spool/batch/done/$(cat /run/second).status")
        .prints(&format!("cat {}", result("log")), "third")
        .prints("ls /var/spool/batch/tries", "");

    machine(cfg, tests.it("takes its queue to another folder"))
        .set(cfg.workers(), 1)
        .wait_for_unit(WORKER)
        .switch(|to| to.set(cfg.folder(), "/srv/queue"))
        .succeeds(&submit("echo moved"))
        .eventually("grep --line-regexp moved /srv/queue/done/$(cat /run/job).log");

    machine(cfg, tests.it("disturbs no job when the machine gets other settings"))
        .set(cfg.workers(), 1)
        .wait_for_unit(WORKER)
        .succeeds(&submit(slow))
        .eventually(&format!("test -s {SO_FAR}"))
        .succeeds("systemctl show --property=MainPID batch-worker@1 >/run/before")
        .switch(|to| to.set(cfg.workers(), 2).set(cfg.memory(), 512))
        .wait_for_unit("batch-worker@2.service")
        .succeeds("systemctl show --property=MainPID batch-worker@1 | cmp - /run/before")
        .succeeds("touch /var/lib/batch/go")
        .eventually(&ended(0))
        .prints(&format!("cat {}", result("log")), "run")
        .switch(|to| to)
        .eventually("! systemctl is-active --quiet batch-worker@2");

    machine(cfg, tests.it("gives jobs a folder in memory while they need it"))
        .needs_kernel("an automount")
        .set(cfg.scratch(), attrs! { "size": 16 })
        .wait_for_unit("run-batch\\x2dscratch.automount")
        .succeeds(&submit("df --output=fstype,size . | tail -n 1; echo $TMPDIR; touch here"))
        .eventually(&ended(0))
        .prints_match(&format!("cat {}", result("log")), "tmpfs +16384\n/run/batch-scratch")
        .wait_for_unit("run-batch\\x2dscratch.mount")
        .prints("stat --format='%U %a' /run/batch-scratch", "batch 2770");

    let connect = |to: &str| format!("timeout 3 bash -c \"exec 3<>/dev/tcp/{to}/8000\"");
    machine(cfg, tests.it("keeps jobs from the networks that are not theirs"))
        .needs_kernel("the kernel filters what jobs send")
        .package("python3")
        .set(cfg.reachable(), ["localhost"])
        .wait_for_unit(WORKER)
        .succeeds("systemd-run --unit=server python3 -m http.server --bind 0.0.0.0 8000")
        .wait_for_port(8000)
        .succeeds(&submit(&connect("127.0.0.1")))
        .eventually(&ended(0))
        .succeeds("ip address add 198.51.100.7/32 dev lo")
        .succeeds(&connect("198.51.100.7"))
        .succeeds(&submit(&connect("198.51.100.7")))
        // What is sent is dropped, and nobody answers.
        .eventually(&ended(124));

    machine(cfg, tests.it("lets people who look after it log in from other machines"))
        .set(cfg.operator().remote(), true)
        .wait_for_port(22);
}

fn refusals(cfg: &Expr<Batch>, tests: &mut Tests) {
    tests
        .it_refuses("to keep all memory from the workers")
        .set(cfg.memory(), 64)
        .set(cfg.reserved(), 64)
        .because("no worker has any");
    tests
        .it_refuses("a folder that belongs to others")
        .set(cfg.folder(), "/srv/")
        .because("belongs to others");
    tests
        .it_refuses("programs from wherever a job happens to be")
        .set(cfg.search_path(), "/usr/bin:.")
        .because("no absolute path");
    tests
        .it_refuses("an interpreter that somebody could change")
        .set(cfg.interpreter(), "/tmp/interpreter");
    tests.it_refuses("a niceness that there is not").set(cfg.niceness(), 11);
    tests.it_refuses("tries that come ever sooner").set(cfg.settings().declared().growth(), 0.5);
    tests.it_refuses("a time that nobody knows").set(cfg.keep(), "forever");
}
