//! Two branches of git that both wrote the log: it is said what happened, and the way out that is
//! named leads out.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use domi_fleet::{Fleet, LOG, Piece, State};
use domi_fleet_log::{Log, Rebased, Replacing, Writer, read, rebase, sides, verify};
use jiff::Timestamp;

const BASE: (&str, &str) = ("nodes/r.toml", "");
const OURS: (&str, &str) = ("nodes/ours.toml", "");
const THEIRS: (&str, &str) = ("nodes/theirs.toml", "");

fn state(files: &[(&str, &str)]) -> State {
    State::of(&Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text))).0)
}

fn record(root: &Utf8Path, files: &[(&str, &str)], second: i64) {
    let mut writer = Writer::open(root).unwrap().unwrap();
    let changes = writer.log().state.changes(&state(files));
    let _ = writer.append(changes, Timestamp::from_second(second).unwrap()).unwrap().unwrap();
}

/// Runs git, without what the person's own settings say; returns whether it passed.
fn git(root: &Utf8Path, words: &[&str]) -> bool {
    let settings = ["user.name=t", "user.email=t@example.org", "commit.gpgsign=false"];
    let settings = settings.iter().flat_map(|it| ["-c", it]);
    let mut git = Command::new("git");
    git.current_dir(root).args(settings).args(words);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    git.output().unwrap().status.success()
}

fn commit(root: &Utf8Path) {
    assert!(git(root, &["add", "."]) && git(root, &["commit", "-m", "x"]));
}

/// A repository whose two branches both recorded something; the first of them is checked out, and
/// the other one, `theirs`, is merged into it. `base` is what was recorded before.
fn merged(base: bool, attributes: &str) -> (tempfile::TempDir, Utf8PathBuf, bool) {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap().to_owned();
    let before: &[_] = if base { &[BASE] } else { &[] };
    assert!(git(&root, &["init", "-b", "ours"]));
    std::fs::write(root.join(".gitattributes"), attributes).unwrap();
    record(&root, before, 1);
    commit(&root);
    assert!(git(&root, &["checkout", "-b", "theirs"]));
    record(&root, &[before, &[THEIRS]].concat(), 2);
    commit(&root);
    assert!(git(&root, &["checkout", "ours"]));
    record(&root, &[before, &[OURS]].concat(), 3);
    commit(&root);
    let is_clean = git(&root, &["merge", "theirs"]);
    (folder, root, is_clean)
}

#[test]
fn a_conflict_is_named_and_a_rebase_leads_out() {
    let (_folder, root, is_clean) = merged(true, "");
    assert!(!is_clean, "git leaves two ends of a file to a person");
    let problem = read(&root).unwrap_err();
    assert_eq!((problem.code.0, problem.place.as_ref().unwrap().line), ("D2048", 2));
    let bytes = std::fs::read(root.join(LOG)).unwrap();
    assert_eq!(Writer::open(&root).unwrap().unwrap_err().code.0, "D2048");
    assert_eq!(std::fs::read(root.join(LOG)).unwrap(), bytes, "nothing is written");
    leads_out(&root, true);
}

/// Does what the problem says: puts the events of one branch behind those of the other.
fn leads_out(root: &Utf8Path, base: bool) {
    let writer = Replacing::open(root).unwrap().unwrap();
    let sides = sides(&[writer.bytes()], &[]).unwrap();
    assert_eq!(sides.len(), 2);
    let Rebased { text, kept, moved, .. } = rebase(&sides).unwrap();
    writer.put(&text).unwrap();
    let both = [BASE, OURS, THEIRS];
    let both = if base { &both[..] } else { &both[1..] };
    let log = read(root).unwrap();
    assert_eq!((log.events.len(), verify(&log, &state(both))), (both.len(), vec![]));
    // What was decided first stays; the other event says when it was decided.
    assert_eq!((kept, moved.len()), (both.len() - 1, 1));
    let last = log.events.last().unwrap();
    assert_eq!((last.subject(), last.decided), ("role/ours".to_owned(), Some(last.time)));
    // Writers go on behind it.
    record(root, &[both, &[("nodes/new.toml", "")]].concat(), 5);
    assert_eq!(read(root).unwrap().events.len(), both.len() + 1);
}

#[test]
fn lines_of_both_branches_are_named_with_what_they_say() {
    for (base, begin, line) in [(true, "both follow line 1", 3), (false, "both begin the log", 2)] {
        let (_folder, root, is_clean) = merged(base, "*.jsonl merge=union\n");
        assert!(is_clean, "git keeps the lines of both");
        let problem = read(&root).unwrap_err();
        assert_eq!((problem.code.0, problem.place.as_ref().unwrap().line), ("D2048", line));
        for part in ["role/ours", "role/theirs", begin] {
            assert!(problem.message.contains(part), "{problem}");
        }
        // An editor took the last end of a line away: what was answered on a branch is not cut.
        let bytes = std::fs::read(root.join(LOG)).unwrap();
        let cut = &bytes[..bytes.len() - 1];
        std::fs::write(root.join(LOG), cut).unwrap();
        assert_eq!(Writer::open(&root).unwrap().unwrap_err().code.0, "D2048");
        assert_eq!(std::fs::read(root.join(LOG)).unwrap(), cut);
        leads_out(&root, base);
    }
}

#[test]
fn a_line_that_stands_there_twice_is_no_fork() {
    let (_folder, root, _) = merged(true, "");
    assert!(git(&root, &["checkout", "ours", "--", LOG]));
    let text = std::fs::read_to_string(root.join(LOG)).unwrap();
    let twice = format!("{text}{}\n", text.lines().last().unwrap());
    assert_eq!(Log::parse(twice.as_bytes()).unwrap_err().code.0, "D2042");
}
