# The hosts of the fleet: as nixosConfigurations, and, where the flake has an input `colmena` or
# `deploy-rs`, for these tools, which bring them to machines.
{
  config,
  inputs,
  lib,
  modulesOf,
  pkgsFor,
  ...
}:
let
  inherit (config) domi;
  inherit (config.flake) nixosConfigurations;
  inherit (config.flake.lib) compose;

  # What nobody can know of a host without looking at it, such as its disks, is written by hand.
  composition =
    name:
    { system, module, ... }:
    let
      hardware = domi.root + "/systems/hardware/${name}.nix";
    in
    {
      inherit system;
      features = [ ];
      modules = [ module ] ++ lib.optional (builtins.pathExists hardware) hardware;
    };

  node = name: host: {
    imports = modulesOf (composition name host);
    deployment = {
      targetHost = host.target;
      # Whoever deploys logs in as themselves, as the fleet's policies say.
      targetUser = lib.mkDefault null;
      inherit (host) tags;
    };
  };

  reserved = lib.filter (name: domi.hosts ? ${name}) [
    "defaults"
    "meta"
    "network"
  ];

  hive =
    lib.throwIf (reserved != [ ])
      "colmena takes no host that is named ${lib.concatStringsSep " or " reserved}"
      (
        lib.mapAttrs node domi.hosts
        // {
          meta = {
            nixpkgs = pkgsFor (lib.head config.systems);
            nodeNixpkgs = lib.mapAttrs (_: host: pkgsFor host.system) domi.hosts;
          };
        }
      );

  target = name: host: {
    hostname = host.target;
    profiles.system = {
      user = "root";
      path = inputs.deploy-rs.lib.${host.system}.activate.nixos nixosConfigurations.${name};
    };
  };
in
{
  flake = {
    nixosConfigurations = lib.mapAttrs (name: host: compose (composition name host)) domi.hosts;
  }
  // lib.optionalAttrs (inputs ? colmena) {
    colmena = hive;
    colmenaHive = inputs.colmena.lib.makeHive hive;
  }
  // lib.optionalAttrs (inputs ? deploy-rs) {
    deploy.nodes = lib.mapAttrs target domi.hosts;
  };
}
