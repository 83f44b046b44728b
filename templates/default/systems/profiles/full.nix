# A system that people work on. All features are enabled beside it.
{ lib, pkgs, ... }:
{
  _class = "nixos";

  documentation.enable = lib.mkDefault true;
  environment.systemPackages = [
    pkgs.curl
    pkgs.git
    pkgs.htop
  ];
  services.openssh.enable = lib.mkDefault true;
}
