# packages.<crate>: the programs of each crate of the repository that a feature uses.
{ lib, ... }:
{
  perSystem =
    {
      domiFeatures,
      pkgs,
      system,
      ...
    }:
    lib.mkIf (lib.hasSuffix "-linux" system) {
      packages = import ../crates.nix {
        inherit (pkgs) callPackage;
        inherit lib;
        features = domiFeatures;
      };
    };
}
