//! The events of several branches in one log: what stays, what moves, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use camino::Utf8Path;
use domi_fleet::{Fleet, LOG, Piece, State, Status, What};
use domi_fleet_log::{
    Draft, Event, Log, Rebased, Replacing, Writer, rebase, sides, three_way, verify,
};
use domi_model::Problem;
use domi_mutate::{mutated, read_all};
use jiff::Timestamp;

type Files<'a> = &'a [(&'a str, &'a str)];

fn state(files: Files<'_>) -> State {
    State::of(&Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text))).0)
}

/// The log of a branch: `before`, and what was recorded behind it, with the second of each record.
fn branch(before: &[u8], records: &[(i64, Files<'_>)]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    drop(Writer::open(root).unwrap().unwrap());
    std::fs::write(root.join(LOG), before).unwrap();
    for (second, files) in records {
        let mut writer = Writer::open(root).unwrap().unwrap();
        let changes = writer.log().state.changes(&state(files));
        let now = Timestamp::from_second(*second).unwrap();
        let _ = writer.append(changes, now).unwrap().unwrap();
    }
    std::fs::read(root.join(LOG)).unwrap()
}

/// The logs of branches in one, that of the first as it is.
fn put_together(logs: &[&[u8]]) -> Result<Rebased, Vec<Problem>> {
    rebase(&sides(logs, &[logs[0].to_vec()]).unwrap())
}

const A: &str = "hosts/a.toml";
const B: &str = "hosts/b.toml";
const ROLE: (&str, &str) = ("nodes/r.toml", "");

#[test]
fn what_moves_keeps_its_id_and_says_when_it_was_decided() {
    let base = branch(b"", &[(1, &[(A, "")])]);
    let main = branch(&base, &[(20, &[(A, ""), ROLE])]);
    let other = branch(&base, &[(10, &[(A, ""), (B, "")]), (30, &[(A, "tags = ['t']"), (B, "")])]);
    let one = put_together(&[&main, &other]).unwrap();
    assert!(one.text.starts_with(&main), "what is published stays byte for byte");
    let before = Log::parse(&other).unwrap();
    for (moved, old) in one.moved.iter().zip(&before.events[1..]) {
        let new = &moved.event;
        assert_eq!(
            (&new.id, &new.correlation, &new.causation),
            (&old.id, &old.correlation, &old.causation)
        );
        assert_eq!((new.decided, moved.was), (Some(old.time), old.sequence));
    }
    // No event is older than the one before.
    let times: Vec<i64> = one.log.events.iter().map(|it| it.time.as_second()).collect();
    assert_eq!(times, [1, 20, 20, 30]);
    // Read again, it is what it was said to be, and agrees with the files of both.
    let again = Log::parse(&one.text).unwrap();
    assert_eq!(again.events, one.log.events);
    assert_eq!(verify(&again, &state(&[(A, "tags = ['t']"), (B, ""), ROLE])), []);
    // Again, and with what it was made of: nothing changes.
    for logs in [&[&one.text[..]][..], &[&one.text, &other], &[&one.text, &other, &main, &base]] {
        let same = put_together(logs).unwrap();
        assert!(same.text == one.text && same.moved.is_empty());
    }
    // An event that moves twice says when it was decided first.
    let third = branch(&main, &[(90, &[(A, ""), ROLE, ("users/u.toml", "uid = 1000")])]);
    let twice = put_together(&[&third, &one.text]).unwrap();
    let decided = |it: &Rebased| it.moved.iter().map(|it| it.event.decided).collect::<Vec<_>>();
    assert_eq!(decided(&twice), decided(&one));
}

#[test]
fn whichever_way_branches_are_put_together_the_log_is_the_same() {
    let base = branch(b"", &[(1, &[ROLE])]);
    let of = |second, name: &str| branch(&base, &[(second, &[ROLE, (name, "")])]);
    let (one, two, three) = (of(10, A), of(20, B), of(30, "hosts/c.toml"));
    let text = |logs: &[&[u8]], published: &[Vec<u8>]| {
        rebase(&sides(logs, published).unwrap()).unwrap().text
    };
    let all = text(&[&one, &two, &three], &[]);
    assert!(all.starts_with(&one) && all != one);
    assert_eq!(text(&[&three, &two, &one], &[]), all);
    assert_eq!(text(&[&three, &text(&[&two, &one], &[])], &[]), all);
    // What others have already stays, although it is not the oldest.
    for logs in [[&one, &two], [&two, &one]] {
        let logs = logs.map(Vec::as_slice);
        assert!(text(&logs, &[base.clone(), two.clone()]).starts_with(&two));
    }
    // One after the other, as git's union has them, and with marks of a conflict.
    let tail = |log: &[u8]| String::from_utf8(log[base.len()..].to_vec()).unwrap();
    let head = String::from_utf8(base.clone()).unwrap();
    let union = head.clone() + &tail(&two) + &tail(&one);
    let (a, b) = (tail(&two), tail(&one));
    let marked = format!("{head}<<<<<<< HEAD\n{a}||||||| 1234\n=======\n{b}>>>>>>> x\n");
    for put in [union, marked] {
        assert_eq!(text(&[put.as_bytes()], &[]), text(&[&one, &two], &[]));
    }
}

#[test]
fn what_an_event_did_not_change_is_as_the_other_branch_left_it() {
    let base = branch(b"", &[(1, &[(A, "")])]);
    let main = branch(&base, &[(2, &[(A, "status = 'maintenance'")])]);
    let other = branch(&base, &[(3, &[(A, "tags = ['t']")])]);
    // Nobody decided that it is active again.
    let one = put_together(&[&main, &other]).unwrap().log;
    let last = one.events.last().unwrap();
    assert_eq!(last.change.thing.status, Status::Maintenance);
    // Both the same: it happened twice, and comes to the same.
    let same = branch(&base, &[(4, &[(A, "status = 'maintenance'")])]);
    assert_eq!(put_together(&[&main, &same]).unwrap().log.state, Log::parse(&main).unwrap().state);
}

#[test]
fn what_cannot_have_happened_after_the_other_branch_is_refused_all_at_once() {
    const ID: &str = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ab'\n";
    const OTHER: &str = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ac'\n";
    let with = |id: &str, status: &str| format!("{id}status = '{status}'");
    let (retired, out) = (with(ID, "retired"), with(ID, "maintenance"));
    let planned = with(OTHER, "planned");
    let role = ("nodes/p.toml", planned.as_str());
    let start = [(A, ID), role];
    let base = branch(b"", &[(1, &start)]);
    let check = |main: &[Files<'_>], other: &[Files<'_>], parts: &[&str]| {
        let of = |all: &[Files<'_>], second: i64| {
            branch(&base, &all.iter().map(|files| (second, *files)).collect::<Vec<_>>())
        };
        let problems = match put_together(&[&of(main, 2), &of(other, 3)]) {
            Ok(_) => Vec::new(),
            Err(problems) => problems,
        };
        assert_eq!(problems.len(), parts.len(), "{problems:#?}");
        for (problem, part) in problems.iter().zip(parts) {
            assert!(problem.code.0 == "D2060" && problem.message.contains(part), "{problem}");
            assert!(problem.message.contains("the branch that stays says `"), "{problem}");
        }
    };
    // All at once, and what was done later to what is refused says nothing new.
    let added = [(A, ID), role, (B, ""), ROLE];
    let changed = [(A, ID), role, (B, "tags = ['t']"), ROLE];
    check(&[&added], &[&added, &changed], &["is a host `b` already", "is a role `r` already"]);
    let user = |name| [(A, ID), role, (name, "uid = 1001")];
    let number = "the number 1001 was given to `v`";
    check(&[&user("users/v.toml")], &[&user("users/w.toml")], &[number]);
    // Also when that user is gone.
    check(&[&user("users/v.toml"), &start], &[&user("users/w.toml")], &[number]);
    let becomes = "what is retired cannot become maintenance";
    check(&[&[(A, &retired), role]], &[&[(A, &out), role]], &[becomes]);
    check(&[&[(A, &out), role]], &[&[(A, &retired), role]], &[]);
    let active = [(A, ID), ("nodes/p.toml", OTHER)];
    check(&[&active], &[&[(A, ID)]], &["it is active, and only what is retired or planned goes"]);
    let renamed = [("hosts/c.toml", ID), role];
    check(&[&renamed], &[&[(A, &out), role]], &["there is no host `a`"]);
    check(&[&[(A, ID)]], &[&[(A, ID), role, ("nodes/q.toml", "")]], &[]);
    // Another host has its name by now.
    let (gone, other) = ([(A, with(ID, "retired"))], with("", "active"));
    let gone = [(gone[0].0, gone[0].1.as_str()), role];
    let other = [(A, other.as_str()), role];
    let another = "the host `a` is another one by now";
    check(&[&gone, &[role], &other], &[&[(A, &out), role]], &[another]);
    let third = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ad'\n";
    let of = |name| [(A, ID), role, (name, third)];
    check(&[&of(B)], &[&of("hosts/c.toml")], &["the host `b` has its id"]);
}

#[test]
fn a_commit_that_is_picked_brings_what_is_new_in_it_if_that_can_stand_alone() {
    let begin = branch(b"", &[(1, &[ROLE])]);
    let parent = branch(&begin, &[(2, &[ROLE, (A, "")])]);
    let ours = branch(&begin, &[(3, &[ROLE, ("users/u.toml", "uid = 1000")])]);
    let subjects = |it: Rebased| it.log.events.iter().map(Event::subject).collect::<Vec<_>>();
    let picked = branch(&parent, &[(4, &[ROLE, (A, ""), (B, "")])]);
    let one = three_way(&parent, &ours, &picked, std::slice::from_ref(&picked)).unwrap().unwrap();
    assert!(one.text.starts_with(&ours));
    assert_eq!(subjects(one), ["role/r", "user/u", "host/b"]);
    // What was taken back stays: it was decided.
    assert_eq!(three_way(&picked, &picked, &parent, &[]).unwrap().unwrap().text, picked);
    // Both branches have all of the base: it is a merge.
    let merged = three_way(&begin, &ours, &picked, &[]).unwrap().unwrap();
    assert_eq!(subjects(merged), ["role/r", "host/a", "host/b", "user/u"]);
    // An answer without what it answers.
    let mut draft = Draft::of(Log::parse(&parent).unwrap());
    let changes = draft.log().state.changes(&state(&[ROLE, (A, ""), (B, "")]));
    let (cause, now) = (draft.log().events[1].clone(), Timestamp::from_second(4).unwrap());
    draft.add(changes, now, Some(&cause)).unwrap().unwrap();
    let line = draft.events()[0].line() + "\n";
    let answer = [&parent, line.as_bytes()].concat();
    let refused = three_way(&parent, &ours, &answer, &[]).unwrap().unwrap_err();
    assert!(refused[0].message.contains("an event that is not there"), "{}", refused[0]);
}

#[test]
fn lines_that_are_no_events_or_follow_from_nothing_are_refused() {
    let base = branch(b"", &[(1, &[(A, "")]), (2, &[(A, ""), ROLE])]);
    let refused = |text: &[u8]| sides(&[text], &[]).unwrap_err();
    let torn = refused(&base[..base.len() - 9]);
    assert_eq!((torn.code.0, torn.place.unwrap().line), ("D2042", 2));
    let second = base.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    assert!(refused(&base[second..]).message.contains("not there any more"));
    // What lacks nothing but its end is whole.
    let whole = rebase(&sides(&[&base[..base.len() - 1]], &[]).unwrap()).unwrap();
    assert_eq!(whole.text, base);
    assert!(rebase(&sides(&[b""], &[]).unwrap()).unwrap().text.is_empty());
    let other = branch(&base[..second], &[(3, &[(A, ""), (B, "")])]);
    let both = [&base[..], b"=======\n", &other[second..]].concat();
    read_all(&mutated(vec![both]), |bytes| drop(sides(&[bytes], &[]).map(|it| rebase(&it))));
}

/// A line as events were written before any could move.
const OLD: &str = r#"{"causationid":"01a21df5-0a67-73c2-b283-7c709b51d0b6","correlationid":"01a21df5-0a67-73c2-b283-7c709b51d0b6","data":{"digest":"094b9f80731de0be0016648d4810e844c73b86342038cfdc616d9c263b405118","file":"domain/organizations/o.toml","status":"active"},"datacontenttype":"application/json","id":"01a21df5-0a67-73c2-b283-7c709b51d0b6","previous":"af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262","sequence":1,"source":"/fleet","specversion":"1.0","subject":"organisation/o","time":"2026-11-27T17:02:07.975829082Z","type":"domi.fleet.organisation.added"}"#;

#[test]
fn lines_from_before_events_could_move_are_read_and_stay_byte_for_byte() {
    let log = Log::parse(format!("{OLD}\n").as_bytes()).unwrap();
    assert_eq!((log.events[0].line().as_str(), log.events[0].decided), (OLD, None));
    let later = OLD.replace(",\"id\":\"", ",\"decided\":\"2026-11-27T17:02:08Z\",\"id\":\"");
    let refused = Log::parse(format!("{later}\n").as_bytes()).unwrap_err();
    assert!(refused.message.contains("from before it was decided"), "{refused}");
}

const FOLDER: &str = "DOMI_TEST_REBASE_FOLDER";

/// Not a test of its own: what the next one kills.
#[test]
#[ignore = "it writes until it is killed"]
fn replaces_until_it_is_killed() {
    let Ok(root) = std::env::var(FOLDER) else { return };
    let texts = ["short", "long"].map(|name| std::fs::read(format!("{root}/{name}")).unwrap());
    println!();
    for text in texts.iter().cycle() {
        Replacing::open(Utf8Path::new(&root)).unwrap().unwrap().put(text).unwrap();
        println!("put");
    }
}

#[test]
fn whoever_is_killed_leaves_the_old_log_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let short = branch(b"", &[(1, &[(A, "")])]);
    let names: Vec<String> = (0..200).map(|it| format!("hosts/h{it}.toml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let long = branch(&short, &[(2, &[&[(A, "")], &files[..]].concat())]);
    std::fs::write(root.join("short"), &short).unwrap();
    std::fs::write(root.join("long"), &long).unwrap();
    let mut seen = [false; 2];
    for round in 0..40_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "replaces_until_it_is_killed", "--ignored", "--nocapture"])
            .env(FOLDER, root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.by_ref().map_while(Result::ok).any(|line| line == "put"));
        std::thread::sleep(Duration::from_micros(round * 7919 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let left = std::fs::read(root.join(LOG)).unwrap();
        assert!(left == short || left == long, "{} bytes", left.len());
        seen[usize::from(left == long)] = true;
        // What it left beside the log is in nobody's way.
        Replacing::open(root).unwrap().unwrap().put(&left).unwrap();
    }
    assert_eq!(seen, [true; 2]);
    let entries = std::fs::read_dir(root.join(LOG).parent().unwrap()).unwrap();
    assert_eq!(entries.count(), 1);
}

#[test]
fn one_at_a_time_writes() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let writer = Writer::open(root).unwrap().unwrap();
    assert_eq!(Replacing::open(root).unwrap().unwrap_err().code.0, "D2043");
    drop(writer);
    let replacing = Replacing::open(root).unwrap().unwrap();
    assert_eq!(Writer::open(root).unwrap().unwrap_err().code.0, "D2043");
    let text = branch(b"", &[(1, &[(A, "")])]);
    replacing.put(&text).unwrap();
    assert_eq!(Writer::open(root).unwrap().unwrap().log().events.len(), 1);
}

/// Changes one of few things, which are in each other's way.
fn change_one(files: &mut BTreeMap<String, String>, mut number: u64) {
    let mut next = |most: usize| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        usize::try_from(number >> 33).unwrap() % most
    };
    // What is alike at first.
    let _ = (next(2), next(2));
    let (kind, name) = (["hosts", "users"][next(2)], ["a", "b", "c", "d", "e", "f"][next(6)]);
    let path = format!("{kind}/{name}.toml");
    let status = Status::ALL[next(5)];
    let id = format!("id = '01932f5e-7c00-7a3b-8c1d-{:012}'\n", next(12));
    let id = if next(2) == 0 { id } else { String::new() };
    let uid = format!("uid = {}\n", 1000 + next(12));
    let uid = if kind == "users" { uid } else { String::new() };
    match next(4) {
        0 => drop(files.remove(&path)),
        1 => {
            let text = files.remove(&path);
            files.extend(text.map(|text| (format!("{kind}/{}.toml", ["g", "h"][next(2)]), text)));
        }
        _ => drop(files.insert(path, format!("{id}{uid}status = '{status}'"))),
    }
}

