//! Versions that follow from what changed, as a person sees it.

use std::collections::BTreeMap;

use crate::workspace::committed::commit;
use crate::workspace::ended::check;
use crate::workspace::git::git_in;
use crate::workspace::{GREETING, Workspace};

/// A feature whose version is that of its crate, which is the workspace's.
fn compiled(manifest: &str) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\"]\n[workspace.package]\nversion = \
         \"0.1.0\"\n",
    );
    workspace.write(
        "features/greeting/Cargo.toml",
        "# A greeting.\n[package]\nname = \"greeting\"\nversion.workspace = true # so far\nedition = \
         \"2024\"\n\n[package.metadata.domi]\n",
    );
    workspace.write(
        "features/greeting/src/main.rs",
        "fn main() {\n    print!(\"{}\", include_str!(\"../manifest.json\").replace(\"0.1.0\", \
         env!(\"CARGO_PKG_VERSION\")));\n}\n",
    );
    workspace.write("features/greeting/manifest.json", manifest);
    started(workspace)
}

/// A feature whose version is what its program prints.
fn printed() -> Workspace {
    started(Workspace::with_greeting())
}

/// With all that is generated, committed, in a repository where tags can be made.
fn started(workspace: Workspace) -> Workspace {
    workspace.run("generate");
    commit(&workspace);
    git_in(&workspace.root, &["config", "user.name", "Somebody"]);
    git_in(&workspace.root, &["config", "user.email", "somebody@example.org"]);
    workspace
}

