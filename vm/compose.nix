# The features as a composition for NixOS Compose, one role each, for clusters and Grid'5000:
# `nxc build --composition vm/compose.nix -f vm`. Nothing else uses this file or its tool.
{ lib, ... }:
let
  features = import ../nix/features.nix;
in
{
  roles = lib.mapAttrs (_: feature: {
    imports = [
      ../systems
      feature.enabled
    ]
    ++ map (name: features.${name}.enabled) (feature.requires or [ ]);
  }) features;

  testScript = ''
    start_all()
    for machine in machines:
        machine.wait_for_unit("multi-user.target")
  '';
}
