use clap::Args;

use crate::values::given;

/// What Nix is told.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NixArguments {
    /// Use this nixpkgs, a folder or a flake reference [default: the flake's]
    #[arg(long, value_name = "REF", value_parser = given)]
    pub(crate) nixpkgs: Option<String>,
    /// The machines that build for Nix, as in its setting `builders`
    #[arg(long, value_name = "MACHINES")]
    pub(crate) builders: Option<String>,
}
