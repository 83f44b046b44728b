//! Which features are compared, alone and on one machine.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domi_conformance::copies;
use domi_host::command::shell_word;
use domi_model::{Manifest, Value};

use crate::Exit;
use crate::context::Context;
use crate::failure::Result;

/// What is asked for.
pub(super) struct Wanted<'a> {
    /// The names of features; all where there are none.
    pub(super) features: &'a [String],
    /// Files with manifests of features that the workspace does not have.
    pub(super) manifests: &'a [PathBuf],
    /// Whether two at a time are on one machine.
    pub(super) together: bool,
    /// How many cases there are of each.
    pub(super) cases: usize,
    /// The only settings that are compared, which say which features they are of.
    pub(super) settings: Option<&'a str>,
}

/// A feature, and the folder of its crate.
pub(super) type Named = (Manifest, String);

/// What is compared at a time: a feature, or two on one machine.
pub(super) struct Group {
    pub(super) features: Vec<Named>,
    /// The features that a single one requires, always or with some of its settings.
    pub(super) beside: Vec<Named>,
    /// The word for it on the command line.
    pub(super) command: String,
    /// How many cases there are of it.
    pub(super) cases: usize,
}

impl Group {
    /// All features of the machine.
    pub(super) fn all(&self) -> impl Iterator<Item = &Named> {
        self.features.iter().chain(&self.beside)
    }
}

/// All that is compared, one after the other.
pub(super) fn groups(context: &Context, wanted: &Wanted<'_>) -> Result<Vec<Group>> {
    let features = features(context, wanted)?;
    let manifest_of = |name: &str| {
        let mut files = wanted.manifests.iter();
        let is_of = |file: &&PathBuf| {
            read(context, file).is_ok_and(|manifest| manifest.feature.name == name)
        };
        files.find(is_of).map(|file| format!("--manifest {}", shell_word(&file.to_string_lossy())))
    };
    let word = |(manifest, _): &Named| {
        let name = &manifest.feature.name;
        manifest_of(name).unwrap_or_else(|| name.clone())
    };
    if !wanted.together {
        let some_require = features.iter().any(|(it, _)| !it.requires.is_empty());
        let all = match some_require && wanted.manifests.is_empty() {
            true => of_workspace(context, &[])?,
            false => Vec::new(),
        };
        let alone = |named: Named| Group {
            command: word(&named),
            beside: required(&named.0, &all),
            features: vec![named],
            cases: wanted.cases,
        };
        return Ok(features.into_iter().map(alone).collect());
    }
    let mut out = Vec::new();
    for (at, one) in features.iter().enumerate() {
        // Two make one pair, more a ring.
        let next = (at + 1) % features.len();
        if next != at && (features.len() > 2 || at == 0) {
            let other = &features[next];
            let command = format!("--together {} {}", word(one), word(other));
            let (features, cases) = (vec![one.clone(), other.clone()], wanted.cases);
            out.push(Group { features, beside: Vec::new(), command, cases });
        }
        for copy in copies(&one.0) {
            let folder = format!("crates/features/{}", copy.feature.name);
            let command = format!("--together {}", word(one));
            // Two with the same kernel parameter or port are refused, most of them for nothing else.
            let always = !copy.system.sysctl.is_empty() || !copy.system.claims.is_empty();
            let cases = if always { wanted.cases.div_ceil(10) } else { wanted.cases };
            let features = vec![one.clone(), (copy, folder)];
            out.push(Group { features, beside: Vec::new(), command, cases });
        }
    }
    // Settings say by themselves which pair they are of.
    if let Some(Ok(Value::Attrs(settings))) = wanted.settings.map(Value::from_json_text) {
        let is_in = |group: &Group, name: &String| {
            group.features.iter().any(|(manifest, _)| manifest.feature.name == *name)
        };
        out.sort_by_key(|group| !settings.keys().all(|name| is_in(group, name)));
        out.truncate(1);
    }
    Ok(out)
}

fn features(context: &Context, wanted: &Wanted<'_>) -> Result<Vec<Named>> {
    let mut out = Vec::new();
    for file in wanted.manifests {
        let manifest = read(context, file)?;
        let folder = format!("crates/features/{}", manifest.feature.name);
        out.push((manifest, folder));
    }
    if !wanted.manifests.is_empty() && wanted.features.is_empty() {
        return Ok(out);
    }
    out.extend(of_workspace(context, wanted.features)?);
    Ok(out)
}

/// The workspace's features of these names, or all.
fn of_workspace(context: &Context, names: &[String]) -> Result<Vec<Named>> {
    let loaded = context.load(&context.workspace()?, names)?;
    if !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    let named = loaded.features.into_iter();
    Ok(named.map(|feature| (feature.manifest, feature.folder.into_string())).collect())
}

/// What a feature requires, whatever the settings or with some, and what these require in turn.
fn required(manifest: &Manifest, all: &[Named]) -> Vec<Named> {
    let (mut open, mut found) = (vec![manifest], Vec::<Named>::new());
    while let Some(next) = open.pop() {
        for other in &next.requires {
            let is_it = |(it, _): &&Named| it.feature.name == other.feature;
            let is_there =
                other.feature == manifest.feature.name || found.iter().any(|it| is_it(&it));
            if let (false, Some(named)) = (is_there, all.iter().find(is_it)) {
                open.push(&named.0);
                found.push(named.clone());
            }
        }
    }
    found
}

/// A manifest in a file, as a plugin would print it.
fn read(context: &Context, file: &Path) -> Result<Manifest> {
    let text = fs_err::read(file)?;
    let document: serde_json::Value =
        serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    let name = document.pointer("/feature/name").and_then(|name| name.as_str());
    let (manifest, warnings) = domi_plugin::read(name.unwrap_or_default(), &text)
        .map_err(|problems| context.problems(Exit::Feature, problems))?;
    context.show(warnings);
    Ok(manifest)
}
