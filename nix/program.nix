# The program of one crate of the workspace.
{
  lib,
  rustPlatform,
  crate,
  summary,
}:
rustPlatform.buildRustPackage {
  pname = crate;
  version = "0.1.0";

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../Cargo.lock
      ../Cargo.toml
      ../crates
      ../xtask
    ];
  };
  cargoLock.lockFile = ../Cargo.lock;
  cargoBuildFlags = [
    "--package"
    crate
  ];

  # The tests want a machine, and the whole repository; `cargo xtask ci` runs them.
  doCheck = false;

  meta = {
    description = summary;
    license = [
      lib.licenses.asl20
      lib.licenses.mit
    ];
    mainProgram = crate;
    platforms = lib.platforms.linux;
  };
}
