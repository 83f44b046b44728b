# The generated tests of the features that work on a system: the argument `domiFeatures` of the
# other modules, and `legacyPackages.<system>.tests.<feature>.<test>`, where a test has its nodes
# and its interactive driver.
{ config, lib, ... }:
let
  inherit (config.domi) features;
in
{
  perSystem =
    { pkgs, system, ... }:
    let
      here = lib.filterAttrs (_: feature: lib.elem system feature.platforms) features;
      testsOf = feature: if feature ? tests then import feature.tests { inherit lib pkgs; } else { };
    in
    {
      _module.args.domiFeatures = lib.mapAttrs (
        _: feature: feature // { tested = _: testsOf feature; }
      ) here;
      legacyPackages.tests = lib.mapAttrs (_: testsOf) here;
    };
}
