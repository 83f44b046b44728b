//! Times of commands, and what commands leave behind.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use domi_event::{Body, JobFinished};
use domi_host::command::{Outcome, Program};

use crate::context::Context;
use crate::failure::Result;

/// What runs may have left behind on this computer.
pub(super) struct Traces {
    machines: usize,
    sockets: usize,
    temporary_files: usize,
}

impl Traces {
    pub(super) fn now() -> anyhow::Result<Self> {
        let machines = fs_err::read_dir("/proc")?.flatten().filter(|entry| {
            let name = std::fs::read_to_string(entry.path().join("comm"));
            name.is_ok_and(|name| name.starts_with("qemu-system"))
        });
        Ok(Self {
            machines: machines.count(),
            sockets: fs_err::read_to_string("/proc/net/unix")?.lines().count(),
            temporary_files: fs_err::read_dir(std::env::temp_dir())?.count(),
        })
    }
}

impl std::fmt::Display for Traces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { machines, sockets, temporary_files } = self;
        write!(f, "{machines} machines, {sockets} sockets, {temporary_files} temporary files")
    }
}

/// Measures something several times and prints the median and the extremes.
pub(super) fn measured(
    name: &str,
    runs: usize,
    mut once: impl FnMut() -> Result<Duration>,
) -> Result<()> {
    let times = (0..runs.max(1)).map(|_| once()).collect::<Result<Vec<Duration>>>()?;
    print(name, times).map(drop)
}

/// Prints the median and the extremes of times, of which there is at least one; returns the
/// median in seconds.
pub(super) fn print(name: &str, mut times: Vec<Duration>) -> Result<f64> {
    times.sort();
    let [least, median, most] =
        [0, times.len() / 2, times.len() - 1].map(|i| times[i].as_secs_f64());
    data!("{name} {median:.2} s median, {least:.2} to {most:.2}")?;
    Ok(median)
}

pub(super) fn timed(context: &Context, folder: &Path, words: &[&str]) -> Result<Duration> {
    let begun = Instant::now();
    run_in(context, folder, words)?;
    Ok(begun.elapsed())
}

/// Runs a command of this tool in a workspace; returns what it prints.
pub(super) fn run_in(context: &Context, folder: &Path, words: &[&str]) -> Result<String> {
    let (program, outcome) = outcome_in(context, folder, words)?;
    succeeded(&program, &outcome)?;
    Ok(String::from_utf8_lossy(&outcome.stdout).into_owned())
}

pub(super) fn succeeded(program: &Program, outcome: &Outcome) -> anyhow::Result<()> {
    let said = String::from_utf8_lossy(&outcome.stderr);
    ensure!(outcome.success(), "`{program}` failed ({}): {said}", outcome.end);
    Ok(())
}

pub(super) fn outcome_in(
    context: &Context,
    folder: &Path,
    words: &[&str],
) -> Result<(Program, Outcome)> {
    // Not by its path: another build may have replaced the program there.
    let program = Program::new("/proc/self/exe")
        .args(words)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .folder(folder)
        .time_limit(Duration::from_secs(2 * 60 * 60))
        .output_limit(1 << 30);
    let outcome = program.run(&context.interrupt)?;
    Ok((program, outcome))
}

/// How the jobs of a run ended, in order, from the lines of JSON that it printed.
pub(super) fn finished(printed: &Outcome) -> anyhow::Result<Vec<JobFinished>> {
    let recording = domi_event::read(&String::from_utf8_lossy(&printed.stdout))?;
    let finished = recording.events.into_iter().filter_map(|event| match event.body {
        Body::JobFinished(job) => Some(job),
        _ => None,
    });
    Ok(finished.collect())
}
