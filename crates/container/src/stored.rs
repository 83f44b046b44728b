//! A root on disk: what it consists of, and whether it still is what was written.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domi_host::hash;
use domi_store::{Error, Held, Identity, Read};
use fs_err as fs;
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::Result;

/// The folder with the system.
pub(crate) const ROOT: &str = "root";
/// The list of installed packages, as dpkg keeps it.
pub(crate) const STATUS: &str = "dpkg-status";
/// What is looked at each time that an image is used: without these nothing starts.
const FIRST: [&str; 4] =
    ["usr/lib/systemd/systemd", "usr/bin/bash", "usr/bin/perl", "usr/local/lib/domi/backdoor"];

/// What a stored root is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The key of what it stands on, and that one's own identity.
    pub(crate) parent: Option<Identity>,
    pub(crate) packages: Vec<String>,
    /// What it was made of and with, for people.
    pub(crate) made_with: BTreeMap<String, String>,
    /// Of everything in the root: its name, kind, owner, mode and content.
    pub(crate) digest: String,
    /// The sizes of what is looked at each time.
    pub(crate) first: BTreeMap<String, u64>,
    /// Of the list of packages.
    pub(crate) status: String,
    /// Its first process, where that is not Debian's systemd.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) init: Option<String>,
}

/// A root that containers can be started from: an image, or packages over one. Cheap to clone;
/// while one is held, pruning leaves it alone.
#[derive(Debug, Clone)]
pub struct Image(Arc<Stored>);

#[derive(Debug)]
struct Stored {
    folder: PathBuf,
    manifest: Manifest,
    /// Of the manifest itself.
    digest: String,
    below: Option<Image>,
    _held: Held,
}

impl Manifest {
    /// Describes what is in a folder now.
    pub(crate) fn describe(mut self, folder: &Path) -> Result<Self> {
        let root = folder.join(ROOT);
        for name in FIRST {
            if let Ok(facts) = std::fs::symlink_metadata(root.join(name)) {
                self.first.insert(name.to_owned(), facts.len());
            }
        }
        self.status = hash::file(&folder.join(STATUS))?;
        self.digest = tree_digest(&root)?;
        Ok(self)
    }

    /// Whether what is looked at each time is there.
    fn check(&self, folder: &Path) -> domi_store::Result<()> {
        for (name, length) in &self.first {
            let path = folder.join(ROOT).join(name);
            match std::fs::symlink_metadata(&path) {
                Ok(facts) if facts.len() == *length => {}
                Ok(facts) => {
                    let reason = format!("it has {} bytes and should have {length}", facts.len());
                    return Err(Error::damaged(path, &reason));
                }
                Err(error) => return Err(Error::damaged(path, &error)),
            }
        }
        let status = folder.join(STATUS);
        let now = hash::file(&status).map_err(|error| Error::damaged(&status, &error))?;
        if now != self.status {
            return Err(Error::damaged(status, "its content has changed"));
        }
        Ok(())
    }
}

impl Image {
    /// Opens a stored root; nothing when there is none.
    pub(crate) fn open(folder: &Path, below: Option<&Self>) -> domi_store::Result<Option<Self>> {
        let read = Read::<Manifest>::of(folder)?;
        let Some(Read { manifest, digest }) = read else { return Ok(None) };
        if manifest.parent != below.map(Self::as_parent) {
            return Err(Error::damaged(folder, "it stands on what is no longer there"));
        }
        manifest.check(folder)?;
        let (held, below) = (Held::entry(folder)?, below.cloned());
        let folder = folder.to_owned();
        Ok(Some(Self(Arc::new(Stored { folder, manifest, digest, below, _held: held }))))
    }

    /// Whether everything in it is what was written, byte by byte; what it stands on is not read.
    pub(crate) fn verify(&self) -> domi_store::Result<()> {
        let Stored { folder, manifest, .. } = &*self.0;
        manifest.check(folder)?;
        if tree_digest(&folder.join(ROOT))? != manifest.digest {
            return Err(Error::damaged(folder, "what is in its root has changed"));
        }
        Ok(())
    }

    /// The key it is stored under.
    pub fn key(&self) -> &str {
        self.0.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// What is in it, and in what it stands on: another content has another one.
    pub fn digest(&self) -> String {
        let digests: Vec<&str> = self.chain().map(|part| &*part.0.manifest.digest).collect();
        digests.join(" ")
    }

    /// What it was made of and with, for people.
    pub fn made_with(&self) -> &BTreeMap<String, String> {
        &self.0.manifest.made_with
    }

    /// Identifies this very root: it changes when it is made again under the same key.
    pub(crate) fn manifest_digest(&self) -> &str {
        &self.0.digest
    }

    pub(crate) fn as_parent(&self) -> Identity {
        Identity { key: self.key().to_owned(), digest: self.0.manifest.digest.clone() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// The program that is its first process, where that is not Debian's systemd.
    pub(crate) fn init(&self) -> Option<&str> {
        self.0.manifest.init.as_deref()
    }

    /// It and what it stands on, the upper first.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |image| image.0.below.as_ref())
    }

    /// The folders of the system, the upper first.
    pub(crate) fn roots(&self) -> Vec<PathBuf> {
        self.chain().map(|image| image.0.folder.join(ROOT)).collect()
    }
}

/// Of everything in a folder, in order. What we may not read counts by what is known of it.
fn tree_digest(root: &Path) -> anyhow::Result<String> {
    let mut key = hash::Key::new("tree/1");
    for entry in WalkDir::new(root).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.io_error().is_some_and(is_denied) => continue,
            Err(error) => return Err(error.into()),
        };
        let facts = entry.metadata()?;
        let path = entry.path();
        key.add(path.strip_prefix(root).unwrap_or(path).as_os_str().as_bytes());
        let mode = facts.permissions().mode();
        key.add(format!("{mode:o} {} {} {}", facts.uid(), facts.gid(), facts.rdev()));
        if facts.is_symlink() {
            key.add(fs::read_link(path)?.as_os_str().as_bytes());
        } else if facts.is_file() {
            match std::fs::read(path) {
                Ok(content) => key.add(content),
                Err(error) if is_denied(&error) => key.add(facts.len().to_string()),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(key.finish())
}

fn is_denied(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::PermissionDenied
}
