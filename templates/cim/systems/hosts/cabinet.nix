# The host cabinet.
#
# Generated from hosts/cabinet.toml by `cargo xtask generate`; edit the fleet instead.
{
  _class = "nixos";
  _file = "hosts/cabinet.toml";

  imports = [ ../names.nix ];

  networking = {
    hostName = "cabinet";
    domain = "office.example.org";

    interfaces.enp1s0.ipv4.addresses = [
      {
        address = "192.0.2.131";
        prefixLength = 25;
      }
    ];

    defaultGateway = {
      address = "192.0.2.129";
      interface = "enp1s0";
    };

    nftables.enable = true;
    firewall.extraInputRules = ''
      ip saddr { 192.0.2.0/25, 192.0.2.128/25 } tcp dport { 53 } accept
      ip saddr { 192.0.2.0/25, 192.0.2.128/25 } udp dport { 53 } accept
      ip6 saddr { 2001:db8:0:1::/64 } tcp dport { 53 } accept
      ip6 saddr { 2001:db8:0:1::/64 } udp dport { 53 } accept
      ip saddr { 192.0.2.10, 192.0.2.130, 192.0.2.131, 192.0.2.132 } tcp dport { 22 } accept
      ip6 saddr { 2001:db8:0:1::10 } tcp dport { 22 } accept
    '';
  };

  services.nsd = {
    enable = true;
    interfaces = [ "192.0.2.131" ];
    ipFreebind = true;
    zones."office.example.org.".data = ''
      $ORIGIN office.example.org.
      $TTL 3600
      @ IN SOA cabinet.office.example.org. hostmaster.office.example.org. 1 3600 900 1209600 3600
      @ IN NS cabinet.office.example.org.
      cabinet IN A 192.0.2.131
      ledger IN A 192.0.2.130
      page IN A 192.0.2.132
      tryout IN A 192.0.2.133
    '';
  };

  domi.services.copies = {
    enable = true;
    folders.etc = {
      exclude = [ "*.tmp" ];
      source = "/etc";
    };
  };

  domi.services.web-page = {
    enable = true;
    greeting = "The Hill Bakery";
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
}
