# The flake-parts module of a repository of features: everything that follows from the generated
# files and from systems/, one output a file.
{
  imports = [
    ./apps.nix
    ./checks.nix
    ./compose.nix
    ./containers.nix
    ./hydra.nix
    ./images.nix
    ./modules.nix
    ./options.nix
    ./tests.nix
  ];
}
