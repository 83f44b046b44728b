//! What is checked of the flake: its lock, and how large it is.

use camino::Utf8Path;
use serde_json::Value;

use super::check::{AGE, Check, FLAKE_SIZE, PINNED};

/// Days after which the lock of nixpkgs is too old. A release of NixOS lives for seven months; who
/// updates every three has no release that is at its end, and no fix that is older than that.
const DAYS: i64 = 90;
/// The most lines that `flake.nix` should have.
const LINES: usize = 200;
const DAY: i64 = 24 * 60 * 60;

/// The checks that need no Nix. `now` is in seconds since 1970.
pub(super) fn checks(root: &Utf8Path, now: i64) -> Vec<Check> {
    let text = |file: &str| std::fs::read_to_string(root.join(file)).ok();
    of_texts(text("flake.nix").as_deref(), text("flake.lock").as_deref(), now)
}

pub(super) fn of_texts(flake: Option<&str>, lock: Option<&str>, now: i64) -> Vec<Check> {
    let lock = lock.map(|text| serde_json::from_str(text).unwrap_or(Value::Null));
    vec![pinned(flake, lock.as_ref()), age(lock.as_ref(), now), size(flake)]
}

fn pinned(flake: Option<&str>, lock: Option<&Value>) -> Check {
    let lock = match (flake, lock) {
        (None, None) => return Check::not_run(PINNED, "there is no flake.nix here", ""),
        // Who has no inputs has no lock.
        (Some(flake), None) if !flake.contains("inputs") => {
            return Check::green(PINNED, "the flake has no inputs");
        }
        (_, None) => return Check::red(PINNED, "there is no flake.lock", "nix flake lock"),
        (_, Some(lock)) => lock,
    };
    let Some(nodes) = lock["nodes"].as_object() else {
        return Check::red(PINNED, "flake.lock cannot be read", "nix flake lock");
    };
    let root = lock["root"].as_str().unwrap_or("root");
    let inputs = nodes.get(root).and_then(|root| root["inputs"].as_object());
    if inputs.is_none_or(serde_json::Map::is_empty) && flake.is_some_and(|it| it.contains("inputs"))
    {
        let why = "flake.nix says something of inputs, and flake.lock has none";
        return Check::not_run(PINNED, why, "nix flake lock");
    }
    let mut wrong = Vec::new();
    for (name, node) in nodes {
        let inputs = node["inputs"].as_object().into_iter().flatten();
        let gone = inputs.filter_map(|(_, to)| to.as_str()).filter(|to| !nodes.contains_key(*to));
        wrong.extend(gone.map(|to| format!("{name} has the input {to}, which is not locked")));
        if name != root
            && let Some(why) = not_pinned(node)
        {
            wrong.push(format!("{name} {why}"));
        }
    }
    let good = format!("{} inputs, each locked", nodes.len().saturating_sub(1));
    Check::of(PINNED, &wrong, &good, "name what it should be in flake.nix, then `nix flake lock`")
}

/// Why a node of a lock may be another thing tomorrow.
fn not_pinned(node: &Value) -> Option<&'static str> {
    let (locked, original) = (&node["locked"], &node["original"]);
    if !locked.is_object() {
        return Some("is not locked");
    }
    if original["type"] == "indirect" {
        return Some("is looked up in each user's registry");
    }
    let is_path = locked["type"] == "path";
    // A folder within the flake is part of it, and has a parent.
    if is_path && node["parent"].is_null() {
        return Some("is a folder of one computer");
    }
    let is_fixed = is_path || locked["narHash"].is_string();
    (!is_fixed).then_some("is locked without the digest of its content")
}

