//! What `nix flake check` says of this repository's flake, of mistakes in it, and of what is made
//! from its templates.
//!
//! With the nixpkgs that `DOMI_NIXPKGS` names, and the flake-parts of `DOMI_FLAKE_PARTS` or the
//! lock's. A copy of what git knows is checked.

mod hosts;
mod parts;
mod templates;
mod work;

use std::path::Path;
use std::time::Duration;

use domi_host::Interrupt;
use domi_host::command::Program;
use domi_nix_command::{Flake, NIXPKGS, Nix};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// What this machine lacks for these tests is said, and they end.
fn nix() -> Option<Nix> {
    let skip = |why: String| {
        eprintln!("SKIPPED: {why}");
        None
    };
    match Nix::find(&Interrupt::default()).expect("nix starts") {
        Err(problem) => skip(problem.to_string()),
        Ok(nix) if nix.too_old(NIXPKGS, "a flake with flake-parts").is_some() => {
            skip(format!("Nix {} is too old for flake-parts", nix.version()))
        }
        Ok(nix) => Some(nix),
    }
}

/// A copy of the repository, without its history and what was built.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let listed = Program::new("git").args(["ls-files", "-z"]).folder(ROOT);
    let listed = listed.read(&Interrupt::default()).expect("git knows this repository");
    for file in listed.split('\0').filter(|file| !file.is_empty()) {
        // One that is removed and not committed yet is known, and not there.
        let Ok(content) = std::fs::read(Path::new(ROOT).join(file)) else { continue };
        domi_host::file::write(&folder.path().join(file), content).expect("it can be written");
    }
    folder
}