fn commit_all(workspace: &Workspace) {
    git_in(&workspace.root, &["add", "."]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=More"]);
}

/// What a command prints, without what cargo says and with the same date each day.
fn run(workspace: &Workspace, words: &str) -> String {
    let said = workspace.run(words);
    let is_of_cargo = |line: &&str| {
        let words = ["Compiling ", "Finished ", "Locking ", "Adding "];
        line.starts_with("  ") && words.iter().any(|word| line.trim_start().starts_with(word))
    };
    let lines = said.lines().filter(|line| !is_of_cargo(line));
    let said: String = lines.map(|line| format!("{line}\n")).collect();
    regex::Regex::new(r"\d{4}-\d\d-\d\d").unwrap().replace_all(&said, "DATE").into_owned()
}

fn read(workspace: &Workspace, path: &str) -> String {
    let text = std::fs::read_to_string(workspace.root.join(path)).unwrap();
    regex::Regex::new(r"\d{4}-\d\d-\d\d").unwrap().replace_all(&text, "DATE").into_owned()
}

/// What git knows of, and its tags.
fn state(workspace: &Workspace) -> (BTreeMap<String, Vec<u8>>, String) {
    let listed =
        git_in(&workspace.root, &["ls-files", "--cached", "--others", "--exclude-standard"]);
    let files = listed
        .lines()
        .filter_map(|name| Some((name.to_owned(), std::fs::read(workspace.root.join(name)).ok()?)));
    (files.collect(), git_in(&workspace.root, &["tag", "--list"]))
}

#[test]
fn a_breaking_change_is_refused_until_its_version_says_so() {
    let workspace = compiled(GREETING);
    let mut story = run(&workspace, "release");
    story += &run(&workspace, "release --write");
    commit_all(&workspace);
    story += &run(&workspace, "release --tag");
    story += &run(&workspace, "release --check");
    let narrowed = GREETING.replace("\"nonEmptyStr\"", "{ \"enum\": [\"hello\", \"bye\"] }");
    workspace.write("features/greeting/manifest.json", &narrowed);
    let before = state(&workspace);
    for words in ["release", "release --check", "release --tag", "release --write --dry-run"] {
        story += &run(&workspace, words);
    }
    assert!(state(&workspace) == before, "nothing was changed");
    story += &run(&workspace, "release --write");
    commit_all(&workspace);
    story += &run(&workspace, "release --tag --dry-run");
    story += &run(&workspace, "release --tag");
    story += &run(&workspace, "release --json");
    insta::assert_snapshot!(story);
    let written = ["Cargo.toml", "CHANGELOG.md"]
        .map(|it| read(&workspace, &format!("features/greeting/{it}")));
    insta::assert_snapshot!(written.join("\n"));
    let tag = git_in(&workspace.root, &["cat-file", "tag", "greeting-v0.2.0"]);
    assert!(tag.contains("greeting 0.2.0\n\n- major: `option text:"), "{tag}");
    assert_eq!(git_in(&workspace.root, &["status", "--porcelain"]), "");
}

#[test]
fn what_could_not_be_compared_is_never_clean() {
    let workspace = printed();
    // A tag of a commit in which the feature does not work, and one of a commit without it.
    workspace.feature("greeting", "exit 1");
    workspace.feature("other", "cat ../greeting/manifest.json | sed s/greeting/other/g");
    git_in(&workspace.root, &["tag", "other-v0.1.0"]);
    commit_all(&workspace);
    git_in(&workspace.root, &["tag", "greeting-v0.1.0"]);
    workspace.printing("greeting", GREETING);
    commit_all(&workspace);
    let before = state(&workspace);
    for words in ["", " --check", " --write", " --tag", " --json"] {
        let said = run(&workspace, &format!("release{words}"));
        check(
            &said,
            10,
            &[
                "error[D0561]: greeting: it could not be compared with greeting-v0.1.0",
                "error[D0561]: other: it could not be compared with other-v0.1.0: there was no such feature",
            ],
        );
        assert!(!said.contains("not changed"), "{said}");
    }
    assert!(state(&workspace) == before, "nothing was changed");
}

#[test]
fn a_part_of_the_history_is_not_enough_to_say_that_nothing_was_released() {
    let workspace = printed();
    git_in(&workspace.root, &["tag", "greeting-v0.1.0"]);
    workspace.write("more", "more");
    commit_all(&workspace);
    check(&run(&workspace, "release"), 0, &["not changed since greeting-v0.1.0"]);
    let part = Workspace::empty();
    std::fs::remove_dir_all(&part.root).unwrap();
    let from = format!("file://{}", workspace.root.display());
    let to = part.root.to_str().unwrap();
    let folder = workspace.root.parent().unwrap();
    git_in(folder, &["clone", "--quiet", "--depth=1", &from, to]);
    let said = run(&part, "release --check");
    check(&said, 10, &["greeting: 0.1.0, not compared with an earlier release", "--unshallow"]);
}

#[test]
fn what_git_does_not_have_is_not_compared() {
    let workspace = printed();
    workspace.write("features/greeting/of-then", "what no other commit has");
    commit_all(&workspace);
    git_in(&workspace.root, &["tag", "greeting-v0.1.0"]);
    let lost = git_in(&workspace.root, &["rev-parse", "HEAD:features/greeting/of-then"]);
    workspace.write("features/greeting/of-then", "now");
    commit_all(&workspace);
    let lost = format!(".git/objects/{}/{}", &lost[..2], &lost[2..]);
    std::fs::remove_file(workspace.root.join(lost)).unwrap();
    check(&run(&workspace, "release"), 10, &["error[D0561]", "its files cannot be had"]);
}

#[test]
fn a_tag_is_of_a_commit_that_has_everything_and_is_never_moved() {
    let workspace = printed();
    let refuses = |why: &str| {
        let before = state(&workspace);
        check(&run(&workspace, "release --tag"), 2, &["error[D0562]", why]);
        assert!(state(&workspace) == before, "nothing was changed");
    };
    refuses("features/greeting/CHANGELOG.md has no entry for 0.1.0");
    check(&run(&workspace, "release --write"), 0, &["write features/greeting/CHANGELOG.md"]);
    refuses("1 file is not committed as it is");
    check(&run(&workspace, "release --write"), 0, &["nothing to write"]);
    commit_all(&workspace);
    // One that somebody set on another branch.
    git_in(&workspace.root, &["checkout", "--quiet", "--orphan", "other"]);
    commit_all(&workspace);
    git_in(&workspace.root, &["tag", "greeting-v0.1.0"]);
    git_in(&workspace.root, &["checkout", "--quiet", "main"]);
    refuses("there is a tag greeting-v0.1.0 already\n");
    git_in(&workspace.root, &["tag", "--delete", "greeting-v0.1.0"]);
    check(&run(&workspace, "release --tag"), 0, &["tag greeting-v0.1.0"]);
    check(&run(&workspace, "release --tag"), 0, &["not changed since", "nothing to tag"]);
}

#[test]
fn what_cannot_be_done_whole_is_undone() {
    let workspace = printed();
    workspace.printing("other", &GREETING.replace("greeting", "other"));
    workspace.run("generate");
    // An index that is none of ours cannot be written, and is among what changes.
    let index = workspace.root.join("nix/features.nix");
    std::fs::remove_file(&index).unwrap();
    std::fs::create_dir_all(&index).unwrap();
    workspace.write("nix/features.nix/of-someone", "mine");
    let before = state(&workspace);
    let said = run(&workspace, "release --write");
    assert!(!said.contains("--- exit 0"), "{said}");
    assert!(state(&workspace) == before, "{said}");
    std::fs::remove_dir_all(&index).unwrap();
    workspace.run("generate");
    check(&run(&workspace, "release --write"), 0, &[]);
    commit_all(&workspace);
    // git cannot have a tag beside one that is a folder of that name.
    git_in(&workspace.root, &["tag", "other-v0.1.0/x"]);
    let before = state(&workspace);
    check(
        &run(&workspace, "release --tag"),
        2,
        &["error[D0562]: other-v0.1.0: git does not set it"],
    );
    assert!(state(&workspace) == before, "the first one was taken back");
}

#[test]
fn what_no_manifest_tells_is_seen_too() {
    let workspace = printed();
    check(&run(&workspace, "release --write"), 0, &[]);
    commit_all(&workspace);
    check(&run(&workspace, "release --tag"), 0, &[]);
    workspace.write("features/greeting/src/lib.rs", "// Of more than a manifest.\n");
    let low = "patch  source-changed        features/greeting";
    check(&run(&workspace, "release --check"), 10, &[low, "0.1.1 or more"]);
    // Its version is not that of its Cargo.toml.
    let said = run(&workspace, "release --write");
    check(&said, 2, &["error[D0562]", "set the version to 0.1.1 in what its program prints"]);
    workspace.printing("greeting", &GREETING.replace("0.1.0", "0.1.1"));
    check(&run(&workspace, "release --check"), 0, &["0.1.1 is enough"]);
    // A text by hand, whose meaning nobody knows.
    workspace.write("features/greeting/extra.nix", "{ }\n");
    check(
        &run(&workspace, "release --check"),
        10,
        &["major  hand-written-changed", "0.2.0 or more"],
    );
}

#[test]
fn without_a_repository_nothing_is_said_to_be_released() {
    let workspace = Workspace::with_greeting();
    check(&run(&workspace, "release"), 2, &["no git work tree can be read here"]);
    let said = run(&workspace, "release none-such");
    check(&said, 2, &["there is no such feature"]);
}

#[test]
fn a_version_that_was_raised_alone_is_no_first_release() {
    let workspace = compiled(GREETING);
    let only = "Nothing changed but the version.";
    check(&run(&workspace, "release --write"), 0, &[]);
    commit_all(&workspace);
    check(&run(&workspace, "release --tag"), 0, &["tag greeting-v0.1.0"]);
    let first = git_in(&workspace.root, &["cat-file", "tag", "greeting-v0.1.0"]);
    assert!(first.contains("The first release.") && !first.contains(only), "{first}");
    let raised = read(&workspace, "Cargo.toml").replace("0.1.0", "0.2.0");
    workspace.write("Cargo.toml", &raised);
    workspace.run("generate");
    let said = run(&workspace, "release --write");
    check(&said, 0, &[]);
    let log = read(&workspace, "features/greeting/CHANGELOG.md");
    assert!(log.contains(&format!("## 0.2.0 - DATE\n\n{only}\n\n## 0.1.0 - DATE")), "{log}");
    commit_all(&workspace);
    let said = run(&workspace, "release --tag");
    check(&said, 0, &["greeting: 0.2.0, nothing but the version changed since greeting-v0.1.0"]);
    let tag = git_in(&workspace.root, &["cat-file", "tag", "greeting-v0.2.0"]);
    assert!(tag.contains(only) && !tag.contains("The first"), "{tag}");
}

#[test]
fn a_version_with_a_build_is_not_tagged() {
    let workspace = printed();
    workspace.printing("greeting", &GREETING.replace("0.1.0", "0.1.0+b"));
    workspace.run("generate");
    check(&run(&workspace, "release --write"), 0, &[]);
    commit_all(&workspace);
    let before = state(&workspace);
    let said = run(&workspace, "release --tag");
    check(&said, 2, &["error[D0562]: greeting: 0.1.0+b has a build in it (`+b`)"]);
    assert!(state(&workspace) == before, "nothing was tagged");
}

#[test]
fn a_feature_in_the_root_package_is_seen_not_to_have_changed() {
    let workspace = Workspace::empty();
    workspace.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\n[package]\nname = \"greeting\"\nedition = \"2024\"\n\
         [package.metadata.domi]\ncommand = [\"./plugin.sh\"]\n",
    );
    workspace.write("src/lib.rs", "");
    workspace.feature("greeting", "cat manifest.json");
    let from = workspace.root.join("features/greeting/plugin.sh");
    std::fs::rename(from, workspace.root.join("plugin.sh")).unwrap();
    std::fs::remove_dir_all(workspace.root.join("features")).unwrap();
    workspace.write("manifest.json", GREETING);
    let workspace = started(workspace);
    check(&run(&workspace, "release --write"), 0, &["write CHANGELOG.md"]);
    commit_all(&workspace);
    check(&run(&workspace, "release --tag"), 0, &["tag greeting-v0.1.0"]);
    check(&run(&workspace, "release"), 0, &["not changed since greeting-v0.1.0"]);
    workspace.write("CHANGELOG.md", &format!("# Ours\n{}", read(&workspace, "CHANGELOG.md")));
    check(&run(&workspace, "release"), 0, &["not changed since greeting-v0.1.0"]);
    workspace.write("src/lib.rs", "// Of more than a manifest.\n");
    check(&run(&workspace, "release"), 0, &["source-changed", "0.1.1 or more"]);
}

