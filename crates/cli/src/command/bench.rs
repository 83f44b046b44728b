mod eval;
mod matrix;
mod plan;
mod restores;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use domi_host::command::{Outcome, Program};
use domi_host::file;
use domi_plugin::Feature;

use crate::Exit;
use crate::args::{Bench, BenchCommand};
use crate::context::Context;
use crate::failure::Result;

/// Measures this tool. Everything is measured within one run, so that ratios mean something on
/// a computer that is not always equally fast.
pub(crate) fn run(context: &Context, arguments: &Bench) -> Result<Exit> {
    match arguments.command {
        Some(BenchCommand::Generate { features, runs }) => generate(context, features, runs),
        Some(BenchCommand::Machines) => cargo_bench(context, "domi-guest", "machines"),
        Some(BenchCommand::Test { runs }) => test(context, runs),
        Some(BenchCommand::Soak { runs, pairs }) => soak(context, runs, pairs),
        Some(BenchCommand::Eval { runs }) => eval::run(context, runs),
        Some(BenchCommand::Matrix { features }) => matrix::run(context, features),
        Some(BenchCommand::Plan { features, runs }) => plan::run(context, features, runs),
        Some(BenchCommand::Page) => cargo_bench(context, "domi-report", "page"),
        Some(BenchCommand::Restores { count }) => restores::run(context, count),
        None => {
            cargo_bench(context, "domi-guest", "machines")?;
            test(context, 7)?;
            generate(context, 1000, 7)?;
            plan::run(context, 1000, 7)?;
            cargo_bench(context, "domi-report", "page")?;
            matrix::run(context, 20)?;
            restores::run(context, 1000)?;
            soak(context, 100, 25)
        }
    }
}

/// A crate's own benchmark, compiled as what is measured must be.
fn cargo_bench(context: &Context, package: &str, name: &str) -> Result<Exit> {
    let program = Program::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["bench", "--quiet", "--package", package, "--bench", name])
        .folder(&context.root)
        .show_stderr()
        .time_limit(Duration::from_secs(60 * 60));
    crate::out::data(format_args!("{}", program.read(&context.interrupt)?))?;
    Ok(Exit::Pass)
}

/// The feature that is measured, and the test of it that stands for one.
const FEATURE: &str = "feature-x";
const ONE_TEST: &str = "answers with the greeting";

fn test(context: &Context, runs: usize) -> Result<Exit> {
    let root = context.root.as_std_path();
    let one = ["test", FEATURE, "--no-cache", "--test", ONE_TEST];
    let changed = [&one[..], &["--set", "settings.num-threads=2"]].concat();
    for (name, words) in [
        ("test feature-x, one test               ", &one[..]),
        ("test feature-x, one, a setting changed ", &changed),
        ("test feature-x, all tests              ", &["test", FEATURE, "--no-cache"]),
        ("test feature-x, all verdicts kept      ", &["test", FEATURE]),
    ] {
        // Images and layers are made, and programs read from the disk, before anything counts.
        timed(context, root, words)?;
        measured(name, runs, || timed(context, root, words))?;
    }
    Ok(Exit::Pass)
}

/// What runs could leave behind on this computer.
struct Traces {
    machines: usize,
    sockets: usize,
    temporary_files: usize,
}

