# This repository's own flake: the outputs of any repository of features, and some that only this one has.
{ inputs, lib, ... }:
{
  imports = [
    ./flake-module
    ./repository
  ];

  # A Mac with Apple silicon runs no feature itself, but starts virtual machines that do.
  systems = lib.filter (system: inputs.nixpkgs.legacyPackages ? ${system}) [
    "x86_64-linux"
    "aarch64-linux"
    "aarch64-darwin"
  ];
}
