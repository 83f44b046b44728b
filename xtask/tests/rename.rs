//! `rename`: an option gets another name, with the real SDK and the real compiler, as a person sees it.
//!
//! `DOMI_TEST_MACHINE=0` leaves out what needs a machine, and says so.

use crate::workspace::files::files;
use crate::workspace::shelves::{READER, SHELF, shelves};
use crate::workspace::with_sdk::run;
use crate::workspace::{Workspace, images, machines};

#[test]
fn an_option_gets_another_name_and_the_old_one_stays_an_alias() {
    let workspace = shelves();
    let before = files(&workspace);
    let mut seen = run(&workspace, &["rename", "shelf.word", "firstWord", "--dry-run"]);
    let json = run(&workspace, &["rename", "shelf.word", "firstWord", "--dry-run", "--json"]);
    assert!(json.contains("\"schema\": \"domi.rename/1\""), "{json}");
    assert_eq!(files(&workspace), before, "a dry run changes nothing");
    seen += &run(&workspace, &["rename", "shelf.word", "firstWord"]);
    insta::assert_snapshot!(seen);
    let read = |path: &str| std::fs::read_to_string(workspace.root.join(path)).unwrap();
    let module = read("modules/services/shelf.nix");
    assert!(module.contains("lib.doRename"), "{module}");
    assert!(read("features/reader/src/main.rs").contains("shelf.first_word()).or(cfg.word())"));
    for words in [&["generate", "--check"][..], &["fleet", "check"]] {
        let said = run(&workspace, words);
        assert!(said.ends_with("--- exit 0\n") && !said.contains("D0204"), "{said}");
    }
    // The same settings under either name make the same machine.
    let sides = ["diff", "shelf", "--before", "word=pie", "--after", "firstWord=pie", "--json"];
    let said = run(&workspace, &sides);
    assert!(said.contains("\"differences\": []"), "{said}");
    // It can get another one, and is known by both.
    let again = run(&workspace, &["rename", "shelf.firstWord", "listenIPv4"]);
    assert!(again.contains("--- exit 0"), "{again}");
    let program = read("features/shelf/src/main.rs");
    let expected = "    #[option(default = \"bread\")] // what we bake\n    \
                    #[option(renamed_from = \"word\", since = \"1.2.3\")]\n    \
                    #[option(name = \"listenIPv4\", renamed_from = \"firstWord\", since = \"1.2.3\")]\n    \
                    listen_ipv4: NonEmptyStr,\n";
    assert!(program.contains(expected), "{program}");
    // Later versions warn, and then refuse.
    let minor = |version: &str| {
        let manifest = read("features/shelf/Cargo.toml").replace("1.2.3", version);
        workspace.write("features/shelf/Cargo.toml", &manifest);
        run(&workspace, &["fleet", "check"])
    };
    let warned = minor("1.3.0");
    assert!(warned.contains("warning[D0204]") && warned.ends_with("--- exit 0\n"), "{warned}");
    workspace.write(
        "features/shelf/Cargo.toml",
        &read("features/shelf/Cargo.toml").replace("1.3.0", "1.2.3"),
    );
    let refused = minor("2.0.0");
    assert!(refused.contains("error[D0205]"), "{refused}");
}

#[test]
fn what_cannot_be_renamed_stays_as_it_is() {
    let workspace = shelves();
    let before = files(&workspace);
    let refusals = [
        ["shelf.words", "x"],
        ["shelf.word", "other"],
        ["shelf.word", "First-Word"],
        ["shelf.word", "word"],
        ["shelf.enable", "on"],
        ["shelf.word.more", "x"],
        ["shelf.", "x"],
        // The compiler knows a method of this name.
        ["shelf.word", "clone"],
    ];
    let said = refusals.map(|[option, to]| run(&workspace, &["rename", option, to]));
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(files(&workspace), before, "nothing was changed");
    // Under the old name, the program then finds another method.
    let hidden = "trait Same {\n    fn word(&self) -> Expr<NonEmptyStr>;\n}\n\n\
                  impl Same for &Expr<Shelf> {\n    fn word(&self) -> Expr<NonEmptyStr> {\n        \
                  self.other()\n    }\n}\n\n";
    let program = SHELF.replace("/// What `word` is", &format!("{hidden}/// What `word` is"));
    workspace.write("features/shelf/src/main.rs", &program);
    let made = run(&workspace, &["generate"]);
    assert!(made.contains("--- exit 0"), "{made}");
    let before = files(&workspace);
    let said = run(&workspace, &["rename", "shelf.word", "firstWord"]);
    assert!(said.contains("would say something else: "), "{said}");
    assert!(said.ends_with("--- exit 2\n"), "{said}");
    assert_eq!(files(&workspace), before, "nothing was changed");
}

