//! What a command left that was killed: undone by the next one, or nothing of it is, where somebody has
//! changed the files since.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;

use anyhow::{Context as _, Result as Anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::file::{UNFINISHED, is_drawn};
use domi_model::Problem;

use super::line::{self, Content, Line, digest};
use super::lock::{FILE, holder, locked, synced};
use crate::Exit;
use crate::codes::NOT_UNDONE;
use crate::failure::{Failure, Result};

/// Undoes what was left in a folder, and in those around it.
pub(crate) fn undo_left_around(here: &Utf8Path) -> Result<()> {
    here.ancestors().try_for_each(undo_left)
}

/// Undoes what a command that was killed left half done in a folder, and says so. Where that would lose
/// what somebody has written since, nothing is done, and that is a problem.
pub(crate) fn undo_left(root: &Utf8Path) -> Result<()> {
    let path = root.join(FILE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(());
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {path}"))?,
    };
    // A command that lives is not disturbed.
    if !locked(&file, &path)? {
        return Ok(());
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        // It was done just now.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {path}"))?,
    };
    let problems = |problems: Vec<Problem>| Failure::problems(Exit::Usage, root, problems);
    let lines = line::read(&text).map_err(|(number, why)| {
        let message = format!("line {number} of what a killed command noted cannot be read: {why}");
        let next = format!("look at `git status`, put back what is half done, then remove {FILE}");
        problems(vec![Problem::error(NOT_UNDONE, FILE, message).next(next)])
    })?;
    let words = match lines.first() {
        Some(Line::Begun { words, .. }) => words.join(" "),
        _ => String::new(),
    };
    let mut left = Left { root, lines };
    if left.lines.contains(&Line::Done) {
        left.clean()?;
    } else {
        left.follow_moves();
        let changed = left.changed();
        if !changed.is_empty() {
            let next = format!(
                "put these back as they were, or as the command wrote them, and it is undone; to keep \
                 everything as it is, remove {FILE}, which has what they held before"
            );
            let problem = |it| {
                let message = format!(
                    "`{words}` was killed before it was done, and this was changed since: nothing is undone"
                );
                Problem::error(NOT_UNDONE, it, message).next(next.as_str())
            };
            return Err(problems(changed.into_iter().map(problem).collect()));
        }
        if left.undo()? {
            talk!("`{words}` was killed before it was done: everything is as it was before");
        }
    }
    fs_err::remove_file(&path)?;
    Ok(())
}

struct Left<'a> {
    root: &'a Utf8Path,
    lines: Vec<Line>,
}

impl Left<'_> {
    /// What was moved away was to be removed, and nothing else is left to do.
    fn clean(&self) -> Anyhow<()> {
        for line in &self.lines {
            if let Line::Moved { to, .. } = line
                && let Some(holder) = holder(to)
            {
                match std::fs::remove_dir_all(self.root.join(holder)) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Files of a folder that is where it was before are there, too.
    fn follow_moves(&mut self) {
        let is_there = |path: &Utf8Path| self.root.join(path).symlink_metadata().is_ok();
        let back: Vec<[Utf8PathBuf; 2]> = self
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Moved { from, to } if is_there(from) && !is_there(to) => {
                    Some([from.clone(), to.clone()])
                }
                _ => None,
            })
            .collect();
        for line in &mut self.lines {
            let Line::File { path, .. } = line else { continue };
            for [from, to] in &back {
                if let Ok(rest) = path.strip_prefix(to) {
                    *path = from.join(rest);
                }
            }
        }
    }

    /// What is neither as it was nor as the command wrote it, each once.
    fn changed(&self) -> Vec<String> {
        let mut changed = Vec::new();
        // What files would hold, were the later lines undone.
        let mut held: BTreeMap<&Utf8Path, Option<Vec<u8>>> = BTreeMap::new();
        for line in self.lines.iter().rev() {
            match line {
                Line::File { path, before, after, .. } => {
                    let now = held.remove(&**path).unwrap_or_else(|| self.held(path));
                    let before = before.as_ref().map(Content::bytes);
                    if now.as_deref() != before && !is_ours(now.as_deref(), after.as_deref()) {
                        changed.push(path.to_string());
                    }
                    held.insert(path, before.map(<[u8]>::to_vec));
                }
                Line::Moved { from, to } => {
                    let is_there = |path| self.root.join(path).symlink_metadata().is_ok();
                    if is_there(from) && is_there(to) {
                        changed.push(from.to_string());
                    }
                }
                Line::Begun { .. } | Line::Done => {}
            }
        }
        changed.reverse();
        changed.dedup();
        changed
    }

    /// What a file holds; nothing where it is not there.
    fn held(&self, path: &Utf8Path) -> Option<Vec<u8>> {
        std::fs::read(self.root.join(path)).ok()
    }

    /// Undoes everything, the last first; whether there was anything to undo. It can be killed, too, and
    /// begins again then.
    fn undo(&self) -> Anyhow<bool> {
        let mut undone = false;
        for line in self.lines.iter().rev() {
            match line {
                Line::File { path, before, folders, .. } => {
                    let file = self.root.join(path);
                    remove_unfinished(&file);
                    let before = before.as_ref().map(Content::bytes);
                    if self.held(path).as_deref() != before {
                        undone = true;
                        match before {
                            Some(before) => domi_host::file::write(file.as_std_path(), before)?,
                            None => fs_err::remove_file(&file)?,
                        }
                        synced(&file)?;
                    }
                    // One that something else was put into stays.
                    for folder in file.ancestors().skip(1).take(*folders) {
                        let _ = std::fs::remove_dir(folder);
                    }
                    synced(file.parent().unwrap_or(self.root))?;
                }
                Line::Moved { from, to } => {
                    let paths = [from, to].map(|path| self.root.join(path));
                    if paths[1].symlink_metadata().is_ok() {
                        undone = true;
                        fs_err::rename(&paths[1], &paths[0])?;
                        synced(paths[0].parent().unwrap_or(self.root))?;
                    }
                    if let Some(holder) = holder(to) {
                        let _ = std::fs::remove_dir(self.root.join(holder));
                    }
                }
                Line::Begun { .. } | Line::Done => {}
            }
        }
        Ok(undone)
    }
}

