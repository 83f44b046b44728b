//! Two fleets on one computer, with real repositories: one publishes, the other names what it has, and
//! sees a change of it before it is taken over; and a fleet of which a unit becomes another one.

use std::path::Path;

use crate::fleet::{add_hosts, add_people, read, with_empty_fleet};
use crate::workspace::Workspace;
use crate::workspace::ended::check;
use crate::workspace::git::git_in;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl milo at home";

pub(crate) fn commit(workspace: &Workspace) {
    if !workspace.root.join(".git").is_dir() {
        workspace.write(".gitignore", "target\n");
        git_in(&workspace.root, &["init", "--quiet", "--initial-branch=trunk"]);
        git_in(&workspace.root, &["config", "user.name", "Somebody"]);
        git_in(&workspace.root, &["config", "user.email", "somebody@example.org"]);
    }
    git_in(&workspace.root, &["add", "--all"]);
    git_in(&workspace.root, &["commit", "--quiet", "--message=files"]);
}

/// A fleet that has something to publish.
fn mill() -> Workspace {
    let mill = Workspace::empty();
    mill.write("domi.toml", "[fleet]\n");
    mill.write("domain/organizations/mill.toml", "responsible = \"milo\"\n");
    mill.write("domain/people/milo.toml", &format!("keys = [\"{KEY}\"]\n"));
    let yard = "id = \"01932f5e-7c00-7a3b-8c1d-0123456789ac\"\nranges = [\"198.51.100.0/24\"]\n";
    mill.write("domain/networks/equipment/yard.toml", yard);
    mill.write("hosts/scale.toml", "addresses = { yard = \"198.51.100.7\" }\n");
    mill.write(
        "domain/views/all.toml",
        "keys = [\"milo\"]\nnetworks = [\"yard\"]\nhosts = [\"scale\"]\n",
    );
    mill
}

/// A fleet that names what the mill has.
fn bakery(mill: &Workspace) -> Workspace {
    let bakery = with_empty_fleet();
    add_people(&bakery);
    let from = mill.root.join("domain/views/all.json");
    let context = format!("from = \"{}\"\nrevision = \"published\"\n", from.display());
    bakery.write("fleet/domain/contexts/mill.toml", &context);
    bakery.write("fleet/users/milo.toml", "of = \"mill:milo\"\nuid = 1001\n");
    bakery.write(
        "fleet/domain/policies/authorization/deliver.toml",
        "who = [\"mill:milo\"]\nmay = [\"login\"]\n\n[[tests]]\nwho = \"mill:milo\"\nhost = \
         \"flour\"\nmay = [\"login\"]\n",
    );
    bakery.write("fleet/nodes/stock.toml", "[[reach]]\ntcp = [443]\nnetworks = [\"mill:yard\"]\n");
    bakery.write("fleet/hosts/flour.toml", "roles = [\"stock\"]\n");
    bakery
}

fn publish(mill: &Workspace) -> String {
    let said = mill.run("fleet publish");
    commit(mill);
    git_in(&mill.root, &["tag", "--force", "published"]);
    said
}

#[test]
fn another_fleet_is_named_by_its_view_and_a_change_of_it_is_a_plan() {
    let mill = mill();
    let bakery = bakery(&mill);
    let mut said = mill.run("fleet check") + &mill.run("fleet publish --dry-run");
    said += &(publish(&mill) + &mill.run("fleet check"));
    said += &(bakery.run("fleet check") + &bakery.run("fleet update mill"));
    said += &(bakery.run("fleet check") + &bakery.run("fleet show context/mill"));
    bakery.run("generate");
    let module = read(&bakery, "systems/hosts/flour.nix");
    assert!(module.contains("ip saddr { 198.51.100.0/24 } tcp dport { 443 } accept"), "{module}");
    assert!(module.contains("users.users.milo") && !module.contains("at home"), "{module}");
    commit(&bakery);

    // What is in the folder and in no commit that is meant is not seen.
    mill.write("domain/networks/equipment/yard.toml", "ranges = [\"203.0.113.0/24\"]\n");
    mill.write("hosts/scale.toml", "addresses = { yard = \"203.0.113.7\" }\n");
    mill.run("fleet publish");
    check(&bakery.run("fleet update mill"), 0, &["version 1 is known already"]);
    git_in(&mill.root, &["checkout", "--quiet", "."]);

    mill.write("domain/networks/equipment/yard.toml", "ranges = [\"198.51.100.0/25\"]\n");
    let id = "id = \"01932f5e-7c00-7a3b-8c1d-0123456789ac\"\n";
    let range = "ranges = [\"198.51.100.0/25\"]\n";
    mill.write("domain/networks/equipment/yard.toml", &format!("{id}{range}"));
    mill.write("hosts/scale.toml", "addresses = { yard = \"198.51.100.9\" }\n");
    said += &(publish(&mill) + &bakery.run("fleet update mill --dry-run"));
    assert_eq!(git_in(&bakery.root, &["status", "--short"]), "");
    check(&bakery.run("fleet update mill"), 0, &["version 2", "1 changed    flour"]);
    commit(&bakery);

    // A name that is another one there, and what is gone.
    std::fs::remove_file(mill.root.join("domain/networks/equipment/yard.toml")).unwrap();
    mill.write("domain/networks/equipment/court.toml", &format!("{id}{range}"));
    mill.write("hosts/scale.toml", "addresses = { court = \"198.51.100.9\" }\n");
    mill.write("domain/views/all.toml", "networks = [\"court\"]\nhosts = [\"scale\"]\n");
    said += &(publish(&mill) + &bakery.run("fleet update mill"));
    assert_eq!(git_in(&bakery.root, &["status", "--short"]), "");
    said += &(bakery.run("fleet update mill --anyway") + &bakery.run("fleet check"));
    insta::assert_snapshot!(settled(&said, &mill));
}

