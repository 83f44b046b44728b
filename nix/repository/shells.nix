# devShells: a file of nix/shells each.
{ lib, ... }:
let
  files = lib.filterAttrs (name: _: lib.hasSuffix ".nix" name) (builtins.readDir ../shells);
in
{
  perSystem =
    { pkgs, ... }:
    {
      devShells = lib.mapAttrs' (
        file: _:
        lib.nameValuePair (lib.removeSuffix ".nix" file) (pkgs.callPackage (../shells + "/${file}") { })
      ) files;
    };
}
