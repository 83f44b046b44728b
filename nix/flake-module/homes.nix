# The homes of the fleet: homeModules, which home-manager takes, and, where the flake has an input
# `home-manager`, a configuration for each user and host.
{
  config,
  inputs,
  lib,
  pkgsFor,
  ...
}:
let
  inherit (config) domi;

  configuration =
    home: host:
    lib.nameValuePair "${home.user}@${host}" (
      inputs.home-manager.lib.homeManagerConfiguration {
        pkgs = pkgsFor domi.hosts.${host}.system;
        modules = [ home.module ];
      }
    );
  configurations = home: map (configuration home) home.hosts;
in
{
  flake = {
    homeModules = lib.mapAttrs (_: home: home.module) domi.homes;
  }
  // lib.optionalAttrs (inputs ? home-manager) {
    homeConfigurations = lib.listToAttrs (lib.concatMap configurations (lib.attrValues domi.homes));
  };
}
