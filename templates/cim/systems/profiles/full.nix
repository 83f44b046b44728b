# The tools of a system that people work on.
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
