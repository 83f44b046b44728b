use domi_nix_command::Flake;

use crate::arguments::NixArguments;

/// Inputs of the flake that can be replaced, and the environment variables that do.
const INPUTS: [(&str, &str); 2] =
    [("nixpkgs", "DOMI_NIXPKGS"), ("flake-parts", "DOMI_FLAKE_PARTS")];

/// What Nix is told. An argument wins over the environment.
#[derive(Debug, Clone)]
pub(crate) struct NixRequest {
    /// The replacement of each input of the flake, in the order of [`INPUTS`].
    inputs: [Option<String>; 2],
    /// The machines that build for Nix.
    pub(crate) builders: Option<String>,
}

impl NixRequest {
    pub(crate) fn new(arguments: &NixArguments) -> Self {
        let builders = arguments.builders.clone();
        Self { builders, ..Self::with_nixpkgs(arguments.nixpkgs.clone()) }
    }

    /// For a command without `--builders`.
    pub(crate) fn with_nixpkgs(nixpkgs: Option<String>) -> Self {
        let [of_nixpkgs, of_flake_parts] = INPUTS.map(|(_, variable)| set(variable));
        Self { inputs: [nixpkgs.or(of_nixpkgs), of_flake_parts], builders: None }
    }

    /// The nixpkgs that is named.
    pub(crate) fn nixpkgs(&self) -> Option<&str> {
        self.inputs[0].as_deref()
    }

    /// A flake with the inputs that are asked for.
    pub(crate) fn applied_to(&self, mut flake: Flake) -> Flake {
        for ((input, _), reference) in INPUTS.into_iter().zip(&self.inputs) {
            if let Some(reference) = reference {
                flake = flake.with_input(input, reference);
            }
        }
        flake
    }
}

/// What a variable holds; nothing where it is not set, or is empty.
fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}