#[test]
fn an_extra_nix_that_cannot_be_read_is_not_passed_over() {
    let workspace = printed();
    git_in(&workspace.root, &["tag", "greeting-v0.1.0"]);
    workspace.write("features/greeting/extra.nix/in-a-folder", "");
    let said = run(&workspace, "release");
    assert!(said.contains("features/greeting/extra.nix") && !said.contains("--- exit 0"), "{said}");
}

#[test]
fn of_two_at_once_one_waits_and_takes_what_the_other_has_kept() {
    let workspace = printed();
    git_in(&workspace.root, &["tag", "greeting-v0.1.0"]);
    workspace.write("more", "more");
    commit_all(&workspace);
    check(&run(&workspace, "release"), 0, &["checking out greeting-v0.1.0"]);
    let folder = workspace.root.join("target/domi/earlier");
    let (kept, aside) = (folder.join("manifests"), folder.join("aside"));
    std::fs::rename(&kept, &aside).unwrap();
    let interrupt = domi_host::Interrupt::default();
    let lock = domi_host::file::Lock::acquire(&folder.join("lock"), &interrupt, || ()).unwrap();
    let (mut reads, writes) = std::io::pipe().unwrap();
    let mut other = workspace.command("release").stderr(writes).spawn().unwrap();
    let mut first = [0; 1];
    std::io::Read::read_exact(&mut reads, &mut first).unwrap();
    std::fs::rename(&aside, &kept).unwrap();
    drop(lock);
    let mut said = String::from_utf8_lossy(&first).into_owned();
    std::io::Read::read_to_string(&mut reads, &mut said).unwrap();
    assert!(other.wait().unwrap().success(), "{said}");
    assert!(said.starts_with("waiting for another command"), "{said}");
    assert!(!said.contains("checking out"), "{said}");
}
