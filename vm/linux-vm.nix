# A system as a virtual machine on Linux: `nix run .#vm`. Root needs no password on its console,
# and its disk is a file in the folder where it was started.
{ modulesPath, ... }:
{
  _class = "nixos";

  imports = [
    (modulesPath + "/virtualisation/qemu-vm.nix")
  ];

  virtualisation = {
    cores = 2;
    graphics = false;
    memorySize = 1024;
    # The host needs nothing from it.
    qemu.guestAgent.enable = false;
  };

  services.getty.autologinUser = "root";
}
