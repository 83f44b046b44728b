//! A secret, by the name of the file that holds it.

use domi::prelude::*;

/// A secret that free settings name the file of.
#[derive(Options)]
pub(crate) struct GivenSecret {
    /// Its name: letters, digits, `_` and `-`.
    #[option(default = instance_name(), read_only, matching = "[A-Za-z0-9_-]+")]
    pub(crate) name: String,

    /// File that holds it.
    #[option(example = "/run/secrets/smtp-password")]
    pub(crate) file: SecretFile,
}
