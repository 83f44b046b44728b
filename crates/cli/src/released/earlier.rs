//! Features as they were at their tags. A commit is checked out into a temporary folder, and its plugins
//! are built in a target folder of their own: in the workspace's, cargo would put old programs in the
//! place of new ones. A manifest of a commit never changes, so it is kept.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::file::Lock;
use domi_model::Manifest;
use domi_plugin::{Feature, Workspace};
use serde::{Deserialize, Serialize};

use super::tags::Tag;
use crate::context::Context;
use crate::failure::{Failure, Result, in_a_line};
use crate::git::Git;

/// A feature as it was.
pub(crate) struct Earlier {
    pub(crate) manifest: Manifest,
    /// The hand-written module beside its crate, where there was one.
    pub(crate) extra_nix: Option<Vec<u8>>,
}

/// What is kept of a feature in a commit.
#[derive(Serialize, Deserialize)]
struct Kept {
    manifest: serde_json::Value,
    extra_nix: Option<Vec<u8>>,
}

impl Earlier {
    /// A feature of the workspace with this root. Fails where there is a hand-written module that cannot
    /// be read.
    pub(crate) fn of(root: &Utf8Path, feature: &Feature) -> anyhow::Result<Self> {
        let path = feature.folder.join("extra.nix");
        let extra_nix = match std::fs::read(root.join(&path)) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("{path} cannot be read")),
        };
        Ok(Self { manifest: feature.manifest.clone(), extra_nix })
    }

    /// Keeps it for a tag. What cannot be kept costs time, and nothing else.
    pub(crate) fn keep(&self, context: &Context, tag: &Tag) {
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
pub(crate) fn all(
    context: &Context,
    git: &Git<'_>,
    tags: &[&Tag],
    now: &[Feature],
) -> Result<BTreeMap<String, Result<Earlier, String>>> {
    let folder = folder(context);
    let mut found = BTreeMap::new();
    let mut missing = take_kept(&folder, tags, &mut found);
    if missing.is_empty() {
        return Ok(found);
    }
    if let Some(head) = git.clean_head()? {
        let of_head = |tag: &&&Tag| tag.commit == head;
        for tag in missing.iter().filter(of_head) {
            let feature = now.iter().find(|it| it.manifest.feature.name == tag.feature);
            let earlier = feature.map(|feature| of(&context.root, feature));
            found.extend(earlier.map(|earlier| (tag.feature.clone(), earlier)));
        }
        missing.retain(|tag| tag.commit != head);
    }
    if missing.is_empty() {
        return Ok(found);
    }
    // Two commits built into one folder at once would take each other's programs for theirs.
    let waiting = || talk!("waiting for another command that builds earlier versions here");
    let _lock = Lock::acquire(folder.join("lock").as_std_path(), &context.interrupt, waiting)?;
    let mut of_commits: BTreeMap<&str, Vec<&Tag>> = BTreeMap::new();
    for tag in take_kept(&folder, &missing, &mut found) {
        of_commits.entry(&tag.commit).or_default().push(tag);
    }
    for (commit, tags) in of_commits {
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

/// Those that are not kept; the others are found.
fn take_kept<'a>(
    folder: &Utf8Path,
    tags: &[&'a Tag],
    found: &mut BTreeMap<String, Result<Earlier, String>>,
) -> Vec<&'a Tag> {
    let mut missing = Vec::new();
    for tag in tags {
        match kept(folder, tag) {
            Some(earlier) => drop(found.insert(tag.feature.clone(), Ok(earlier))),
            None => missing.push(*tag),
        }
    }
    missing
}

/// A feature, or why it cannot be compared.
fn of(root: &Utf8Path, feature: &Feature) -> Result<Earlier, String> {
    Earlier::of(root, feature).map_err(|error| format!("{error:#}"))
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
        let earlier = of(&root, &feature);
        if let (Ok(earlier), Some(tag)) = (&earlier, tags.iter().find(|tag| tag.feature == name)) {
            earlier.keep(context, tag);
        }
        found.push((name, earlier));
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
