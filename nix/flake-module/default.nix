# The flake-parts module of a repository of features: all outputs that are made from the generated
# files and from systems/, one file each.
{
  imports = [
    ./apps.nix
    ./checks.nix
    ./compose.nix
    ./containers.nix
    ./homes.nix
    ./hosts.nix
    ./hydra.nix
    ./images.nix
    ./machines.nix
    ./modules.nix
    ./options.nix
    ./parts.nix
    ./programs.nix
    ./shells.nix
    ./tests.nix
  ];
}
