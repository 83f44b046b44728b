# The host ledger.
#
# Generated from hosts/ledger.toml by `cargo xtask generate`; edit the fleet instead.
{
  _class = "nixos";
  _file = "hosts/ledger.toml";

  imports = [ ../names.nix ];

  networking = {
    hostName = "ledger";
    domain = "office.example.org";

    interfaces.enp1s0.ipv4.addresses = [
      {
        address = "192.0.2.130";
        prefixLength = 25;
      }
    ];

    defaultGateway = {
      address = "192.0.2.129";
      interface = "enp1s0";
    };

    nftables.enable = true;
    firewall.extraInputRules = ''
      ip saddr { 192.0.2.10, 192.0.2.130, 192.0.2.131, 192.0.2.132 } tcp dport { 22 } accept
      ip6 saddr { 2001:db8:0:1::10 } tcp dport { 22 } accept
    '';
  };

  domi.services.copies = {
    enable = true;
    folders = {
      books.source = "/srv/books";
      etc = {
        exclude = [
          "*.tmp"
          "mtab"
        ];
        source = "/etc";
      };
      papers.source = "/srv/papers";
    };
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

  systemd.tmpfiles.settings.fleet-secrets."/run/secrets/bank".z = {
    user = "root";
    group = "users";
    mode = "0440";
  };
}