/// Whether a file is as the command wrote it. Of one that was written when the power failed there may be
/// nothing but its name.
fn is_ours(now: Option<&[u8]>, after: Option<&str>) -> bool {
    match (now, after) {
        (Some(now), Some(after)) => now.is_empty() || digest(now) == after,
        (now, after) => now.is_none() && after.is_none(),
    }
}

/// Removes what is beside a file of one that was being written, and has no name of its own yet.
fn remove_unfinished(file: &Utf8Path) {
    let Some(entries) = file.parent().and_then(|folder| folder.read_dir_utf8().ok()) else {
        return;
    };
    for entry in entries.flatten() {
        if is_drawn(entry.file_name(), UNFINISHED)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lock::REMOVED;
    use super::*;

    /// A folder in which a crate was moved, one of its files written and another one begun; and its
    /// journal.
    fn left(more: &[Line]) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8PathBuf::try_from(folder.path().to_owned()).expect("UTF-8");
        write(&root, "new/kept", "old");
        write(&root, "new/.domi-a1B2c3", "begun");
        write(&root, "made/in/it", "made");
        let of = |path: &str, before: Option<&str>, after: &str, folders| Line::File {
            path: path.into(),
            before: before.map(|it| Content::of(it.as_bytes())),
            after: Some(digest(after.as_bytes())),
            folders,
        };
        let mut lines = vec![
            Line::Begun { process: 1, words: vec!["rename".to_owned()] },
            Line::Moved { from: "old".into(), to: "new".into() },
            of("new/kept", Some("old"), "other", 0),
            of("made/in/it", None, "made", 2),
        ];
        lines.extend(more.iter().cloned());
        let text: String =
            lines.iter().map(|it| serde_json::to_string(it).expect("JSON") + "\n").collect();
        write(&root, FILE, &text);
        (folder, root)
    }

    fn write(root: &Utf8Path, path: &str, text: &str) {
        domi_host::file::write(root.join(path).as_std_path(), text).expect("it is written");
    }

    fn held(root: &Utf8Path) -> Vec<String> {
        let all = walkdir::WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter();
        let all = all.map(|it| it.expect("it is read").into_path());
        let shown = |path: std::path::PathBuf| {
            let text = std::fs::read_to_string(&path).map(|it| format!("={it}"));
            let path = path.strip_prefix(root).expect("it is below").display().to_string();
            path + &text.unwrap_or_default()
        };
        all.map(shown).collect()
    }

    const BEFORE: [&str; 2] = ["old", "old/kept=old"];

    #[test]
    fn everything_is_as_before() {
        // As it was, as it was written, and as a file is for which the power failed.
        for now in ["old", "other", ""] {
            let (_folder, root) = left(&[]);
            write(&root, "new/kept", now);
            undo_left(&root).expect("it is undone");
            assert_eq!(held(&root), BEFORE, "{now}");
            undo_left(&root).expect("there is nothing to undo");
        }
    }

    #[test]
    fn undoing_can_be_killed_too() {
        let (_folder, root) = left(&[]);
        std::fs::remove_dir_all(root.join("made")).expect("it is removed");
        std::fs::rename(root.join("new"), root.join("old")).expect("it is moved");
        undo_left(&root).expect("it is undone");
        assert_eq!(held(&root), BEFORE);
    }

    #[test]
    fn nothing_is_undone_where_somebody_has_changed_something() {
        for (path, text) in [("new/kept", "mine"), ("made/in/it", "mine"), ("old", "mine")] {
            let (_folder, root) = left(&[]);
            write(&root, path, text);
            let before = held(&root);
            let refused = undo_left(&root).expect_err("it would be lost").said();
            assert!(refused.contains(path), "{refused}");
            assert_eq!(held(&root), before, "{path}");
        }
    }

    #[test]
    fn what_was_done_stays() {
        let away = Line::Moved { from: "x".into(), to: format!("{REMOVED}1/crate").into() };
        let (_folder, root) = left(&[away, Line::Done]);
        write(&root, &format!("{REMOVED}1/crate/src/main.rs"), "");
        write(&root, "new/kept", "other");
        undo_left(&root).expect("nothing is undone");
        let now = [
            "made",
            "made/in",
            "made/in/it=made",
            "new",
            "new/.domi-a1B2c3=begun",
            "new/kept=other",
        ];
        assert_eq!(held(&root), now);
    }
}