#[test]
fn whatever_branches_hold_they_are_one_log_that_reads_back_or_are_refused() {
    type Kept = BTreeMap<String, String>;
    // A branch gets what its log allows to follow.
    let go_on = |before: &[u8], mut kept: Kept, seeds: std::ops::Range<u64>| -> (Vec<u8>, Kept) {
        let mut draft = Draft::of(Log::parse(before).unwrap());
        let mut second = 100 + i64::try_from(seeds.start % 7).unwrap();
        for seed in seeds {
            let mut files = kept.clone();
            change_one(&mut files, seed);
            let all = files.iter().map(|(path, text)| Piece::read(path, text));
            let fleet = Fleet::of(all).0;
            let state = &draft.log().state;
            let is_twice = fleet.check().iter().any(|it| ["D2010", "D2011"].contains(&it.code.0));
            if !is_twice && domi_fleet::compare(state, &fleet).is_empty() {
                let changes = state.changes(&State::of(&fleet));
                let now = Timestamp::from_second(second).unwrap();
                draft.add(changes, now, None).unwrap().unwrap();
                second += 1;
                kept = files;
            }
        }
        let text: String = draft.events().iter().map(|it| it.line() + "\n").collect();
        ([before, text.as_bytes()].concat(), kept)
    };
    let (mut together, mut refused, mut compared) = (0, 0, 0);
    for round in 0..500_u64 {
        let begin = round * 1000;
        let (base, kept) = go_on(b"", BTreeMap::new(), begin..begin + 12);
        let [one, two] = [300, 600]
            .map(|from| go_on(&base, kept.clone(), begin + from..begin + from + 5 + round % 8).0);
        let ways = [[&one, &two], [&two, &one]];
        let ways = ways.map(|[a, b]| rebase(&sides(&[a, b], &[]).unwrap()));
        match ways {
            [Ok(a), Ok(b)] => {
                together += usize::from(!a.moved.is_empty());
                assert!(a.text == b.text);
                assert!(a.text.starts_with(&one) || a.text.starts_with(&two));
                let again = Log::parse(&a.text).unwrap();
                assert_eq!(again.state, a.log.state);
                let twice = put_together(&[&a.text, &one, &two]).unwrap();
                assert!(twice.text == a.text && twice.moved.is_empty());
                // What one branch left alone is as the other one has it; a name that was changed is of
                // what the other one made of the thing.
                let is_renamed = |it: &Event| matches!(it.change.what, What::Renamed(_));
                if a.log.events.iter().any(is_renamed) {
                    continue;
                }
                compared += 1;
                let [base, one, two] = [&base, &one, &two].map(|it| Log::parse(it).unwrap().state);
                let all = one.things().chain(two.things()).chain(base.things());
                for (kind, name) in all.map(|it| (it.kind, it.name.as_str())) {
                    let [base, one, two, now] =
                        [&base, &one, &two, &again.state].map(|it| it.thing(kind, name));
                    let is_left = [one, two].map(|it| it == base);
                    assert!(!is_left[0] || now == two, "{now:#?}");
                    assert!(!is_left[1] || now == one, "{now:#?}");
                }
            }
            [Err(a), Err(b)] => {
                refused += 1;
                assert_eq!(a, b);
            }
            ways => panic!("one way only: {ways:#?}"),
        }
    }
    assert!(together > 100 && refused > 100, "{together} together, {refused} refused");
    assert!(compared > 50, "{compared} compared");
}
