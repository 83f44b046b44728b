# `cargo xtask` without cargo.
{ callPackage }:
callPackage ../program.nix {
  crate = "xtask";
  summary = "A feature is one Rust crate: options, NixOS module, VM test and docs come from it";
}
