//! Modules that were written by hand, with their tests, in a folder that cargo knows nothing of: the real
//! program, and a real Nix where the environment names a nixpkgs for it.

use crate::workspace::prints::check;
use crate::workspace::{Workspace, machines};

const SITE: &str = r#"{ config, lib, who, ... }: {
  options.services.site = {
    enable = lib.mkEnableOption "a site";
    port = lib.mkOption { type = lib.types.port; default = 8080; };
  };
  config.assertions = [
    { assertion = config.services.site.port != 81; message = "port 81 is for ${who}"; }
  ];
}
"#;

const TESTS: &str = r#"
imports = ["base.nix"]
specialArgs = "arguments.nix"
settings.services.site.enable = true

[[test]]
name = "has its file"
machines.server.settings.services.site.port = 82
machines.client.enable = false
steps = [
  { machine = "server", action.succeed = "test -e /etc/site" },
]

[[test]]
name = "refuses the port of others"
refuse = { settings.services.site.port = 81, because = "port 81 is for others" }

[[test]]
name = "refuses a port that is none"
refuse = { settings.services.site.port = 70000, because = "services.site.port" }
"#;

/// A folder with a module, what it imports, and its tests.
fn folder() -> Workspace {
    let folder = Workspace::empty();
    std::fs::remove_file(folder.root.join("Cargo.toml")).unwrap();
    std::fs::remove_dir_all(folder.root.join("features")).unwrap();
    folder.write("nixos/site.nix", SITE);
    folder.write("nixos/base.nix", "{ environment.etc.base.text = \"x\"; }\n");
    folder.write("nixos/arguments.nix", "{ who = \"others\"; }\n");
    folder.write("nixos/site.domi.toml", TESTS);
    folder
}

#[test]
fn tests_beside_a_module_are_known_without_nix_and_without_cargo() {
    let folder = folder();
    let all =
        "site: has its file\nsite: refuses the port of others\nsite: refuses a port that is none\n";
    check(&folder, "test --module nixos/site.nix --list", &[all, "--- exit 0\n"]);
    check(&folder, "test --module nixos/site.domi.toml --list", &[all]);
    let one = "site: has its file\n--- exit 0\n";
    check(&folder, "test --module nixos/site.nix --list --test file", &[one]);
    check(&folder, "test --module nixos/site.nix --list -E has", &["error"]);
    check(
        &folder,
        "test --module nixos/site.nix --plan --test nothing",
        &["D0702", "--- exit 2\n"],
    );
    let planned = "portable-nix (no flake.nix here)\n  has its file: 2 machines, 1 steps\n";
    check(&folder, "test --module nixos/site.nix --plan", &[planned, "3 jobs\n"]);
    assert!(!folder.root.join(".domi").exists(), "only a run leaves something");
}

#[test]
fn modules_of_domi_toml_are_tested_together_or_by_name() {
    let folder = folder();
    check(
        &folder,
        "test --module --list",
        &["D0526", "domi.toml: it has no module", "--- exit 2\n"],
    );
    folder.write("nixos/shop.nix", "{ }\n");
    let listed = "[limits]\ntest = \"5m\"\n\
                  [[module]]\nmodule = \"nixos/shop.nix\"\n\
                  [[module.test]]\nname = \"sells\"\nsteps = [{ action.succeed = \"true\" }]\n\
                  [[module]]\nmodule = \".#nixosModules.stall\"\nsettings.a = 1\n\
                  [[module.test]]\nname = \"sells fruit\"\nsteps = [{ action.succeed = \"true\" }]\n";
    folder.write("domi.toml", listed);
    let (shop, stall) = ("shop: sells\n", "stall: sells fruit\n");
    check(&folder, "test --module --list", &[shop, stall, "--- exit 0\n"]);
    check(&folder, "test --module stall --list", &["stall: sells fruit\n--- exit 0\n"]);
    check(&folder, "test --module nixos/shop.nix --list", &["shop: sells\n--- exit 0\n"]);
    let both = &[shop, "site: has its file\n", "--- exit 0\n"];
    check(&folder, "test --module shop nixos/site.nix --list", both);
    check(&folder, "test --module shop --module nixos/site.nix --list", both);
    check(&folder, "test --module --plan", &["  sells: 1 machine, 1 steps\n", "2 jobs\n"]);

    let one = "it is of one module, and there are 2\n  next: name one of them: --module shop\n";
    let set = format!("error[D0526]: --set: {one}");
    let of_check = format!("error[D0526]: --check: {one}");
    check(&folder, "test --module --set a=1 --list", &[&set, "--- exit 2\n"]);
    check(&folder, "test --module --check true --list", &[&of_check, "--- exit 2\n"]);
    check(&folder, "test --module --set a=1 --check true --list", &[&set, &of_check]);
    let again = &["D0545", "shop: several modules have this name", "--- exit 2\n"];
    check(&folder, "test --module shop shop --list", again);
    check(
        &folder,
        "test --module shpo stall --list",
        &["D0526", "shpo: No such file", "--- exit 2\n"],
    );
    folder.write("nixos/shop.domi.toml", "");
    let twice = "nixos/shop.domi.toml says something of this module, too\n  at domi.toml:3\n";
    for asked in ["nixos/shop.nix", "nixos/shop.domi.toml", "shop", ""] {
        check(&folder, &format!("test --module {asked} --list"), &["D0526", twice, "--- exit 2\n"]);
    }
    check(&folder, "test --module stall --list", &["stall: sells fruit\n--- exit 0\n"]);
    folder.write("domi.toml", &listed.replace("module = \"nixos", "modul = \"nixos"));
    check(&folder, "test --module stall --list", &["domi.toml:4", "unknown field `modul`"]);
}

