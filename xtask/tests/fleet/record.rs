//! The log of a fleet, as people keep it.

use crate::fleet::{add_hosts, add_people, read, with_empty_fleet};
use crate::workspace::Workspace;

const LOG: &str = "fleet/domain/events/log.jsonl";

/// Hashes and times are others each time.
fn settled(text: &str) -> String {
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let hash = regex::Regex::new("[0-9a-f]{64}").unwrap();
    hash.replace_all(&time.replace_all(text, "<time>"), "<hash>").into_owned()
}

#[test]
fn what_is_decided_is_recorded_and_compared_with_the_files() {
    let workspace = with_empty_fleet();
    let mut said = workspace.run("fleet record") + &workspace.run("fleet verify");
    add_people(&workspace);
    add_hosts(&workspace);
    for words in ["fleet verify", "fleet record", "fleet record", "fleet verify", "fleet check"] {
        said += &workspace.run(words);
    }
    workspace.write("fleet/hosts/counter.toml", "roles = [\"shop\"]\nstatus = \"retired\"\n");
    said += &workspace.run("fleet record");
    // What is retired stays so, and a number stays taken when its user is gone.
    workspace.write("fleet/hosts/counter.toml", "roles = [\"shop\"]\n");
    said += &workspace.run("fleet record");
    std::fs::remove_file(workspace.root.join("fleet/hosts/counter.toml")).unwrap();
    for words in ["fleet record", "fleet log", "fleet state", "fleet state --at 2020-01-01"] {
        said += &workspace.run(words);
    }
    said += &workspace.run("fleet state --at yesterday");
    insta::assert_snapshot!(settled(&said));
}

fn recorded() -> Workspace {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    add_hosts(&workspace);
    assert!(workspace.run("fleet record").ends_with("exit 0\n"));
    workspace
}

#[test]
fn a_log_that_was_torn_goes_on_and_one_that_was_changed_does_not() {
    let workspace = recorded();
    let whole = read(&workspace, LOG);
    workspace.write(LOG, &whole[..whole.len() - 40]);
    let said = workspace.run("fleet verify");
    assert!(said.contains("D2041") && said.contains("D2044"), "{said}");
    let said = workspace.run("fleet record");
    assert!(said.contains("they are cut") && said.contains("user/ada"), "{said}");
    assert!(workspace.run("fleet verify").ends_with("exit 0\n"));
    // A line that was begun fails a check although nothing is missing; a line without its end is kept.
    let whole_now = read(&workspace, LOG);
    workspace.write(LOG, &format!("{whole_now}{{\"caus"));
    let said = workspace.run("fleet verify");
    assert!(said.contains("D2041") && said.ends_with("exit 7\n"), "{said}");
    workspace.write(LOG, whole_now.trim_end());
    assert!(workspace.run("fleet verify").ends_with("exit 7\n"));
    assert!(workspace.run("fleet record").contains("nothing to record"));
    assert_eq!(read(&workspace, LOG), whole_now);
    // What cannot be read is not what is gone.
    let oven = read(&workspace, "fleet/hosts/oven.toml");
    std::fs::write(workspace.root.join("fleet/hosts/oven.toml"), [0xff]).unwrap();
    let said = workspace.run("fleet verify");
    assert!(said.contains("not compared") && !said.contains("D2044"), "{said}");
    workspace.write("fleet/hosts/oven.toml", &oven);
    let changed = whole.replacen("host/oven", "host/open", 1);
    workspace.write(LOG, &changed);
    for words in ["fleet verify", "fleet log", "fleet state", "fleet record"] {
        let said = workspace.run(words);
        assert!(said.contains("D2042") && said.contains(LOG), "{said}");
        assert!(said.ends_with("exit 7\n"), "{said}");
    }
    assert_eq!(read(&workspace, LOG), changed);
}

#[test]
fn what_is_wrong_is_not_recorded() {
    let workspace = recorded();
    let before = read(&workspace, LOG);
    workspace.write("fleet/hosts/oven.toml", "roles = [\"shops\"]\n");
    let said = workspace.run("fleet record");
    assert!(said.contains("D2008") && said.ends_with("exit 7\n"), "{said}");
    workspace.write("fleet/hosts/oven.toml", "");
    workspace.write("fleet/users/ada.toml", "uid = 1001\n");
    let said = workspace.run("fleet record");
    assert!(said.contains("D2025") && said.contains("fleet/users/ada.toml:1"), "{said}");
    std::fs::remove_file(workspace.root.join("fleet/hosts/oven.toml")).unwrap();
    let said = workspace.run("fleet record");
    assert!(said.contains("D2024") && said.ends_with("exit 7\n"), "{said}");
    assert_eq!(read(&workspace, LOG), before);
}
