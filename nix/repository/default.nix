# What only this repository has.
{
  imports = [
    ./formatter.nix
    ./modules.nix
    ./packages.nix
    ./shells.nix
    ./templates.nix
  ];
}
