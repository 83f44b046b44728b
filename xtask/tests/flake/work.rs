//! Shells and homes of a fleet as outputs of the flake: what Nix makes of the generated files, and what
//! home-manager does where `DOMI_HOME_MANAGER` names a folder with its source.

use std::collections::BTreeMap;
use std::process::Command;

use domi_nix::{FleetHome, FleetShell, homes, shells};
use serde_json::{Value as Json, json};

use crate::flake::hosts::{SOURCES, add_input, json_of};
use crate::flake::{check, copy, given, value};

/// Texts that shells and Nix would read as more than texts.
const STRANGE: [&str; 6] =
    ["plain", "${HOME} $HOME `id` $(id)", "a \"b\" 'c' \\ \\\\", "''${x}''", "\\\"$x", " é "];

fn strange() -> Vec<(String, &'static str)> {
    (0..).map(|number| format!("V{number}")).zip(STRANGE).collect()
}

/// A copy of the repository with two shells, of which one does not evaluate, and a home on a host.
fn with_work() -> tempfile::TempDir {
    let folder = copy();
    let variables = strange();
    let variables: BTreeMap<&str, &str> =
        variables.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let good = FleetShell {
        name: "good",
        file: "shells/good.toml",
        packages: vec!["jq", "xorg.xauth"],
        features: vec!["feature-x"],
        variables: variables.clone(),
    };
    let bad = FleetShell {
        name: "bad",
        file: "shells/bad.toml",
        packages: vec!["no-such-package"],
        features: Vec::new(),
        variables: BTreeMap::new(),
    };
    let home = FleetHome {
        name: "desk",
        file: "homes/desk.toml",
        user: "ada",
        hosts: vec!["good"],
        state_version: "26.05",
        packages: vec!["htop", "xorg.xauth"],
        files: [(".config/a b", "one\n${two} ''three''\n")].into(),
        variables,
    };
    for file in shells(&[good, bad]).into_iter().chain(homes(&[home])) {
        let path = folder.path().join(file.path);
        domi_host::file::write(&path, file.content).expect("it can be written");
    }
    let hosts =
        "{ good = { system = \"x86_64-linux\"; module = { }; target = \"good\"; tags = [ ]; }; }";
    domi_host::file::write(&folder.path().join("nix/hosts.nix"), hosts).expect("it can be written");
    folder
}

#[test]
fn a_shell_is_what_its_file_says_whatever_its_neighbour_says() {
    let folder = with_work();
    // What nixpkgs is asked to make a shell of.
    let file = folder.path().join("nix/flake-module/shells.nix");
    let text = std::fs::read_to_string(&file).expect("text");
    let told = text.replace("pkgs.mkShellNoCC", "(it: it // { type = \"derivation\"; })");
    assert_ne!(told, text);
    std::fs::write(&file, told).expect("it can be written");
    let asks = "it: {
        packages = map (package: package.pname) it.packages;
        variables = it.env;
        inherit (it) name;
      }";
    let attribute = "devShells.x86_64-linux.good";
    let Some(said) = value(folder.path(), attribute, asks, &[]) else { return };
    let variables: serde_json::Map<String, Json> =
        strange().into_iter().map(|(name, text)| (name, json!(text))).collect();
    let packages = ["jq", "xauth", "curl", "lighttpd"];
    assert_eq!(
        json_of(&said),
        json!({ "name": "good", "packages": packages, "variables": variables })
    );
}

#[test]
fn a_package_that_nixpkgs_does_not_have_is_said_with_the_file_that_names_it() {
    let shells = "bad = { file = \"shells/bad.toml\"; packages = [ [ \"no-such\" ] ]; \
                  features = [ ]; variables = { }; };";
    check(
        "nix/flake-module/options.nix",
        "default = generated \"shells\";",
        &format!("default = {{ {shells} }};"),
        &["nixpkgs has no package `no-such', which shells/bad.toml names"],
    );
}

#[test]
fn a_home_is_a_module_with_what_its_file_says() {
    let folder = with_work();
    // Without home-manager: whatever options it has.
    let asks = "
      module: (inputs: inputs.lib.evalModules {
        class = \"homeManager\";
        specialArgs.pkgs = { htop = \"htop\"; xorg.xauth = \"xauth\"; };
        modules = [
          module
          { options.home = inputs.lib.mkOption { type = inputs.lib.types.attrsOf inputs.lib.types.raw; }; }
        ];
      }) { lib = import (builtins.getEnv \"DOMI_NIXPKGS\" + \"/lib\"); }";
    let config = format!("module: (({asks}) module).config.home");
    let Some(said) = value(folder.path(), "homeModules.desk", &config, SOURCES) else { return };
    let said = json_of(&said);
    assert_eq!(said["username"], "ada");
    assert_eq!(said["homeDirectory"], "/home/ada");
    assert_eq!(said["packages"], json!(["htop", "xauth"]));
    assert_eq!(said["file"][".config/a b"]["text"], "one\n${two} ''three''\n");
    assert_eq!(said["sessionVariables"]["V0"], "plain");
}

#[test]
fn home_manager_takes_the_homes_and_variables_stay_texts() {
    let Some(source) = given("DOMI_HOME_MANAGER") else {
        return eprintln!("SKIPPED: home-manager: DOMI_HOME_MANAGER names no source of it");
    };
    let folder = with_work();
    // The modules that every home has, but for the one that imports a nixpkgs of its own.
    let input = format!(
        "{{ pkgs, modules }}: let
           lib = import ({source} + \"/modules/lib/stdlib-extended.nix\") pkgs.lib;
         in lib.evalModules {{
           class = \"homeManager\";
           specialArgs.modulesPath = {source} + \"/modules\";
           modules = modules ++ [ {{ manual.manpages.enable = false; }} ] ++ import ({source} + \"/modules/modules.nix\") {{
             inherit lib pkgs;
             check = false;
             minimal = true;
             useNixpkgsModule = false;
           }};
         }}"
    );
    add_input(folder.path(), "home-manager.lib.homeManagerConfiguration", &input);
    let asks = "it: {
        inherit (it.config.home) username homeDirectory stateVersion;
        text = it.config.home.file.\".config/a b\".text;
        export = it.config.lib.shell.exportAll (
          builtins.intersectAttrs (builtins.listToAttrs (
            map (name: { inherit name; value = null; }) [ \"V0\" \"V1\" \"V2\" \"V3\" \"V4\" \"V5\" ]
          )) it.config.home.sessionVariables
        );
        packages = builtins.filter (name: name == \"htop\") (map (it: it.pname or \"\") it.config.home.packages);
      }";
    let attribute = "homeConfigurations.\"ada@good\"";
    let Some(said) = value(folder.path(), attribute, asks, SOURCES) else { return };
    let said = json_of(&said);
    assert_eq!((&said["username"], &said["homeDirectory"]), (&json!("ada"), &json!("/home/ada")));
    assert_eq!(said["stateVersion"], "26.05");
    assert_eq!(said["packages"], json!(["htop"]));
    assert_eq!(said["text"], "one\n${two} ''three''\n");
    // What a shell makes of the lines that home-manager writes.
    let export = said["export"].as_str().expect("a text");
    for (name, text) in strange() {
        let script = format!("{export}\nprintf %s \"${name}\"");
        let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
        assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{export}");
    }
}
