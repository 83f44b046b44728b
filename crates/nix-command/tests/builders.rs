//! Builds on another computer, which is reached by a real `ssh`. They need only a shell. If this
//! computer lacks something for that, a message says so, and the tests are skipped.

mod pair;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use domi_host::Interrupt;
use domi_nix_command::{Build, Builds, Flake, NixFailed, Said};

use pair::Pair;

const LIMIT: Duration = Duration::from_secs(120);

/// The builds need a system feature that only the other computer has.
const FLAKE: &str = r#"
{
  outputs = _: let
    built = name: system: features: script: derivation {
      inherit name system;
      builder = "/bin/sh";
      args = [ "-c" script ];
      requiredSystemFeatures = features;
    };
  in {
    checks."SYSTEM" = {
      passes = built "passes" "SYSTEM" [ "there" ] "echo it builds; echo yes > $out";
      fails = built "fails" "SYSTEM" [ "there" ] "echo a reason; exit 3";
      hangs = built "hangs" "SYSTEM" [ "there" ] "echo begun; /bin/sh -c 'kill -STOP $$' MARK & wait";
      foreign = built "foreign" "mips-linux" [ ] "echo yes > $out";
      special = built "special" "SYSTEM" [ "there" "nowhere" ] "echo yes > $out";
    };
  };
}
"#;

/// Builds a check in the way the runner does: it is evaluated to its derivation, which is built.
fn build(
    pair: &Pair,
    name: &str,
    builders: &str,
    interrupt: &Interrupt,
    see: impl FnMut(Said) + Send,
) -> (Build, String) {
    let flake = Flake::of(&pair.folder.path().join("flake")).expect("it has one");
    let set = format!("checks.{}", pair.system);
    let derivations = pair
        .nix
        .derivations(&flake, &set, &[name], LIMIT, &Interrupt::default())
        .expect("it evaluates");
    let drv = derivations[name].clone().expect("it does not throw").drv_path;
    let words = [pair.nix.outputs_of(&drv), "--keep-failed".to_owned()];
    let builders = ["--builders".to_owned(), builders.to_owned()];
    let build = pair.nix.build(words.iter().chain(&builders), LIMIT, interrupt, see);
    (build, drv)
}

/// What a store reports about a path.
fn info(pair: &Pair, store: &str, path: &Path) -> serde_json::Value {
    let store = format!("local?root={}/{store}", pair.folder.path().display());
    let path = path.display().to_string();
    let program = pair.nix.program(["path-info", "--json", "--store", &store, &path]);
    let info: serde_json::Value =
        pair.nix.read_json(&program, &Interrupt::default()).expect("it is known");
    // A list in old versions, an object in new ones.
    info.get(0).or_else(|| info.get(&path)).cloned().expect("it is said of the path")
}

#[track_caller]
fn check_builds(protocol: &str) {
    let Some(pair) = pair::pair(FLAKE, "passes") else { return };
    let (uri, machines) = (pair.builder(protocol, "builder"), pair.machines(protocol));
    let capable = pair.nix.capabilities(Some(&machines), &Interrupt::default()).expect("it says");
    assert!(capable.only_remote);
    assert_eq!(capable.builds(&pair.system, &["there"]), Some(Builds::At(uri.clone())));

    let mut lines = Vec::new();
    let (build, drv) = build(&pair, "passes", &machines, &Interrupt::default(), |said| {
        if let Said::Line { line, .. } = said {
            lines.push(line);
        }
    });
    let built = build.built.expect("it builds");
    assert_eq!(lines, ["it builds"]);
    assert_eq!(build.log.builder(&drv), Some(&*uri));
    let output = &built[0].outputs["out"];
    for store in ["here", "there"] {
        let below = output.strip_prefix("/").expect("it is absolute");
        let file = pair.folder.path().join(store).join(below);
        assert_eq!(fs_err::read_to_string(file).expect("it is in both stores"), "yes\n");
    }
    // A store that built a path itself trusts it without a signature.
    assert_eq!(info(&pair, "there", output)["ultimate"], true);
    assert_ne!(info(&pair, "here", output)["ultimate"], true);
    pair.nothing_is_left();
}

#[test]
fn another_computer_builds_what_this_one_may_not() {
    check_builds("ssh-ng");
}

