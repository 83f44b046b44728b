# The trunk: the small system that every feature is added to.
{ lib, ... }:
{
  _class = "nixos";

  imports = [
    ../modules
  ];

  # Defaults only: a real machine, a virtual machine and a container each set how they boot, and from
  # which disk.
  boot.loader.grub.enable = lib.mkDefault false;
  fileSystems."/" = lib.mkDefault {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };

  networking.hostName = lib.mkDefault "nixos";
  time.timeZone = lib.mkDefault "UTC";
  system.stateVersion = lib.mkDefault "26.05";
}
