//! What the log proves of people's files, and who signed it.

use std::path::Path;
use std::process::Command;

use crate::fleet::{add_people, read, with_empty_fleet};
use crate::workspace::Workspace;
use crate::workspace::ended::check;
use crate::workspace::files::files;

const ADA: &str = "fleet/domain/people/ada.toml";
const LOG: &str = "fleet/domain/events/log.jsonl";
const HEAD: &str = "fleet/domain/events/head.txt";

#[test]
fn a_digest_of_a_persons_file_is_in_the_log_and_says_nothing_without_the_file() {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    let without = read(&workspace, ADA);
    check(
        &workspace.run("fleet record"),
        0,
        &["person.added person/ada", "ada.toml has a salt now"],
    );
    let with = read(&workspace, ADA);
    let salt = with.strip_prefix(&without).unwrap();
    assert!(salt.starts_with("salt = \"") && salt.len() == 8 + 64 + 2, "{salt}");
    let salt = &salt[8..72];
    for file in [with.clone(), with.replace("salt = ", "'salt' = "), with.clone() + "x = ["] {
        workspace.write(ADA, &file);
        for words in ["fleet show person/ada", "fleet show person/ada --json", "fleet explorer"] {
            assert!(!workspace.run(words).contains(salt), "{words}: {file}");
        }
    }
    workspace.write(ADA, &with);
    let log = read(&workspace, LOG);
    let line = log.lines().find(|line| line.contains("\"person/ada\"")).unwrap();
    assert!(line.contains("\"digest\":\"") && !log.contains(salt));
    // A user's file has one of its own.
    let user = read(&workspace, "fleet/users/ada.toml");
    let of_user = user.strip_prefix("uid = 1000\nsalt = \"").unwrap().trim_end_matches("\"\n");
    assert!(of_user.len() == 64 && of_user != salt && !log.contains(of_user), "{user}");
    for words in ["fleet show user/ada", "fleet show user/ada --json", "fleet explorer"] {
        assert!(!workspace.run(words).contains(of_user), "{words}");
    }
    check(&workspace.run("fleet verify"), 0, &["as the files say"]);
    check(&workspace.run("fleet record"), 0, &["nothing to record"]);

    // What was changed without a record is found, the salt included.
    let other = "0".repeat(64);
    for changed in [format!("# x\n{with}"), without.clone(), with.replace(salt, &other)] {
        workspace.write(ADA, &changed);
        check(&workspace.run("fleet verify"), 7, &["D2044", ADA]);
    }
    workspace.write(ADA, &with.replace(salt, "secret"));
    check(&workspace.run("fleet record"), 7, &["D2003", "salt: is no salt"]);
    // A copy is no file of somebody else before it has a salt of its own.
    workspace.write(ADA, &with);
    workspace.write("fleet/domain/people/eve.toml", &with);
    check(&workspace.run("fleet check"), 7, &["D2114", "eve.toml"]);

    // A log from before there were salts is as right as it was, which is said.
    workspace.write("fleet/domain/people/eve.toml", "status = \"planned\"\n");
    let before = files(&workspace);
    workspace.write(LOG, "broken\n");
    check(&workspace.run("fleet record"), 7, &["D2042"]);
    workspace.write(LOG, &log);
    assert_eq!(files(&workspace), before, "nobody gets a salt where nothing is recorded");
}

#[test]
fn what_is_recorded_keeps_its_salts_also_where_nobody_can_be_told() {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        eprintln!("SKIPPED: there is no /dev/full");
        return;
    };
    let status = workspace.command("fleet record").stdout(full).status().unwrap();
    assert!(!status.success());
    assert!(read(&workspace, LOG).contains("digest") && read(&workspace, ADA).contains("salt"));
    check(&workspace.run("fleet verify"), 0, &["as the files say"]);
}

/// Makes a key of this name in a folder; its public part, if this computer can make one.
fn key(folder: &Path, name: &str) -> Option<String> {
    let path = folder.join(name);
    let mut make = Command::new("ssh-keygen");
    make.args(["-q", "-t", "ed25519", "-N", "", "-C", "ada example", "-f"]).arg(&path);
    if !make.status().is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: there is no ssh-keygen");
        return None;
    }
    Some(std::fs::read_to_string(path.with_extension("pub")).unwrap().trim().to_owned())
}

/// A workspace whose `ada` has a key that is there, and a key that nobody has.
fn with_keys() -> Option<Workspace> {
    let workspace = with_empty_fleet();
    add_people(&workspace);
    let public = key(&workspace.root, "ada")?;
    key(&workspace.root, "eve")?;
    let head = "units = [\"bakery\"]\n";
    workspace.write(ADA, &format!("{head}keys = [\"{public}\"]\n"));
    Some(workspace)
}

