# What only this repository has.
{
  imports = [
    ./formatter.nix
    ./modules.nix
    ./overlay.nix
    ./packages.nix
    ./shells.nix
    ./templates.nix
  ];
}
