# Hosts of other flakes, such as those of a part of the fleet that was split off: as nixosConfigurations
# here, each as its own flake has it.
{
  config,
  inputs,
  lib,
  ...
}:
let
  of =
    name: hosts:
    let
      input =
        inputs.${name} or (throw "nix/parts.json has hosts of `${name}`, which is no input of this flake");
    in
    lib.genAttrs hosts (host: input.nixosConfigurations.${host});
in
{
  flake.nixosConfigurations = lib.mkMerge (lib.mapAttrsToList of config.domi.parts);
}
