# As little as a system can do with; nothing to read, and nothing to click.
{ modulesPath, ... }:
{
  _class = "nixos";

  imports = [
    (modulesPath + "/profiles/minimal.nix")
  ];
}
