# legacyPackages.<system>.containerTests: the tests that need no kernel of their own, with
# systemd-nspawn containers for machines. They are not among the checks, because their builder needs
# the system feature uid-range, and exist only if nixpkgs has such tests.
{ lib, ... }:
{
  perSystem =
    { domiFeatures, pkgs, ... }:
    let
      known = lib.pathExists (lib.path.append pkgs.path "nixos/modules/virtualisation/nspawn-container");

      asContainers =
        test:
        pkgs.testers.runNixOSTest (
          removeAttrs test [ "nodes" ]
          // {
            name = "${test.name}-container";
            containers = test.nodes;
          }
        );
      containerPkgs = pkgs // {
        testers = pkgs.testers // {
          runNixOSTest = asContainers;
        };
      };

      ofFeature =
        name: feature:
        let
          tests = import feature.tests {
            inherit lib;
            pkgs = containerPkgs;
          };
        in
        lib.listToAttrs (
          map (test: lib.nameValuePair "${name}-${test}" tests.${test}) feature.containerTests
        );
    in
    {
      legacyPackages.containerTests = lib.optionalAttrs known (lib.concatMapAttrs ofFeature domiFeatures);
    };
}