#[test]
fn somebody_signs_the_log_and_another_log_is_not_what_they_signed() {
    let Some(workspace) = with_keys() else { return };
    let run = |words: &str, exit, parts: &[&str]| check(&workspace.run(words), exit, parts);
    run("fleet log sign --key ada", 7, &["D2067", "there are no events"]);
    run("fleet record", 0, &[]);
    let before = files(&workspace);
    run("fleet log sign --key eve", 7, &["D2067", "nobody of the fleet has this key"]);
    run("fleet log sign --key gone", 7, &["D2067", "ssh-keygen says"]);
    run("fleet log sign --key ada --dry-run", 0, &["ada would sign event "]);
    assert_eq!(files(&workspace), before, "nothing is written");
    run("fleet log sign --key ada", 0, &["ada signed event "]);
    run("fleet verify", 0, &["signed by ada, all of it"]);
    run("fleet check", 0, &["no problems"]);
    workspace.write("fleet/hosts/x.toml", "status = \"planned\"\n");
    run("fleet record", 0, &["host.added host/x"]);
    run("fleet verify", 0, &["signed by ada up to event ", "1 event since then is not"]);

    let (head, log) = (read(&workspace, HEAD), read(&workspace, LOG));
    let check_head = |other: String, code: &str| {
        assert_ne!(other, head);
        workspace.write(HEAD, &other);
        run("fleet verify", 7, &[code]);
        workspace.write(HEAD, &head);
    };
    // Another event, another name, a signature that says something else, none at all.
    check_head(head.replacen("event ", "event 1", 1), "D2066");
    check_head(head.replace("by ada", "by eve"), "D2066");
    let letter = head.find("U1NI").unwrap() + 200;
    let other = if &head[letter..=letter] == "A" { "B" } else { "A" };
    check_head(format!("{}{other}{}", &head[..letter], &head[letter + 1..]), "D2066");
    check_head("signed\n".to_owned(), "D2066");
    // Who writes the whole log again has a chain that is right, and no signature.
    std::fs::remove_file(workspace.root.join(LOG)).unwrap();
    run("fleet record", 0, &[]);
    run("fleet verify", 7, &["D2065", "ada signed a log whose event"]);
    workspace.write(LOG, &log);
    run("fleet verify", 0, &["signed by ada"]);
    // Somebody's key counts as long as the fleet says so.
    let person = read(&workspace, ADA);
    let without: Vec<&str> = person.lines().filter(|line| !line.starts_with("keys")).collect();
    workspace.write(ADA, &(without.join("\n") + "\n"));
    run("fleet verify", 7, &["D2066", "D2044"]);
    // Whose a key is, is not known where a file cannot be read.
    workspace.write(ADA, "keys = [\n");
    let said = workspace.run("fleet verify");
    assert!(said.contains("ada.toml:") && !said.contains("D2066"), "{said}");
    assert!(said.contains("not compared with it, nor the signature with a key"), "{said}");
}

#[test]
fn somebody_else_signs_the_log_when_who_signed_it_leaves() {
    let Some(workspace) = with_keys() else { return };
    let run = |words: &str, exit, parts: &[&str]| check(&workspace.run(words), exit, parts);
    let berta = "fleet/domain/people/berta.toml";
    let public = |name: &str| read(&workspace, &format!("{name}.pub")).trim().to_owned();
    workspace.write(berta, &format!("keys = [\"{}\"]\n", public("eve")));
    workspace.write("signers", &format!("ada {}\n", public("ada")));
    run("fleet record", 0, &[]);
    run("fleet log sign --key eve", 0, &["berta signed event "]);
    workspace.write(berta, &("status = \"retired\"\n".to_owned() + &read(&workspace, berta)));
    run("fleet record", 0, &["person.changed person/berta"]);
    let next = "next: let somebody sign it who is in the fleet";
    run("fleet verify", 7, &["D2066", "berta is not in the fleet, or retired", next]);
    run("fleet verify --signers signers", 7, &["D2066", next]);
    let copy =
        "- in fleet/domain/events/head.txt, which they signed: let somebody else sign the log";
    run("fleet erase berta --yes", 0, &[copy]);
    run("fleet verify --signers signers", 7, &["D2066", next]);
    run("fleet log sign --key ada", 0, &[]);
    run("fleet verify --signers signers", 0, &["signed by ada, all of it"]);
}

/// Whoever can write the files can let a key of their own be one of somebody else's.
#[test]
fn keys_that_are_kept_elsewhere_are_not_those_that_somebody_added_to_the_files() {
    let Some(workspace) = with_keys() else { return };
    let run = |words: &str, exit, parts: &[&str]| check(&workspace.run(words), exit, parts);
    let public = |name: &str| read(&workspace, &format!("{name}.pub")).trim().to_owned();
    workspace.write("signers", &format!("ada {}\n", public("ada")));
    let verify = "fleet verify --signers signers";
    run("fleet record", 0, &[]);
    run("fleet verify", 0, &[]);
    run(verify, 7, &["D2066", "nobody signed the log"]);
    run("fleet log sign --key ada", 0, &[]);
    run(verify, 0, &["signed by ada, all of it"]);
    for file in ["gone", "fleet"] {
        run(&format!("fleet verify --signers {file}"), 2, &["--signers <FILE>"]);
    }
    let with = read(&workspace, ADA).replace("[\"ssh", &format!("[\"{}\", \"ssh", public("eve")));
    workspace.write(ADA, &with);
    run("fleet record", 0, &["person.changed person/ada"]);
    run("fleet log sign --key eve", 0, &["ada signed event "]);
    run("fleet verify", 0, &["signed by ada, all of it"]);
    run(verify, 7, &["D2066", "ssh-keygen says: Could not verify signature."]);
    std::fs::remove_file(workspace.root.join(HEAD)).unwrap();
    run("fleet verify", 0, &[]);
    run(verify, 7, &["D2066"]);
}
