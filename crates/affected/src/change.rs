use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_host::command::{Outcome, Program};
use domi_model::Problem;

use crate::codes::{NO_BASE, NO_HISTORY};

/// What differs between a commit and the work tree, what is not committed included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The commit that the work tree is compared with, as 40 hexadecimal digits.
    pub base: String,
    /// The files that differ, from the workspace root; those that are gone included.
    pub files: BTreeSet<Utf8PathBuf>,
    /// What those of [`LOOKED_INTO`] that differ were at the base.
    pub(crate) before: BTreeMap<&'static str, String>,
}

/// The files of which it matters what has changed in them.
const LOOKED_INTO: [&str; 3] = ["Cargo.toml", "Cargo.lock", "domi.toml"];

/// Branches that a change is usually meant for, in the order in which they are looked for.
const USUAL: [&str; 4] = ["origin/HEAD", "origin/main", "main", "master"];

impl Change {
    /// What has changed since history left `base` (a branch, tag or commit), in the workspace of
    /// this root. Without a base, the branch that a pull request on GitHub is for
    /// (`GITHUB_BASE_REF`), or else the main branch.
    ///
    /// The inner list is for the user to mend: there is no history here, or no such base.
    pub fn since(
        base: Option<&str>,
        root: &Utf8Path,
        interrupt: &Interrupt,
    ) -> Result<std::result::Result<Self, Vec<Problem>>> {
        let git = Git { root, interrupt };
        let inside = git.run(["rev-parse", "--show-prefix"]);
        let Some(prefix) = inside.ok().filter(Outcome::success) else {
            let problem = Problem::error(NO_HISTORY, root.as_str(), "no git work tree is here");
            return Ok(Err(vec![problem.next("run all jobs, without --affected")]));
        };
        // Where the workspace is below the root of the work tree.
        let prefix = text(prefix)?.trim_end_matches('\n').to_owned();
        let base = match git.base(base)? {
            Ok(base) => base,
            Err(problem) => return Ok(Err(vec![problem])),
        };
        let files = git.files(&base)?;
        let mut before = BTreeMap::new();
        for name in LOOKED_INTO.into_iter().filter(|name| files.contains(Utf8Path::new(name))) {
            let shown = git.run(["show", &format!("{base}:{prefix}{name}")])?;
            // One that was not there yet is as one that was empty.
            before.insert(name, if shown.success() { text(shown)? } else { String::new() });
        }
        Ok(Ok(Self { base, files, before }))
    }
}

struct Git<'a> {
    root: &'a Utf8Path,
    interrupt: &'a Interrupt,
}

impl Git<'_> {
    fn run<T: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = T>) -> Result<Outcome> {
        Program::new("git").args(words).folder(self.root).run(self.interrupt)
    }

    /// The commit at which history left the base.
    fn base(&self, base: Option<&str>) -> Result<std::result::Result<String, Problem>> {
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
                return Ok(Ok(text(found)?.trim().to_owned()));
            }
            let message = "it shares no history with what is checked out";
            return Ok(Err(Problem::error(NO_BASE, candidate, message)
                .next("fetch the whole history, or name another base")));
        }
        let names = candidates.join(", ");
        Ok(Err(Problem::error(NO_BASE, names, "no commit of this name is here")
            .next("fetch it, or name one that is here: `--affected=COMMIT`")))
    }

    fn files(&self, base: &str) -> Result<BTreeSet<Utf8PathBuf>> {
        let differing = ["diff", "--name-only", "-z", "--no-renames", "--relative", base, "--"];
        let new = ["ls-files", "-z", "--others", "--exclude-standard"];
        let mut files = BTreeSet::new();
        for words in [&differing[..], &new[..]] {
            let outcome = self.run(words)?;
            anyhow::ensure!(
                outcome.success(),
                "`git {}` failed: {}",
                words.join(" "),
                String::from_utf8_lossy(&outcome.stderr).trim()
            );
            files.extend(text(outcome)?.split_terminator('\0').map(Utf8PathBuf::from));
        }
        Ok(files)
    }
}

fn text(outcome: Outcome) -> Result<String> {
    String::from_utf8(outcome.stdout).context("git named a file that is not UTF-8")
}
