# The system of a test's machine where QEMU boots it: an empty disk to write to, one with the store, a network card and
# the terminal of the steps. It is booted once and saved, so nothing in it is of one run.
{ lib, options, ... }:
let
  # Units of a machine that is emulated take their time; that is what they get from the NixOS test driver, too.
  timeout = 300;
in
{
  boot.isContainer = false;
  boot.loader.grub.enable = false;
  boot.initrd.availableKernelModules = [
    "squashfs"
    "virtio_blk"
    "virtio_console"
    "virtio_net"
    "virtio_pci"
  ];
  fileSystems = {
    "/" = {
      device = "/dev/vda";
      fsType = "ext4";
    };
    "/nix/store" = {
      device = "/dev/vdb";
      fsType = "squashfs";
      options = [ "ro" ];
    };
  };

  networking.usePredictableInterfaceNames = false;
  systemd = {
    services = {
      "serial-getty@ttyS0".enable = false;
      "serial-getty@ttyAMA0".enable = false;
      domi-shell = {
        requires = [ "dev-hvc0.device" ];
        after = [ "dev-hvc0.device" ];
      };
    };
  }
  // (
    if options.systemd ? settings then
      { settings.Manager.DefaultTimeoutStartSec = timeout; }
    else
      { extraConfig = "DefaultTimeoutStartSec=${toString timeout}"; }
  );
}
