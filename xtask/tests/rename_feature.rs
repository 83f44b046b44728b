//! `rename`: a feature gets another name, with the real SDK and the real compiler, as a person sees it.
//!
//! `DOMI_TEST_MACHINE=0` leaves out what needs a machine, and says so.

use crate::workspace::committed::commit;
use crate::workspace::files::files;
use crate::workspace::git::git_in;
use crate::workspace::shelves::{READER, SHELF, shelves};
use crate::workspace::with_sdk::run;
use crate::workspace::{Workspace, images, machines};

fn read(workspace: &Workspace, path: &str) -> String {
    std::fs::read_to_string(workspace.root.join(path)).unwrap_or_default()
}

/// The workspace with a release of the shelf.
fn released(shelf: &str) -> Workspace {
    let workspace = shelves();
    workspace.write("features/shelf/src/main.rs", shelf);
    let made = run(&workspace, &["generate"]);
    assert!(made.ends_with("--- exit 0\n"), "{made}");
    commit(&workspace);
    let written = run(&workspace, &["release", "shelf", "--write"]);
    assert!(written.ends_with("--- exit 0\n"), "{written}");
    git_in(&workspace.root, &["add", "."]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=A release"]);
    let tagged = run(&workspace, &["release", "shelf", "--tag"]);
    assert!(tagged.ends_with("--- exit 0\n"), "{tagged}");
    workspace
}

#[test]
fn a_feature_gets_another_name_and_the_old_one_stays_an_alias() {
    let workspace = released(SHELF);
    workspace.write("domi.toml", "# The shelf.\n[fleet]\nroot = \"fleet\"\n");
    let known = "[[quarantine]]\njobs = \"feature(shelf) and test(word)\"\nreason = \"none\"\nuntil = 2099-01-01\n";
    workspace.write("quarantine.toml", known);
    let before = files(&workspace);
    let mut seen = run(&workspace, &["rename", "shelf", "rack", "--dry-run"]);
    let json = run(&workspace, &["rename", "shelf", "rack", "--dry-run", "--json"]);
    assert!(json.contains("\"renamed\": \"feature\""), "{json}");
    assert_eq!(files(&workspace), before, "a dry run changes nothing");
    seen += &run(&workspace, &["rename", "shelf", "rack"]);
    insta::assert_snapshot!(seen);
    assert!(!workspace.root.join("features/shelf").exists());
    let module = read(&workspace, "modules/services/rack.nix");
    assert!(module.contains("lib.doRename"), "{module}");
    assert!(module.contains("systemd.services.shelf"), "{module}");
    assert!(read(&workspace, "nix/features.nix").contains("formerly = [ \"shelf\" ];"));
    assert_eq!(read(&workspace, "features/rack/src/main.rs"), SHELF);
    for words in [&["generate", "--check"][..], &["fleet", "check"], &["show", "reader"]] {
        let said = run(&workspace, words);
        assert!(said.ends_with("--- exit 0\n"), "{said}");
    }
    // What the old name had is what it is compared with.
    let release = run(&workspace, &["release", "rack"]);
    assert!(release.contains("minor  feature-renamed"), "{release}");
    assert!(release.contains("shelf-v1.2.3"), "{release}");
    // A file of the fleet that has the old name again means the same.
    let host = read(&workspace, "fleet/hosts/counter.toml");
    let old_host = host.replace("rack", "shelf");
    workspace.write("fleet/hosts/counter.toml", &old_host);
    let taken = run(&workspace, &["fleet", "check"]);
    assert!(taken.ends_with("no problems\n--- exit 0\n"), "{taken}");
    // Later versions warn, and then refuse, which breaks.
    let version = |version: &str| {
        let manifest = read(&workspace, "features/rack/Cargo.toml");
        let old = manifest.lines().find(|line| line.starts_with("version")).unwrap();
        let new = format!("version = \"{version}\"");
        workspace.write("features/rack/Cargo.toml", &manifest.replace(old, &new));
        let made = run(&workspace, &["generate"]);
        assert!(made.ends_with("--- exit 0\n"), "{made}");
        read(&workspace, "modules/services/rack.nix")
    };
    let warned = version("1.3.0");
    assert!(warned.contains("lib.mkRenamedOptionModule"), "{warned}");
    let said = run(&workspace, &["fleet", "check"]);
    let warning = "shelf: the feature has been renamed to `rack`";
    assert!(said.contains("warning[D0204]") && said.contains(warning), "{said}");
    assert!(said.contains("hosts/counter.toml:"), "{said}");
    workspace.write("fleet/hosts/counter.toml", &host);
    let refused = version("2.0.0");
    assert!(refused.contains("lib.mkRemovedOptionModule"), "{refused}");
    workspace.write("fleet/hosts/counter.toml", &old_host);
    let said = run(&workspace, &["fleet", "check"]);
    assert!(said.contains("it is called `rack` now"), "{said}");
    workspace.write("fleet/hosts/counter.toml", &host);
    assert!(!read(&workspace, "nix/features.nix").contains("formerly"));
    let release = run(&workspace, &["release", "rack"]);
    assert!(release.contains("major  feature-name-removed"), "{release}");
}

#[test]
fn what_cannot_be_renamed_stays_as_it_is() {
    let workspace = shelves();
    let text = "[package]\nname = \"tool\"\nedition = \"2024\"\n[dependencies]\nreader = { path = \"../features/reader\" }\n";
    workspace.write("tool/Cargo.toml", text);
    workspace.write("tool/src/lib.rs", "");
    let members = read(&workspace, "Cargo.toml").replace("\"xtask\",", "\"xtask\", \"tool\",");
    workspace.write("Cargo.toml", &members);
    // It says something else under another name.
    let named = SHELF.replace("\"A shelf\"", "env!(\"CARGO_PKG_NAME\")");
    workspace.write("features/shelf/src/main.rs", &named);
    let other = "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2024\"\ndescription = \"Words\"\n\
                 [package.metadata.domi]\nkind = \"services\"\nformerly = [{ name = \"board\", since = \"0.1.0\" }]\n\
                 [dependencies]\ndomi-sdk = { workspace = true }\n";
    workspace.write("features/none/Cargo.toml", other);
    let program = READER.replace("Reader", "Other").replace("/etc/reader", "/etc/other");
    workspace.write("features/none/src/main.rs", &program.replace("\"reader\"", "\"other\""));
    workspace.write("features/plank/notes", "Mine.");
    let made = run(&workspace, &["generate"]);
    assert!(made.contains("--- exit 0"), "{made}");
    let before = files(&workspace);
    let refusals = [
        ["shelve", "x"],
        ["shelf", "shelf"],
        ["shelf", "Big Rack"],
        ["shelf", "reader"],
        ["shelf", "board"],
        ["shelf", "plank"],
        ["reader", "writer"],
        ["shelf", "rack"],
    ];
    let said = refusals.map(|[feature, to]| run(&workspace, &["rename", feature, to]));
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(files(&workspace), before, "nothing was changed");
    // What is not called as the feature keeps its name.
    let said = run(&workspace, &["rename", "other", "another", "--dry-run"]);
    assert!(
        said.contains("moves    crate: other → another\nstays    folder: features/none\n"),
        "{said}"
    );
    // Features that would answer to one name.
    workspace.write("features/none/Cargo.toml", &other.replace("board", "shelf"));
    let said = run(&workspace, &["generate", "--check"]);
    assert!(
        said.contains("error[D0108]: other: `shelf`, its former name, is the name of"),
        "{said}"
    );
    // One that is known by a name that it had.
    let formerly = "kind = \"services\"\nformerly = [{ name = \"cupboard\" }]\n";
    workspace.write("features/none/Cargo.toml", other);
    let shelf = read(&workspace, "features/shelf/Cargo.toml");
    workspace.write("features/shelf/Cargo.toml", &shelf.replace("kind = \"services\"\n", formerly));
    let reader = READER.replace("NAME: &str = \"shelf\"", "NAME: &str = \"cupboard\"");
    workspace.write("features/reader/src/main.rs", &reader);
    let said = run(&workspace, &["generate", "--check"]);
    assert!(
        said.contains(
            "error[D0115]: reader: it names the feature shelf by its former name `cupboard`"
        ),
        "{said}"
    );
}

#[test]
fn a_machine_with_the_old_name_keeps_its_data() {
    if !machines::may_run() {
        return;
    }
    let update = "        tests\n            .it(\"is updated\")\n            .from_previous_release()\n            \
                  .wait_for_unit(\"shelf.service\")\n            .succeeds(\"echo kept > /var/lib/shelf/mine\")\n            \
                  .switch(|to| to.set(cfg.word(), \"buns\"))\n            .wait_for_file(\"/var/lib/shelf/buns\")\n            \
                  .prints(\"cat /var/lib/shelf/mine\", \"kept\");\n        tests.it_refuses";
    let workspace = released(&SHELF.replace("        tests.it_refuses", update));
    let said = run(&workspace, &["rename", "shelf", "rack"]);
    assert!(said.contains("--- exit 0"), "{said}");
    let mut command = images::command(&workspace, "test rack --test updated --no-cache");
    let output = command.output().unwrap();
    let said = workspace.shown("test rack --test updated --no-cache", &output);
    assert!(said.contains("1 passed") && said.ends_with("--- exit 0\n"), "{said}");
}
