# packages: a file of nix/packages each, the program of each feature, and the interactive drivers
# of all tests. apps.xtask runs the commands.
{ lib, ... }:
let
  files = lib.filterAttrs (name: _: lib.hasSuffix ".nix" name) (builtins.readDir ../packages);
in
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
      own = lib.mapAttrs' (
        file: _:
        lib.nameValuePair (lib.removeSuffix ".nix" file) (pkgs.callPackage (../packages + "/${file}") { })
      ) files;
      # A plugin in another language has none.
      written = lib.filterAttrs (
        _: feature: lib.pathExists (feature.crate + "/src/main.rs")
      ) domiFeatures;
      program = _: feature: pkgs.callPackage ../program.nix { inherit (feature) crate; };
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
        // lib.mapAttrs program written
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
