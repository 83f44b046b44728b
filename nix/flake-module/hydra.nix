# hydraJobs: everything that a build farm should build.
{ config, lib, ... }:
let
  inherit (config) flake;
in
{
  flake.hydraJobs = {
    inherit (flake) checks devShells packages;
    nixos = lib.mapAttrs (_: nixos: nixos.config.system.build.toplevel) flake.nixosConfigurations;
  };
}
