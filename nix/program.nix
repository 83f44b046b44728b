# The program of one crate of the workspace, by the folder of the crate.
{
  lib,
  rustPlatform,
  crate,
}:
let
  inherit (lib.importTOML (crate + "/Cargo.toml")) package;
  inherit (lib.importTOML ../Cargo.toml) workspace;
in
rustPlatform.buildRustPackage {
  pname = package.name;
  inherit (workspace.package) version;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../Cargo.lock
      ../Cargo.toml
      ../crates
      ../templates
      ../xtask
    ];
  };
  cargoLock.lockFile = ../Cargo.lock;
  cargoBuildFlags = [
    "--package"
    package.name
  ];

  # The tests need a machine and the whole repository; `cargo xtask ci` runs them.
  doCheck = false;

  meta = {
    inherit (package) description;
    license = [
      lib.licenses.asl20
      lib.licenses.mit
    ];
    mainProgram = package.name;
    platforms = lib.platforms.linux;
  };
}
