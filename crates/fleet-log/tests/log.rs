//! The log: what it comes to, what is found wrong with it, and that nothing is lost of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use camino::Utf8Path;
use domi_fleet::{Fleet, LOG, Piece, State, compare};
use domi_fleet_log::{Log, Writer, read, undigested, verify};
use domi_mutate::{mutated, read_all};
use jiff::Timestamp;
use serde_json::{Value, json};

fn fleet(files: &[(&str, &str)]) -> Fleet {
    Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text))).0
}

fn state(files: &[(&str, &str)]) -> State {
    State::of(&fleet(files))
}

fn folder() -> (tempfile::TempDir, camino::Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap().to_owned();
    (folder, root)
}

/// Records what files say; returns the types and subjects of the events.
fn record(root: &Utf8Path, files: &[(&str, &str)], second: i64) -> Vec<String> {
    let mut writer = Writer::open(root).unwrap().unwrap();
    let changes = writer.log().state.changes(&state(files));
    let now = Timestamp::from_second(second).unwrap();
    let events = writer.append(changes, now).unwrap().unwrap();
    events.iter().map(|event| format!("{} {}", event.kind(), event.subject())).collect()
}

#[test]
fn of_a_file_without_a_salt_it_is_said_that_the_log_cannot_say_what_it_was() {
    let (_folder, root) = folder();
    let path = "domain/people/ada.toml";
    let salt = format!("salt = '{}'\n", "0a".repeat(32));
    let check = |text: &str, warned: usize, differs: usize| {
        let (log, files) = (read(&root).unwrap(), state(&[(path, text)]));
        let found = (undigested(&log, &files).len(), verify(&log, &files).len());
        assert_eq!(found, (warned, differs), "{text}");
    };
    // What is not recorded at all differs, and needs no warning.
    check("", 0, 1);
    record(&root, &[(path, "")], 10);
    check("", 1, 0);
    check("title = 'Ada'\n", 1, 0);
    check(&salt, 0, 1);
    assert_eq!(record(&root, &[(path, &salt)], 20), ["domi.fleet.person.changed person/ada"]);
    check(&salt, 0, 0);
    check(&format!("title = 'Ada'\n{salt}"), 0, 1);
    check("", 0, 1);
}

const ID: &str = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ab'\n";

