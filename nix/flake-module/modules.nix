# nixosModules: one for each feature, also under the names that it had and that are still taken, and
# `default` for those that are mature enough.
{ config, lib, ... }:
let
  inherit (config) domi;

  maturities = [
    "dev"
    "test"
    "prod"
  ];
  rank = maturity: lib.lists.findFirstIndex (it: it == maturity) 0 maturities;
  isMature = feature: rank (feature.maturity or "dev") >= rank domi.distribution;
  mature = lib.filterAttrs (_: isMature) domi.features;
  formerly = feature: lib.genAttrs (feature.formerly or [ ]) (_: feature.module);
  former = lib.concatMapAttrs (_: formerly) domi.features;
  modules = former // lib.mapAttrs (_: feature: feature.module) domi.features;
in
{
  options.domi.distribution = lib.mkOption {
    type = lib.types.enum maturities;
    default = "dev";
    description = "How mature a feature must at least be to be in `nixosModules.default`.";
  };

  config.flake.nixosModules = modules // {
    default =
      if domi.distribution == "dev" then
        domi.modules
      else
        {
          _class = "nixos";
          imports = lib.mapAttrsToList (_: feature: feature.module) mature;
        };
  };
}
