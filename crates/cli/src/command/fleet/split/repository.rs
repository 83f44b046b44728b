//! The new repository: made aside with the history of its files, and put in its place at the end.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use domi_fleet::NOT_SPLIT;
use domi_host::HeldFolder;
use domi_host::command::Program;
use domi_model::Problem;

use crate::git::{Git, text};

/// What the names of folders begin with in which repositories are made.
const ASIDE: &str = ".domi-split-";

/// The most bytes that the names of files may have together: they are arguments of a program.
const MOST: usize = 1 << 20;

/// Where it comes from, and where it goes.
pub(super) struct Source {
    pub(super) target: Utf8PathBuf,
    /// The workspace that is split, by a path without links.
    pub(super) root: Utf8PathBuf,
    /// Who commits.
    name: String,
    mail: String,
}

/// Looks whether the workspace can be split, and the new repository made; or why not.
pub(super) fn source(
    git: &Git<'_>,
    to: &Utf8Path,
) -> Result<std::result::Result<Source, Box<Problem>>> {
    let refused = |subject: &str, message: &str, next: &str| {
        Ok(Err(Box::new(Problem::error(NOT_SPLIT, subject, message).next(next))))
    };
    if let Some(problem) = git.unreadable(git.root.as_str())? {
        return Ok(Err(problem));
    }
    let prefix = git.said(&["rev-parse", "--show-prefix"])?;
    if !prefix.is_empty() {
        let message = "is a folder within a git repository, and not its root";
        return refused(git.root.as_str(), message, "split it where it is a repository of its own");
    }
    if git.clean_head()?.is_none() {
        let message = "not everything is committed here, and what goes takes its history along";
        return refused(git.root.as_str(), message, "commit or take back what `git status` shows");
    }
    if git.is_shallow()? {
        let message = "is a clone without all of the history, so that it could not be kept";
        return refused(git.root.as_str(), message, "run `git fetch --unshallow`");
    }
    let target = camino::absolute_utf8(to).context("there is no current folder")?;
    let target = normal(&target);
    let (folder, name) = (target.parent(), target.file_name());
    let (Some(folder), Some(_)) = (folder, name) else {
        return refused(to.as_str(), "is no folder that can be made", "name another");
    };
    let Ok(folder) = folder.canonicalize_utf8() else {
        return refused(to.as_str(), "the folder around it is not there", "make that first");
    };
    let target = folder.join(target.file_name().unwrap_or_default());
    if target.symlink_metadata().is_ok() {
        return refused(
            to.as_str(),
            "there is something already",
            "name a folder that is not there",
        );
    }
    let root = git.root.canonicalize_utf8().unwrap_or_else(|_| git.root.to_owned());
    if target.starts_with(&root) {
        let message = "is within the repository that the unit is taken from";
        return refused(to.as_str(), message, "name a folder beside it");
    }
    let who = git.program().args(["var", "GIT_COMMITTER_IDENT"]).run(git.interrupt)?;
    let said = text(&who.stdout);
    let parts =
        said.split_once(" <").and_then(|(name, rest)| Some((name, rest.split_once('>')?.0)));
    let Some((name, mail)) = parts.filter(|_| who.success()) else {
        let message = "git does not know who commits";
        return refused(to.as_str(), message, "set `user.name` and `user.email` with `git config`");
    };
    Ok(Ok(Source { target, root, name: name.to_owned(), mail: mail.to_owned() }))
}

/// Without `.` and `..`, as far as the path itself says.
pub(super) fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut all = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            Utf8Component::ParentDir => drop(all.pop()),
            Utf8Component::CurDir => {}
            part => all.push(part),
        }
    }
    all
}

/// The names of all files that git knows, from the root.
pub(super) fn listed(git: &Git<'_>) -> Result<BTreeSet<String>> {
    names(&git.program(), git)
}

fn names(program: &Program, git: &Git<'_>) -> Result<BTreeSet<String>> {
    let listed = program.clone().args(["ls-files", "-z"]).bytes(git.interrupt)?;
    let listed = String::from_utf8(listed).context("a file's name is not UTF-8")?;
    Ok(listed.split_terminator('\0').map(str::to_owned).collect())
}

