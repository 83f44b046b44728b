# The trunk: the small system that every feature is added to.
{
  config,
  lib,
  options,
  ...
}:
let
  # What is known of the features of this repository.
  known = import ../nix/features.nix;

  # The units that a feature claims. A template has no state that could be shown.
  units =
    said:
    lib.filter (unit: !lib.hasInfix "@." unit) (
      map (lib.removePrefix "unit ") (
        lib.filter (lib.hasPrefix "unit ") (map (claim: claim.what) said.claims)
      )
    );
in
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

  # The bare shell shows all features that are enabled, and what each is for. A repository may be without it.
  domi = lib.optionalAttrs (options ? domi.ui.domi-nix-shell) {
    ui.domi-nix-shell = {
      enable = lib.mkDefault true;
      features = lib.mapAttrs (name: said: {
        summary = lib.mkIf (known ? ${name}) (lib.mkDefault known.${name}.summary);
        units = units said;
      }) (removeAttrs config.domi.together [ "domi-nix-shell" ]);
    };
  };

  networking.hostName = lib.mkDefault "domi";
  time.timeZone = lib.mkDefault "UTC";
  system.stateVersion = lib.mkDefault "26.05";
}