impl Traces {
    fn now() -> anyhow::Result<Self> {
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

fn soak(context: &Context, runs: usize, pairs: usize) -> Result<Exit> {
    let root = context.root.as_std_path();
    let words = ["test", FEATURE, "--no-cache", "--test", ONE_TEST];
    timed(context, root, &words)?;
    let before = Traces::now()?;
    let passes = |times: usize| -> usize {
        (0..times).filter(|_| timed(context, root, &words).is_ok()).count()
    };
    data!("in a row: {} of {runs} passed", passes(runs))?;
    let together = std::thread::scope(|scope| {
        let other = scope.spawn(|| passes(pairs));
        passes(pairs) + other.join().expect("counting does not panic")
    });
    data!("two at a time: {together} of {} passed", 2 * pairs)?;
    data!("before: {before}\nafter:  {}", Traces::now()?)?;
    Ok(Exit::Pass)
}

/// `generate --check` in a workspace of its own, as a process, from its start to its end.
fn generate(context: &Context, features: usize, runs: usize) -> Result<Exit> {
    let workspace = context.workspace()?;
    let loaded = context.load(&workspace, &[])?;
    if loaded.features.is_empty() || !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    let folder = tempfile::tempdir().context("no folder for temporary files")?;
    write_workspace(folder.path(), &loaded.features, features)?;
    let first = timed(context, folder.path(), &["generate"])?;
    data!("{features} features, {} measurements each", runs.max(1))?;
    data!("generate, nothing kept                 {:.2} s, once", first.as_secs_f64())?;
    let check = || timed(context, folder.path(), &["generate", "--check"]);
    measured("generate --check, nothing changed      ", runs, check)?;
    measured("generate --check, files made to compare", runs, || {
        fs_err::remove_file(folder.path().join("target/domi/generated.json"))?;
        check()
    })?;
    Ok(Exit::Pass)
}

/// Measures something several times and prints the median and the extremes.
fn measured(name: &str, runs: usize, mut once: impl FnMut() -> Result<Duration>) -> Result<()> {
    let times = (0..runs.max(1)).map(|_| once()).collect::<Result<Vec<Duration>>>()?;
    print(name, times).map(drop)
}

/// Prints the median and the extremes of times, of which there is at least one; returns the
/// median in seconds.
fn print(name: &str, mut times: Vec<Duration>) -> Result<f64> {
    times.sort();
    let [least, median, most] =
        [0, times.len() / 2, times.len() - 1].map(|i| times[i].as_secs_f64());
    data!("{name} {median:.2} s median, {least:.2} to {most:.2}")?;
    Ok(median)
}

fn timed(context: &Context, folder: &Path, words: &[&str]) -> Result<Duration> {
    let begun = Instant::now();
    run_in(context, folder, words)?;
    Ok(begun.elapsed())
}

/// Runs a command of this tool in a workspace; returns what it prints.
fn run_in(context: &Context, folder: &Path, words: &[&str]) -> Result<String> {
    let (program, outcome) = outcome_in(context, folder, words)?;
    succeeded(&program, &outcome)?;
    Ok(String::from_utf8_lossy(&outcome.stdout).into_owned())
}

fn succeeded(program: &Program, outcome: &Outcome) -> anyhow::Result<()> {
    let said = String::from_utf8_lossy(&outcome.stderr);
    ensure!(outcome.success(), "`{program}` failed ({}): {said}", outcome.end);
    Ok(())
}

fn outcome_in(context: &Context, folder: &Path, words: &[&str]) -> Result<(Program, Outcome)> {
    // Not by its path, where another build may have put another one meanwhile.
    let program = Program::new("/proc/self/exe")
        .args(words)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .folder(folder)
        .time_limit(Duration::from_secs(2 * 60 * 60))
        .output_limit(1 << 30);
    let outcome = program.run(&context.interrupt)?;
    Ok((program, outcome))
}

/// A workspace with copies of features under names of their own. A copy's plugin prints what the
/// feature's did, so that what is measured reads, checks and prints manifests of a real size.
fn write_workspace(root: &Path, features: &[Feature], count: usize) -> anyhow::Result<()> {
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\", \"compiled\"]\n";
    file::write(&root.join("Cargo.toml"), workspace)?;
    // One plugin that is compiled, so that what is asked of the compiler once is measured too.
    let mut manifest = features[0].manifest.clone();
    manifest.feature.name = "compiled".to_owned();
    let text = serde_json::to_string(&manifest)?;
    file::write(&root.join("compiled/manifest.json"), text)?;
    file::write(&root.join("compiled/Cargo.toml"), package("compiled", ""))?;
    let main = "fn main() {\n    print!(\"{}\", include_str!(\"../manifest.json\"));\n}\n";
    file::write(&root.join("compiled/src/main.rs"), main)?;
    for (number, feature) in features.iter().cycle().take(count.saturating_sub(1)).enumerate() {
        let mut manifest = feature.manifest.clone();
        manifest.feature.name = format!("{}-{number}", manifest.feature.name);
        let name = manifest.feature.name.clone();
        let folder = root.join("features").join(&name);
        file::write(&folder.join("manifest.json"), serde_json::to_string(&manifest)?)?;
        file::write(&folder.join("src/lib.rs"), "")?;
        let command = "command = [\"cat\", \"manifest.json\"]\nreads = []\n";
        file::write(&folder.join("Cargo.toml"), package(&name, command))?;
    }
    Ok(())
}

fn package(name: &str, table: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [package.metadata.domi]\n{table}"
    )
}
