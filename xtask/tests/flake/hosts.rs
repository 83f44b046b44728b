//! The hosts of a fleet as outputs of the flake: configurations, and what colmena and deploy-rs read,
//! with the real ones where `DOMI_COLMENA` and `DOMI_DEPLOY_RS` name a folder with their source.

use std::path::Path;

use serde_json::{Value as Json, json};

use crate::flake::{copy, given, value};

/// A copy of the repository with two hosts, of which one does not evaluate.
fn with_hosts() -> tempfile::TempDir {
    let folder = copy();
    let write = |file: &str, text: &str| {
        domi_host::file::write(&folder.path().join(file), text).expect("it can be written");
    };
    let entry = |name: &str| {
        format!(
            "{name} = {{ system = \"x86_64-linux\"; module = ./{name}.nix; \
             target = \"{name}.example.org\"; tags = [ \"wave:trial\" \"role:web\" ]; }};"
        )
    };
    write("nix/hosts.nix", &format!("{{ {} {} }}", entry("good"), entry("bad")));
    let feature = "domi.services.feature-x.port = 80;";
    write("nix/good.nix", &format!("{{ networking.hostName = \"good\"; {feature} }}"));
    write("nix/bad.nix", "throw \"the neighbour\"");
    write("systems/hardware/good.nix", "{ time.timeZone = \"Europe/Oslo\"; }");
    folder
}

/// Gives the flake of a folder one input more, as a value.
pub(crate) fn add_input(folder: &Path, name: &str, input: &str) {
    let file = folder.join("flake.nix");
    let text = std::fs::read_to_string(&file).expect("text");
    let inputs = format!("{{ inputs = inputs // {{ {name} = {input}; }}; }}");
    let with = text.replacen("{ inherit inputs; }", &inputs, 1);
    assert_ne!(with, text);
    std::fs::write(&file, with).expect("it can be written");
}

/// Lets Nix read the tools' source where it is.
pub(crate) const SOURCES: &[&str] = &["--impure"];

#[track_caller]
pub(crate) fn json_of(text: &str) -> Json {
    serde_json::from_str(text).expect("JSON")
}

/// What the host itself says, with the one file that a person wrote for it.
const SAYS: &str = "c: [ c.networking.hostName c.time.timeZone c.domi.services.feature-x.port ]";

#[test]
fn a_host_is_a_configuration_whatever_its_neighbour_says() {
    let folder = with_hosts();
    let Some(said) = value(folder.path(), "nixosConfigurations.good.config", SAYS, &[]) else {
        return;
    };
    assert_eq!(json_of(&said), json!(["good", "Europe/Oslo", 80]));
}

#[test]
fn colmena_reads_the_hosts() {
    let Some(colmena) = given("DOMI_COLMENA") else {
        return eprintln!("SKIPPED: colmena: DOMI_COLMENA names no source of it");
    };
    let folder = with_hosts();
    let make = format!(
        "rawHive: import ({colmena} + \"/src/nix/hive/eval.nix\") {{
           inherit rawHive;
           hermetic = true;
         }}"
    );
    add_input(folder.path(), "colmena.lib.makeHive", &make);
    let asks = format!(
        "hive: {{
           inherit (hive.deploymentConfig.good) tags targetHost targetUser;
           said = ({SAYS}) hive.nodes.good.config;
           toplevel = hive.toplevel.good.name;
         }}"
    );
    let Some(said) = value(folder.path(), "colmenaHive", &asks, SOURCES) else { return };
    let of_nixos = "c: c.system.build.toplevel.name";
    let toplevel = value(folder.path(), "nixosConfigurations.good.config", of_nixos, SOURCES);
    let expected = json!({
        "tags": ["wave:trial", "role:web"],
        "targetHost": "good.example.org",
        "targetUser": null,
        "said": ["good", "Europe/Oslo", 80],
        "toplevel": json_of(&toplevel.expect("Nix is there")),
    });
    assert_eq!(json_of(&said), expected);
    // What older versions read.
    let names = value(folder.path(), "colmena", "it: builtins.attrNames it", SOURCES);
    assert_eq!(json_of(&names.expect("Nix is there")), json!(["bad", "good", "meta"]));
}

#[test]
fn deploy_rs_reads_the_hosts() {
    let Some(source) = given("DOMI_DEPLOY_RS") else {
        return eprintln!("SKIPPED: deploy-rs: DOMI_DEPLOY_RS names no source of it");
    };
    let folder = with_hosts();
    // Its functions, of a nixpkgs that tells what it is asked to make.
    let input = format!(
        "let
           flake = (import ({source} + \"/flake.nix\")).outputs {{
             self = {{ }};
             nixpkgs = {{ }};
             utils.lib = {{ eachSystem = _: _: {{ }}; defaultSystems = [ ]; }};
           }};
           final = {{
             buildEnv = {{ name, paths }}: \"${{name}} of ${{toString (builtins.length paths)}}\";
             writeTextFile = {{ name, text, ... }}: text;
             runtimeShell = \"sh\";
             lib.optionalString = yes: text: if yes then text else \"\";
             deploy-rs.deploy-rs = \"deploy-rs\";
           }};
         in (flake.overlays.default final final).deploy-rs.lib"
    );
    add_input(folder.path(), "deploy-rs.lib.x86_64-linux", &input);
    let good = "it: { nodes = { inherit (it.nodes) good; }; }";
    let Some(said) = value(folder.path(), "deploy", good, SOURCES) else { return };
    let said = json_of(&said);
    let schema = std::fs::read_to_string(format!("{source}/interface.json")).expect("its schema");
    let mut schema = json_of(&schema);
    // It names an old draft in a way that the library does not know; nothing in it depends on that.
    schema.as_object_mut().expect("an object").remove("$schema");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = schema.iter_errors(&said).map(|it| it.to_string()).collect();
    assert_eq!(wrong, [""; 0]);
    let node = &said["nodes"]["good"];
    assert_eq!(node["hostname"], "good.example.org");
    let path = node["profiles"]["system"]["path"].as_str().expect("a path");
    assert!(path.starts_with("activatable-nixos-system-good"), "{path}");
}
