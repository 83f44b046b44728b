# packages.<feature>-image: an OCI image of each feature that has services, in layers.
{ config, lib, ... }:
let
  inherit (config.flake.lib) compose;
in
{
  perSystem =
    {
      domiFeatures,
      pkgs,
      system,
      ...
    }:
    let
      image =
        name: _:
        lib.nameValuePair "${name}-image" (
          pkgs.callPackage ../image.nix {
            inherit name;
            nixos = compose {
              inherit system;
              features = [ name ];
              modules = [ { boot.isContainer = true; } ];
            };
          }
        );
    in
    {
      packages = lib.mapAttrs' image (lib.filterAttrs (_: feature: feature.hasServices) domiFeatures);
    };
}
