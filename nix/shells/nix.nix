# For the Nix side alone.
{
  deadnix,
  mkShell,
  nixd,
  nixfmt,
  statix,
}:
mkShell {
  packages = [
    deadnix
    nixd
    nixfmt
    statix
  ];
}