fn settled(text: &str, other: &Workspace) -> String {
    let digest = regex::Regex::new("[0-9a-f]{64}").unwrap();
    let text = digest.replace_all(text, "<digest>");
    text.replace(other.root.to_str().unwrap(), "MILL")
}

#[test]
fn a_view_that_is_changed_or_older_or_not_there_is_refused_and_nothing_is_written() {
    let mill = mill();
    let bakery = bakery(&mill);
    check(&bakery.run("fleet update mill"), 7, &["D2096", "cannot be read in `published`"]);
    check(&bakery.run("fleet update mil"), 2, &["did you mean `mill`?"]);
    publish(&mill);
    check(&bakery.run("fleet update mill"), 0, &["version 1; nothing of it was known"]);
    commit(&bakery);
    let old = std::fs::read_to_string(mill.root.join("domain/views/all.json")).unwrap();
    mill.write("hosts/gate.toml", "");
    mill.write("environments/sieve.toml", "responsible = \"milo\"\nversion = \"1\u{202e}2\"\n");
    mill.write(
        "domain/views/all.toml",
        "keys = [\"milo\"]\nnetworks = [\"yard\"]\nhosts = [\"scale\", \"gate\"]\n\
         applications = [\"sieve\"]\n",
    );
    publish(&mill);
    // What would turn the text around is not written to a terminal.
    let said = ["new      host/gate", "version: 1\\u{202e}2"];
    check(&bakery.run("fleet update mill"), 0, &said);
    commit(&bakery);
    bakery.write("old.json", &old);
    check(
        &bakery.run("fleet update mill --from old.json"),
        7,
        &["D2096", "the view has version 1, and 2 is known"],
    );
    bakery.write("old.json", &old.replace("198.51.100.0/24", "0.0.0.0/0"));
    check(&bakery.run("fleet update mill --from old.json"), 7, &["D2094", "old.json:1"]);
    bakery.write("old.json", "{");
    check(&bakery.run("fleet update mill --from old.json"), 7, &["D2094"]);
    check(&bakery.run("fleet update mill --from fleet"), 7, &["D2096", "no ordinary file"]);
    std::fs::remove_file(bakery.root.join("old.json")).unwrap();
    assert_eq!(git_in(&bakery.root, &["status", "--short"]), "");
}

/// A fleet with a unit that can go: hosts, people, a device, and a role that both sides have.
fn with_unit() -> Workspace {
    let workspace = unit_files();
    check(&workspace.run("fleet record"), 0, &["domi.fleet."]);
    commit(&workspace);
    workspace.write(
        "fleet/hosts/counter.toml",
        "title = \"Till\"\ndevice = \"box\"\nroles = [\"shop\"]\n",
    );
    check(&workspace.run("fleet record"), 0, &["domi.fleet.host.changed"]);
    commit(&workspace);
    workspace
}

