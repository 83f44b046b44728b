# The documentation, with the reference of every feature.
{
  lib,
  runCommand,
}:
let
  source = lib.fileset.toSource {
    root = ../..;
    fileset = lib.fileset.unions [
      ../../ARCHITECTURE.md
      ../../CHANGELOG.md
      ../../CONTRIBUTING.md
      ../../README.md
      ../../docs
    ];
  };
in
runCommand "domi-nix-docs" { inherit source; } ''
  mkdir -p $out/share/doc
  cp -r $source $out/share/doc/domi-nix
''
