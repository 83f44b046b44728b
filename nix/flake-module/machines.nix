# legacyPackages.<system>.nativeTests.<test>.<machine>: the systems of each test's machines, as NixOS makes them for
# containers. `cargo xtask test --backend nixos-native` boots each in a container of its own and takes the steps.
# snapshotTests: the same for machines under QEMU, which `--backend nixos-snapshot` boots once, saves and restores.
{ lib, ... }:
{
  perSystem =
    { domiFeatures, pkgs, ... }:
    let
      machines =
        on:
        import ./machines {
          inherit lib on;
          evaluate =
            modules:
            (import (lib.path.append pkgs.path "nixos/lib/eval-config.nix") {
              inherit lib;
              system = null;
              modules = [ { nixpkgs.pkgs = pkgs; } ] ++ modules;
            }).config;
        };
      pkgsOn =
        on:
        pkgs
        // {
          testers = pkgs.testers // {
            runNixOSTest = test: machines on test.nodes;
          };
        };

      # Refusals are among them, and evaluated only where one is asked for.
      systems =
        on:
        lib.concatMapAttrs (
          name: feature:
          lib.mapAttrs' (test: lib.nameValuePair "${name}-${test}") (
            import feature.tests {
              inherit lib;
              pkgs = pkgsOn on;
            }
          )
        ) tested;
      tested = lib.filterAttrs (_: feature: feature ? tests) domiFeatures;
    in
    {
      legacyPackages.nativeTests = systems ./machines/container.nix;
      legacyPackages.snapshotTests = systems ./machines/vm.nix;
    };
}
