//! Features as they were at their tags. A commit is checked out into a temporary folder, and its plugins
//! are built in a target folder of their own: in the workspace's, cargo would put old programs in the
//! place of new ones. A manifest of a commit never changes, so it is kept.

use std::collections::BTreeMap;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use domi_model::Manifest;
use domi_plugin::{Feature, Workspace};
use serde::{Deserialize, Serialize};

use super::tags::Tag;
use crate::command::git::Git;
use crate::context::Context;
use crate::failure::{Failure, Result, in_a_line};

/// A feature as it was.
pub(super) struct Earlier {
    pub(super) manifest: Manifest,
    /// The hand-written module beside its crate, where there was one.
    pub(super) extra_nix: Option<Vec<u8>>,
}

/// What is kept of a feature in a commit.
#[derive(Serialize, Deserialize)]
struct Kept {
    manifest: serde_json::Value,
    extra_nix: Option<Vec<u8>>,
}

impl Earlier {
    /// A feature as it is now.
    pub(super) fn now(context: &Context, feature: &Feature) -> Self {
        let extra_nix = std::fs::read(context.root.join(&feature.folder).join("extra.nix")).ok();
        Self { manifest: feature.manifest.clone(), extra_nix }
    }

    /// Keeps it for a tag. What cannot be kept costs time, and nothing else.
    pub(super) fn keep(&self, context: &Context, tag: &Tag) {
        let Ok(manifest) = serde_json::to_value(&self.manifest) else { return };
        let kept = Kept { manifest, extra_nix: self.extra_nix.clone() };
        if let Ok(text) = serde_json::to_string(&kept) {
            let _ = domi_host::file::write(file(&folder(context), tag).as_std_path(), text);
        }
    }
}

fn folder(context: &Context) -> Utf8PathBuf {
    context.target().join("domi/earlier")
}

/// The features of these tags as they were, by name; or why one cannot be had. `now` are those of now,
/// which are the same where the tagged commit is checked out and nothing is changed.
pub(super) fn all(
    context: &Context,
    git: &Git<'_>,
    tags: &[&Tag],
    now: &[Feature],
) -> Result<BTreeMap<String, Result<Earlier, String>>> {
    let folder = folder(context);
    let mut found = BTreeMap::new();
    let mut missing: BTreeMap<&str, Vec<&Tag>> = BTreeMap::new();
    for tag in tags {
        match kept(&folder, tag) {
            Some(earlier) => drop(found.insert(tag.feature.clone(), Ok(earlier))),
            None => missing.entry(&tag.commit).or_default().push(tag),
        }
    }
    if let Some(tags) = git.clean_head()?.and_then(|head| missing.remove(&*head)) {
        for tag in tags {
            let feature = now.iter().find(|it| it.manifest.feature.name == tag.feature);
            let earlier = feature.map(|feature| Earlier::now(context, feature));
            found.extend(earlier.map(|earlier| (tag.feature.clone(), Ok(earlier))));
        }
    }
    for (commit, tags) in missing {
        let names: Vec<String> = tags.iter().map(|tag| tag.name()).collect();
        talk!(
            "{} {} in a temporary folder",
            context.paint().faint("checking out"),
            names.join(", ")
        );
        let built = built(context, git, &folder, commit, &tags);
        match built {
            Ok(built) => found.extend(built),
            Err(Failure::Failed(error)) => return Err(Failure::Failed(error)),
            Err(failure) => {
                let why = failure.said();
                found.extend(tags.iter().map(|tag| (tag.feature.clone(), Err(why.clone()))));
            }
        }
    }
    Ok(found)
}

fn file(folder: &Utf8Path, tag: &Tag) -> Utf8PathBuf {
    folder.join("manifests").join(&tag.commit).join(format!("{}.json", tag.feature))
}

