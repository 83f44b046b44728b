use std::collections::BTreeSet;
use std::ffi::OsStr;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_host::command::{Outcome, Program};
use domi_host::hash::{self, Key};
use domi_model::Problem;

use crate::codes::{NO_BASE, NO_HISTORY};

/// The git work tree that a workspace is in.
pub(crate) struct Git<'a> {
    /// The work tree's root folder.
    pub(crate) tree: Utf8PathBuf,
    interrupt: &'a Interrupt,
}

/// Names of default branches, in the order in which they are tried.
const USUAL: [&str; 4] = ["origin/HEAD", "origin/main", "main", "master"];

/// Settings of the user that must not change the answers.
const SETTINGS: [&str; 12] = [
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.fileMode=true",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.ignoreStat=false",
    "core.splitIndex=false",
    "core.untrackedCache=false",
    "index.sparse=false",
    "submodule.recurse=false",
    "diff.noprefix=false",
    "diff.relative=false",
];

/// Lists every path that differs, whatever is set for submodules, renames or the order.
const NAMES: [&str; 8] = [
    "--name-only",
    "-z",
    "--no-renames",
    "--no-ext-diff",
    "--no-color",
    "--ignore-submodules=none",
    "-O/dev/null",
    "--no-relative",
];

impl<'a> Git<'a> {
    /// The work tree around a folder; or why there is none, in git's own words.
    pub(crate) fn around(
        root: &Utf8Path,
        interrupt: &'a Interrupt,
    ) -> Result<std::result::Result<Self, Problem>> {
        let mut git = Self { tree: root.to_owned(), interrupt };
        let said = match git.program(["rev-parse", "--show-prefix"]).run(interrupt) {
            Ok(prefix) if prefix.success() => {
                // Where the workspace is below the root of the work tree.
                let prefix = text(&prefix.stdout);
                let depth = Utf8Path::new(prefix.trim_end_matches('\n')).components().count();
                git.tree = root.ancestors().nth(depth).unwrap_or(root).to_owned();
                return Ok(Ok(git));
            }
            Ok(outcome) => text(&outcome.stderr),
            Err(error) if error.is_missing() => "git is not installed".to_owned(),
            Err(error) => return Err(error.into()),
        };
        let message = format!("no git work tree can be read here: {}", said.trim());
        Ok(Err(Problem::error(NO_HISTORY, root.as_str(), message)
            .next("fix what git reports, or run all jobs, without --affected")))
    }

    fn run<T: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = T>) -> Result<Outcome> {
        Ok(self.program(words).run(self.interrupt)?)
    }

    fn program<T: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = T>) -> Program {
        let settings = SETTINGS.iter().flat_map(|setting| ["-c", setting]);
        Program::new("git").args(settings).args(words).folder(&self.tree)
    }

    /// The paths that a command lists. In a path that is not UTF-8, invalid bytes are replaced.
    fn paths(&self, program: &Program) -> Result<Vec<Utf8PathBuf>> {
        let listed = program.bytes(self.interrupt)?;
        let paths = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        // A repository within this one is listed as a folder.
        Ok(paths.map(|path| self.tree.join(text(path).trim_end_matches('/'))).collect())
    }

    /// The commit at which history left the base branch.
    pub(crate) fn base(&self, base: Option<&str>) -> Result<std::result::Result<String, Problem>> {
        let asked_by_github = std::env::var("GITHUB_BASE_REF").ok().filter(|name| !name.is_empty());
        let candidates = match (base, asked_by_github) {
            (Some(base), _) => vec![base.to_owned()],
            (None, Some(branch)) => vec![format!("origin/{branch}")],
            (None, None) => USUAL.map(str::to_owned).to_vec(),
        };
        for candidate in &candidates {
            let commit = format!("{candidate}^{{commit}}");
            let known = ["rev-parse", "--quiet", "--verify", "--end-of-options", &commit];
            if !self.run(known)?.success() {
                continue;
            }
            let found = self.run(["merge-base", "--", candidate, "HEAD"])?;
            if found.success() {
                return Ok(Ok(text(&found.stdout).trim().to_owned()));
            }
            let message = "it has no history in common with the checked-out commit";
            return Ok(Err(Problem::error(NO_BASE, candidate, message)
                .next("fetch the whole history, or name another base")));
        }
        let names = candidates.join(", ");
        Ok(Err(Problem::error(NO_BASE, names, "there is no commit of this name here")
            .next("fetch it, or name one that is here: `--affected=COMMIT`")))
    }

    /// Everything that differs between a commit and the work tree, absolute: files, and the folders
    /// of repositories within this one.
    ///
    /// The work tree is compared with a temporary index made from the commit, because the user's
    /// own index may mark files as unchanged.
    pub(crate) fn differing(&self, base: &str) -> Result<Vec<Utf8PathBuf>> {
        let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
        let index = folder.path().join("index");
        let git = |words: &[&str]| self.program(words).env("GIT_INDEX_FILE", &index);
        self.paths(&git(&["read-tree", base]))?;
        let diff = [&["diff"], &NAMES[..], &["--"]].concat();
        let mut paths = self.paths(&git(&diff))?;
        let new = ["ls-files", "-z", "--others", "--exclude-per-directory=.gitignore"];
        paths.extend(self.paths(&git(&new))?);
        // Files that are committed although `.gitignore` names them, or that were not checked out.
        let recorded = [&["diff-index", "--cached"], &NAMES[..], &[base, "--"]].concat();
        paths.extend(self.paths(&self.program(&recorded))?);
        Ok(paths)
    }

    /// The commit that is checked out, and a digest of the changes in files that git tracks;
    /// nothing before the first commit.
    pub(crate) fn source(&self) -> Result<Option<String>> {
        let head = self.run(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"])?;
        if !head.success() {
            return Ok(None);
        }
        let commit = text(&head.stdout).trim().to_owned();
        let tracked: BTreeSet<_> = self.tracked()?.into_iter().collect();
        let mut changed: BTreeSet<_> = self.differing(&commit)?.into_iter().collect();
        changed.retain(|path| tracked.contains(path) || !path.exists());
        if changed.is_empty() {
            return Ok(Some(commit));
        }
        let mut key = Key::new("domi.changed/1");
        for path in changed {
            key.add(path.strip_prefix(&self.tree).unwrap_or(&path).as_str());
            key.add(hash::file(path.as_std_path()).unwrap_or_default());
        }
        Ok(Some(format!("{commit}, changed ({})", &key.finish()[..8])))
    }

    /// The files that git tracks, absolute; also those of submodules.
    pub(crate) fn tracked(&self) -> Result<Vec<Utf8PathBuf>> {
        self.paths(&self.program(["ls-files", "-z", "--recurse-submodules"]))
    }

    /// The content of a file (absolute path) in a commit; empty if it did not exist.
    pub(crate) fn content(&self, commit: &str, path: &Utf8Path) -> Result<String> {
        let place = path.strip_prefix(&self.tree).unwrap_or(path);
        let shown = self.run(["cat-file", "blob", &format!("{commit}:{place}")])?;
        Ok(if shown.success() { text(&shown.stdout) } else { String::new() })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
