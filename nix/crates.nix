# The programs of each crate of the repository that a feature uses, by the nixpkgs whose `callPackage` it is.
{
  callPackage,
  features,
  lib,
}:
lib.concatMapAttrs (
  _: feature: lib.mapAttrs (_: file: callPackage file { }) feature.programs or { }
) features
