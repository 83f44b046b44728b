# The same on macOS. Its programs are those of Linux: they are built by a Linux builder, and reach
# the machine as an image of the store, as a share of the host's has other names for the files of
# Linux than Linux has. `virtualisation.host.pkgs` must be macOS packages, for QEMU itself.
{ config, ... }:
{
  _class = "nixos";

  imports = [
    ./linux-vm.nix
  ];

  virtualisation = {
    useNixStoreImage = true;
    writableStore = true;
  };

  assertions = [
    {
      assertion = config.virtualisation.host.pkgs.stdenv.hostPlatform.isDarwin;
      message = "vm/macos-vm.nix is for a macOS host: set virtualisation.host.pkgs to its packages, or use vm/linux-vm.nix";
    }
  ];
}
