//! Workspaces to measure in.

use std::path::Path;

use anyhow::Context as _;
use domi_host::file;
use domi_plugin::Feature;

use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// A workspace with this one's features, and with copies of them until there are so many, in a temporary
/// folder.
pub(super) fn filled(context: &Context, count: usize) -> Result<tempfile::TempDir> {
    let loaded = context.load(&context.workspace()?, &[])?;
    if loaded.features.is_empty() || !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    let folder = tempfile::tempdir().context("no folder for temporary files")?;
    write(folder.path(), &loaded.features, count)?;
    Ok(folder)
}

/// A workspace with features, and with copies of them under names of their own until there are so many.
/// Their plugins print what the features' did, so that what is measured reads, checks and prints
/// manifests of a real size.
fn write(root: &Path, features: &[Feature], count: usize) -> anyhow::Result<()> {
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\", \"compiled\"]\n";
    file::write(&root.join("Cargo.toml"), workspace)?;
    // One plugin is compiled, so that the question to the compiler is measured too.
    let mut manifest = features[0].manifest.clone();
    manifest.feature.name = "compiled".to_owned();
    let text = serde_json::to_string(&manifest)?;
    file::write(&root.join("compiled/manifest.json"), text)?;
    file::write(&root.join("compiled/Cargo.toml"), package("compiled", ""))?;
    let main = "fn main() {\n    print!(\"{}\", include_str!(\"../manifest.json\"));\n}\n";
    file::write(&root.join("compiled/src/main.rs"), main)?;
    for (number, feature) in features.iter().cycle().take(count.saturating_sub(1)).enumerate() {
        let mut manifest = feature.manifest.clone();
        if number >= features.len() {
            manifest.feature.name = format!("{}-{number}", manifest.feature.name);
        }
        let name = manifest.feature.name.clone();
        let folder = root.join("features").join(&name);
        file::write(&folder.join("manifest.json"), serde_json::to_string(&manifest)?)?;
        file::write(&folder.join("src/lib.rs"), "")?;
        let command = "command = [\"cat\", \"manifest.json\"]\nreads = []\n";
        file::write(&folder.join("Cargo.toml"), package(&name, command))?;
    }
    Ok(())
}

pub(super) fn package(name: &str, table: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [package.metadata.domi]\n{table}"
    )
}
