# For the Rust side alone.
{
  cargo,
  clippy,
  mkShell,
  rust-analyzer,
  rustc,
  rustfmt,
}:
mkShell {
  packages = [
    cargo
    clippy
    rust-analyzer
    rustc
    rustfmt
  ];
}
