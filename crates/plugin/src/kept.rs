//! What is kept between runs, under cargo's target folder: which executables are up to date, and
//! manifests of plugins that say all that they read.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::hash::Key;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Workspace;
use crate::content::Content;
use crate::judged::Judged;
use crate::notes::Notes;

/// Where things are kept.
pub(crate) struct Kept(Utf8PathBuf);

/// An executable, and all that it was built from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Executable {
    /// The digest of what is not a file of its own or a variable.
    key: String,
    /// Files and folders, with their digests.
    pub(crate) files: BTreeMap<Utf8PathBuf, String>,
    /// The same of packages from elsewhere.
    others: BTreeMap<Utf8PathBuf, String>,
    /// Environment variables.
    variables: BTreeMap<String, Option<String>>,
    /// Where it is.
    pub(crate) path: Utf8PathBuf,
    facts: Facts,
}

/// What tells a file from another that is put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    size: u64,
    seconds: i64,
    nanoseconds: i64,
}

/// A manifest, and the key of all that its plugin reads.
#[derive(Serialize, Deserialize)]
struct Manifest {
    key: String,
    text: String,
}

impl Facts {
    pub(crate) fn of(path: &Utf8Path) -> Option<Self> {
        let facts = path.metadata().ok()?;
        Some(Self { size: facts.size(), seconds: facts.mtime(), nanoseconds: facts.mtime_nsec() })
    }
}

impl Executable {
    /// One that was just built; `None` where anything that it was built from cannot be read.
    pub(crate) fn new(
        key: String,
        notes: &Notes,
        path: Utf8PathBuf,
        content: &Content<'_>,
    ) -> Option<Self> {
        let digests = |paths: &std::collections::BTreeSet<Utf8PathBuf>| {
            let digests = paths.iter().map(|path| Some((path.clone(), content.digest(path)?)));
            digests.collect::<Option<BTreeMap<_, _>>>()
        };
        let variables = notes.variables.iter().map(|name| (name.clone(), variable(name)));
        Some(Self {
            key,
            files: digests(&notes.files)?,
            others: digests(&notes.others)?,
            variables: variables.collect(),
            facts: Facts::of(&path)?,
            path,
        })
    }

    /// Whether what is no file of its own and no variable has this digest.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.key == key
    }

    /// Whether it is still there, and its files and variables are the same.
    pub(crate) fn is_unchanged(&self, content: &Content<'_>) -> bool {
        Facts::of(&self.path) == Some(self.facts)
            && self.variables.iter().all(|(name, value)| variable(name) == *value)
            && self
                .others
                .iter()
                .all(|(path, digest)| content.digest(path).as_ref() == Some(digest))
            && self.changed(content).next().is_none()
    }

    /// What it was built from, and is something else by now.
    pub(crate) fn changed(&self, content: &Content<'_>) -> impl Iterator<Item = &Utf8Path> {
        let differs = move |(path, digest): &(&Utf8PathBuf, &String)| {
            content.digest(path).as_ref() != Some(digest)
        };
        self.files.iter().filter(differs).map(|(path, _)| path.as_path())
    }

    /// Whether this file is the one that it was linked from.
    pub(crate) fn is(&self, path: &Utf8Path) -> bool {
        Facts::of(path) == Some(self.facts)
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

impl Kept {
    pub(crate) fn of(workspace: &Workspace) -> Self {
        Self(workspace.target.join("domi/plugins"))
    }

    /// The lock that whoever builds has to hold.
    pub(crate) fn lock(&self) -> Utf8PathBuf {
        // No package has such a name.
        self.0.join(".lock")
    }

    /// Where the executable of a package is kept, safe from another one of the same name.
    pub(crate) fn executable_of(&self, package: &str) -> Utf8PathBuf {
        self.0.join(package)
    }

    pub(crate) fn executable(&self, package: &str) -> Option<Executable> {
        read(&self.file(package, "built"))
    }

    pub(crate) fn keep_executable(&self, package: &str, executable: &Executable) -> Result<()> {
        write(&self.file(package, "built"), executable)
    }

    /// The manifest that a plugin printed, if all that it reads is the same.
    pub(crate) fn manifest(&self, package: &str, key: &str) -> Option<Vec<u8>> {
        let kept: Manifest = read(&self.file(package, "manifest"))?;
        (kept.key == key).then(|| kept.text.into_bytes())
    }

    pub(crate) fn keep_manifest(&self, package: &str, key: &str, text: &[u8]) -> Result<()> {
        let text = String::from_utf8(text.to_vec())?;
        write(&self.file(package, "manifest"), &Manifest { key: key.to_owned(), text })
    }

    /// Which manifests were found right before, where that can be known.
    pub(crate) fn judged(&self) -> Option<Judged> {
        Judged::read(self.0.join(".judged"))
    }

    fn file(&self, package: &str, what: &str) -> Utf8PathBuf {
        self.0.join(format!("{package}.{what}.json"))
    }
}

/// A damaged entry is no entry.
fn read<T: DeserializeOwned>(path: &Utf8Path) -> Option<T> {
    let entry = std::fs::read_to_string(path).ok()?;
    let (digest, json) = entry.split_once('\n')?;
    if digest != digest_of(json) {
        return None;
    }
    serde_json::from_str(json).ok()
}

fn write<T: Serialize>(path: &Utf8Path, what: &T) -> Result<()> {
    let json = serde_json::to_string(what)?;
    domi_host::file::write(path.as_std_path(), format!("{}\n{json}", digest_of(&json)))
}

fn digest_of(json: &str) -> String {
    Key::new("domi.kept/1").with(json).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_again_under_its_key_alone() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept(Utf8Path::from_path(dir.path()).unwrap().to_owned());
        kept.keep_manifest("x", "key", b"{}\n").unwrap();
        assert_eq!(kept.manifest("x", "key").as_deref(), Some(&b"{}\n"[..]));
        assert_eq!(kept.manifest("x", "other key"), None);
        assert_eq!(kept.manifest("y", "key"), None);
    }

    #[test]
    fn what_is_kept_is_not_used_with_any_byte_changed_or_cut() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept(Utf8Path::from_path(dir.path()).unwrap().to_owned());
        kept.keep_manifest("x", "key", br#"{"a":1}"#).unwrap();
        let path = kept.file("x", "manifest");
        let whole = std::fs::read(&path).unwrap();
        for i in 0..whole.len() {
            std::fs::write(&path, &whole[..i]).unwrap();
            assert_eq!(kept.manifest("x", "key"), None, "cut after {i} bytes");
            let mut changed = whole.clone();
            changed[i] ^= 1;
            std::fs::write(&path, changed).unwrap();
            assert_eq!(kept.manifest("x", "key"), None, "byte {i} changed");
        }
        std::fs::write(&path, &whole).unwrap();
        assert!(kept.manifest("x", "key").is_some());
    }
}
