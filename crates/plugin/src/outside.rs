//! Plugins in folders that are no cargo packages, named in the workspace's `Cargo.toml`.

use std::collections::BTreeSet;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata;
use domi_model::{Place, Problem};
use serde_json::Value;

use crate::codes::{CRATE_UNUSABLE, NO_WORKSPACE};
use crate::feature_crate::{Command, FeatureCrate, PLUGIN_FILE, Source};
use crate::metadata;

/// What the file may say.
const KEYS: [&str; 3] = ["command", "name", "reads"];

/// The plugins of `workspace.metadata.domi.plugins`, and what is wrong with others.
pub(crate) fn plugins(metadata: &Metadata) -> (Vec<FeatureCrate>, Vec<Problem>) {
    let (mut plugins, mut problems) = (Vec::new(), Vec::new());
    let root = &metadata.workspace_root;
    let packages: BTreeSet<_> =
        metadata.packages.iter().filter_map(|package| package.manifest_path.parent()).collect();
    match folders(metadata) {
        Ok(places) => {
            for place in places {
                match plugin(root, &place, &packages) {
                    Ok(plugin) => plugins.push(plugin),
                    Err(problem) => problems.push(*problem),
                }
            }
        }
        Err(message) => problems.push(
            Problem::error(NO_WORKSPACE, "Cargo.toml", message)
                .next("write `plugins = [\"plugins/*\"]` in [workspace.metadata.domi]"),
        ),
    }
    (plugins, problems)
}

/// The folders that are named, from the workspace root. `plugins/*` is every folder there that
/// has the file.
fn folders(metadata: &Metadata) -> Result<BTreeSet<Utf8PathBuf>, String> {
    let Some(named) = metadata.workspace_metadata.get("domi").and_then(|domi| domi.get("plugins"))
    else {
        return Ok(BTreeSet::new());
    };
    let named = named.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    let named: Vec<&str> =
        named.ok_or("`workspace.metadata.domi.plugins` must be a list of folders")?;
    let mut folders = BTreeSet::new();
    for name in named {
        let within = name.strip_suffix("/*");
        let place = Utf8Path::new(within.unwrap_or(name));
        let inside = place.components().all(|part| matches!(part, Utf8Component::Normal(_)));
        if !inside || name.is_empty() || place.as_str().contains(['*', '?', '[']) {
            return Err(format!(
                "`{name}` in `workspace.metadata.domi.plugins` is no folder below the workspace's \
                 own, and no `folder/*`"
            ));
        }
        if within.is_none() {
            folders.insert(place.components().collect());
            continue;
        }
        let entries = metadata.workspace_root.join(place).read_dir_utf8();
        let entries =
            entries.map_err(|error| format!("cannot read the folder `{place}`: {error}"))?;
        let names = entries.flatten().map(|entry| place.join(entry.file_name()));
        folders.extend(
            names.filter(|place| metadata.workspace_root.join(place).join(PLUGIN_FILE).exists()),
        );
    }
    Ok(folders)
}

fn plugin(
    root: &Utf8Path,
    place: &Utf8Path,
    packages: &BTreeSet<&Utf8Path>,
) -> Result<FeatureCrate, Box<Problem>> {
    let folder = root.join(place);
    let file = place.join(PLUGIN_FILE);
    let refuse = |message: String| {
        let problem = Problem::error(CRATE_UNUSABLE, place.as_str(), message)
            .at(Some(Place { file: file.to_string(), line: 1 }))
            .next("fix the file, or take the folder out of `workspace.metadata.domi.plugins`");
        Box::new(problem)
    };
    if packages.contains(&*folder) {
        return Err(refuse(
            "it is a cargo package: its `command` stands in [package.metadata.domi]".to_owned(),
        ));
    }
    let text = std::fs::read_to_string(folder.join(PLUGIN_FILE))
        .map_err(|error| refuse(format!("cannot read its {PLUGIN_FILE}: {error}")))?;
    let table: serde_json::Map<String, Value> = toml_edit::de::from_str(&text)
        .map_err(|error| refuse(format!("{PLUGIN_FILE}: {error}")))?;
    if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let known = KEYS.join(", ");
        return Err(refuse(format!("`{key}` in {PLUGIN_FILE} is not known; it may have {known}")));
    }
    let table = metadata::read(&table, PLUGIN_FILE).map_err(&refuse)?;
    let name = table.name.unwrap_or_else(|| place.file_name().unwrap_or_default().to_owned());
    if !metadata::is_name(&name) {
        return Err(refuse(format!("the folder's name `{name}` is not in kebab-case")));
    }
    let words = table.command.ok_or_else(|| refuse(format!("{PLUGIN_FILE} has no `command`")))?;
    Ok(FeatureCrate {
        // No package has such a name, so that the two are never taken for each other.
        package: format!("{name}@plugin"),
        name,
        folder,
        place: place.to_owned(),
        id: String::new(),
        source: Source::Command(Command { words, reads: table.reads }),
    })
}