fn age(lock: Option<&Value>, now: i64) -> Check {
    let nodes = lock.and_then(|lock| lock["nodes"].as_object());
    let nodes = nodes.into_iter().flatten();
    let nixpkgs = nodes.filter(|(_, node)| {
        let repo = node["locked"]["repo"].as_str().unwrap_or_default();
        repo.eq_ignore_ascii_case("nixpkgs")
    });
    let dated = nixpkgs.filter_map(|(name, node)| {
        Some((name, now.saturating_sub(node["locked"]["lastModified"].as_i64()?) / DAY))
    });
    let dated: Vec<_> = dated.collect();
    if dated.is_empty() {
        return Check::not_run(AGE, "no nixpkgs is locked here", "");
    }
    let of = |(name, days): &(&String, i64)| format!("{name} is {days} days old");
    let old: Vec<_> = dated.iter().filter(|(_, days)| *days > DAYS).map(of).collect();
    let all: Vec<_> = dated.iter().map(of).collect();
    Check::of(AGE, &old, &all.join("; "), "nix flake update")
}

fn size(flake: Option<&str>) -> Check {
    let Some(flake) = flake else {
        return Check::not_run(FLAKE_SIZE, "there is no flake.nix here", "");
    };
    let lines = flake.lines().count();
    let said = format!("{lines} lines; {LINES} are the most");
    if lines > LINES {
        Check::red(FLAKE_SIZE, said, "move outputs into modules, as in the folder nix/")
    } else {
        Check::green(FLAKE_SIZE, said)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check::State;
    use super::*;

    #[track_caller]
    fn check(found: &Check, state: State, says: &str) {
        assert!(found.state == state && found.reason.contains(says), "{found:?}");
    }

    fn lock(node: &Value) -> Value {
        json!({ "nodes": { "root": { "inputs": { "a": "a" } }, "a": node }, "root": "root" })
    }

    #[test]
    fn an_input_that_may_be_another_thing_tomorrow_is_red() {
        let of = |node| pinned(Some("inputs"), Some(&lock(&node)));
        let good = json!({ "narHash": "sha256-x", "type": "github", "rev": "1" });
        let github = json!({ "type": "github" });
        check(&of(json!({ "locked": good, "original": github })), State::Green, "1 inputs");
        check(&of(json!({ "original": github })), State::Red, "a is not locked");
        let rev = json!({ "type": "git", "rev": "1" });
        check(&of(json!({ "locked": rev, "original": github })), State::Red, "without the digest");
        let indirect = json!({ "type": "indirect", "id": "nixpkgs" });
        check(&of(json!({ "locked": good, "original": indirect })), State::Red, "registry");
        let path = json!({ "type": "path", "path": "/home/a/nixpkgs", "narHash": "sha256-x" });
        check(&of(json!({ "locked": path, "original": path })), State::Red, "one computer");
        let within = json!({ "locked": { "type": "path", "path": "./a" }, "parent": [] });
        check(&of(within), State::Green, "");
        let gone = json!({ "nodes": { "root": { "inputs": { "b": "b" } } } });
        check(&pinned(Some(""), Some(&gone)), State::Red, "root has the input b");
        let none = json!({ "nodes": { "root": {} }, "root": "root" });
        check(&pinned(Some("{ inputs.a.url = \"x\"; }"), Some(&none)), State::NotRun, "has none");
        check(&pinned(Some("{ outputs = _: { }; }"), Some(&none)), State::Green, "0 inputs");
        check(&pinned(Some(""), Some(&Value::Null)), State::Red, "cannot be read");
        check(&pinned(Some("inputs.a.url"), None), State::Red, "there is no flake.lock");
        check(&pinned(Some("{ outputs = _: { }; }"), None), State::Green, "no inputs");
        check(&pinned(None, None), State::NotRun, "no flake.nix");
    }

    #[test]
    fn a_lock_is_too_old_after_three_months() {
        let of = |days: i64| {
            let locked = json!({ "repo": "nixpkgs", "lastModified": 1000 * DAY - days * DAY });
            age(Some(&lock(&json!({ "locked": locked }))), 1000 * DAY)
        };
        check(&of(90), State::Green, "90 days");
        check(&of(91), State::Red, "a is 91 days old");
        check(&age(None, 0), State::NotRun, "no nixpkgs");
    }

    #[test]
    fn a_flake_that_has_everything_in_one_file_is_red() {
        check(&size(Some(&"x\n".repeat(LINES))), State::Green, "200 lines");
        check(&size(Some(&"x\n".repeat(LINES + 1))), State::Red, "201 lines");
        check(&size(None), State::NotRun, "no flake.nix");
    }
}
