//! Which files are watched: those of the workspace, and others that features are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use domi_model::Problem;
use domi_plugin::{BuiltFrom, Workspace};
use notify::event::{ModifyKind, RenameMode};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::inbox::{Inbox, Saved};
use crate::Exit;
use crate::codes::NOT_WATCHED;
use crate::context::Context;
use crate::failure::{Failure, Result};

/// Folders that hold what others make: nothing is made from them.
const PASSED_OVER: [&str; 5] = [".git", ".jj", ".hg", ".direnv", "__pycache__"];

/// What is watched. Folders are, not files: an editor puts a new file in the place of the old.
pub(super) struct Files {
    watcher: RecommendedWatcher,
    root: Utf8PathBuf,
    target: Utf8PathBuf,
    /// Folders with all that is in them.
    trees: BTreeSet<Utf8PathBuf>,
    /// Folders with what is directly in them.
    folders: BTreeSet<Utf8PathBuf>,
}

impl Files {
    /// Watches a workspace, but for what cargo builds and what git keeps.
    pub(super) fn watch(
        context: &Context,
        workspace: &Workspace,
        inbox: &Arc<Inbox>,
    ) -> Result<Self> {
        let (inbox, target) = (Arc::clone(inbox), workspace.target.clone());
        let heard = move |event: notify::Result<Event>| match event {
            Ok(event) => hear(&event, &target, &inbox),
            // What cannot be known counts as changed.
            Err(_) => inbox.save(None),
        };
        // A link leads to what is watched where it is, or to a store that never changes.
        let config = Config::default().with_follow_symlinks(false);
        let watcher = RecommendedWatcher::new(heard, config)
            .map_err(|error| not_watched(context.root.as_ref(), &context.root, &error))?;
        let mut files = Self {
            watcher,
            root: workspace.root.clone(),
            target: workspace.target.clone(),
            trees: BTreeSet::new(),
            folders: BTreeSet::new(),
        };
        files.folder(&workspace.root)?;
        let entries = workspace.root.read_dir_utf8()?.flatten();
        for entry in entries.filter(|entry| entry.file_type().is_ok_and(|it| it.is_dir())) {
            files.tree(entry.path())?;
        }
        Ok(files)
    }

    /// Watches folders that were made. What was put into one before it is watched is a part of what
    /// was saved.
    pub(super) fn enter(&mut self, saved: &mut Saved) -> Result<()> {
        let made = saved.paths().filter(|path| path.is_dir() && !path.is_symlink());
        for path in made.map(Utf8Path::to_owned).collect::<Vec<_>>() {
            if path.parent() == Some(&*self.root) {
                self.trees.remove(&path);
                self.tree(&path)?;
            } else if self.is_watched(&path) {
                // The watcher watches it too, but only after it has reported it. What is
                // written there in between is reported by nobody.
                self.add(&path, RecursiveMode::Recursive)?;
            }
            if self.is_watched(&path) {
                within(&path, &self.target).for_each(|path| saved.also(path));
            }
        }
        Ok(())
    }

    /// Watches what features are made from, wherever that is.
    pub(super) fn follow(&mut self, made_from: &BTreeMap<String, BuiltFrom>) -> Result<()> {
        let paths = made_from.values().flat_map(|from| &from.paths);
        let folders: BTreeSet<_> = paths
            .filter_map(|path| if path.is_dir() { Some(path.as_path()) } else { path.parent() })
            .map(Utf8Path::to_owned)
            .collect();
        for folder in folders {
            self.folder(&folder)?;
        }
        Ok(())
    }

    fn tree(&mut self, folder: &Utf8Path) -> Result<()> {
        let passed_over = folder == self.target
            || folder.file_name().is_some_and(|name| PASSED_OVER.contains(&name));
        if passed_over || self.is_watched(folder) {
            return Ok(());
        }
        self.add(folder, RecursiveMode::Recursive)?;
        self.trees.insert(folder.to_owned());
        Ok(())
    }

    fn folder(&mut self, folder: &Utf8Path) -> Result<()> {
        if self.is_watched(folder) || self.folders.contains(folder) || !folder.is_dir() {
            return Ok(());
        }
        self.add(folder, RecursiveMode::NonRecursive)?;
        self.folders.insert(folder.to_owned());
        Ok(())
    }

    fn is_watched(&self, folder: &Utf8Path) -> bool {
        folder.ancestors().any(|above| self.trees.contains(above))
    }

