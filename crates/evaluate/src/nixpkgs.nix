# The packages and modules of the nixpkgs that a request names.
given:
let
  inherit (given) system;

  inherit (if given.nixpkgs ? flake then builtins.getFlake given.nixpkgs.flake else folder)
    outPath
    lib
    legacyPackages
    ;
  # A folder is read in place: neither copied to the store nor locked.
  folder =
    let
      path = /. + given.nixpkgs.folder;
      flake = (import (path + "/flake.nix")).outputs {
        self = flake // {
          outPath = path;
        };
      };
      plain = {
        lib = import (path + "/lib");
        legacyPackages.${system} = import path {
          inherit system;
          config = { };
          overlays = [ ];
        };
      };
    in
    (if builtins.pathExists (path + "/default.nix") then plain else flake) // { outPath = path; };
  pkgs = recording (legacyPackages.${system} // programs);
  programs = lib.mapAttrs (_: file: legacyPackages.${system}.callPackage (/. + file) { }) (
    given.programs or { }
  );

  # The same packages, but files that only a build would write contain their source instead, unless they are
  # to be built.
  recording =
    plain:
    let
      named = name: lib.nameValuePair name (recordedFormat name plain.formats.${name});
      formats = lib.filter (name: !(given.builds or false) && plain.formats ? ${name}) [
        "json"
        "toml"
        "yaml"
        "yaml_1_1"
        "yaml_1_2"
      ];
      recorded = plain // {
        formats = plain.formats // lib.listToAttrs (map named formats);
        # The `pkgs` of modules.
        __splicedPackages = recorded;
        appendOverlays =
          overlays: if overlays == [ ] then recorded else recording (plain.appendOverlays overlays);
      };
    in
    recorded;
  recordedFormat =
    format: make: arguments:
    let
      real = make arguments;
      generate =
        name: value:
        builtins.seq (real.generate name value).drvPath (derivation {
          inherit name system;
          builder = "settings";
          settingsFormat = format;
          settingsValue = builtins.toJSON value;
        });
    in
    real // { inherit generate; };
in
{
  inherit
    lib
    outPath
    pkgs
    ;
}
