//! What changes between a commit and now, as people and programs see it: with real repositories.

use serde_json::Value as Json;

use crate::fleet::{add_hosts, add_people, with_empty_fleet};
use crate::workspace::Workspace;
use crate::workspace::files::files;
use crate::workspace::git::git_in;

/// A fleet with a first commit.
fn committed() -> Workspace {
    let workspace = with_empty_fleet();
    workspace.write(".gitignore", "target\n");
    add_people(&workspace);
    add_hosts(&workspace);
    let write = |path: &str, text: &str| workspace.write(&format!("fleet/{path}"), text);
    write("domain/locations/mill.toml", "");
    write("domain/locations/hill.toml", "");
    write(
        "domain/networks/equipment/lan.toml",
        "ranges = ['192.0.2.0/24']\ndomain = 'example.org'\n",
    );
    write("hosts/till.toml", &format!("{}roles = ['shop']\nlocation = 'hill'\n", id(1)));
    write("hosts/page.toml", &format!("{}addresses.lan = '192.0.2.9'\n", id(2)));
    write("hosts/attic.toml", "addresses.lan = '192.0.2.7'\n");
    write("domain/people/berta.toml", "units = ['bakery']\n");
    write("users/berta.toml", "uid = 1001\ngroups = ['video', 'audio']\n");
    write(
        "domain/policies/authorization/bakers.toml",
        "who = ['berta']\nmay = ['login']\non = { roles = ['shop'] }\n",
    );
    commit(&workspace);
    workspace
}

fn id(number: u32) -> String {
    format!("id = '01932f5e-7c00-7a3b-8c1d-{number:012}'\n")
}

fn commit(workspace: &Workspace) {
    if !workspace.root.join(".git").exists() {
        git_in(&workspace.root, &["init", "--quiet", "--initial-branch=main"]);
    }
    git_in(&workspace.root, &["add", "--all"]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=fleet"]);
}

fn remove(workspace: &Workspace, path: &str) {
    std::fs::remove_file(workspace.root.join("fleet").join(path)).unwrap();
}

/// Hashes of commits are others for each workspace.
fn settled(text: &str) -> String {
    regex::Regex::new("[0-9a-f]{12,40}").unwrap().replace_all(text, "<commit>").into_owned()
}

#[test]
fn what_changes_is_said_and_what_is_taken_away_first() {
    let workspace = committed();
    let mut said = workspace.run("fleet plan");
    let write = |path: &str, text: &str| workspace.write(&format!("fleet/{path}"), text);
    // Another name, and another place; another machine; one retired; one gone; one new.
    remove(&workspace, "hosts/till.toml");
    write(
        "hosts/desk.toml",
        &format!("{}roles = ['shop']\nlocation = 'mill'\ntags = ['new']\n", id(1)),
    );
    write("hosts/page.toml", &format!("{}addresses.lan = '192.0.2.9'\n", id(3)));
    write("hosts/attic.toml", "status = 'retired'\n");
    write(
        "hosts/cellar.toml",
        "kind = 'virtual'\nroles = ['shop']\naddresses.lan = '192.0.2.20'\n",
    );
    // What all hosts of a role get, and who may log in there.
    write(
        "nodes/shop.toml",
        "features = ['greeting']\n[[reach]]\ntcp = [80, 443]\nhosts = ['cellar']\n",
    );
    write(
        "domain/organizations/bakery.toml",
        "purpose = 'Bread'\nresponsible = 'ada'\n[defaults.greeting]\ntext = 'We bake bread'\n",
    );
    remove(&workspace, "domain/policies/authorization/bakers.toml");
    said += &workspace.run("fleet plan");
    said += &workspace.run("--color never fleet plan --from main");
    insta::assert_snapshot!(settled(&said));

    let output = workspace.command("fleet plan --json").output().unwrap();
    let plan: Json = serde_json::from_slice(&output.stdout).unwrap();
    let schema = include_str!("../../../docs/reference/fleet-plan.schema.json");
    let schema: Json = serde_json::from_str(schema).unwrap();
    let wrong: Vec<_> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&plan)
        .map(|it| it.to_string())
        .collect();
    assert_eq!(wrong, [""; 0]);
    assert_eq!(plan["from"]["commit"], git_in(&workspace.root, &["rev-parse", "HEAD"]));
    assert_eq!(plan["summary"]["moved"], 1);
    assert_eq!(plan["replaced"], serde_json::json!(["page"]));
}

