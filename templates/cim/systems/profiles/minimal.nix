# As little as possible: no documentation and no desktop.
{ modulesPath, ... }:
{
  _class = "nixos";

  imports = [
    (modulesPath + "/profiles/minimal.nix")
  ];
}
