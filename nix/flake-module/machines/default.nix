# The systems of a test's machines, as this tool boots them: what the machines are given, and the place that the
# NixOS test driver's network would give them. `evaluate` makes a configuration of modules; `on` is what they boot in,
# ./container.nix or ./vm.nix.
{
  lib,
  evaluate,
  on,
}:
nodes:
let
  names = lib.attrNames nodes;
  number = lib.listToAttrs (lib.zipListsWith lib.nameValuePair names (lib.range 1 254));
  v4 = name: "192.168.1.${toString number.${name}}";
  v6 = name: "2001:db8:1::${toString number.${name}}";

  hosts =
    name:
    let
      inherit (machines.${name}.networking) domain hostName;
      called = lib.optionalString (domain != null) "${hostName}.${domain} " + hostName;
    in
    "${v4 name} ${called}\n${v6 name} ${called}\n";

  # A machine alone has no network. Where the launcher has not named its card yet, the system does.
  network = name: {
    systemd.network.links."10-eth1" = {
      matchConfig.PermanentMACAddress = "52:54:00:12:01:00";
      linkConfig = {
        Name = "eth1";
        MACAddress = "52:54:00:12:01:${
          lib.toLower (lib.fixedWidthString 2 "0" (lib.toHexString number.${name}))
        }";
      };
    };
    networking.interfaces.eth1 = {
      ipv4.addresses = [
        {
          address = v4 name;
          prefixLength = 24;
        }
      ];
      ipv6.addresses = [
        {
          address = v6 name;
          prefixLength = 64;
        }
      ];
    };
    networking.extraHosts = lib.concatMapStrings hosts names;
  };

  machines = lib.mapAttrs (
    name: node:
    evaluate (
      [
        ./shell.nix
        on
        { networking.hostName = lib.mkDefault name; }
        node
      ]
      ++ lib.optional (lib.length names > 1) (network name)
    )
  ) nodes;
in
lib.mapAttrs (_: machine: machine.system.build.toplevel) machines