#[test]
fn the_waves_that_a_change_goes_through_are_shown() {
    let workspace = committed();
    let wave = |name: &str, text: &str| {
        workspace.write(&format!("fleet/domain/procedures/waves/{name}.toml"), text);
    };
    wave(
        "trial",
        "on = { hosts = ['oven'] }\nsoak = '1h 30m'\n[health]\nunits = ['sshd.service']\ntcp = [22]\n",
    );
    wave("rest", "after = ['trial']\nat_once = 2\n[keep]\nshop = 2\n");
    let mut said = workspace.run("fleet check") + &workspace.run("fleet plan");
    workspace.write("fleet/nodes/shop.toml", "");
    said += &workspace.run("fleet plan");
    said += &workspace.run("fleet plan --script colmena");
    said += &workspace.run("fleet plan --script deploy-rs --json");
    wave("trial", "after = ['rest']\n");
    said += &workspace.run("fleet plan");
    insta::assert_snapshot!(settled(&said));
}

#[test]
fn nothing_is_touched_and_nothing_is_left_behind() {
    let workspace = committed();
    workspace.write("fleet/hosts/oven.toml", "");
    let scratch = tempfile::tempdir().unwrap();
    let run = |words: &str| {
        let output = workspace.command(words).env("TMPDIR", scratch.path()).output().unwrap();
        workspace.shown(words, &output)
    };
    // What is built is built before.
    run("fleet check");
    let before = files(&workspace);
    let said = run("fleet plan");
    assert!(said.contains("1 changed") && said.ends_with("exit 0\n"), "{said}");
    assert!(run("fleet plan --from nothing").ends_with("exit 2\n"));
    assert!(files(&workspace) == before);
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn a_revision_is_a_commit_that_is_there() {
    let workspace = with_empty_fleet();
    let mut said = workspace.run("fleet plan");
    git_in(&workspace.root, &["init", "--quiet", "--initial-branch=main"]);
    said += &workspace.run("fleet plan");
    commit(&workspace);
    said += &workspace.run("fleet plan");
    for from in ["gone", "--from=--all", "HEAD:fleet", "HEAD..HEAD", "\u{1b}[31mred"] {
        let output = workspace.command("fleet plan --from").arg(from).output().unwrap();
        said += &workspace.shown(&format!("fleet plan --from {from:?}"), &output);
    }
    std::fs::remove_dir_all(workspace.root.join("fleet")).unwrap();
    said += &workspace.run("fleet plan");
    // Git says where it looked, in its own words.
    let said = said.replace("(or any of the parent directories): .git", "…");
    insta::assert_snapshot!(settled(&said));
}

#[test]
fn a_fleet_that_was_broken_then_is_said_to_be_so() {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    add_hosts(&workspace);
    workspace.write("fleet/nodes/a\u{1b}[31m.toml", "");
    workspace.write("fleet/hosts/attic.toml", "role = 'shop'\n");
    workspace.write("fleet/hosts/cellar.toml", &format!("title = '{}'\n", "x".repeat(300_000)));
    std::os::unix::fs::symlink("/etc/passwd", workspace.root.join("fleet/hosts/link.toml"))
        .unwrap();
    std::fs::write(workspace.root.join("fleet/hosts/bytes.toml"), [0xff]).unwrap();
    commit(&workspace);
    for path in
        ["nodes/a\u{1b}[31m.toml", "hosts/link.toml", "hosts/bytes.toml", "hosts/cellar.toml"]
    {
        remove(&workspace, path);
    }
    workspace.write("fleet/hosts/attic.toml", "");
    let then = workspace.run("fleet plan");
    assert!(!then.contains('\u{1b}') && then.ends_with("exit 7\n"), "{then}");
    // What is wrong now is said as well.
    workspace.write("fleet/hosts/attic.toml", "roles = ['shops']\n");
    let both = workspace.run("fleet plan");
    insta::assert_snapshot!(settled(&(then + &both)));
}

/// A clone may lack what it could ask others for, and a folder may be a repository of its own.
#[test]
fn what_a_commit_names_and_git_does_not_have_is_said() {
    let workspace = committed();
    let own = workspace.root.join("fleet/hosts/site");
    std::fs::create_dir(&own).unwrap();
    git_in(&own, &["init", "--quiet"]);
    git_in(&own, &["commit", "--quiet", "--allow-empty", "--message=own"]);
    commit(&workspace);
    let hash = git_in(&workspace.root, &["rev-parse", "HEAD:fleet/hosts/oven.toml"]);
    let object = format!(".git/objects/{}/{}", &hash[..2], &hash[2..]);
    std::fs::remove_file(workspace.root.join(object)).unwrap();
    let said = workspace.run("fleet plan");
    assert!(said.contains("fleet/hosts/oven.toml: this clone does not have its content"), "{said}");
    assert!(said.contains("fleet/hosts/site: is a repository of its own"), "{said}");
    assert!(said.matches("D2034").count() == 2 && said.ends_with("exit 7\n"), "{said}");
}

/// A test that failed then, and a host that was in no wave, is what people make right now.
#[test]
fn what_was_expected_then_and_did_not_hold_stops_no_plan() {
    let workspace = committed();
    let owners = "who = ['ada']\nmay = ['administer']\n[[tests]]\nwho = 'ada'\nhost = 'oven'\n";
    let policy = "fleet/domain/policies/authorization/owners.toml";
    workspace
        .write(policy, &format!("{owners}[[tests]]\nwho = 'ada'\nhost = 'page'\ntcp = [22]\n"));
    let wave = "fleet/domain/procedures/waves/one.toml";
    workspace.write(wave, "on = { hosts = ['oven'] }\n");
    commit(&workspace);
    let said = workspace.run("fleet plan");
    assert_eq!((said.matches("D2028").count(), said.matches("D2053").count()), (2, 4), "{said}");
    assert!(said.ends_with("exit 7\n"), "{said}");
    workspace.write(policy, "who = ['ada']\nmay = ['login']\n");
    workspace.write(wave, "");
    let said = workspace.run("fleet plan");
    assert!(said.contains("right of ada: administer → login") && !said.contains("D20"), "{said}");
    assert!(said.ends_with("exit 0\n"), "{said}");
}

/// Features are those of now. What was said of them then, and is wrong by now, does not stop a plan.
#[test]
fn what_features_do_not_take_any_more_is_left_out_and_said() {
    let workspace = committed();
    workspace
        .write("fleet/hosts/oven.toml", "roles = ['shop']\n[override.greeting]\nwords = 'x'\n");
    commit(&workspace);
    workspace.write(
        "fleet/hosts/oven.toml",
        "roles = ['shop']\n[override.greeting]\ntext = \"\\u001b[2Jx\"\n",
    );
    let said = workspace.run("fleet plan");
    assert!(!said.contains('\u{1b}'), "{said}");
    insta::assert_snapshot!(settled(&said));
}

#[test]
fn a_fleet_may_be_a_repository_of_its_own_or_be_new() {
    let workspace = committed();
    git_in(&workspace.root, &["rm", "-r", "--quiet", "--cached", "fleet"]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=without"]);
    let said = workspace.run("fleet plan");
    assert!(said.contains("0 hosts before, 5 now") && said.ends_with("exit 0\n"), "{said}");
    let fleet = workspace.root.join("fleet");
    git_in(&fleet, &["init", "--quiet", "--initial-branch=main"]);
    git_in(&fleet, &["add", "--all"]);
    git_in(&fleet, &["commit", "--quiet", "--message=own"]);
    let said = workspace.run("fleet plan");
    assert!(said.contains("nothing changes on 5 hosts"), "{said}");
}
