//! What a machine has of Nix's store.

use std::collections::BTreeSet;

/// Something in Nix's store that a machine has, with all that it refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StorePath {
    /// Its path: `/nix/store/…-hello-1`.
    pub path: String,
    /// The derivation that makes it; nothing where it was copied to the store as it is.
    pub derivation: Option<String>,
    /// Which output of the derivation it is.
    pub output: String,
    /// The package's name, or the file's.
    pub name: String,
}

/// What a machine has of Nix's store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FromStore {
    /// What its texts name.
    pub paths: BTreeSet<StorePath>,
    /// Those whose programs are for everybody on the machine, in the order of the option.
    pub on_path: Vec<String>,
}

/// What is kept while texts are carried over.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) paths: BTreeSet<StorePath>,
    pub(crate) looked_at: BTreeSet<String>,
}
