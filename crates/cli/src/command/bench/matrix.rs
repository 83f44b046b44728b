//! What saved machines and parallel jobs save: a matrix of many features, and the same jobs one
//! after the other in machines that boot.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use domi_event::{JobFinished, Verdict};
use domi_host::file;
use serde_json::json;

use super::measure::{finished, outcome_in, succeeded};
use super::workspace::package;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// Packages of Debian, all of them with a program that is called the same and tells its version.
const PACKAGES: [&str; 20] = [
    "bc", "bison", "curl", "file", "flex", "gawk", "jq", "lz4", "m4", "make", "nano", "ncdu",
    "patch", "pigz", "pv", "rsync", "sqlite3", "tree", "wget", "zstd",
];

/// The matrix of so many features, each with a package, a unit that runs a program of it, and a
/// test that waits for the unit and runs the program, too.
pub(super) fn run(context: &Context, features: usize) -> Result<Exit> {
    let folder = tempfile::tempdir().context("no folder for temporary files")?;
    write_workspace(folder.path(), &PACKAGES[..features.min(PACKAGES.len())])?;
    let warm = ["matrix", "--no-cache", "--backend", "portable", "--json"];
    let cold = [&warm[..], &["--cold", "--jobs", "1"]].concat();
    // Warm up: images and layers are made before the measurements.
    let first = measure(context, folder.path(), &warm)?;
    data!(
        "{} jobs, {} features on both systems",
        first.millis.len(),
        features.min(PACKAGES.len())
    )?;
    data!("with images and layers to make or to find: {:.0} s", first.took.as_secs_f64())?;
    let warm = measure(context, folder.path(), &warm)?;
    data!("restored, as many as processors:           {warm}")?;
    let cold = measure(context, folder.path(), &cold)?;
    data!("booted, one after the other:               {cold}")?;
    let ratio = cold.took.as_secs_f64() / warm.took.as_secs_f64();
    data!("that is {ratio:.1} times as long")?;
    Ok(Exit::Pass)
}

/// What a run of the matrix took.
struct Measured {
    took: Duration,
    /// How long each job took, the shortest first.
    millis: Vec<u64>,
    /// The part of the processors' time that was idle, from 0 to 1.
    idle: f64,
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = |at: usize| self.millis.get(at).map_or(0.0, |millis| *millis as f64 / 1000.0);
        let last = self.millis.len().saturating_sub(1);
        write!(
            f,
            "{:.0} s; a job {:.1} s median, {:.1} to {:.1}; processors idle {:.0} % of the time",
            self.took.as_secs_f64(),
            seconds(self.millis.len() / 2),
            seconds(0),
            seconds(last),
            self.idle * 100.0
        )
    }
}

fn measure(context: &Context, folder: &Path, words: &[&str]) -> Result<Measured> {
    let before = Processors::now()?;
    let begun = Instant::now();
    let (program, outcome) = outcome_in(context, folder, words)?;
    let took = begun.elapsed();
    let idle = before.idle_until(&Processors::now()?);
    let finished = finished(&outcome)?;
    finished.iter().try_for_each(ensure_passed)?;
    let mut millis: Vec<_> = finished.iter().map(|job| job.millis).collect();
    succeeded(&program, &outcome)?;
    millis.sort_unstable();
    Ok(Measured { took, millis, idle })
}

fn ensure_passed(job: &JobFinished) -> anyhow::Result<()> {
    ensure!(job.verdict == Verdict::Passed, "{}: {:?}: {}", job.job, job.verdict, job.reason);
    Ok(())
}

/// How long all processors were busy and idle since the computer started, in the kernel's ticks.
struct Processors {
    idle: u64,
    all: u64,
}

impl Processors {
    fn now() -> anyhow::Result<Self> {
        let text = fs_err::read_to_string("/proc/stat")?;
        let line = text.lines().next().context("/proc/stat is empty")?;
        let ticks: Vec<u64> =
            line.split_whitespace().skip(1).take(8).filter_map(|tick| tick.parse().ok()).collect();
        ensure!(ticks.len() == 8, "/proc/stat is not as it should be: {line}");
        // Idle, and waiting for the disk.
        Ok(Self { idle: ticks[3] + ticks[4], all: ticks.iter().sum() })
    }

    fn idle_until(&self, later: &Self) -> f64 {
        (later.idle - self.idle) as f64 / (later.all - self.all).max(1) as f64
    }
}

fn write_workspace(root: &Path, packages: &[&str]) -> anyhow::Result<()> {
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\"]\n";
    file::write(&root.join("Cargo.toml"), workspace)?;
    for name in packages {
        let program = json!({ "packagePath": { "package": { "package": name }, "path": format!("bin/{name}") } });
        let unit = json!({
            "kind": "service",
            "name": { "literal": format!("with-{name}") },
            "description": { "literal": "A program that tells its version" },
            "wantedBy": [{ "literal": "multi-user.target" }],
            "commands": { "ExecStart": [{ "argv": { "list": [program, { "literal": "--version" }] } }] },
            "config": {
                "Type": { "value": { "literal": "oneshot" } },
                "RemainAfterExit": { "value": { "literal": true } },
            },
        });
        let steps = json!([
            { "action": { "waitForUnit": format!("with-{name}.service") } },
            { "action": { "succeed": format!("{name} --version") } },
        ]);
        let manifest = json!({
            "schema": domi_model::SCHEMA,
            "feature": {
                "name": format!("with-{name}"), "kind": "services", "summary": "A program",
                "maturity": "dev", "version": "0.1.0",
                "platforms": ["x86_64-linux", "aarch64-linux"],
            },
            "packages": { (*name): { "nixpkgs": [name], "debian": [name] } },
            "system": { "units": [unit] },
            "tests": [{
                "name": "runs",
                "body": { "run": { "machines": { "machine": {} }, "steps": steps } },
            }],
        });
        let folder = root.join("features").join(format!("with-{name}"));
        file::write(&folder.join("manifest.json"), manifest.to_string())?;
        file::write(&folder.join("src/lib.rs"), "")?;
        let command = "command = [\"cat\", \"manifest.json\"]\n";
        file::write(&folder.join("Cargo.toml"), package(&format!("with-{name}"), command))?;
    }
    Ok(())
}
