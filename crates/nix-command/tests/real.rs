//! The real `nix` of this computer. If there is none, every test says so and is skipped.

use std::time::Duration;

use domi_host::Interrupt;
use domi_host::command::{End, Program};
use domi_nix_command::{Flake, Nix, NixFailed};

const LIMIT: Duration = Duration::from_secs(60);

/// The nix of this computer; says why a test is skipped if there is none.
fn nix() -> Option<Nix> {
    let found = Nix::find(&Interrupt::default()).expect("nix is asked for its version");
    found.inspect_err(|problem| eprintln!("skipped: {problem}")).ok()
}

fn eval(nix: &Nix, expression: &str) -> Result<serde_json::Value, NixFailed> {
    nix.eval_json(["--expr", expression], LIMIT, &Interrupt::default())
}

#[test]
fn an_expression_comes_as_json() {
    let Some(nix) = nix() else { return };
    let value = eval(&nix, "{ a = [ 1 \"x\" null ]; }").unwrap();
    assert_eq!(value, serde_json::json!({ "a": [1, "x", null] }));
}

#[test]
fn an_error_comes_without_the_way_that_led_to_it() {
    let Some(nix) = nix() else { return };
    let expression = "let f = x: throw \"no ${x}\"; in { a = f \"x\\nbut\\n  go\"; }";
    let failed = eval(&nix, expression).unwrap_err();
    let NixFailed::Ended { end, message, .. } = &failed else { panic!("{failed}") };
    assert_eq!((*end, &**message), (End::Exit(1), "no x\nbut\n  go"));
    assert!(failed.is_refusal());
}

#[test]
fn an_evaluation_without_end_is_ended() {
    let Some(nix) = nix() else { return };
    let endless = "let f = x: if x < 0 then x else f (x + 1 - 1); in builtins.foldl' (a: b: \
                   builtins.length (builtins.genList (x: x + b) 100000)) 0 (builtins.genList (x: x) 100000000)";
    let limit = Duration::from_millis(300);
    let failed = nix.eval_json(["--expr", endless], limit, &Interrupt::default()).unwrap_err();
    let NixFailed::Ended { end, .. } = &failed else { panic!("{failed}") };
    assert_eq!(*end, End::TimedOut);
    assert!(!failed.is_refusal());
}

#[test]
fn an_interrupt_ends_an_evaluation() {
    let Some(nix) = nix() else { return };
    let interrupt = Interrupt::default();
    interrupt.set();
    let failed = nix.eval_json(["--expr", "1"], LIMIT, &interrupt).unwrap_err();
    assert!(matches!(failed, NixFailed::Interrupted), "{failed}");
}

#[test]
fn a_flake_is_found_in_any_folder_of_a_git_work_tree() {
    let Some(nix) = nix() else { return };
    let top = tempfile::tempdir().expect("a temporary folder");
    let git = |words: &[&str]| {
        Program::new("git").args(words).folder(top.path()).read(&Interrupt::default())
    };
    git(&["init", "--quiet"]).expect("a work tree");
    let below = top.path().join("below");
    for folder in [top.path().to_owned(), below.clone(), below.join("a b?")] {
        fs_err::create_dir_all(&folder).expect("it can be made");
        let name = folder.file_name().and_then(|name| name.to_str()).expect("it has a name");
        let flake = format!("{{ outputs = _: {{ here = {name:?}; }}; }}");
        fs_err::write(folder.join("flake.nix"), flake).expect("it can be written");
        git(&["add", "."]).expect("git knows it");
        let flake = Flake::of(&folder).expect("it has one");
        let here = nix.eval_json(flake.words("here"), LIMIT, &Interrupt::default()).unwrap();
        assert_eq!(here.as_str(), Some(name));
    }
}