/// git in the new repository, and in no other one that the environment names, such as in a hook. Hooks of
/// somebody's configuration have no place there.
fn program(git: &Git<'_>, folder: &Utf8Path) -> Program {
    let inherits = |name: &str| {
        let kept = ["GIT_CONFIG_", "GIT_AUTHOR_", "GIT_COMMITTER_"];
        !name.starts_with("GIT_") || kept.iter().any(|begin| name.starts_with(begin))
    };
    let new = Git { root: folder, interrupt: git.interrupt };
    new.program().only_env(inherits).args(["-c", "core.hooksPath=/dev/null"])
}

/// A repository that was made, and that goes unless it is put in its place.
pub(super) struct Made {
    folder: HeldFolder,
    path: Utf8PathBuf,
    target: Utf8PathBuf,
    name: String,
    mail: String,
}

impl Made {
    /// Makes a repository with the files that are kept, and the commits that touch them.
    pub(super) fn of(
        git: &Git<'_>,
        source: &Source,
        listed: &BTreeSet<String>,
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<std::result::Result<Self, Box<Problem>>> {
        let Source { target, name, mail, .. } = source;
        let files: Vec<&str> = listed.iter().map(String::as_str).filter(|it| keep(it)).collect();
        if files.iter().map(|it| it.len() + 1).sum::<usize>() > MOST {
            let message = "there are too many files to take their history along";
            let problem = Problem::error(NOT_SPLIT, target.as_str(), message);
            return Ok(Err(Box::new(problem.next("split it with git, by hand"))));
        }
        let around = target.parent().unwrap_or(target);
        let folder = HeldFolder::make(around.as_std_path(), ASIDE)?;
        for left in folder.removed() {
            talk!("{} was left by a split that was killed; it is removed", left.display());
        }
        let path = Utf8PathBuf::try_from(folder.path().join("repository"))?;
        fs_err::create_dir(&path)?;
        let init = ["init", "--quiet", "--template=", "-b", "main"];
        program(git, &path).args(init).bytes(git.interrupt)?;
        let words = ["--literal-pathspecs", "fast-export", "--signed-tags=strip", "--reencode=no"];
        // git knows a branch by its full name here. One that is on no branch says HEAD.
        let head = git.said(&["rev-parse", "--symbolic-full-name", "HEAD"])?;
        let refs = format!("--refspec={head}:refs/heads/main");
        let export = git.program().args(words).args([&refs, "HEAD", "--"]);
        let history = export.args(&files).bytes(git.interrupt)?;
        let import = program(git, &path).args(["fast-import", "--quiet"]);
        import.input_text(history)?.bytes(git.interrupt)?;
        let reset = ["reset", "--quiet", "--hard", "refs/heads/main"];
        program(git, &path).args(reset).bytes(git.interrupt)?;
        let made = names(&program(git, &path), git)?;
        if !made.iter().eq(&files) {
            bail!("git took over {} files, and {} were asked for", made.len(), files.len());
        }
        let (target, name, mail) = (target.clone(), name.clone(), mail.clone());
        Ok(Ok(Self { folder, path, target, name, mail }))
    }

    pub(super) fn folder(&self) -> &Utf8Path {
        &self.path
    }

    /// Commits all that is other than the history has it.
    pub(super) fn commit(&self, git: &Git<'_>, message: &str) -> Result<()> {
        // What somebody lets git ignore is in it, too: only what goes is here.
        program(git, &self.path).args(["add", "--all", "--force"]).bytes(git.interrupt)?;
        let who = [format!("user.name={}", self.name), format!("user.email={}", self.mail)];
        let [name, mail] = &who;
        let settings = ["-c", name, "-c", mail, "-c", "commit.gpgsign=false"];
        let words = ["commit", "--quiet", "--no-verify", "--allow-empty", "-m", message];
        program(git, &self.path).args(settings).args(words).bytes(git.interrupt)?;
        Ok(())
    }

    /// Puts it in its place, which is still free.
    pub(super) fn finish(self) -> Result<Placed> {
        // Takes no folder's place that has something in it.
        fs_err::rename(&self.path, &self.target)?;
        let placed = Placed(Some(self.target));
        if let Err(error) = self.folder.close() {
            talk!("the folder beside it cannot be removed: {error:#}");
        }
        Ok(placed)
    }
}

/// A repository in its place. It goes again unless it is told to stay.
pub(super) struct Placed(Option<Utf8PathBuf>);

impl Placed {
    pub(super) fn stays(mut self) {
        self.0 = None;
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        let Some(folder) = &self.0 else { return };
        if let Err(error) = std::fs::remove_dir_all(folder) {
            talk!("{folder} was made and cannot be removed: {error:#}");
        }
    }
}
