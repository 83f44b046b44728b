//! What follows from a fleet, and what NixOS makes of its modules: names, addresses, firewalls,
//! zones and users are the same. With a real Nix and the nixpkgs named by the environment.

use std::collections::BTreeMap;
use std::time::Duration;

use domi_host::Interrupt;
use domi_nix_command::Nix;
use serde_json::{Map, Value as Json, json};

use crate::workspace::Workspace;

/// What is asked of the configuration of each host.
const ASKED: &str = r#"
let
  flake = (import (nixpkgs + "/flake.nix")).outputs { self = flake // { outPath = nixpkgs; }; };
  of = host: (import (nixpkgs + "/nixos/lib/eval-config.nix") {
    inherit (flake) lib;
    system = null;
    modules = [
      host.module
      {
        nixpkgs.pkgs = flake.legacyPackages.${host.system};
        documentation.enable = false;
        boot.loader.grub.enable = false;
        fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
        system.stateVersion = "26.05";
      }
    ];
  }).config;
  inherit (builtins) filter mapAttrs map toString;
  address = it: "${it.address}/${toString it.prefixLength}";
  asked = c: {
    name = c.networking.hostName;
    domain = if c.networking.domain == null then "" else c.networking.domain;
    names = removeAttrs c.networking.hosts [ "127.0.0.1" "::1" "127.0.0.2" ];
    interfaces = mapAttrs (
      _: card: map address (card.ipv4.addresses ++ card.ipv6.addresses)
    ) c.networking.interfaces;
    gateways = builtins.listToAttrs (
      map (it: { name = it.address; value = it.interface; }) (
        filter (it: it != null) [ c.networking.defaultGateway c.networking.defaultGateway6 ]
      )
    );
    rules = c.networking.nftables.tables.nixos-fw.content or "";
    ports = [ c.networking.firewall.allowedTCPPorts c.networking.firewall.allowedUDPPorts ];
    zones = mapAttrs (_: zone: zone.data) c.services.nsd.zones;
    users = mapAttrs (_: user: user.uid) (
      removeAttrs c.users.users (filter (n: !c.users.users.${n}.isNormalUser) (builtins.attrNames c.users.users))
    );
    wrong = map (it: it.message) (filter (it: !it.assertion) c.assertions);
  };
in
mapAttrs (_: host: asked (of host)) (import (root + "/nix/hosts.nix"))
"#;

/// Two networks, five hosts, three roles; and a host with nothing.
fn fleet() -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("domi.toml", "[fleet]\nroot = \"fleet\"\n");
    let write = |path: &str, text: &str| workspace.write(&format!("fleet/{path}"), text);
    write(
        "domain/networks/equipment/lan.toml",
        "ranges = ['192.0.2.0/25', '2001:db8:1::/64']\ndomain = 'example.org'\nname_server = 'ns'\n\
         gateways = ['192.0.2.126', '2001:db8:1::fe']\n",
    );
    write(
        "domain/networks/equipment/lab.toml",
        "ranges = ['192.0.2.128/25']\ndomain = 'lab.example.org'\nname_server = 'ns'\n",
    );
    write(
        "domain/networks/equipment/plain.toml",
        "ranges = ['198.51.100.0/24']\ngateways = ['198.51.100.1']\n",
    );
    write("hosts/bare.toml", "");
    write(
        "hosts/ns.toml",
        "addresses = { lan = ['192.0.2.2', '2001:db8:1::2'], plain = '198.51.100.2' }\n\
         interfaces = { lan = 'eth0' }\n",
    );
    let web = "addresses = { lan = '192.0.2.3', lab = '192.0.2.131' }\n\
               interfaces = { lan = 'enp1s0', lab = 'lab.7' }\nroles = ['web']\n";
    write("hosts/web.toml", web);
    write("hosts/store.toml", "addresses.lab = '192.0.2.130'\nroles = ['store', 'web']\n");
    write("hosts/far.toml", "addresses.plain = '198.51.100.7'\ninterfaces.plain = 'wan0'\n");
    write(
        "nodes/web.toml",
        "[[reach]]\ntcp = [80, 443]\nudp = [443]\nnetworks = ['lan', 'plain']\n",
    );
    write("nodes/store.toml", "[[reach]]\ntcp = [5432]\nroles = ['web']\nhosts = ['far']\n");
    write("domain/people/ada.toml", "");
    write("users/ada.toml", "uid = 1000\n");
    let policy = "who = ['ada']\nmay = ['login']\non = { roles = ['web'] }\n";
    write("domain/policies/authorization/web.toml", policy);
    workspace
}