/// What is kept. Whatever cannot be read is made again.
fn kept(folder: &Utf8Path, tag: &Tag) -> Option<Earlier> {
    let text = std::fs::read(file(folder, tag)).ok()?;
    let Kept { manifest, extra_nix } = serde_json::from_slice(&text).ok()?;
    let (manifest, _) = domi_plugin::read(&tag.feature, manifest.to_string().as_bytes()).ok()?;
    Some(Earlier { manifest, extra_nix })
}

/// Builds the features of a commit.
fn built(
    context: &Context,
    git: &Git<'_>,
    folder: &Utf8Path,
    commit: &str,
    tags: &[&Tag],
) -> Result<Vec<(String, Result<Earlier, String>)>> {
    let temporary = tempfile::tempdir().context("cannot create a temporary folder")?;
    let tree = Utf8Path::from_path(temporary.path()).context("a path that is not UTF-8")?;
    let root = match check_out(git, commit, tree) {
        Ok(root) => root,
        Err(failure) => {
            context.interrupt.check()?;
            let why = format!("its files cannot be had: {}", failure.said());
            let not = |tag: &&Tag| (tag.feature.clone(), Err(why.clone()));
            return Ok(tags.iter().map(not).collect());
        }
    };
    let workspace = Workspace::find_built_in(&root, &folder.join("target"), &context.interrupt)?;
    let workspace = match workspace {
        Ok(workspace) => workspace,
        Err(problems) => return Err(Failure::problems(crate::Exit::Release, &root, problems)),
    };
    let mut found = Vec::new();
    for tag in tags {
        let name = &tag.feature;
        if workspace.feature(name).is_none() {
            let own = workspace.problems.iter().filter(|problem| problem.subject == *name);
            let own: Vec<String> = own.map(in_a_line).collect();
            let why = if own.is_empty() {
                "there was no such feature".to_owned()
            } else {
                own.join("; ")
            };
            found.push((name.clone(), Err(why)));
        }
    }
    let there: Vec<String> = tags.iter().map(|tag| tag.feature.clone()).collect();
    let there: Vec<String> =
        there.into_iter().filter(|name| workspace.feature(name).is_some()).collect();
    if there.is_empty() {
        return Ok(found);
    }
    let loaded = context.load(&workspace, &there)?;
    for feature in loaded.features {
        let name = feature.manifest.feature.name.clone();
        let extra_nix = std::fs::read(root.join(&feature.folder).join("extra.nix")).ok();
        let earlier = Earlier { manifest: feature.manifest, extra_nix };
        if let Some(tag) = tags.iter().find(|tag| tag.feature == name) {
            earlier.keep(context, tag);
        }
        found.push((name, Ok(earlier)));
    }
    for name in there {
        if !found.iter().any(|(known, _)| *known == name) {
            let own = loaded.errors.iter().filter(|problem| problem.subject == name);
            let own: Vec<String> = own.map(in_a_line).collect();
            let why =
                if own.is_empty() { loaded.errors.iter().map(in_a_line).collect() } else { own };
            found.push((name, Err(why.join("; "))));
        }
    }
    Ok(found)
}

/// Writes the files of a commit into a folder; gives where the workspace's root is among them. Nothing
/// of the repository changes: the index is one of its own.
fn check_out(git: &Git<'_>, commit: &str, folder: &Utf8Path) -> Result<Utf8PathBuf> {
    let top = git.said(&["rev-parse", "--show-toplevel"])?;
    let prefix = git.said(&["rev-parse", "--show-prefix"])?;
    let of_tree = Git { root: Utf8Path::new(&top), interrupt: git.interrupt };
    let tree = folder.join("tree");
    let program = || {
        let program = of_tree.program().args(["-c", "core.splitIndex=false"]);
        program.env("GIT_INDEX_FILE", folder.join("index"))
    };
    program().args(["read-tree", commit]).bytes(git.interrupt)?;
    let to = format!("--prefix={tree}/");
    program().args(["checkout-index", "--all", "--quiet", &to]).bytes(git.interrupt)?;
    Ok(tree.join(prefix.trim_end_matches('/')))
}
