# nixosModules: one for each feature, and `default` for all of them.
{ config, lib, ... }:
{
  flake.nixosModules = lib.mapAttrs (_: feature: feature.module) config.domi.features // {
    default = config.domi.modules;
  };
}
