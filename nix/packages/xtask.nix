# `cargo xtask` without cargo.
{ callPackage }:
callPackage ../program.nix { crate = ../../xtask; }
