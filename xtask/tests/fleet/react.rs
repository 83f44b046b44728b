//! Reactions, as people have them: what was recorded is answered with commands.

use std::process::Command;

use crate::fleet::{add_hosts, add_people, read, with_empty_fleet};
use crate::workspace::Workspace;
use crate::workspace::ended::check;
use crate::workspace::files::files;

const HOST: &str = "fleet/hosts/oven.toml";

/// A fleet with a rule: what comes to maintenance gets a tag, and is no longer for the shop.
fn with_rules() -> Workspace {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    add_hosts(&workspace);
    let write = |path: &str, text: &str| {
        workspace.write(&format!("fleet/domain/procedures/{path}.toml"), text);
    };
    write(
        "commands/take-out",
        "kind = 'host'\nparameters = ['tag']\n[add]\ntags = ['$tag']\n[remove]\nroles = ['shop']\n",
    );
    write(
        "reactions/out",
        "event = 'changed'\nkind = 'host'\nbecame = 'maintenance'\nrun = 'take-out'\n\
         with = { tag = 'out' }\n",
    );
    check(&workspace.run("fleet record"), 0, &["reaction.added reaction/out"]);
    workspace
}

fn settled(text: &str) -> String {
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let hash = regex::Regex::new("[0-9a-f]{64}").unwrap();
    hash.replace_all(&time.replace_all(text, "<time>"), "<hash>").into_owned()
}

#[test]
fn what_was_recorded_is_answered_once_and_that_is_recorded() {
    let workspace = with_rules();
    let mut said = workspace.run("fleet check") + &workspace.run("fleet react");
    workspace.write(HOST, "# warm\nroles = [\"shop\"]  # bread\nstatus = \"maintenance\"\n");
    // What is not recorded is no event.
    said += &workspace.run("fleet react");
    said += &workspace.run("fleet record");
    let before = files(&workspace);
    said += &workspace.run("fleet react --dry-run");
    assert_eq!(files(&workspace), before);
    said += &workspace.run("fleet react");
    said += &format!("{HOST}:\n{}", read(&workspace, HOST));
    for words in ["fleet react", "fleet verify", "fleet log"] {
        said += &workspace.run(words);
    }
    insta::assert_snapshot!(settled(&said));
}

#[test]
fn a_constant_of_a_command_is_recorded_with_the_value_that_it_had() {
    let workspace = with_rules();
    let constant = "fleet/domain/procedures/constants/out-tag.toml";
    workspace.write(constant, "value = 'out'\n");
    let reaction = "fleet/domain/procedures/reactions/out.toml";
    let with = read(&workspace, reaction).replace("'out' }", "{ constant = 'out-tag' } }");
    workspace.write(reaction, &with);
    workspace.write(HOST, "roles = ['shop']\n");
    check(&workspace.run("fleet record"), 0, &["reaction.changed reaction/out"]);
    let parts = ["constant/out-tag  with  ", "out.toml:5"];
    check(&workspace.run("fleet show reaction/out"), 0, &parts);
    check(&workspace.run("fleet show constant/out-tag"), 0, &["reaction/out  with"]);
    workspace.write(HOST, "roles = ['shop']\nstatus = 'maintenance'\n");
    check(&workspace.run("fleet record"), 0, &[]);
    check(&workspace.run("fleet react"), 0, &["out runs take-out on host/oven"]);
    assert!(read(&workspace, HOST).contains("tags = [\"out\"]"));
    workspace.write(constant, "value = 'away'\n");
    check(&workspace.run("fleet record"), 0, &["constant.changed constant/out-tag"]);
    check(&workspace.run("fleet log"), 0, &["host/oven, maintenance, out-tag = \"out\""]);
    check(&workspace.run("fleet verify"), 0, &["as the files say"]);
    workspace.write(constant, "value = 5\n");
    check(&workspace.run("fleet check"), 7, &["D2003", "the value of `out-tag` is no text"]);
}