/// A reference that an environment variable holds.
fn given(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Nix, and the inputs that replace those of the lock; nothing where they are not given.
fn nix_and_inputs() -> Option<(Nix, Vec<(&'static str, String)>)> {
    let nix = nix()?;
    let Some(nixpkgs) = given("DOMI_NIXPKGS") else {
        eprintln!("SKIPPED: DOMI_NIXPKGS names no nixpkgs");
        return None;
    };
    let flake_parts = given("DOMI_FLAKE_PARTS").map(|it| ("flake-parts", it));
    Some((nix, std::iter::once(("nixpkgs", nixpkgs)).chain(flake_parts).collect()))
}

/// Whether the flake of the folder passes, and all that Nix says.
fn flake_check(nix: &Nix, folder: &Path, inputs: &[(&str, String)]) -> (bool, String) {
    let flake = Flake::of(folder).expect("a flake");
    let flake = inputs.iter().fold(flake, |flake, (name, it)| flake.with_input(*name, it));
    let program = nix
        .program(["flake", "check", "--no-build", "--show-trace"])
        .args(flake.flags())
        .arg(flake.reference())
        .time_limit(LIMIT)
        .output_limit(64 << 20);
    let outcome = program.run(&Interrupt::default()).expect("nix starts");
    (outcome.success(), String::from_utf8_lossy(&outcome.stderr).into_owned())
}

/// Replaces a text of a file, and looks for what Nix says of it.
#[track_caller]
fn check(file: &str, from: &str, to: &str, says: &[&str]) {
    let Some((nix, inputs)) = nix_and_inputs() else { return };
    let folder = copy();
    let path = folder.path().join(file);
    let text = std::fs::read_to_string(&path).expect("text");
    assert!(text.contains(from), "{file} has no {from}");
    std::fs::write(&path, text.replacen(from, to, 1)).expect("it can be written");
    let (passes, said) = flake_check(&nix, folder.path(), &inputs);
    assert!(!passes, "it passes with {to}");
    for expected in says {
        assert!(said.contains(expected), "nothing says {expected}:\n{said}");
    }
}

#[test]
fn an_option_that_is_not_there_is_found_in_a_test() {
    check(
        "tests/feature-x.nix",
        "domi.services.feature-x.enable = true;",
        "domi.services.feature-x.enabel = true;",
        &[
            "The option `nodes.machine.domi.services.feature-x.enabel' does not exist",
            "the test `answers-with-the-greeting' of ",
            "/tests/feature-x.nix': true",
        ],
    );
}

#[test]
fn a_value_of_a_wrong_type_is_found_in_a_test() {
    check(
        "tests/feature-x.nix",
        "port = 80;",
        "port = \"eighty\";",
        &[
            "option `nodes.machine.domi.services.feature-x.port' is not of type `16 bit unsigned",
            "the test `follows-its-settings' of ",
            "/tests/feature-x.nix': \"eighty\"",
        ],
    );
}

#[test]
fn a_failed_assertion_is_found_in_a_test() {
    check(
        "tests/feature-y.nix",
        "folders.docs.source = \"/srv/docs\";",
        "folders.docs.source = \"/\";",
        &[
            "Failed assertions:",
            "- a copy of / would hold itself",
            "the test `copies-a-folder' of ",
            "/tests/feature-y.nix:",
        ],
    );
}

#[test]
fn an_option_that_is_not_there_is_found_in_the_trunk() {
    check(
        "systems/default.nix",
        "time.timeZone =",
        "time.timeZoen =",
        &["The option `time.timeZoen' does not exist", "/systems/default.nix':"],
    );
}

/// What an attribute of the folder's flake is, once a function was applied to it, as JSON; with more
/// words for Nix.
fn value(folder: &Path, attribute: &str, apply: &str, more: &[&str]) -> Option<String> {
    let (nix, inputs) = nix_and_inputs()?;
    let flake = Flake::of(folder).expect("a flake");
    let flake = inputs.iter().fold(flake, |flake, (name, it)| flake.with_input(*name, it));
    let program = nix
        .program(["eval", "--json", "--show-trace", "--apply", apply])
        .args(more)
        .args(flake.flags())
        .arg(format!("{}#{attribute}", flake.reference()))
        .time_limit(LIMIT);
    let outcome = program.run(&Interrupt::default()).expect("nix starts");
    assert!(outcome.success(), "{attribute}: {}", String::from_utf8_lossy(&outcome.stderr));
    Some(String::from_utf8_lossy(&outcome.stdout).trim().to_owned())
}

/// What Nix says of an attribute of this flake, once a function was applied to it.
#[track_caller]
fn check_value(attribute: &str, apply: &str, expected: &str) {
    let said = value(copy().path(), attribute, apply, &[]);
    if let Some(said) = said {
        assert_eq!(said, expected, "{attribute}");
    }
}

#[test]
fn the_overlay_has_what_is_built_from_the_nixpkgs_that_it_is_put_on() {
    // A nixpkgs that tells what it is asked to build.
    let told = "overlay: let
        final = {
          callPackage = path: arguments:
            baseNameOf (toString (arguments.crate or path));
          stdenv.hostPlatform.system = \"aarch64-linux\";
        };
        inherit (overlay final final) domi-nix;
      in [ domi-nix.xtask domi-nix.docs domi-nix.plugins.feature-x ]";
    check_value("overlays.default", told, "[\"xtask.nix\",\"docs.nix\",\"feature-x\"]");
}

#[test]
fn only_features_that_are_mature_enough_are_among_all_where_a_repository_says_so() {
    let folder = copy();
    let (index, root) =
        (folder.path().join("nix/features.nix"), folder.path().join("nix/default.nix"));
    // `nix eval` looks among packages first, which asks each feature for its platforms.
    let features = "builtins.mapAttrs
      (name: it: it // { platforms = [ ]; module = ../modules/services + \"/${name}.nix\"; })
      { cache = { }; dns.maturity = \"test\"; metrics.maturity = \"prod\"; }";
    std::fs::write(index, features).expect("it can be written");
    let text = std::fs::read_to_string(&root).expect("text");
    assert!(text.contains("\n  systems ="), "{text}");
    let names = "let
        names = module:
          if builtins.isAttrs module then builtins.concatMap names module.imports
          else [ (baseNameOf (toString module)) ];
      in names";
    for (least, expected) in
        [("test", "[\"dns.nix\",\"metrics.nix\"]"), ("prod", "[\"metrics.nix\"]")]
    {
        let line = format!("\n  domi.distribution = \"{least}\";\n  systems =");
        std::fs::write(&root, text.replacen("\n  systems =", &line, 1)).expect("it can be written");
        if let Some(said) = value(folder.path(), "nixosModules.default", names, &[]) {
            assert_eq!(said, expected, "{least}");
        }
    }
}

#[test]
fn the_shell_of_a_feature_has_its_software() {
    let names = "shell: builtins.map (it: it.pname or it.name) shell.packages";
    check_value("devShells.x86_64-linux.feature-x", names, "[\"curl\",\"lighttpd\"]");
}

#[test]
fn the_bare_shell_of_the_trunk_shows_every_feature_that_is_enabled() {
    let shown =
        "it: let shell = it.config.domi.ui.domi-nix-shell; in [ shell.enable shell.features ]";
    let check = |attribute: &str, expected: &str| {
        check_value(&format!("legacyPackages.x86_64-linux.compose.{attribute}"), shown, expected);
    };
    check("minimal", "[true,{}]");
    check(
        "full.cache.hardening",
        r#"[true,{"cache":{"summary":"A cache in memory for programs, spoken to as Redis is","units":["cache.service"]},"hardening":{"summary":"Forbids what hardly any program needs of the kernel and the SSH server","units":[]}}]"#,
    );
}

#[test]
fn the_ssh_server_of_nixos_is_told_what_the_file_of_other_servers_says() {
    let told = "compose: let
        options = [ \"PasswordAuthentication\" \"PermitRootLogin\" \"AllowAgentForwarding\" ];
        of = ssh: let
          level.domi.security.hardening = { inherit ssh; };
          system = \"x86_64-linux\";
          nixos = compose { inherit system; features = [ \"hardening\" ]; modules = [ level ]; };
          all = nixos.config.services.openssh.settings;
          ciphers = if ssh == \"strict\" then [ all.Ciphers ] else [ ];
        in map (name: all.${name} or null) options ++ ciphers;
      in [ (of \"none\") (of \"usual\") (of \"strict\") ]";
    let expected = r#"[[true,"prohibit-password",null],[false,"prohibit-password",false],[false,"no",false,["-*-ctr","*-cbc"]]]"#;
    check_value("lib.compose", told, expected);
}

/// The lock and the flake agree where nothing would have to be looked up.
#[track_caller]
fn check_lock(from: &str, to: &str, agrees: bool) {
    let nix = match Nix::find(&Interrupt::default()).expect("nix starts") {
        Ok(nix) => nix,
        Err(problem) => return eprintln!("SKIPPED: {problem}"),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flake = std::fs::read_to_string(Path::new(ROOT).join("flake.nix")).expect("text");
    assert!(flake.contains(from), "flake.nix has no {from}");
    let lock = std::fs::read(Path::new(ROOT).join("flake.lock")).expect("it is there");
    let write = |name: &str, content: &[u8]| {
        domi_host::file::write(&folder.path().join(name), content).expect("it can be written");
    };
    write("flake.nix", flake.replacen(from, to, 1).as_bytes());
    write("flake.lock", &lock);
    let reference = format!("path:{}", folder.path().display());
    let program = nix.program(["flake", "metadata", "--offline", "--no-update-lock-file"]);
    let outcome = program.arg(reference).time_limit(LIMIT).run(&Interrupt::default());
    let outcome = outcome.expect("nix starts");
    let said = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!(outcome.success(), agrees, "{said}");
}

#[test]
fn the_lock_has_what_the_flake_wants() {
    check_lock("nixos-26.05", "nixos-26.05", true);
    check_lock("nixos-26.05", "nixos-25.11", false);
    check_lock("github:hercules-ci/flake-parts", "github:example/flake-parts", false);
    check_lock("inputs.nixpkgs-lib.follows = \"nixpkgs\";", "", false);
}
