use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_model::Problem;
use domi_plugin::Workspace;

use crate::codes::NO_LOCK;
use crate::git::Git;
use crate::graph::Graph;

/// What differs between a commit and the work tree, uncommitted changes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The commit that the work tree is compared with, as 40 hexadecimal digits; empty where it is
    /// compared with what it was a moment ago.
    pub base: String,
    /// The paths that differ, absolute, deleted ones included. A folder stands for a repository
    /// within this one.
    pub files: BTreeSet<Utf8PathBuf>,
    /// The content at the base of those of [`LOOKED_INTO`] that differ.
    pub(crate) before: BTreeMap<&'static str, String>,
    /// The root folder of the work tree, which may be above the workspace.
    pub(crate) tree: Utf8PathBuf,
    /// The packages that there are now.
    pub(crate) graph: Graph,
    /// The files that git tracks, absolute. What other files were before is not known. Nothing where
    /// whoever says what differs has seen all files.
    pub(crate) tracked: Option<HashSet<Utf8PathBuf>>,
}

/// Files whose content is compared, not only whether they changed.
pub const LOOKED_INTO: [&str; 3] = ["Cargo.toml", "Cargo.lock", "domi.toml"];

/// What is checked out in the work tree of a folder: the commit, and a digest of the uncommitted
/// changes. Nothing if there is no history.
pub fn source(root: &Utf8Path, interrupt: &Interrupt) -> Result<Option<String>> {
    match Git::around(root, interrupt)? {
        Ok(git) => git.source(),
        Err(_) => Ok(None),
    }
}

/// Everything that differs between a commit and a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// The root folder of the work tree, absolute. Of what is outside nothing is known.
    pub tree: Utf8PathBuf,
    /// The paths that differ, absolute, deleted ones included. A folder stands for a repository
    /// within this one.
    pub paths: BTreeSet<Utf8PathBuf>,
}

/// What differs between a commit and the work tree that a folder is in, uncommitted changes included.
///
/// The inner error is for the user to fix: there is no history here. Fails where git cannot read the
/// commit.
pub fn differing(
    root: &Utf8Path,
    commit: &str,
    interrupt: &Interrupt,
) -> Result<std::result::Result<Differing, Problem>> {
    let git = match Git::around(root, interrupt)? {
        Ok(git) => git,
        Err(problem) => return Ok(Err(problem)),
    };
    let paths = git.differing(commit)?.into_iter().collect();
    Ok(Ok(Differing { tree: git.tree, paths }))
}

impl Change {
    /// What has changed since history left `base` (a branch, tag or commit), in the work tree that
    /// the workspace is in. Without a base, the target branch of a pull request on GitHub
    /// (`GITHUB_BASE_REF`) is used, or else the default branch.
    ///
    /// The inner list is for the user to fix: there is no history here, no such base, or no
    /// `Cargo.lock` that can be read.
    pub fn since(
        base: Option<&str>,
        workspace: &Workspace,
        interrupt: &Interrupt,
    ) -> Result<std::result::Result<Self, Vec<Problem>>> {
        let root = &workspace.root;
        let git = match Git::around(root, interrupt)? {
            Ok(git) => git,
            Err(problem) => return Ok(Err(vec![problem])),
        };
        let (base, graph) = match (git.base(base)?, graph(workspace)) {
            (Ok(base), Ok(graph)) => (base, graph),
            (base, graph) => {
                return Ok(Err([base.err(), graph.err().map(|problem| *problem)]
                    .into_iter()
                    .flatten()
                    .collect()));
            }
        };
        let tracked: HashSet<_> = git.tracked()?.into_iter().collect();
        let mut files: BTreeSet<_> = git.differing(&base)?.into_iter().collect();
        files.retain(|file| !file.starts_with(&workspace.target));
        // If this is not tracked, the earlier packages are not known.
        let lock = root.join("Cargo.lock");
        if !tracked.contains(&lock) && lock.exists() {
            files.insert(lock);
        }
        let mut before = BTreeMap::new();
        for name in LOOKED_INTO {
            let file = root.join(name);
            if files.contains(&file) {
                before.insert(name, git.content(&base, &file)?);
            }
        }
        Ok(Ok(Self { base, files, before, tree: git.tree, graph, tracked: Some(tracked) }))
    }

    /// What somebody has seen to change in the work tree, and nothing else has: these paths,
    /// absolute. `before` is the earlier content of those of `Cargo.toml`, `Cargo.lock` and
    /// `domi.toml`, at the root, that are among them.
    ///
    /// The inner list is for the user to fix: there is no `Cargo.lock` that can be read.
    pub fn seen(
        workspace: &Workspace,
        files: BTreeSet<Utf8PathBuf>,
        before: &BTreeMap<&'static str, String>,
    ) -> std::result::Result<Self, Vec<Problem>> {
        // Without one, nothing was built yet.
        let graph = if workspace.root.join("Cargo.lock").exists() {
            graph(workspace).map_err(|problem| vec![*problem])?
        } else {
            Graph::new(&workspace.metadata, "version = 4\n").unwrap_or_default()
        };
        let (tree, before) = (workspace.root.clone(), before.clone());
        Ok(Self { base: String::new(), files, before, tree, graph, tracked: None })
    }

    /// Whether the content of a file at the base is unknown: it is in the work tree, and git does
    /// not track it.
    pub(crate) fn cannot_tell(&self, file: &Utf8Path) -> bool {
        self.tracked.as_ref().is_some_and(|tracked| {
            file.starts_with(&self.tree) && !tracked.contains(file) && !self.files.contains(file)
        })
    }
}

/// The packages that there are now, by `Cargo.lock`.
fn graph(workspace: &Workspace) -> std::result::Result<Graph, Box<Problem>> {
    let read = std::fs::read_to_string(workspace.root.join("Cargo.lock"));
    let graph = read.map_err(Into::into).and_then(|lock| Graph::new(&workspace.metadata, &lock));
    graph.map_err(|error| {
        let problem = Problem::error(NO_LOCK, "Cargo.lock", format!("{error:#}").trim_end());
        Box::new(problem.next("have `cargo generate-lockfile` write it"))
    })
}
