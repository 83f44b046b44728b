use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use domi_host::command::Program;
use domi_host::file;
use domi_plugin::Feature;

use crate::Exit;
use crate::args::{Bench, BenchCommand};
use crate::context::Context;
use crate::failure::Result;

/// Measures this tool.
pub(crate) fn run(context: &Context, arguments: &Bench) -> Result<Exit> {
    match arguments.command {
        BenchCommand::Generate { features, runs } => generate(context, features, runs),
    }
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
    println!("{features} features, {} measurements each", runs.max(1));
    println!("generate, nothing kept                 {:.2} s, once", first.as_secs_f64());
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
    let mut times = (0..runs.max(1)).map(|_| once()).collect::<Result<Vec<Duration>>>()?;
    times.sort();
    let [least, median, most] =
        [0, times.len() / 2, times.len() - 1].map(|i| times[i].as_secs_f64());
    println!("{name} {median:.2} s median, {least:.2} to {most:.2}");
    Ok(())
}

fn timed(context: &Context, folder: &Path, words: &[&str]) -> Result<Duration> {
    // Not by its path, where another build may have put another one meanwhile.
    let program = Program::new("/proc/self/exe")
        .args(words)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .folder(folder);
    let begun = Instant::now();
    let outcome = program.run(&context.interrupt)?;
    let took = begun.elapsed();
    let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
    (|| {
        ensure!(outcome.success(), "`{program}` failed ({}): {said}", outcome.end);
        Ok(())
    })()?;
    Ok(took)
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
        let command = "command = [\"cat\", \"manifest.json\"]\n";
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