    fn add(&mut self, folder: &Utf8Path, how: RecursiveMode) -> Result<()> {
        match self.watcher.watch(folder.as_std_path(), how) {
            Ok(()) => Ok(()),
            // It is gone by now, which is seen in the folder above.
            Err(_) if !folder.exists() => Ok(()),
            Err(error) => Err(not_watched(folder, &self.root, &error)),
        }
    }
}

fn not_watched(folder: &Utf8Path, root: &Utf8Path, error: &notify::Error) -> Failure {
    let next = match error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "raise `fs.inotify.max_user_watches` with sysctl, or move what is large out of the \
             workspace"
        }
        _ => "",
    };
    let message = format!("it cannot be watched: {error}");
    Failure::problems(
        Exit::Missing,
        root,
        [Problem::error(NOT_WATCHED, folder.as_str(), message).next(next)],
    )
}

/// Passes on what may be a change of something that a feature is made from.
fn hear(event: &Event, target: &Utf8Path, inbox: &Inbox) {
    if event.need_rescan() {
        return inbox.save(None);
    }
    let made = match event.kind {
        EventKind::Access(_) => return,
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => true,
        // It is told for each of the two, too.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => return,
        _ => false,
    };
    for path in &event.paths {
        match Utf8Path::from_path(path) {
            Some(path) if is_passed_over(path, target) => {}
            Some(path) => {
                inbox.save(Some((path.to_owned(), made)));
                if made && path.is_dir() && !path.is_symlink() {
                    within(path, target).for_each(|path| inbox.save(Some((path, true))));
                }
            }
            // No feature can name such a path, but it may be in a folder that one reads.
            None => inbox.save(None),
        }
    }
}

/// What is in a folder that has just appeared, at any depth: some of it may have been there before
/// the folder was watched.
fn within(folder: &Utf8Path, target: &Utf8Path) -> impl Iterator<Item = Utf8PathBuf> {
    let entries = walkdir::WalkDir::new(folder).min_depth(1).into_iter().flatten();
    let paths = entries.filter_map(|entry| Utf8PathBuf::try_from(entry.into_path()).ok());
    paths.filter(|path| !is_passed_over(path, target))
}

/// Whether a path is of no interest: what cargo builds, what git keeps, what an editor puts beside
/// a file while it is open.
fn is_passed_over(path: &Utf8Path, target: &Utf8Path) -> bool {
    let Some(name) = path.file_name() else { return true };
    let of_an_editor = name.ends_with('~')
        || name.starts_with(".#")
        || (name.starts_with('.')
            && [".swp", ".swo", ".swx"].iter().any(|end| name.ends_with(end)));
    of_an_editor
        || path.starts_with(target)
        || path.components().any(|part| PASSED_OVER.contains(&part.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_folder_that_was_made_is_saved_wherever_the_folder_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(dir.path()).expect("UTF-8").to_owned();
        let watcher = RecommendedWatcher::new(|_| (), Config::default()).expect("a watcher");
        let (target, features) = (root.join("target"), root.join("features"));
        let trees = [features.clone()].into();
        let mut files =
            Files { watcher, root: root.clone(), target, trees, folders: BTreeSet::new() };
        for (folder, is_seen) in [
            (features.join("new/src"), true),
            (root.join("other/src"), true),
            (root.join("target/x"), false),
        ] {
            std::fs::create_dir_all(&folder).expect("a folder");
            let file = folder.join("lib.rs");
            std::fs::write(&file, "").expect("a file");
            let mut saved = Saved::default();
            saved.also(folder.parent().expect("it has one").to_owned());
            files.enter(&mut saved).expect("it can be watched");
            assert_eq!(saved.paths().any(|path| path == file), is_seen, "{file}");
        }
    }

    #[test]
    fn what_cargo_git_and_editors_write_is_passed_over() {
        let check = |path: &str, expected: bool| {
            assert_eq!(is_passed_over(path.into(), "/w/target".into()), expected, "{path}");
        };
        check("/w/crates/x/src/main.rs", false);
        check("/w/Cargo.lock", false);
        check("/w/.cargo/config.toml", false);
        check("/w/.swp", true);
        check("/w/x/.main.rs.swp", true);
        check("/w/x/main.rs~", true);
        check("/w/x/.#main.rs", true);
        check("/w/target/debug/x", true);
        check("/w/.git/index", true);
        check("/w/x/.git", true);
        check("/w/targets/x", false);
    }
}
