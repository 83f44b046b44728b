# The package set of the rig. A package is Debian's, by Debian's name or by one that is said in packages.nix, and
# has its own files only. There is no other: who names one gets an error of evaluation with that name.
{ lib, system }:
let
  inherit (import ./packages.nix { inherit lib; })
    empty
    renamed
    withMore
    within
    ;

  hostPlatform =
    let
      all = lib.systems.elaborate system;
    in
    all
    // {
      linux-kernel = {
        autoModules = true;
        baseConfig = "defconfig";
        installTarget = "bzImage";
        name = "pc";
        target = "bzImage";
      };
    };

  # Everything that is built, by builder.sh in Nix's sandbox, in which Debian's tree is at /usr.
  built =
    arguments:
    derivation (
      {
        inherit system;
        builder = "/bin/bash";
        args = [ ./builder.sh ];
      }
      // arguments
    );

  # Debian's own tree, which each package is a part of.
  debian = built {
    name = "debian";
    kind = "tree";
    digest = builtins.readFile ./tree.digest;
  };

  outputs = [
    "out"
    "bin"
    "lib"
    "dev"
    "man"
    "doc"
    "info"
    "debug"
  ];

  # Those of these Debian packages, as a package of nixpkgs. Without any it has no program.
  package =
    name: parts:
    let
      itself = built {
        inherit debian;
        name = lib.strings.sanitizeDerivationName name;
        kind = "package";
        pname = name;
        debs = lib.concatStringsSep " " parts;
      };
      all =
        itself
        // lib.genAttrs outputs (_: itself)
        // {
          inherit outputs;
          pname = name;
          version = "0";
          meta = {
            mainProgram = name;
            platforms = lib.platforms.all;
          };
          passthru = { };
          stdenv = {
            inherit hostPlatform system;
            isLinux = true;
          };
          override = _: all;
          overrideAttrs = _: all;
          withPackages = _: all;
        }
        // withMore.${name} or { }
        // lib.mapAttrs (_: other: package other debs.${other}) (within.${name} or { });
    in
    all;

  debianNames = lib.attrNames (builtins.readDir ./lists);
  debs =
    lib.genAttrs debianNames (name: [ name ])
    // lib.genAttrs empty (_: [ ])
    // lib.mapAttrs (
      name: debs:
      let
        missing = lib.subtractLists debianNames debs;
      in
      if missing == [ ] then
        debs
      else
        throw "the rig: ${name} is made of ${toString missing}, which its tree has not"
    ) renamed;
in
lib.fix (
  self:
  lib.mapAttrs package debs
  // import ./trivial.nix {
    inherit
      built
      debian
      hostPlatform
      lib
      self
      system
      ;
  }
  // import ./machines.nix { inherit built lib self; }
)
