# The same on macOS. The machine's programs are built for Linux by a Linux builder. They come as an
# image of the store, because macOS would change some file names in a shared folder.
# `virtualisation.host.pkgs` must be macOS packages, for QEMU itself.
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
