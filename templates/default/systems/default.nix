# The trunk: what every system has, and every feature grows on.
{ lib, ... }:
{
  _class = "nixos";

  imports = [
    ../modules
  ];

  # How a machine starts, and from what disk, is for its own module to say; a virtual machine and a
  # container have their ways.
  boot.loader.grub.enable = lib.mkDefault false;
  fileSystems."/" = lib.mkDefault {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };

  networking.hostName = lib.mkDefault "nixos";
  time.timeZone = lib.mkDefault "UTC";
  system.stateVersion = lib.mkDefault "26.05";
}