#[test]
fn another_computer_builds_by_the_older_protocol() {
    check_builds("ssh");
}

#[test]
fn a_build_that_fails_there_leaves_its_log_here() {
    let Some(pair) = pair::pair(FLAKE, "passes") else { return };
    let machines = pair.machines("ssh-ng");
    let (build, drv) = build(&pair, "fails", &machines, &Interrupt::default(), |_| ());
    let failed = build.built.expect_err("it fails");
    assert!(failed.problem().is_none(), "{failed}");
    assert!(failed.to_string().contains("exit code 3"), "{failed}");
    assert_eq!((build.log.failed(), build.log.of(&drv)), (vec![drv], vec!["a reason".to_owned()]));
}

#[track_caller]
fn check_problem(pair: &Pair, check: &str, builders: &str, expected: [&str; 3]) {
    let (build, _) = build(pair, check, builders, &Interrupt::default(), |_| ());
    let failed = build.built.expect_err("nobody builds it");
    let problem = failed.problem().unwrap_or_else(|| panic!("{failed:?}"));
    let [code, subject, says] = expected;
    assert_eq!((problem.code.0, &*problem.subject), (code, subject));
    assert!(problem.message.contains(says), "{problem}");
}

#[test]
fn what_stands_in_the_way_of_a_build_elsewhere_is_a_problem() {
    let Some(pair) = pair::pair(FLAKE, "passes") else { return };
    let machines = pair.machines("ssh-ng");
    let at = |host: &str| {
        let uri = pair.builder("ssh-ng", host);
        (format!("{uri} {} - 2 1 there", pair.system), uri)
    };
    let lacks = "builds for it with nowhere, there";
    check_problem(&pair, "special", &machines, ["D0805", &pair.system, lacks]);
    check_problem(&pair, "foreign", &machines, ["D0805", "mips-linux", "no builder"]);
    check_problem(&pair, "passes", "", ["D0805", "nix", "max-jobs = 0"]);
    for (host, says) in [
        ("gone", "Connection refused"),
        ("stranger", "Permission denied"),
        ("impostor", "Host key verification failed"),
    ] {
        let (machines, uri) = at(host);
        check_problem(&pair, "passes", &machines, ["D0808", &uri, says]);
    }
    // A builder that works is used instead, and no problem is reported.
    let both = format!("{}; {machines}", at("gone").0);
    let mut warnings = Vec::new();
    let (build, drv) = build(&pair, "passes", &both, &Interrupt::default(), |said| {
        if let Said::Warning(warning) = said {
            warnings.push(warning);
        }
    });
    build.built.expect("the other one builds it");
    assert_eq!(build.log.builder(&drv), Some(&*pair.builder("ssh-ng", "builder")));
    assert!(warnings.iter().any(|warning| warning.contains("gone")), "{warnings:?}");
    pair.nothing_is_left();
}

#[test]
fn a_builder_that_never_answers_takes_no_more_than_seconds() {
    let Some(pair) = pair::pair(FLAKE, "passes") else { return };
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = silent.local_addr().expect("it has an address").port();
    let config = pair.folder.path().join("ssh_config");
    let text = fs_err::read_to_string(&config).expect("it is there");
    fs_err::write(&config, format!("{text}Host silent\n  HostName 127.0.0.1\n  Port {port}\n"))
        .expect("it can be written");
    let uri = pair.builder("ssh-ng", "silent");
    let begun = Instant::now();
    let machines = format!("{uri} {} - 2 1 there", pair.system);
    check_problem(&pair, "passes", &machines, ["D0808", &uri, "timed out"]);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    pair.nothing_is_left();
}

#[test]
fn an_interrupt_ends_a_build_on_both_sides() {
    let Some(pair) = pair::pair(FLAKE, "passes") else { return };
    let interrupt = Interrupt::default();
    let machines = pair.machines("ssh-ng");
    let (build, _) = build(&pair, "hangs", &machines, &interrupt, |said| {
        if matches!(&said, Said::Line { line, .. } if line == "begun") {
            // The shell that builds has the folder's name in its arguments.
            assert!(!pair.processes().is_empty());
            interrupt.set();
        }
    });
    assert!(matches!(build.built, Err(NixFailed::Interrupted)), "{:?}", build.built);
    pair.nothing_is_left();
}