/// What Nix makes of the hosts' modules, by host.
fn evaluated(workspace: &Workspace) -> Option<Json> {
    let nixpkgs = std::env::var("DOMI_NIXPKGS").ok().filter(|it| !it.is_empty());
    let Some(nixpkgs) = nixpkgs.filter(|it| std::path::Path::new(it).is_dir()) else {
        eprintln!("SKIPPED: DOMI_NIXPKGS names no folder with nixpkgs");
        return None;
    };
    let nix = match Nix::find(&Interrupt::default()).unwrap() {
        Ok(nix) => nix,
        Err(problem) => {
            eprintln!("SKIPPED: {problem}");
            return None;
        }
    };
    let path = |path: &str| format!("/. + {}", json!(path));
    let root = path(workspace.root.to_str().unwrap());
    let expr = format!("let nixpkgs = {}; root = {root}; in {ASKED}", path(&nixpkgs));
    let words = ["--impure", "--expr", &expr];
    Some(nix.eval_json(words, Duration::from_secs(300), &Interrupt::default()).unwrap())
}

#[test]
fn modules_say_what_follows_of_networks() {
    let workspace = fleet();
    assert!(workspace.run("generate").ends_with("exit 0\n"));
    let read = |file: &str| {
        let text = std::fs::read_to_string(workspace.root.join(file)).unwrap();
        format!("{file}:\n{text}")
    };
    let files = ["bare", "far", "ns", "store", "web"].map(|it| format!("systems/hosts/{it}.nix"));
    insta::assert_snapshot!(files.map(|it| read(&it)).concat() + &read("systems/names.nix"));
}

#[test]
fn what_follows_in_rust_is_what_nixos_makes_of_the_modules() {
    let workspace = fleet();
    let output = workspace.command("fleet hosts --json").output().unwrap();
    let said: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert!(workspace.run("generate").ends_with("exit 0\n"));
    let Some(evaluated) = evaluated(&workspace) else { return };
    let hosts = said["hosts"].as_array().unwrap();
    assert_eq!((hosts.len(), evaluated.as_object().unwrap().len()), (5, 5));
    let (mut rules, mut routers) = (0, 0);
    for host in hosts {
        let nixos = &evaluated[host["name"].as_str().unwrap()];
        assert_eq!(nixos["wrong"], json!([]), "{host:#}");
        assert_eq!(nixos["name"], host["name"]);
        assert_eq!(nixos["domain"], host.get("domain").cloned().unwrap_or(json!("")));
        assert_eq!(nixos["names"], said["names"]);
        let none = json!({});
        assert_eq!(&nixos["gateways"], host.get("gateways").unwrap_or(&none));
        routers += nixos["gateways"].as_object().unwrap().len();
        assert_eq!(&nixos["interfaces"], host.get("interfaces").unwrap_or(&none));
        let zones: Map<String, Json> = host
            .get("zones")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
            .map(|(domain, text)| (format!("{domain}."), text.clone()))
            .collect();
        // What is open is so by rules that say to whom.
        assert_eq!(nixos["ports"], json!([[], []]));
        assert_eq!(nixos["zones"], Json::Object(zones));
        let expected: Vec<&str> = host
            .get("admits")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let lines: Vec<&str> = nixos["rules"].as_str().unwrap().lines().map(str::trim).collect();
        let found: Vec<&str> = lines.iter().copied().filter(|it| it.contains(" saddr {")).collect();
        assert_eq!(found, expected);
        rules += found.len();
        let logins = host["logins"].as_array().unwrap().iter();
        let users: BTreeMap<&str, u32> =
            logins.map(|login| (login["user"].as_str().unwrap(), 1000)).collect();
        assert_eq!(nixos["users"], json!(users));
    }
    assert!(rules > 5, "{rules}");
    assert_eq!(routers, 4);
}
