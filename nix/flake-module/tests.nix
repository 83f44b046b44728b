# The generated tests of the features that work on a system, by feature and test; internal to the
# other modules, and an attribute for people: `legacyPackages.<system>.tests.<feature>.<test>`.
{ config, lib, ... }:
let
  inherit (config.domi) features;
in
{
  perSystem =
    { pkgs, system, ... }:
    let
      here = lib.filterAttrs (_: feature: lib.elem system feature.platforms) features;
      tested = lib.filterAttrs (_: feature: feature ? tests) here;
    in
    {
      _module.args.domiFeatures = here;
      legacyPackages.tests = lib.mapAttrs (_: feature: import feature.tests { inherit lib pkgs; }) tested;
    };
}
