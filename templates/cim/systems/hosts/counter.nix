# The host counter.
#
# Generated from hosts/counter.toml by `cargo xtask generate`; edit the fleet instead.
{
  _class = "nixos";
  _file = "hosts/counter.toml";

  imports = [ ../names.nix ];

  networking = {
    hostName = "counter";
    domain = "shop.example.org";

    interfaces.enp1s0 = {
      ipv4.addresses = [
        {
          address = "192.0.2.10";
          prefixLength = 25;
        }
      ];
      ipv6.addresses = [
        {
          address = "2001:db8:0:1::10";
          prefixLength = 64;
        }
      ];
    };

    nftables.enable = true;
    firewall.extraInputRules = ''
      ip saddr { 192.0.2.0/25, 192.0.2.128/25 } tcp dport { 80, 8080 } accept
      ip6 saddr { 2001:db8:0:1::/64 } tcp dport { 80, 8080 } accept
    '';
  };

  domi.services.web-page = {
    enable = true;
    extraConfig = ''
      server.max-connections = 100
      server.max-keep-alive-idle = 5'';
    greeting = "Good morning from the counter";
    openFirewall = true;
    port = 80;
  };

  users.users.ada = {
    isNormalUser = true;
    uid = 1000;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl ada@example.org"
    ];
  };

  users.users.courier = {
    isNormalUser = true;
    uid = 1003;
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGNvdXJpZXIgYWdlbnQgY291cmllciBhZ2VudCBjb3Vy courier"
    ];
  };
}
