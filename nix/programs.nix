# What this repository has to build, by the nixpkgs whose `callPackage` it is: a file of nix/packages each,
# the programs of crates that features use, and the program of each feature that has one. A plugin in another
# language has none.
{
  callPackage,
  features,
  lib,
}:
let
  files = lib.filterAttrs (name: _: lib.hasSuffix ".nix" name) (builtins.readDir ./packages);
  written = lib.filterAttrs (_: feature: lib.pathExists (feature.crate + "/src/main.rs")) features;
in
{
  own = lib.mapAttrs' (
    file: _:
    lib.nameValuePair (lib.removeSuffix ".nix" file) (callPackage (./packages + "/${file}") { })
  ) files;
  crates = import ./crates.nix { inherit callPackage features lib; };
  plugins = lib.mapAttrs (_: feature: callPackage ./program.nix { inherit (feature) crate; }) written;
}
