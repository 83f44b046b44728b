//! A script that is run on machines, and refers to the store.

use std::collections::{BTreeMap, BTreeSet};

use domi_evaluate::Stored;
use domi_model::Problem;
use domi_realise::{Content, File};

use crate::Supply;
use crate::from_store::StorePath;
use crate::text::{Making, Texts};

/// A script for machines that are no NixOS, and what it needs on each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The script.
    pub text: String,
    /// Files that it refers to.
    pub files: Vec<File>,
    /// Packages of Debian that it refers to.
    pub debian: BTreeSet<String>,
    /// Files of packages that the machines must have, each with its package in nixpkgs.
    pub needed: BTreeMap<String, String>,
    /// What commands make that it refers to, each after what it needs.
    pub making: Vec<Making>,
    /// What it refers to in Nix's store, where machines have that.
    pub store: BTreeSet<StorePath>,
}

/// Carries a script over. `name` is what problems call it.
///
/// # Errors
/// Everything in it that has no counterpart on such a machine.
pub fn script(
    name: &str,
    text: &str,
    store: &BTreeMap<String, Stored>,
    supply: &Supply,
) -> Result<Script, Vec<Problem>> {
    let mut texts = Texts::new(store, supply);
    let text = texts.text(text, name);
    if !texts.problems.is_empty() {
        return Err(texts.problems);
    }
    let file = |(path, (text, executable))| {
        let mode = if executable { 0o555 } else { 0o444 };
        File { path, mode, content: Content::Text(text) }
    };
    Ok(Script {
        text,
        files: texts.files.into_iter().map(file).collect(),
        debian: texts.debian,
        needed: texts.needed,
        making: texts.making,
        store: texts.kept.map(|kept| kept.paths).unwrap_or_default(),
    })
}
