use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_model::Problem;
use domi_plugin::Workspace;

use crate::codes::NO_LOCK;
use crate::git::Git;
use crate::graph::Graph;

/// What differs between a commit and the work tree, what is not committed included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The commit that the work tree is compared with, as 40 hexadecimal digits.
    pub base: String,
    /// The paths that differ, absolute; those that are gone included. A folder stands for a
    /// repository within this one.
    pub files: BTreeSet<Utf8PathBuf>,
    /// What those of [`LOOKED_INTO`] that differ were at the base.
    pub(crate) before: BTreeMap<&'static str, String>,
    /// The root folder of the work tree, which may be above the workspace.
    pub(crate) tree: Utf8PathBuf,
    /// The packages that there are now.
    pub(crate) graph: Graph,
    /// The files that git keeps, absolute. Of others nobody knows what they were.
    pub(crate) tracked: HashSet<Utf8PathBuf>,
}

/// The files of which it matters what has changed in them.
const LOOKED_INTO: [&str; 3] = ["Cargo.toml", "Cargo.lock", "domi.toml"];

/// What is checked out in the work tree that a folder is in: the commit, and a digest of what was
/// changed in it. Nothing where no history is.
pub fn source(root: &Utf8Path, interrupt: &Interrupt) -> Result<Option<String>> {
    match Git::around(root, interrupt)? {
        Ok(git) => git.source(),
        Err(_) => Ok(None),
    }
}

impl Change {
    /// What has changed since history left `base` (a branch, tag or commit), in the work tree that
    /// the workspace is in. Without a base, the branch that a pull request on GitHub is for
    /// (`GITHUB_BASE_REF`), or else the main branch.
    ///
    /// The inner list is for the user to mend: there is no history here, no such base, or no
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
                return Ok(Err([base.err(), graph.err()].into_iter().flatten().collect()));
            }
        };
        let tracked: HashSet<_> = git.tracked()?.into_iter().collect();
        let mut files: BTreeSet<_> = git.differing(&base)?.into_iter().collect();
        files.retain(|file| !file.starts_with(&workspace.target));
        // Which packages there were nobody knows, where this is not kept.
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
        Ok(Ok(Self { base, files, before, tree: git.tree, graph, tracked }))
    }

    /// Whether nobody knows what a file was at the base: it is in the work tree, and git does not
    /// keep it.
    pub(crate) fn cannot_tell(&self, file: &Utf8Path) -> bool {
        file.starts_with(&self.tree) && !self.tracked.contains(file) && !self.files.contains(file)
    }
}

/// The packages that there are now, by `Cargo.lock`.
fn graph(workspace: &Workspace) -> std::result::Result<Graph, Problem> {
    let read = std::fs::read_to_string(workspace.root.join("Cargo.lock"));
    let graph = read.map_err(Into::into).and_then(|lock| Graph::new(&workspace.metadata, &lock));
    graph.map_err(|error| {
        Problem::error(NO_LOCK, "Cargo.lock", format!("{error:#}").trim_end())
            .next("have `cargo generate-lockfile` write it")
    })
}
