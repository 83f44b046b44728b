use std::collections::BTreeMap;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::hash::{self, Key};
use domi_plugin::{Feature, Workspace};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::files::orphans;
use super::planned::Planned;
use crate::programs;

/// A note that all generated files were as they should be, so that the next look at them need
/// not make them all again to compare. It only ever says that nothing differs: whoever wants to
/// know what differs makes them.
pub(crate) struct Stamp<'a> {
    workspace: &'a Workspace,
    key: String,
}

#[derive(Serialize, Deserialize)]
struct Note {
    /// The digest of everything that the files are made from.
    key: String,
    /// The digest of each file.
    files: BTreeMap<Utf8PathBuf, String>,
}

impl<'a> Stamp<'a> {
    /// For these features, as this very program makes files from them, and other files.
    pub(crate) fn new(
        workspace: &'a Workspace,
        features: &[Feature],
        others: &[Planned],
    ) -> Result<Self> {
        let mut key = Key::new("domi.generated/1");
        // The program's file, not its version: that changes with every build.
        key.add_file("/proc/self/exe".as_ref())?;
        for file in others {
            key.add(file.path.as_str());
            key.add(&file.content);
        }
        workspace.package_names.iter().for_each(|name| key.add(name));
        let manifests = features.iter().map(|feature| &feature.manifest);
        // Where there is no such crate, whoever makes the files says so.
        for of in programs::of_features(workspace, manifests).unwrap_or_default() {
            key.add(format!("{of:?}"));
        }
        for feature in features {
            key.add(&feature.digest);
            key.add(feature.folder.as_str());
        }
        Ok(Self { workspace, key: key.finish() })
    }

    /// How many files there are, if all of them are noted to be as they should be, and still are.
    pub(crate) fn holds(&self) -> Option<usize> {
        let note: Note = serde_json::from_slice(&std::fs::read(self.file()).ok()?).ok()?;
        let root = &self.workspace.root;
        let same = |(path, digest): (&Utf8PathBuf, &String)| {
            hash::file(root.join(path).as_std_path()).is_ok_and(|now| now == *digest)
        };
        let paths = || note.files.keys().map(Utf8PathBuf::as_path);
        let good = note.key == self.key
            && note.files.par_iter().all(same)
            && orphans(root, &paths().collect()).ok()?.is_empty();
        good.then_some(note.files.len())
    }

    /// The digests of the files that were noted last, whatever they were made from.
    pub(crate) fn noted(&self) -> BTreeMap<Utf8PathBuf, String> {
        let note = std::fs::read(self.file()).ok();
        let note: Option<Note> = note.and_then(|note| serde_json::from_slice(&note).ok());
        note.map(|note| note.files).unwrap_or_default()
    }

    /// Notes that these files are as they should be. A note that cannot be kept costs time only.
    pub(crate) fn note(&self, planned: &[Planned]) {
        let digest = |file: &Planned| {
            let path = self.workspace.root.join(&file.path);
            Some((file.path.clone(), hash::file(path.as_std_path()).ok()?))
        };
        let files: Option<BTreeMap<_, _>> = planned.par_iter().map(digest).collect();
        let Some(files) = files else { return };
        if let Ok(note) = serde_json::to_vec(&Note { key: self.key.clone(), files }) {
            let _ = domi_host::file::write(self.file().as_std_path(), note);
        }
    }

    fn file(&self) -> Utf8PathBuf {
        let target: &Utf8Path = &self.workspace.target;
        target.join("domi/generated.json")
    }
}
