# overlays.default: `pkgs.domi-nix` has what this repository builds, and in `plugins` the program of each
# feature, built with the nixpkgs that the overlay is put on.
{ config, lib, ... }:
let
  on = system: lib.filterAttrs (_: feature: lib.elem system feature.platforms) config.domi.features;
in
{
  flake.overlays.default =
    final: prev:
    let
      programs = import ../programs.nix {
        inherit (final) callPackage;
        inherit lib;
        features = on prev.stdenv.hostPlatform.system;
      };
    in
    {
      domi-nix =
        programs.own
        // programs.crates
        // {
          inherit (programs) plugins;
        };
    };
}
