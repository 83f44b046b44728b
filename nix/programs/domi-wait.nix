# The programs of the crate domi-wait.
#
# Generated from crates/wait by `cargo xtask generate`.
{ lib, rustPlatform }:
rustPlatform.buildRustPackage {
  pname = "domi-wait";
  version = "0.1.0";

  src = lib.fileset.toSource {
    root = ../..;
    fileset = lib.fileset.unions [
      ../../Cargo.lock
      ../../Cargo.toml
      ../../crates
      ../../xtask
    ];
  };
  cargoLock.lockFile = ../../Cargo.lock;
  cargoBuildFlags = [
    "--package"
    "domi-wait"
  ];
  cargoTestFlags = [
    "--package"
    "domi-wait"
  ];

  meta = {
    description = "Waits until units are active, ports answer and files are there";
    license = map lib.getLicenseFromSpdxId [
      "MIT"
      "Apache-2.0"
    ];
    mainProgram = "domi-wait";
    platforms = lib.platforms.linux;
  };
}
