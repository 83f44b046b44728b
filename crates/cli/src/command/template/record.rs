//! What a repository knows of the template that it was made from: which one, which version, the answers,
//! and its files as they were, which are what a newer version is compared with.

use std::collections::BTreeMap;

use anyhow::Context as _;
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::super::generate::ours::is_ours;
use super::answers::Answers;
use super::rendered::Bundled;

/// The file with it, in the repository's root.
pub(super) const FILE: &str = ".domi-template.json";
/// The version of the file.
const SCHEMA: &str = "domi.template/1";

/// What is recorded. It is data alone: nothing of it is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Record {
    schema: String,
    /// The template's name.
    pub(super) template: String,
    /// The version of the tool that brought it.
    pub(super) version: String,
    pub(super) answers: Answers,
    /// The texts of its files, without those that `generate` makes.
    pub(super) files: BTreeMap<Utf8PathBuf, String>,
}

impl Record {
    /// Of a template, as this tool brings it.
    pub(super) fn of(template: &Bundled, answers: Answers) -> Self {
        let mut files = template.files(&answers);
        files.retain(|path, text| !is_ours(path, text.as_bytes()));
        Self {
            schema: SCHEMA.to_owned(),
            template: template.name.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            answers,
            files,
        }
    }

    /// Reads it; or says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let record: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if record.schema != SCHEMA {
            return Err(format!("it is `{}`, and this tool reads `{SCHEMA}`", record.schema));
        }
        match record.files.keys().find(|path| !is_within(path)) {
            Some(path) => Err(format!("`{path}` is no path within the repository")),
            None => Ok(record),
        }
    }

    /// As it is written down.
    pub(super) fn written(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self).context("a record is JSON")? + "\n")
    }
}

/// Whether a path leads to nowhere else, and not into git's own folder.
fn is_within(path: &Utf8Path) -> bool {
    !path.as_str().is_empty()
        && !path.starts_with(".git")
        && path.components().all(|part| matches!(part, Utf8Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_leads_nowhere_else() {
        let template = Bundled::named("default").expect("a template");
        let record = Record::of(&template, Answers { source: Some("/x".to_owned()) });
        let written = record.written().expect("JSON");
        assert_eq!(Record::read(&written), Ok(record.clone()));
        assert!(record.files.contains_key(Utf8Path::new("Cargo.toml")));
        assert!(!record.files.contains_key(Utf8Path::new("nix/features.nix")), "it is generated");
        for wrong in ["../x", "/etc/x", "a/../../x", ".git/hooks/x", "", "."] {
            let mut bad = record.clone();
            bad.files.insert(wrong.into(), String::new());
            assert!(Record::read(&bad.written().expect("JSON")).is_err(), "{wrong}");
        }
        domi_mutate::read_all(&domi_mutate::mutated(vec![written.into_bytes()]), |bytes| {
            drop(std::str::from_utf8(bytes).map(Record::read));
        });
    }
}