#[test]
fn what_files_say_becomes_events_and_these_come_to_what_files_say() {
    let (_folder, root) = folder();
    assert!(read(&root).unwrap().events.is_empty());
    let first = [("hosts/a.toml", ID), ("users/u.toml", "uid = 1000"), ("nodes/r.toml", "")];
    assert_eq!(
        record(&root, &first, 10),
        [
            "domi.fleet.host.added host/a",
            "domi.fleet.role.added role/r",
            "domi.fleet.user.added user/u"
        ]
    );
    assert_eq!(record(&root, &first, 20), [""; 0]);
    let second = [("hosts/b.toml", ID), ("nodes/r.toml", "purpose = 'x'")];
    assert_eq!(
        record(&root, &second, 30),
        [
            "domi.fleet.user.removed user/u",
            "domi.fleet.host.renamed host/b",
            "domi.fleet.role.changed role/r"
        ]
    );
    let log = read(&root).unwrap();
    assert_eq!(verify(&log, &state(&second)), []);
    assert_eq!(log.state.gone().map(|it| it.uid).collect::<Vec<_>>(), [Some(1000)]);
    let said = |files: &[(&str, &str)]| {
        verify(&log, &state(files)).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let differs = said(&[("hosts/a.toml", ID), ("users/v.toml", "uid = 1001")]);
    for part in ["the log has it as `b`", "no event says", "there is no file of it"] {
        assert!(differs.contains(part), "{differs}");
    }
    // What was then is known; a number stays taken when its user is gone.
    let at = |second| log.at(Timestamp::from_second(second).unwrap());
    assert_eq!((at(9), at(10), at(29)), (State::default(), state(&first), state(&first)));
    let again = compare(&log.state, &fleet(&[("users/v.toml", "uid = 1000")]));
    assert!(again.iter().any(|problem| problem.message.contains("given to `u`")), "{again:#?}");
    // The first of all that are decided together is the cause of the others, and of itself.
    let chains =
        log.events.iter().map(|it| (it.id == it.correlation, it.causation == it.correlation));
    let expected = [true, false, false, true, false, false].map(|is_first| (is_first, true));
    assert_eq!(chains.collect::<Vec<_>>(), expected);
}

#[test]
fn what_was_retired_and_is_gone_does_not_come_back() {
    let (_folder, root) = folder();
    let retired = format!("{ID}status = 'retired'");
    record(&root, &[("hosts/a.toml", &retired)], 1);
    record(&root, &[], 2);
    let state = read(&root).unwrap().state;
    let said = |text: &str| {
        let problems = compare(&state, &fleet(&[("hosts/b.toml", text)]));
        problems.iter().map(|it| it.code.0).collect::<Vec<_>>()
    };
    assert_eq!((said(ID), said("")), (vec!["D2025"], vec![]));
}

#[test]
fn lines_are_canonical() {
    let value =
        json!({"b": [1, -2, null], "a": {"é\u{1}": "\"\n/"}, "\u{e000}": 1, "\u{10000}": 2});
    let text =
        "{\"a\":{\"é\\u0001\":\"\\\"\\n/\"},\"b\":[1,-2,null],\"\u{10000}\":2,\"\u{e000}\":1}";
    assert_eq!(canonical(&value).as_deref(), Some(text));
    assert_eq!(canonical(&json!([1.5])), None);
    let (_folder, root) = folder();
    let retired = format!("{ID}status = 'retired'");
    record(&root, &[("hosts/a.toml", ID), ("users/u.toml", "uid = 1000")], 1);
    record(&root, &[("hosts/b.toml", ID), ("domain/people/a.toml", "")], 2);
    record(&root, &[("hosts/b.toml", &retired)], 3);
    let text = std::fs::read_to_string(root.join(LOG)).unwrap();
    assert_eq!(text.lines().count(), 7);
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(canonical(&value).as_deref(), Some(line));
        for key in ["specversion", "id", "source", "type"] {
            assert!(value[key].is_string(), "CloudEvents has {key}");
        }
    }
    for mut event in read(&root).unwrap().events {
        event.decided = Some(event.time);
        let value: Value = serde_json::from_str(&event.line()).unwrap();
        assert_eq!(canonical(&value), Some(event.line()));
    }
}

#[test]
fn nothing_personal_is_in_it() {
    let (_folder, root) = folder();
    let person = "title = 'Ada Secret'\nunits = ['u']\n";
    record(&root, &[("domain/people/ada.toml", person)], 1);
    let text = std::fs::read_to_string(root.join(LOG)).unwrap();
    let digest = read(&root).unwrap().events[0].change.thing.digest.clone();
    assert!(!text.contains("Secret") && digest.is_none(), "{text}");
    // And what a person's file says may change without an event.
    assert_eq!(record(&root, &[("domain/people/ada.toml", "title = 'x'")], 2), [""; 0]);
}

#[test]
fn names_that_move_on_are_renamed_in_order_and_swapped_ones_are_refused() {
    let (_folder, root) = folder();
    let other = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ac'\n";
    record(&root, &[("hosts/a.toml", ID), ("hosts/b.toml", other)], 1);
    let moved = [("hosts/b.toml", ID), ("hosts/c.toml", other)];
    let events = record(&root, &moved, 2);
    assert_eq!(events, ["domi.fleet.host.renamed host/c", "domi.fleet.host.renamed host/b"]);
    let mut writer = Writer::open(&root).unwrap().unwrap();
    let swapped = state(&[("hosts/c.toml", ID), ("hosts/b.toml", other)]);
    let changes = writer.log().state.changes(&swapped);
    let refused = writer.append(changes, Timestamp::from_second(3).unwrap()).unwrap().unwrap_err();
    assert_eq!(refused.code.0, "D2046");
    assert_eq!(writer.log().events.len(), 4);
}

