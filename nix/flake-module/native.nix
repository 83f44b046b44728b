# legacyPackages.<system>.nativeTests: the system of each test's machine, as NixOS makes it for a container.
# `cargo xtask test --backend nixos-native` boots it in a container of its own and takes the steps. Only tests
# with one machine are there.
{ lib, ... }:
{
  perSystem =
    { domiFeatures, pkgs, ... }:
    let
      system =
        node:
        (import (lib.path.append pkgs.path "nixos/lib/eval-config.nix") {
          inherit lib;
          system = null;
          modules = [
            { nixpkgs.pkgs = pkgs; }
            ./native/machine.nix
            node
          ];
        }).config.system.build.toplevel;
      nativePkgs = pkgs // {
        testers = pkgs.testers // {
          runNixOSTest = test: { machines = lib.mapAttrs (_: system) test.nodes; };
        };
      };

      ofFeature =
        name: feature:
        let
          tests = import feature.tests {
            inherit lib;
            pkgs = nativePkgs;
          };
          alone =
            test:
            let
              systems = lib.attrValues tests.${test}.machines;
            in
            if lib.length systems == 1 then lib.head systems else throw "${test} has several machines";
        in
        lib.listToAttrs (
          map (test: lib.nameValuePair "${name}-${test}" (alone test)) feature.containerTests
        );
    in
    {
      legacyPackages.nativeTests = lib.concatMapAttrs ofFeature domiFeatures;
    };
}
