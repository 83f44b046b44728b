# The host tryout.
#
# Generated from hosts/tryout.toml by `cargo xtask generate`; edit the fleet instead.
{
  _class = "nixos";
  _file = "hosts/tryout.toml";

  imports = [ ../names.nix ];

  networking = {
    hostName = "tryout";
    domain = "office.example.org";

    nftables.enable = true;
    firewall.extraInputRules = ''
      ip saddr { 192.0.2.0/25, 192.0.2.128/25 } tcp dport { 80, 8080 } accept
      ip6 saddr { 2001:db8:0:1::/64 } tcp dport { 80, 8080 } accept
    '';
  };

  domi.services.web-page = {
    enable = true;
    extraConfig = "server.max-connections = 100";
    greeting = "The Hill Bakery";
    port = 8080;
  };

  users.users.ada = {
    isNormalUser = true;
    uid = 1000;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl ada@example.org"
    ];
  };

  users.users.berta = {
    isNormalUser = true;
    uid = 1001;
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJlcnRhIGV4YW1wbGUgYmVydGEgZXhhbXBsZSBiZXJ0 berta@example.org"
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