/// The same, with nothing recorded and nothing committed.
pub(crate) fn unit_files() -> Workspace {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    add_hosts(&workspace);
    let shop = "within = \"bakery\"\nresponsible = \"cem\"\n";
    workspace.write("fleet/domain/organizations/shop.toml", shop);
    workspace.write("fleet/domain/people/cem.toml", "units = [\"shop\"]\n");
    workspace.write("fleet/domain/inventory/devices/box.toml", "unit = \"shop\"\n");
    workspace.write("fleet/hosts/counter.toml", "device = \"box\"\nroles = [\"shop\"]\n");
    workspace.write("fleet/hosts/oven.toml", "unit = \"bakery\"\nroles = [\"shop\"]\n");
    workspace
}

/// Runs a command in the fleet that was split off.
pub(crate) fn run_in(workspace: &Workspace, folder: &Path, words: &str) -> String {
    let mut command = workspace.command(words);
    workspace.shown(words, &command.current_dir(folder).output().unwrap())
}

#[test]
fn a_unit_becomes_a_fleet_in_a_repository_of_its_own_with_its_history() {
    let workspace = with_unit();
    let around = tempfile::tempdir().unwrap();
    let to = around.path().canonicalize().unwrap().join("shop");
    let split = format!("fleet split shop {}", to.display());
    let mut said = workspace.run(&format!("{split} --dry-run"));
    assert!(!to.exists());
    assert_eq!(git_in(&workspace.root, &["status", "--short"]), "");
    said += &workspace.run(&split);
    said += &(workspace.run("fleet check") + &run_in(&workspace, &to, "fleet check"));
    for verified in [workspace.run("fleet verify"), run_in(&workspace, &to, "fleet verify")] {
        check(&verified, 0, &["as the files say"]);
    }
    let history = |file: &str| git_in(&to, &["log", "--format=%s", "--", file]);
    assert_eq!(history("fleet/hosts/counter.toml"), "files\nfiles");
    let all = git_in(&to, &["log", "--all", "--format=", "--name-only"]);
    assert!(!all.contains("oven") && all.contains("features/greeting"), "{all}");
    assert_eq!(git_in(&to, &["status", "--short"]), "");
    let context = "fleet/domain/contexts/bakery.toml";
    let context = std::fs::read_to_string(to.join(context)).unwrap();
    assert!(context.contains("after event 11 of the log"), "{context}");
    check(&run_in(&workspace, &to, "fleet update bakery"), 0, &["version 1 is known already"]);
    check(&workspace.run("fleet log"), 0, &["domi.fleet.host.removed host/counter"]);
    let left: Vec<_> = around.path().read_dir().unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let said = said.replace(around.path().canonicalize().unwrap().to_str().unwrap(), "AROUND");
    insta::assert_snapshot!(said);
}

#[test]
fn a_unit_of_a_fleet_that_recorded_nothing_takes_what_it_publishes_and_knows_along() {
    let (mill, workspace) = (mill(), unit_files());
    publish(&mill);
    let name = mill.root.file_name().unwrap().to_str().unwrap();
    let from = format!("from = \"../{name}/domain/views/all.json\" # there\n");
    workspace.write("fleet/domain/contexts/mill.toml", &from);
    check(&workspace.run("fleet update mill"), 0, &["version 1"]);
    workspace
        .write("fleet/environments/scales.toml", "unit = \"shop\"\nresponsible = \"mill:milo\"\n");
    workspace.write("fleet/domain/views/counters.toml", "hosts = [\"counter\"]\n");
    check(&workspace.run("fleet publish"), 0, &["counters: version 1 is written"]);
    commit(&workspace);
    let before = git_in(&workspace.root, &["for-each-ref"]);
    let around = tempfile::tempdir().unwrap();
    let to = around.path().canonicalize().unwrap().join("shop");
    // One was killed here, and another one still works.
    let [left, held] =
        ["left12", "held12"].map(|it| around.path().join(format!(".domi-split-{it}")));
    std::fs::create_dir_all(left.join("repository/part")).unwrap();
    std::fs::create_dir(&held).unwrap();
    let lock = std::fs::File::open(&held).unwrap();
    lock.lock().unwrap();
    // As a hook has it.
    let words = format!("fleet split shop {}", to.display());
    let mut split = workspace.command(&words);
    let git = workspace.root.join(".git");
    split.env("GIT_INDEX_FILE", git.join("index")).env("GIT_DIR", git);
    split.env("GIT_WORK_TREE", &workspace.root);
    let parts = ["counters.json", ".domi-split-left12 was left by a split that was killed"];
    check(&workspace.shown(&words, &split.output().unwrap()), 0, &parts);
    assert!(!left.exists() && held.exists());
    assert_eq!(git_in(&workspace.root, &["for-each-ref"]), before);
    assert_eq!(git_in(&workspace.root, &["ls-files", "fleet/hosts/oven.toml"]).lines().count(), 1);
    assert_eq!(git_in(&to, &["status", "--short"]), "");
    for root in [&workspace.root, &to] {
        assert!(!root.join("fleet/domain/log").exists());
        check(&run_in(&workspace, root, "fleet check"), 0, &[]);
    }
    check(&run_in(&workspace, &to, "fleet update mill"), 0, &["version 1 is known already"]);
    let context = to.join("fleet/domain/contexts/mill.toml");
    assert!(std::fs::read_to_string(context).unwrap().contains("# there"));
}

