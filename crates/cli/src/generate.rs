//! Generated files: what differs from what should be, shown or mended. One writer for all.

mod stamp;

use std::collections::BTreeSet;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use domi_model::Problem;
use domi_report::Paint;
use fs_err as fs;
use rayon::prelude::*;
use similar::{ChangeTag, TextDiff};
use walkdir::WalkDir;

use crate::codes::NOT_OURS;

pub(crate) use stamp::Stamp;

/// The command that makes all generated files, as their headers name it.
pub(crate) const COMMAND: &str = "cargo xtask generate";

/// Folders that generated files are in.
const FOLDERS: [&str; 5] = [".github", "modules", "nix", "tests", "docs"];

/// A file that should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    /// From the workspace root.
    pub(crate) path: Utf8PathBuf,
    pub(crate) content: String,
}

/// A file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// From the workspace root.
    pub(crate) path: Utf8PathBuf,
    /// What it holds; `None` where it is not there.
    pub(crate) old: Option<Vec<u8>>,
    /// What it should hold; `None` where it should not be there.
    pub(crate) new: Option<String>,
}

/// All that differs from what is planned, by path; and files of others in the way. Only a plan that
/// is whole says that generated files which are not in it are to be removed.
pub(crate) fn changes(
    root: &Utf8Path,
    planned: &[Planned],
    whole: bool,
) -> Result<(Vec<Change>, Vec<Problem>)> {
    let found = planned
        .par_iter()
        .map(|file| change(root, file))
        .collect::<Result<Vec<Option<Change>>>>()?;
    let (mut changes, in_the_way): (Vec<Change>, Vec<Change>) = found
        .into_iter()
        .flatten()
        .partition(|change| change.old.as_ref().is_none_or(|old| is_ours(&change.path, old)));
    if whole {
        changes.extend(orphans(root, &planned.iter().map(|file| &*file.path).collect())?);
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((changes, in_the_way.into_iter().map(not_ours).collect()))
}

fn change(root: &Utf8Path, file: &Planned) -> Result<Option<Change>> {
    let old = match fs::read(root.join(&file.path)) {
        Ok(old) if old == file.content.as_bytes() => return Ok(None),
        Ok(old) => Some(old),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Some(Change { path: file.path.clone(), old, new: Some(file.content.clone()) }))
}

fn not_ours(change: Change) -> Problem {
    Problem::error(NOT_OURS, change.path, "a file that was not generated has this name")
        .next("move it elsewhere, or remove it")
}

/// Files that were generated once, and that nothing makes any more.
fn orphans(root: &Utf8Path, wanted: &BTreeSet<&Utf8Path>) -> Result<Vec<Change>> {
    let mut orphans = Vec::new();
    for folder in FOLDERS.map(|folder| root.join(folder)).iter().filter(|f| f.is_dir()) {
        for entry in WalkDir::new(folder) {
            let entry = entry?;
            let Some(path) = Utf8Path::from_path(entry.path()) else { continue };
            let path = path.strip_prefix(root)?;
            if !entry.file_type().is_file() || wanted.contains(path) {
                continue;
            }
            let Some("nix" | "md" | "json" | "yml") = path.extension() else { continue };
            let old = fs::read(entry.path())?;
            if is_ours(path, &old) {
                orphans.push(Change { path: path.to_owned(), old: Some(old), new: None });
            }
        }
    }
    Ok(orphans)
}

/// Whether a file was generated: it starts with a comment that names the command. JSON has no
/// comments: there it is the place, and that every key is an option of ours or the schema's.
fn is_ours(path: &Utf8Path, content: &[u8]) -> bool {
    let text = String::from_utf8_lossy(content);
    match path.extension() {
        Some("json") => path.starts_with("docs/reference") && is_our_json(&text),
        Some("nix" | "yml") => {
            has_header(&text, |line| line.starts_with('#'), |line| !line.starts_with('#'))
        }
        Some("md") => {
            has_header(&text, |line| line.starts_with("<!--"), |line| line.ends_with("-->"))
        }
        _ => false,
    }
}

/// Whether the comment that a text begins with names the command.
fn has_header(text: &str, begins: fn(&str) -> bool, ends: fn(&str) -> bool) -> bool {
    let named = format!("by `{COMMAND}`");
    let mut lines = text.lines();
    let Some(first) = lines.next().filter(|line| begins(line)) else { return false };
    for line in std::iter::once(first).chain(lines) {
        if line.contains("Generated ") && line.contains(&named) {
            return true;
        }
        if ends(line) {
            return false;
        }
    }
    false
}

fn is_our_json(text: &str) -> bool {
    let Ok(serde_json::Value::Object(keys)) = serde_json::from_str(text) else { return false };
    keys.contains_key("$schema") || keys.keys().all(|key| key.starts_with("domi."))
}

impl Change {
    /// Makes the file what it should be.
    pub(crate) fn apply(&self, root: &Utf8Path) -> Result<()> {
        let path = root.join(&self.path);
        if let Some(new) = &self.new {
            return domi_host::file::write(path.as_std_path(), new);
        }
        fs::remove_file(&path)?;
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != root) {
            // Fails where something else is left in the folder, which then stays.
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// What `apply` does: `write`, `remove`.
    pub(crate) fn verb(&self) -> &'static str {
        if self.new.is_some() { "write" } else { "remove" }
    }

    /// What differs, as a unified diff from what is to what should be.
    pub(crate) fn diff(&self, paint: Paint) -> String {
        let old = String::from_utf8_lossy(self.old.as_deref().unwrap_or_default());
        let new = self.new.as_deref().unwrap_or_default();
        let name = |there: bool| if there { self.path.as_str() } else { "/dev/null" };
        let mut text = paint.strong(format_args!(
            "--- {}\n+++ {}",
            name(self.old.is_some()),
            name(self.new.is_some())
        ));
        text.push('\n');
        let diff = TextDiff::from_lines(&*old, new);
        for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
            text += &format!("{}\n", paint.faint(hunk.header()));
            for change in hunk.iter_changes() {
                let line = format!("{}{}", change.tag(), change.value().trim_end_matches('\n'));
                text += &match change.tag() {
                    ChangeTag::Delete => paint.bad(line),
                    ChangeTag::Insert => paint.good(line),
                    ChangeTag::Equal => line,
                };
                text.push('\n');
                if change.missing_newline() {
                    text += "\\ No newline at end of file\n";
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str =
        "# A thing.\n#\n# Generated from crates/a by `cargo xtask generate`; edit it.\n\n{ }\n";

    struct Fixture {
        _dir: tempfile::TempDir,
        root: Utf8PathBuf,
    }

    impl Fixture {
        fn new(files: &[(&str, &str)]) -> Self {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("UTF-8");
            for (path, text) in files {
                domi_host::file::write(root.join(path).as_std_path(), text).expect("written");
            }
            Self { _dir: dir, root }
        }

        /// What is to be done for these files, and what is in the way.
        #[track_caller]
        fn check(&self, planned: &[(&str, &str)], does: &[&str], in_the_way: &[&str]) {
            let planned: Vec<Planned> = planned
                .iter()
                .map(|(path, text)| Planned { path: (*path).into(), content: (*text).to_owned() })
                .collect();
            let (changes, problems) = changes(&self.root, &planned, true).expect("readable");
            let verbs: Vec<String> =
                changes.iter().map(|change| format!("{} {}", change.verb(), change.path)).collect();
            assert_eq!(verbs, does);
            let subjects: Vec<String> = problems.into_iter().map(|p| p.subject).collect();
            assert_eq!(subjects, in_the_way);
            changes.iter().for_each(|change| change.apply(&self.root).expect("applied"));
            let again = super::changes(&self.root, &planned, true).expect("readable").0;
            assert_eq!(again, [], "applied changes are made");
        }
    }

    #[test]
    fn what_is_missing_or_stale_is_written() {
        let stale = MODULE.replace("{ }", "{ old }");
        Fixture::new(&[("modules/a.nix", &stale), ("modules/same.nix", MODULE)]).check(
            &[("modules/a.nix", MODULE), ("modules/same.nix", MODULE), ("tests/new.nix", MODULE)],
            &["write modules/a.nix", "write tests/new.nix"],
            &[],
        );
    }

    #[test]
    fn only_what_was_generated_is_removed() {
        let page = "<!--\nGenerated from a by `cargo xtask generate`; edit it.\n-->\n\n# Page\n";
        let fixture = Fixture::new(&[
            ("modules/ui/gone.nix", MODULE),
            ("modules/README.md", "# Generated files\n\nGenerated by `cargo xtask generate`.\n"),
            ("modules/hand.nix", "{ }\n# Generated from a by `cargo xtask generate`;\n"),
            ("docs/reference/gone.md", page),
            ("docs/reference/gone.json", r#"{"domi.services.gone.enable":{}}"#),
            ("docs/reference/other.json", r#"{"domi.x":{},"other":{}}"#),
            ("docs/gone.json", r#"{"domi.services.gone.enable":{}}"#),
            ("elsewhere/a.nix", MODULE),
        ]);
        fixture.check(
            &[],
            &[
                "remove docs/reference/gone.json",
                "remove docs/reference/gone.md",
                "remove modules/ui/gone.nix",
            ],
            &[],
        );
        assert!(!fixture.root.join("modules/ui").exists(), "an empty folder does not stay");
        assert!(fixture.root.join("docs/reference").exists());
    }

    #[test]
    fn a_file_of_someone_else_is_left_alone() {
        let fixture = Fixture::new(&[("modules/a.nix", "{ mine = true; }\n")]);
        fixture.check_left(&[("modules/a.nix", MODULE)], "modules/a.nix");
    }

    impl Fixture {
        #[track_caller]
        fn check_left(&self, planned: &[(&str, &str)], path: &str) {
            let before = fs::read(self.root.join(path)).expect("readable");
            let planned: Vec<Planned> = planned
                .iter()
                .map(|(path, text)| Planned { path: (*path).into(), content: (*text).to_owned() })
                .collect();
            let (changes, problems) = changes(&self.root, &planned, true).expect("readable");
            assert_eq!((changes.len(), &*problems[0].subject), (0, path));
            assert_eq!(fs::read(self.root.join(path)).expect("readable"), before);
        }
    }

    #[test]
    fn a_difference_is_shown_as_a_unified_diff() {
        let change = Change {
            path: "modules/a.nix".into(),
            old: Some(b"a\nb\nc\n".to_vec()),
            new: Some("a\nB\nc".to_owned()),
        };
        assert_eq!(
            change.diff(Paint::plain()),
            "--- modules/a.nix\n+++ modules/a.nix\n@@ -1,3 +1,3 @@\n a\n-b\n-c\n+B\n+c\n\\ No newline at end of file\n"
        );
    }
}