/// The bytes of a log with four events.
fn four(root: &Utf8Path) -> Vec<u8> {
    record(root, &[("hosts/a.toml", ID), ("nodes/r.toml", ""), ("users/u.toml", "uid = 1000")], 1);
    record(root, &[("hosts/a.toml", ID), ("nodes/r.toml", ""), ("users/u.toml", "uid = 1001")], 2);
    std::fs::read(root.join(LOG)).unwrap()
}

#[test]
fn a_last_line_that_is_not_whole_is_said_and_cut_wherever_it_was_torn() {
    let (_folder, root) = folder();
    let bytes = four(&root);
    for length in 0..bytes.len() {
        let log = Log::parse(&bytes[..length]).unwrap();
        let whole = bytes[..length].iter().filter(|byte| **byte == b'\n').count();
        let is_torn = length > 0 && bytes[length - 1] != b'\n';
        // A line that lacks nothing but its end is an event.
        let lacks_its_end = is_torn && bytes[length] == b'\n';
        let events = whole + usize::from(lacks_its_end);
        assert_eq!((log.events.len(), log.torn.is_some()), (events, is_torn), "{length}");
    }
    let torn = &bytes[..bytes.len() - 9];
    std::fs::write(root.join(LOG), torn).unwrap();
    assert_eq!(read(&root).unwrap().torn.unwrap().line, 4);
    let writer = Writer::open(&root).unwrap().unwrap();
    assert_eq!((writer.torn().unwrap().line, writer.log().events.len()), (4, 3));
    drop(writer);
    let left = std::fs::read(root.join(LOG)).unwrap();
    assert!(bytes.starts_with(&left) && left.ends_with(b"\n"));
    // What is written next stands on a line of its own.
    record(&root, &[], 3);
    assert_eq!(read(&root).unwrap().events.len(), 6);
}

#[test]
fn no_byte_before_the_last_line_can_be_another_one() {
    let (_folder, root) = folder();
    let bytes = four(&root);
    let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
    for at in 0..=last {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let problem = Log::parse(&changed).unwrap_err();
        let own = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        let line = problem.place.unwrap().line as usize;
        assert!(line == own || line == own + 1, "{at}: {line}");
    }
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for wrong in [vec![1], vec![0, 0], vec![0, 2], vec![1, 0, 2, 3]] {
        let text: Vec<u8> = wrong.iter().flat_map(|line| lines[*line].to_vec()).collect();
        assert_eq!(Log::parse(&text).unwrap_err().code.0, "D2042", "{wrong:?}");
    }
    std::fs::write(root.join(LOG), [lines[1], lines[2]].concat()).unwrap();
    assert_eq!(Writer::open(&root).unwrap().unwrap_err().code.0, "D2042");
    read_all(&mutated(vec![bytes]), |bytes| drop(Log::parse(bytes)));
}

