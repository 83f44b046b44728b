# legacyPackages.<system>.nativeTests.<test>.<machine>: the systems of each test's machines, as NixOS makes them for
# containers. `cargo xtask test --backend nixos-native` boots each in a container of its own and takes the steps.
{ lib, ... }:
{
  perSystem =
    { domiFeatures, pkgs, ... }:
    let
      machines = import ./native/machines.nix {
        inherit lib;
        evaluate =
          modules:
          (import (lib.path.append pkgs.path "nixos/lib/eval-config.nix") {
            inherit lib;
            system = null;
            modules = [ { nixpkgs.pkgs = pkgs; } ] ++ modules;
          }).config;
      };
      nativePkgs = pkgs // {
        testers = pkgs.testers // {
          runNixOSTest = test: machines test.nodes;
        };
      };

      ofFeature =
        name: feature:
        lib.mapAttrs' (test: lib.nameValuePair "${name}-${test}") (
          import feature.tests {
            inherit lib;
            pkgs = nativePkgs;
          }
        );
      tested = lib.filterAttrs (_: feature: feature ? tests) domiFeatures;
    in
    {
      # Refusals are among them, and evaluated only where one is asked for.
      legacyPackages.nativeTests = lib.concatMapAttrs ofFeature tested;
    };
}
