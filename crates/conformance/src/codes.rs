use domi_model::Code;

/// Nobody says which nixpkgs is to be asked.
pub const NO_NIXPKGS: Code = Code("D1001");

/// The problems of this crate: code, title, and what it means with how to mend it.
pub const CODES: &[(Code, &str, &str)] = &[(
    NO_NIXPKGS,
    "No nixpkgs is named",
    "To ask NixOS takes its lib and modules. `--nixpkgs`, or the environment variable \
     `DOMI_NIXPKGS`, names a folder with a checkout of nixpkgs or a flake reference such as \
     `nixpkgs`. What NixOS said once is compared without one by `cargo test`.",
)];