#[test]
fn tests_and_all_who_use_it_get_the_new_name() {
    let workspace = shelves();
    let tests = "\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn it_is() {\n        \
                 let _ = |cfg: &Expr<Shelf>| cfg.word();\n    }\n}\n";
    workspace.write("features/shelf/src/main.rs", &format!("{SHELF}{tests}"));
    let reader = READER
        .replace("/// Reads a word.", "mod rack;\n\n/// Reads a word.")
        .replace("        system.etc", "        let word = rack::word(word);\n        system.etc");
    workspace.write("features/reader/src/main.rs", &reader);
    workspace.write(
        "features/reader/src/rack.rs",
        "//! The shelf again.\n\nuse domi::prelude::*;\n\n/// What is read of it.\n#[derive(Options)]\nstruct Rack \
         {\n    /// The word.\n    word: NonEmptyStr,\n}\n\nimpl Neighbour for Rack {\n    const NAME: &str = \
         \"shelf\";\n    const KIND: Kind = Kind::Services;\n}\n\n/// It.\npub(crate) fn word(other: Expr<NonEmptyStr>) -> \
         Expr<NonEmptyStr> {\n    neighbour::<Rack>().read(|it| it.word()).or(other)\n}\n",
    );
    let made = run(&workspace, &["generate"]);
    assert!(made.contains("--- exit 0"), "{made}");
    let said = run(&workspace, &["rename", "shelf.word", "firstWord"]);
    assert!(said.ends_with("--- exit 0\n"), "{said}");
    let read = |path: &str| std::fs::read_to_string(workspace.root.join(path)).unwrap();
    let rack = read("features/reader/src/rack.rs");
    assert!(
        rack.contains("    first_word: NonEmptyStr") && rack.contains("it.first_word()"),
        "{rack}"
    );
    let shelf = read("features/shelf/src/main.rs");
    assert!(shelf.contains("let _ = |cfg: &Expr<Shelf>| cfg.first_word();"), "{shelf}");
}

#[test]
fn a_crate_outside_of_the_workspace_stays_as_it_is() {
    let workspace = Workspace::with_greeting();
    let manifest = "[package]\nname = \"greeting\"\nedition = \"2024\"\nworkspace = \"../../inner\"\n\
         [package.metadata.domi]\ncommand = [\"./plugin.sh\"]\n";
    workspace.write("features/greeting/Cargo.toml", manifest);
    let inner = "[workspace]\nresolver = \"3\"\nmembers = [\"../features/greeting\"]\n";
    workspace.write("inner/Cargo.toml", inner);
    let mut command = workspace.command("rename greeting.text words");
    let output = command.current_dir(workspace.root.join("inner")).output().unwrap();
    let said = workspace.shown("rename greeting.text words", &output);
    assert!(said.contains("greeting: its crate is not in a folder of this workspace"), "{said}");
    assert!(said.ends_with("--- exit 2\n"), "{said}");
}

#[test]
fn a_machine_keeps_its_data_under_either_name() {
    if !machines::may_run() {
        return;
    }
    let workspace = shelves();
    let said = run(&workspace, &["rename", "shelf.word", "firstWord"]);
    assert!(said.contains("--- exit 0"), "{said}");
    let test = |words: &str| {
        let mut command = images::command(&workspace, words);
        let output = command.output().unwrap();
        workspace.shown(words, &output)
    };
    // By the new name, with a switch; then on a machine that has the old one.
    let kept = test("test shelf --test keeps");
    assert!(kept.ends_with("--- exit 0\n"), "{kept}");
    let other = test("test shelf --test starts --set word=pie");
    assert!(other.contains("+ pie"), "{other}");
}
