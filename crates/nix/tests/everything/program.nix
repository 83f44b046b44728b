# The programs of the crate tools.
#
# Generated from crates/tools by `cargo xtask generate`.
{ lib, rustPlatform }:
rustPlatform.buildRustPackage {
  pname = "tools";
  version = "0.2.0";

  src = lib.fileset.toSource {
    root = ../..;
    fileset = lib.fileset.unions [
      ../../Cargo.lock
      ../../Cargo.toml
      ../../crates
    ];
  };
  cargoLock.lockFile = ../../Cargo.lock;
  cargoBuildFlags = [
    "--package"
    "tools"
  ];
  cargoTestFlags = [
    "--package"
    "tools"
  ];

  meta = {
    description = "Says \"\${x}\"";
    platforms = lib.platforms.linux;
  };
}
