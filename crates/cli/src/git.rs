//! What commands ask git.

use anyhow::Result;
use camino::Utf8Path;
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_model::Problem;

use crate::codes::{NO_REVISION, NO_WORK_TREE};

/// The most bytes that git may print: names or contents of all files.
const MOST: usize = 1 << 30;

/// Git, from a folder of a work tree.
pub(crate) struct Git<'a> {
    pub(crate) root: &'a Utf8Path,
    pub(crate) interrupt: &'a Interrupt,
}

impl Git<'_> {
    pub(crate) fn program(&self) -> Program {
        // Nothing is fetched, even where a clone lacks what it could ask others for.
        let settings = ["-c", "protocol.allow=never", "-c", "core.fsmonitor=false", "--no-pager"];
        let program = Program::new("git").args(settings).folder(self.root).output_limit(MOST);
        program.env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0")
    }

    /// Why there is no work tree here that can be read, if there is none.
    pub(crate) fn unreadable(&self, subject: &str) -> Result<Option<Box<Problem>>> {
        let said = match self.program().args(["rev-parse", "--show-prefix"]).run(self.interrupt) {
            Ok(outcome) if outcome.success() => return Ok(None),
            Ok(outcome) => text(&outcome.stderr).trim().to_owned(),
            Err(error) if error.is_missing() => "git is not installed".to_owned(),
            Err(error) => return Err(error.into()),
        };
        let message = format!("no git work tree can be read here: {said}");
        let problem = Problem::error(NO_WORK_TREE, subject, message).next("fix what git reports");
        Ok(Some(Box::new(problem)))
    }

    /// The commit of a name; or why there is none.
    pub(crate) fn commit(&self, name: &str) -> Result<Result<String, Box<Problem>>> {
        if let Some(problem) = self.unreadable(name)? {
            return Ok(Err(problem));
        }
        let commit = format!("{name}^{{commit}}");
        let words = ["rev-parse", "--quiet", "--verify", "--end-of-options", &commit];
        let found = self.program().args(words).run(self.interrupt)?;
        let hash = text(&found.stdout).trim().to_owned();
        let is_hash = hash.len() >= 40 && hash.chars().all(|c| c.is_ascii_hexdigit());
        if found.success() && is_hash {
            return Ok(Ok(hash));
        }
        let next =
            "name a commit, branch or tag that `git log` shows here; `HEAD` is the last commit";
        let message = "there is no commit of this name here";
        Ok(Err(Box::new(Problem::error(NO_REVISION, name, message).next(next))))
    }

    /// Whether this is a clone without all of the history.
    pub(crate) fn is_shallow(&self) -> Result<bool> {
        Ok(self.said(&["rev-parse", "--is-shallow-repository"])? == "true")
    }

    /// How many files are not committed as they are.
    pub(crate) fn uncommitted(&self) -> Result<usize> {
        let changed = self.said(&["status", "--porcelain", "--untracked-files=all"])?;
        Ok(changed.lines().count())
    }

    /// The commit that is checked out, where everything is committed as it is.
    pub(crate) fn clean_head(&self) -> Result<Option<String>> {
        let head = self.program().args(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]);
        let head = head.run(self.interrupt)?;
        let is_clean = head.success() && self.uncommitted()? == 0;
        Ok(is_clean.then(|| text(&head.stdout).trim().to_owned()))
    }

    /// What it prints to these words, without the end of the last line.
    pub(crate) fn said(&self, words: &[&str]) -> Result<String> {
        let printed = self.program().args(words).bytes(self.interrupt)?;
        Ok(text(&printed).trim_end_matches('\n').to_owned())
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