#[test]
fn one_at_a_time_writes_and_links_are_not_followed() {
    let (_folder, root) = folder();
    let writer = Writer::open(&root).unwrap().unwrap();
    assert_eq!(Writer::open(&root).unwrap().unwrap_err().code.0, "D2043");
    assert!(read(&root).is_ok());
    drop(writer);
    assert!(Writer::open(&root).unwrap().is_ok());
    std::fs::rename(root.join(LOG), root.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../../elsewhere", root.join(LOG)).unwrap();
    assert_eq!(Writer::open(&root).unwrap().unwrap_err().code.0, "D2045");
    assert_eq!(read(&root).unwrap_err().code.0, "D2045");
}

const FOLDER: &str = "DOMI_TEST_LOG_FOLDER";

/// Not a test of its own: what the next one kills.
#[test]
#[ignore = "it writes until it is killed"]
fn writes_until_it_is_killed() {
    let Ok(root) = std::env::var(FOLDER) else { return };
    let mut writer = Writer::open(Utf8Path::new(&root)).unwrap().unwrap();
    for round in writer.log().events.len().. {
        let texts: Vec<String> = (0..3).map(|it| format!("description = '{round} {it}'")).collect();
        let names = ["hosts/a.toml", "hosts/b.toml", "hosts/c.toml"];
        let files: Vec<_> =
            names.iter().zip(&texts).map(|(name, text)| (*name, text.as_str())).collect();
        let changes = writer.log().state.changes(&state(&files));
        let events = writer.append(changes, Timestamp::now()).unwrap().unwrap();
        println!("\nhas {}", events.last().unwrap().sequence);
    }
}

#[test]
fn nothing_that_was_answered_is_lost_when_the_writer_is_killed() {
    let (_folder, root) = folder();
    let (mut seen, mut torn) = (0, 0);
    let kills = std::env::var("DOMI_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(50);
    for round in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writes_until_it_is_killed", "--ignored", "--nocapture"])
            .env(FOLDER, &root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let number = |line: &str| line.strip_prefix("has ").and_then(|it| it.parse::<u64>().ok());
        // It has begun to write; then at a moment that is another one in each round.
        let first = lines.by_ref().map_while(Result::ok).find_map(|line| number(&line)).unwrap();
        std::thread::sleep(Duration::from_micros(round * 7919_u64 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let answered = lines.map_while(Result::ok).filter_map(|line| number(&line)).last();
        let answered = answered.unwrap_or(first);
        let log = read(&root).unwrap();
        assert!(log.events.len() as u64 >= answered, "{} of {answered}", log.events.len());
        assert!(first > seen, "it goes on where the log ends");
        seen = log.events.len() as u64;
        torn += usize::from(log.torn.is_some());
    }
    eprintln!("killed {kills} times: {seen} events, none lost, {torn} times torn");
    assert!(seen > 100, "{seen} events, {torn} times torn");
}

/// A value in one line. Numbers with a point have no place in a log, and are none here: the texts
/// of two programs for one of them may differ.
fn canonical(value: &Value) -> Option<String> {
    let mut text = String::new();
    write(value, &mut text)?;
    Some(text)
}

fn write(value: &Value, text: &mut String) -> Option<()> {
    match value {
        Value::Number(number) if number.is_f64() => return None,
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (at, (name, value)) in entries.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text)?;
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
    Some(())
}

#[test]
fn a_last_line_without_its_end_is_kept_if_it_follows_and_cut_if_not() {
    let (_folder, root) = folder();
    let bytes = four(&root);
    std::fs::write(root.join(LOG), &bytes[..bytes.len() - 1]).unwrap();
    let log = read(&root).unwrap();
    assert!(log.torn.is_some() && log.events.len() == 4);
    drop(Writer::open(&root).unwrap().unwrap());
    assert_eq!(std::fs::read(root.join(LOG)).unwrap(), bytes);
    assert_eq!(read(&root).unwrap().torn, None);
    // The first line again at the end: an event, and not the one that comes next.
    let first = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap();
    let strange = [&bytes, &first[..first.len() - 1]].concat();
    std::fs::write(root.join(LOG), strange).unwrap();
    assert_eq!(read(&root).unwrap().events.len(), 4);
    drop(Writer::open(&root).unwrap().unwrap());
    assert_eq!(std::fs::read(root.join(LOG)).unwrap(), bytes);
}

#[test]
fn a_clock_that_is_far_behind_the_last_event_is_refused() {
    let (_folder, root) = folder();
    let day = 86_400;
    record(&root, &[("hosts/a.toml", ID)], 10 * day);
    record(&root, &[], 9 * day);
    let mut writer = Writer::open(&root).unwrap().unwrap();
    let changes = writer.log().state.changes(&state(&[("nodes/r.toml", "")]));
    let now = Timestamp::from_second(9 * day - 1).unwrap();
    assert_eq!(writer.append(changes, now).unwrap().unwrap_err().code.0, "D2047");
    assert_eq!(read(&root).unwrap().events.len(), 2);
}
