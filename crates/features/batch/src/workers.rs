//! The workers, and what they are together.

use domi::one_to;
use domi::prelude::*;

use crate::options::*;
use crate::scratch::SCRATCH;

pub(crate) fn all(cfg: &Expr<Batch>, system: &mut System) {
    system
        .slice(NAME)
        .description("All jobs of people")
        .config("MemoryMax", text!("{}M", cfg.memory()))
        .config("TasksMax", (cfg.workers().to_i64() * 512).min(8192))
        .config("CPUWeight", 50);

    // Whoever has another queue in its place gives that name to theirs.
    system
        .target(NAME)
        .alias("jobs.target")
        .description("Workers that run jobs of people")
        .wanted_by("multi-user.target")
        .wants(one_to(cfg.workers()).map(|number| text!("batch-worker@{number}.service")));

    let has_scratch = || cfg.scratch().is_set();
    let is_limited = || !cfg.reachable().list().is_empty();
    let temporary: Expr<String> = when(has_scratch(), SCRATCH, "/tmp");
    system
        .service("batch-worker@")
        .description("Worker that runs jobs of people, one after the other")
        .part_of("batch.target")
        .unit_config("RequiresMountsFor", cfg.folder())
        .start(argv![
            cfg.package().bin("python3"),
            text_file("batch-worker.py", include_str!("scripts/worker.py")),
            "/etc/batch/worker.toml",
            specifier("%i"),
        ])
        // A job that runs is worth more than the newest settings of its worker.
        .if_changed(IfChanged::Stay)
        .restart_on_failure()
        .config("RestartSec", 1)
        // Whatever jobs do to their worker, the next one has its turn.
        .unit_config("StartLimitIntervalSec", 0)
        .runs_as(NAME)
        .config("Slice", "batch.slice")
        .config("MemoryMax", text!("{}M", cfg.memory_per_worker()))
        // What ends is the job, which says so.
        .config("OOMPolicy", "continue")
        .config("Nice", cfg.niceness().to_i64())
        .environment("TMPDIR", temporary)
        .environment_file("/etc/batch/environment")
        .config("ReadWritePaths", cfg.folder())
        .config_when(has_scratch(), "ReadWritePaths", SCRATCH)
        .config("StateDirectory", NAME)
        .config("StateDirectoryMode", "0700")
        .config("UMask", "0027")
        .config_when(is_limited(), "IPAddressDeny", "any")
        .config_when(is_limited(), "IPAddressAllow", cfg.reachable().list())
        .config("RestrictAddressFamilies", ["AF_UNIX", "AF_INET", "AF_INET6"])
        .confined()
        // Interpreters that make code as they go are what people use.
        .config("MemoryDenyWriteExecute", false)
        .config("SystemCallFilter", ["@system-service"]);
}