#[test]
fn a_module_of_domi_toml_with_several_settings_is_tested_with_all_of_them() {
    let folder = folder();
    folder.write("nixos/shop.nix", "{ }\n");
    let shop = |more: &str| {
        format!(
            "[[module]]\nmodule = \"nixos/shop.nix\"\n{more}\n\
             [[module.test]]\nname = \"sells\"\nsteps = [{{ action.succeed = \"true\" }}]\n"
        )
    };
    folder.write("domi.toml", &(shop("") + &shop("name = \"shop-by-night\"")));
    let (day, night) = ("shop: sells\n", "shop-by-night: sells\n");
    check(&folder, "test --module nixos/shop.nix --list", &[day, night, "--- exit 0\n"]);
    let alone = &["--list\nshop-by-night: sells\n--- exit 0\n"];
    check(&folder, "test --module shop-by-night --list", alone);
    folder.write("domi.toml", &(shop("") + &shop("settings.a = 1")));
    let again = &["D0545", "shop: several modules have this name", "--- exit 2\n"];
    check(&folder, "test --module nixos/shop.nix --list", again);
    check(&folder, "test --module shop --list", again);
}

#[test]
fn what_needs_a_workspace_says_what_does_not() {
    let folder = folder();
    let next = "next: change to one, or test a module: `test --module ./site.nix`\n--- exit 2\n";
    for words in ["test", "list", "matrix", "generate"] {
        check(&folder, words, &["D0504", next]);
    }
}

#[test]
fn all_that_is_wrong_with_tests_is_said_with_its_line() {
    let folder = folder();
    let wrong = TESTS.replace("base.nix", "bass.nix").replace("\"server\"", "\"sever\"");
    folder.write("nixos/site.domi.toml", &format!("{wrong}\n[[test]]\nname = \"does nothing\"\n"));
    insta::assert_snapshot!(folder.run("test --module nixos/site.nix"));
    folder.write("nixos/site.domi.toml", &wrong.replace("refuse =", "refuses ="));
    insta::assert_snapshot!(folder.run("test --module nixos/site.nix"));
    folder.write("nixos/site.domi.toml", "module = 'base.nix'\n");
    check(&folder, "test --module nixos/site.nix", &["D0526", "site.domi.toml is about another"]);
    let imported = "module = 'base.nix'\nimports = ['site.nix']\n[[test]]\nname = 'has both'\n\
                    steps = [{ action.succeed = 'true' }]\n";
    folder.write("nixos/site.domi.toml", imported);
    check(&folder, "test --module nixos/site.nix --list", &["site: has both\n--- exit 0\n"]);
}

#[test]
fn refusals_are_those_of_nix() {
    if std::env::var("DOMI_NIXPKGS").is_ok_and(|name| !name.is_empty()) {
        let folder = folder();
        let words = "test --module nixos/site.nix --test refuses --keep-going";
        check(&folder, words, &["2 passed in TIME · .domi/runs/", "--- exit 0\n"]);
        assert_eq!(std::fs::read_to_string(folder.root.join(".domi/.gitignore")).unwrap(), "*\n");
        folder.write("nixos/arguments.nix", "{ who = \"us\"; }\n");
        let other = "but not for the reason that is expected";
        let place = "at nixos/site.domi.toml:14\n";
        let again = "xtask test --module nixos/site.nix --test refuses-the-port-of-others\n";
        let refused = "broken: it never evaluates";
        // A module that Nix refuses stops no other, and the words that repeat a failure name its module alone.
        folder.write(
            "broken.nix",
            "{ assertions = [{ assertion = false; message = \"it never evaluates\"; }]; }\n",
        );
        let words = words.replace("--module", "--module broken.nix");
        let parts = [other, place, again, "1 passed, 1 failed", refused, "--- exit 1\n"];
        check(&folder, &words, &parts);
    } else {
        eprintln!("SKIPPED: DOMI_NIXPKGS names no nixpkgs");
    }
}

/// A page that a command makes, and a unit that serves it.
const MADE: &str = r#"{ pkgs, ... }:
let
  page = pkgs.runCommand "page" { words = "it's made"; } ''
    mkdir -p $out
    echo "$words" | tr a-z A-Z > $out/index.html
    grep -q MADE $out/index.html || { echo "nothing is MADE" >&2; exit 1; }
  '';
in
{
  systemd.services.page = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig.ExecStart = "${pkgs.busybox}/bin/busybox httpd -f -p 8080 -h ${page}";
  };
}
"#;

const MADE_TESTS: &str = r#"
[[test]]
name = "serves what a command has made"
steps = [
  { action.waitForPort = 8080 },
  { action.output = { command = "curl -fsS localhost:8080", expect.equals = "IT'S MADE" } },
]
"#;

#[test]
fn what_commands_make_is_made_on_a_machine_and_a_command_that_fails_fails_the_test() {
    let has_nixpkgs = std::env::var("DOMI_NIXPKGS").is_ok_and(|name| !name.is_empty());
    if !has_nixpkgs || !machines::may_run() {
        eprintln!("SKIPPED: DOMI_NIXPKGS names no nixpkgs, or machines are not wanted");
        return;
    }
    let folder = folder();
    folder.write("made.nix", MADE);
    folder.write("made.domi.toml", MADE_TESTS);
    check(&folder, "test --module made.nix", &["1 passed", "--- exit 0\n"]);
    folder.write("made.nix", &MADE.replace("tr a-z A-Z", "cat"));
    let why = "the command that makes page fails on a Debian: nothing is MADE";
    check(&folder, "test --module made.nix", &[why, "1 failed", "--- exit 1\n"]);
}
