//! Builds with the real `nix`. They need only a shell: no nixpkgs, no cache. If there is no nix
//! that may build, every test says so and is skipped.

use std::path::Path;
use std::time::Duration;

use domi_host::Interrupt;
use domi_host::command::End;
use domi_nix_command::{Build, Nix, NixFailed, Said};

const LIMIT: Duration = Duration::from_secs(60);

const FLAKE: &str = r#"
{
  outputs = _: let
    built = name: system: script:
      derivation {
        inherit name system;
        builder = "/bin/sh";
        args = [ "-c" script ];
        # Another path in every run of the tests, so that nothing is taken from the store.
        inherit (_.self) narHash;
      };
    here = "SYSTEM";
  in {
    passes = built "passes" here "echo it builds; echo yes > $out";
    fails = built "fails" here "echo a reason; echo another >&2; exit 3";
    hangs = built "hangs" here "echo begun; kill -STOP $$";
    kills = built "kills" here "kill -KILL $PPID; kill -STOP $$";
    chats = built "chats" here "n=0; while [ $n -lt 20000 ]; do echo line $n; n=$((n + 1)); done; echo yes > $out";
    foreign = built "foreign" "mips-linux" "echo yes > $out";
    broken = throw "it is broken";
  };
}
"#;

/// A nix that may build here, and the folder of the flake.
fn fixture() -> Option<(Nix, tempfile::TempDir)> {
    let found = Nix::find(&Interrupt::default()).expect("nix is asked for its version");
    let nix = found.inspect_err(|problem| eprintln!("skipped: {problem}")).ok()?;
    // As root without a daemon there are no build users, and no shell for the sandbox.
    let nix = ["build-users-group", "substituters"]
        .into_iter()
        .fold(nix.with_option("sandbox", "false"), |nix, name| nix.with_option(name, ""));
    let system = nix.capabilities(None, &Interrupt::default()).expect("a configuration");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flake = FLAKE.replace("SYSTEM", &system.systems[0]);
    fs_err::write(folder.path().join("flake.nix"), flake).expect("it can be written");
    let mark = format!("{:?}", folder.path());
    fs_err::write(folder.path().join("mark"), mark).expect("it can be written");
    match build(&nix, folder.path(), "passes", LIMIT).0.built {
        Ok(_) => Some((nix, folder)),
        Err(failed) => {
            eprintln!("skipped: this nix may not build here: {failed}");
            None
        }
    }
}

fn build(nix: &Nix, folder: &Path, name: &str, limit: Duration) -> (Build, Vec<Said>) {
    let mut said = Vec::new();
    let installable = format!("path:{}#{name}", folder.display());
    let build = nix.build([installable], limit, &Interrupt::default(), |it| said.push(it));
    (build, said)
}

#[track_caller]
fn check_fails(name: &str, limit: Duration, expected: End) -> Option<(Build, String)> {
    let (nix, folder) = fixture()?;
    let (build, _) = build(&nix, folder.path(), name, limit);
    let Err(NixFailed::Ended { end, message, .. }) = &build.built else {
        panic!("{:?}", build.built)
    };
    assert_eq!(*end, expected, "{message}");
    let message = message.clone();
    Some((build, message))
}

#[test]
fn what_is_built_is_named_and_what_is_said_is_shown() {
    let Some((nix, folder)) = fixture() else { return };
    let (build, said) = build(&nix, folder.path(), "chats", LIMIT);
    let built = build.built.expect("it builds");
    assert_eq!(fs_err::read_to_string(&built[0].outputs["out"]).expect("it is there"), "yes\n");
    let drv = built[0].drv_path.clone().expect("it has a derivation");
    let lines = said.iter().filter(|said| matches!(said, Said::Line { .. })).count();
    assert_eq!(lines, 20000);
    assert_eq!(build.log.of(&drv).last().map(String::as_str), Some("line 19999"));
}

#[test]
fn a_build_that_fails_leaves_its_log() {
    let Some((build, message)) = check_fails("fails", LIMIT, End::Exit(1)) else { return };
    assert!(message.contains("exit code 3"), "{message}");
    let failed = build.log.failed();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(build.log.of(&failed[0]), ["a reason", "another"]);
}

#[test]
fn a_build_that_hangs_is_stopped_at_the_limit() {
    let limit = Duration::from_secs(3);
    let Some((build, _)) = check_fails("hangs", limit, End::TimedOut) else { return };
    assert!(build.built.is_err_and(|failed| !failed.is_refusal()));
}

#[test]
fn a_nix_that_is_killed_is_known_for_it() {
    check_fails("kills", LIMIT, End::Signal(9));
}

#[test]
fn an_error_of_evaluation_is_a_refusal() {
    let Some((build, message)) = check_fails("broken", LIMIT, End::Exit(1)) else { return };
    assert!(!message.is_empty());
    assert!(build.built.is_err_and(|failed| failed.is_refusal()));
}

#[test]
fn a_system_that_nobody_builds_for_is_a_problem() {
    let Some((build, _)) = check_fails("foreign", LIMIT, End::Exit(1)) else { return };
    let problem = build.built.expect_err("nobody builds it").problem().expect("it is one");
    assert_eq!((problem.code.0, &*problem.subject), ("D0805", "mips-linux"));
}

#[test]
fn derivations_of_a_set_are_evaluated_at_once_and_one_that_throws_stops_no_other() {
    let Some((nix, folder)) = fixture() else { return };
    let path = folder.path().join("set");
    let flake =
        "{ outputs = _: let d = name: { type = \"derivation\"; drvPath = \"/${name}.drv\"; }; in {
      checks.a = d \"a\" // { driver = d \"a-driver\"; };
      checks.\"b.\\${c}\" = d \"b\";
      checks.of.one = d \"one\";
      checks.thrown = throw \"no\";
      checks.wrong = d (1 + \"\");
    }; }";
    fs_err::create_dir(&path).expect("it can be made");
    fs_err::write(path.join("flake.nix"), flake).expect("it can be written");
    let flake = domi_nix_command::Flake::of(&path).expect("it has one");
    let ask =
        |names: &[&str]| nix.derivations(&flake, "checks", names, LIMIT, &Interrupt::default());
    let got = ask(&["a", "b.${c}", "of/one", "thrown", "thrown/one", "missing/one"])
        .expect("nothing stops it");
    let got: Vec<_> = got
        .iter()
        .map(|(name, it)| (&**name, it.as_ref().map(|it| (&*it.drv_path, it.driver.as_deref()))))
        .collect();
    let expected = [
        ("a", Some(("/a.drv", Some("/a-driver.drv")))),
        ("b.${c}", Some(("/b.drv", None))),
        ("of/one", Some(("/one.drv", None))),
        ("thrown", None),
        ("thrown/one", None),
    ];
    assert_eq!(got, expected);
    assert!(ask(&["a", "wrong"]).is_err_and(|failed| failed.is_refusal()));
}
