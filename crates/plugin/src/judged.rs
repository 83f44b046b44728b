//! Which manifests this very tool has found right before, without a word, so that they need not be judged
//! each time: that takes longer than to read them.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use camino::Utf8PathBuf;
use domi_host::hash::Key;

/// How many are remembered at the most. Beyond that, only those that were met now are.
const MOST: usize = 10_000;

/// The digests of manifests that were found right.
pub(crate) struct Judged {
    file: Utf8PathBuf,
    /// What tells this tool from any other that judges otherwise.
    tool: Key,
    known: BTreeSet<String>,
    met: Mutex<BTreeSet<String>>,
}

impl Judged {
    /// What is remembered in a file; nothing where nobody knows which tool this is.
    pub(crate) fn read(file: Utf8PathBuf) -> Option<Self> {
        let tool = of_program(&std::env::current_exe().ok()?)?;
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let known = text.lines().map(str::to_owned).collect();
        Some(Self { file, tool, known, met: Mutex::default() })
    }

    /// Whether a text was found right as the manifest of a feature. Else `judge` finds that out.
    pub(crate) fn is_right(
        &self,
        feature: &str,
        text: &[u8],
        judge: impl FnOnce() -> bool,
    ) -> bool {
        let digest = self.tool.clone().with(feature).with(text).finish();
        let met = || self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let is_right = self.known.contains(&digest) || met().contains(&digest) || judge();
        if is_right {
            met().insert(digest);
        }
        is_right
    }

    /// Writes down what was found out.
    pub(crate) fn keep(self) {
        let met = self.met.into_inner().unwrap_or_else(PoisonError::into_inner);
        if met.is_subset(&self.known) {
            return;
        }
        let all: BTreeSet<String> = self.known.union(&met).cloned().collect();
        let kept = if all.len() > MOST { met } else { all };
        let text: String = kept.iter().map(|digest| format!("{digest}\n")).collect();
        // What cannot be written down costs time, and nothing else.
        let _ = domi_host::file::write(self.file.as_std_path(), text);
    }
}

/// What tells a program from another one, also from one that is put in its place. Not its content: to read
/// that takes as long as a whole command with many features.
fn of_program(path: &Path) -> Option<Key> {
    let facts = path.metadata().ok()?;
    let mut key = Key::new("domi.judged/1");
    key.add(path.as_os_str().as_encoded_bytes());
    for number in [facts.dev(), facts.ino(), facts.size()] {
        key.add(number.to_le_bytes());
    }
    for time in [facts.mtime(), facts.mtime_nsec(), facts.ctime(), facts.ctime_nsec()] {
        key.add(time.to_le_bytes());
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_right_is_judged_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = Utf8PathBuf::from_path_buf(dir.path().join("judged")).unwrap();
        let check = |feature: &str, text: &[u8], is_right: bool, is_asked: bool| {
            let judged = Judged::read(file.clone()).unwrap();
            let mut asked = false;
            let judge = || {
                asked = true;
                is_right
            };
            assert_eq!(judged.is_right(feature, text, judge), is_right);
            assert_eq!(asked, is_asked, "{feature}");
            judged.keep();
        };
        check("x", b"wrong", false, true);
        check("x", b"wrong", false, true);
        check("x", b"right", true, true);
        check("x", b"right", true, false);
        check("y", b"right", true, true);
        // What is damaged is not known.
        std::fs::write(&file, &std::fs::read(&file).unwrap()[1..20]).unwrap();
        check("x", b"right", true, true);
    }

    #[test]
    fn another_program_judges_itself() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tool");
        let key = || of_program(&path).unwrap().finish();
        std::fs::write(&path, "one").unwrap();
        let one = key();
        assert_eq!(key(), one);
        std::fs::remove_file(&path).unwrap();
        assert!(of_program(&path).is_none());
        std::fs::write(dir.path().join("other"), "two").unwrap();
        std::fs::rename(dir.path().join("other"), &path).unwrap();
        assert_ne!(key(), one);
    }
}
