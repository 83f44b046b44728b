# packages: what this repository builds, the program of each feature, and the interactive drivers of all
# tests. apps.xtask runs the commands.
{ lib, ... }:
{
  perSystem =
    {
      config,
      domiFeatures,
      pkgs,
      system,
      ...
    }:
    let
      programs = import ../programs.nix {
        inherit (pkgs) callPackage;
        inherit lib;
        features = domiFeatures;
      };
      inherit (programs) own plugins;
      drivers = lib.concatMapAttrs (
        feature:
        lib.concatMapAttrs (
          test: it:
          lib.optionalAttrs (it ? driverInteractive) { "${feature}-${test}" = it.driverInteractive; }
        )
      ) config.legacyPackages.tests;
    in
    lib.mkIf (lib.hasSuffix "-linux" system) {
      packages =
        own
        // plugins
        // {
          default = own.xtask;
          driverInteractive = pkgs.linkFarm "driverInteractive" drivers;
        };

      apps.xtask = {
        program = own.xtask;
        meta.description = "Tests features, generates their files, and all the rest: cargo xtask";
      };
    };
}
