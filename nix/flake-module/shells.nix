# devShells.<feature>: the software of a feature, beside all that work on it takes. And those of the
# fleet: what their files say, and nothing else.
{ config, lib, ... }:
let
  inherit (config) domi;
in
{
  perSystem =
    { domiFeatures, pkgs, ... }:
    let
      work = pkgs.callPackage ../shells { };
      software = feature: feature.software or [ ];
      shell =
        name: feature:
        pkgs.mkShell {
          inherit name;
          inputsFrom = [ work ];
          packages = map (path: lib.getAttrFromPath path pkgs) (software feature);
        };

      ofFleet =
        name: it:
        let
          missing =
            path: throw "nixpkgs has no package `${lib.concatStringsSep "." path}', which ${it.file} names";
          package = path: lib.attrByPath path (missing path) pkgs;
          features = lib.concatMap (name: software domi.features.${name}) it.features;
        in
        pkgs.mkShellNoCC {
          inherit name;
          packages = map package (lib.unique (it.packages ++ features));
          env = it.variables;
        };
    in
    {
      devShells = lib.mapAttrs shell domiFeatures // lib.mapAttrs ofFleet domi.shells;
    };
}