#[test]
fn what_would_leave_the_fleet_wrong_is_refused_whole() {
    let workspace = with_rules();
    workspace.write(
        "fleet/domain/procedures/commands/back.toml",
        "kind = 'host'\nset = { status = 'planned' }\n",
    );
    workspace.write(
        "fleet/domain/procedures/reactions/zback.toml",
        "event = 'changed'\nkind = 'host'\nbecame = 'maintenance'\nrun = 'back'\n",
    );
    check(&workspace.run("fleet record"), 0, &["reaction.added reaction/zback"]);
    workspace.write(HOST, "roles = ['shop']\nstatus = 'maintenance'\n");
    check(&workspace.run("fleet record"), 0, &["host.changed host/oven"]);
    let before = files(&workspace);
    let parts =
        ["D2024", "what was maintenance cannot become planned", "D2063", "`back` cannot answer"];
    check(&workspace.run("fleet react"), 7, &parts);
    assert_eq!(files(&workspace), before, "also what the other reaction would have done");
}

#[test]
fn what_cannot_be_recorded_is_not_changed() {
    let workspace = with_rules();
    workspace.write(HOST, "roles = ['shop']\nstatus = 'maintenance'\n");
    check(&workspace.run("fleet record"), 0, &["host.changed host/oven"]);
    let before = files(&workspace);
    // No file may have more than a block: the host's file has room, and the log has not.
    let script =
        format!("trap '' XFSZ; ulimit -f 1; exec '{}' fleet react", env!("CARGO_BIN_EXE_xtask"));
    let mut limited = Command::new("bash");
    limited.args(["-c", &script]).current_dir(&workspace.root);
    let output = limited.env("DOMI_CACHE", workspace.root.join("target/cache")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("cannot write to the log"), "{said}");
    assert_eq!(files(&workspace), before);
    check(&workspace.run("fleet react"), 0, &["out runs take-out on host/oven"]);
}

#[test]
fn a_command_is_carried_out_by_a_person_whole_or_not_at_all() {
    let workspace = with_rules();
    let before = files(&workspace);
    let run = |words: &str, exit: u8, parts: &[&str]| {
        check(&workspace.run(&format!("fleet run {words}")), exit, parts);
    };
    run(
        "take-out oven",
        2,
        &["D2063", "wants one value of each", "`--with NAME=VALUE` for each of tag"],
    );
    run("take-out ofen --with tag=a", 2, &["there is no host `ofen`"]);
    run("take-in oven", 2, &["there is no such command", "there is take-out"]);
    run("take-out oven --with tag", 2, &["such as `tag=out`"]);
    run("take-out oven --with tag=a --dry-run", 0, &["take-out changes fleet/hosts/oven.toml"]);
    assert_eq!(files(&workspace), before);
    let parts = ["take-out changes fleet/hosts/oven.toml", "10 domi.fleet.host.changed host/oven"];
    run("take-out oven --with tag=a", 0, &parts);
    assert!(read(&workspace, HOST).contains("roles = []\ntags = [\"a\"]"));
    run("take-out oven --with tag=a", 0, &["nothing to change"]);
    check(&workspace.run("fleet verify"), 0, &["10 events, as the files say"]);
    // A value that the fleet does not know.
    workspace.write(
        "fleet/domain/procedures/commands/move.toml",
        "kind = 'host'\nparameters = ['to', 'as']\nset = { location = '$to', status = '$as' }\n",
    );
    check(&workspace.run("fleet record"), 0, &["command.added command/move"]);
    let before = files(&workspace);
    run("move oven --with to=moon --with as=lost", 7, &["D2008", "D2003", "D2063"]);
    workspace.write("fleet/domain/locations/mill.toml", "");
    run("move oven --with to=mill --with as=retired", 7, &["D2044", "fleet/domain/locations/mill"]);
    std::fs::remove_dir_all(workspace.root.join("fleet/domain/locations")).unwrap();
    assert_eq!(files(&workspace), before);
}