#[test]
fn what_cannot_be_split_is_refused_and_nothing_is_written() {
    let workspace = with_unit();
    let around = tempfile::tempdir().unwrap();
    let to = around.path().join("shop");
    let refused = |unit: &str, to: &Path, code: u8, said: &[&str]| {
        let before = git_in(&workspace.root, &["status", "--short"]);
        check(&workspace.run(&format!("fleet split {unit} {}", to.display())), code, said);
        assert_eq!(git_in(&workspace.root, &["status", "--short"]), before);
        assert_eq!(around.path().read_dir().unwrap().count(), 0);
    };
    refused("shopp", &to, 2, &["did you mean `shop`?"]);
    refused("bakery", &to, 7, &["D2097", "is within no other unit"]);
    refused("shop", &workspace.root.join("part"), 7, &["D2097", "is within the repository"]);
    refused("shop", &workspace.root.join("fleet"), 7, &["D2097", "there is something already"]);
    refused("shop", &around.path().join("a/b"), 7, &["D2097", "the folder around it is not there"]);
    workspace.write("notes.txt", "");
    refused("shop", &to, 7, &["D2097", "not everything is committed"]);
    commit(&workspace);

    // A host of the rest runs on one of the unit.
    let oven = "unit = \"bakery\"\nkind = \"virtual\"\nruns_on = \"counter\"\nroles = [\"shop\"]\n";
    workspace.write("fleet/hosts/oven.toml", oven);
    refused("shop", &to, 7, &["D2044"]);
    check(&workspace.run("fleet record"), 0, &[]);
    commit(&workspace);
    refused("shop", &to, 7, &["D2097", "fleet/hosts/oven.toml:3", "host/counter"]);

    // The unit's own tests would be wrong without what stays.
    workspace.write(
        "fleet/hosts/oven.toml",
        "unit = \"bakery\"\nroles = [\"shop\", \"ovens\"]\naddresses = { all = \"192.0.2.1\" }\n",
    );
    workspace.write("fleet/nodes/ovens.toml", "");
    workspace.write("fleet/domain/networks/equipment/all.toml", "ranges = [\"192.0.2.0/24\"]\n");
    workspace.write(
        "fleet/nodes/shop.toml",
        "features = [\"greeting\"]\n\n[[reach]]\ntcp = [80]\nroles = [\"ovens\"]\n",
    );
    check(&workspace.run("fleet record"), 0, &[]);
    commit(&workspace);
    refused("shop", &to, 7, &["D2097", "fleet/nodes/shop.toml:5", "role/ovens"]);

    // A name server answers to all networks of its fleet, and would lose one of them.
    workspace.write("fleet/nodes/shop.toml", "features = [\"greeting\"]\n");
    workspace.write(
        "fleet/domain/networks/equipment/all.toml",
        "ranges = [\"192.0.2.0/24\"]\ndomain = \"all.example.org\"\n",
    );
    workspace.write(
        "fleet/domain/networks/equipment/shop.toml",
        "ranges = [\"198.51.100.0/24\"]\ndomain = \"shop.example.org\"\nname_server = \"counter\"\n",
    );
    workspace.write(
        "fleet/hosts/counter.toml",
        "device = \"box\"\nroles = [\"shop\"]\naddresses = { shop = \"198.51.100.1\" }\n",
    );
    check(&workspace.run("fleet record"), 0, &[]);
    commit(&workspace);
    refused("shop", &to, 7, &["D2097", "counter: would get something else: `admits` is"]);

    // What git does not have could not be taken back.
    workspace.write(".gitignore", "target\nfleet\n");
    git_in(&workspace.root, &["rm", "-r", "--quiet", "--cached", "fleet"]);
    commit(&workspace);
    refused("shop", &to, 7, &["D2097", "is not in this repository"]);
}
