# This repository's own flake: what any repository of features gets, and what only this one has.
{ inputs, lib, ... }:
{
  imports = [
    ./flake-module
    ./repository
  ];

  # Apple Silicon runs no feature itself, but starts machines that do.
  systems = lib.filter (system: inputs.nixpkgs.legacyPackages ? ${system}) [
    "x86_64-linux"
    "aarch64-linux"
    "aarch64-darwin"
  ];
}
