# devShells.<feature>: the software of a feature, beside all that work on it takes.
{ lib, ... }:
{
  perSystem =
    { domiFeatures, pkgs, ... }:
    let
      work = pkgs.callPackage ../shells { };
      shell =
        name: feature:
        pkgs.mkShell {
          inherit name;
          inputsFrom = [ work ];
          packages = map (path: lib.getAttrFromPath path pkgs) feature.software or [ ];
        };
    in
    {
      devShells = lib.mapAttrs shell domiFeatures;
    };
}
