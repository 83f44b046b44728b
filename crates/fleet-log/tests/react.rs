//! Which events are answered by which reactions: each once, and none from before a rule.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use camino::Utf8Path;
use domi_fleet::{Change, Fleet, Kind, Piece, State, What};
use domi_fleet_log::{Answers, Draft, Log, Writer, read, rebase, sides};
use jiff::Timestamp;

type Files<'a> = &'a [(&'a str, &'a str)];

fn fleet(files: Files<'_>) -> Fleet {
    Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text))).0
}

/// A log of what files said, one record after another.
fn recorded(records: &[Files<'_>]) -> Log {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    for (at, files) in records.iter().enumerate() {
        let mut writer = Writer::open(root).unwrap().unwrap();
        let changes = writer.log().state.changes(&State::of(&fleet(files)));
        let now = Timestamp::from_second(at as i64).unwrap();
        let _ = writer.append(changes, now).unwrap().unwrap();
    }
    read(root).unwrap()
}

/// What is to be answered: the number of the event, the reaction, and on what.
fn due(log: &Log, files: Files<'_>) -> Vec<String> {
    let (mut answers, fleet) = (Answers::of(log), fleet(files));
    let all = std::iter::from_fn(|| answers.next(log, &fleet));
    let on = |on: Option<(Kind, String)>| on.map_or("nothing".to_owned(), |(_, name)| name);
    all.map(|it| format!("{} {} {}", it.event.sequence, it.reaction, on(it.on))).collect()
}

const COMMAND: (&str, &str) =
    ("domain/procedures/commands/c.toml", "kind = 'host'\nadd = { tags = ['t'] }");
const R: &str = "domain/procedures/reactions/r.toml";
const OUT: &str = "event = 'changed'\nkind = 'host'\nbecame = 'maintenance'\nrun = 'c'";
const M: &str = "status = 'maintenance'";

#[test]
fn what_came_after_the_rule_is_answered_and_nothing_else() {
    let rules = [COMMAND, (R, OUT)];
    let with = |text: &'static str| [COMMAND, (R, OUT), ("hosts/a.toml", text)];
    let check = |records: &[Files<'_>], files: Files<'_>, expected: &[&str]| {
        assert_eq!(due(&recorded(records), files), expected);
    };
    let (new, out) = (with(""), with(M));
    check(&[&rules, &new, &out], &out, &["4 r a"]);
    // Before the rule, together with it, and while it was another.
    check(&[&[COMMAND, ("hosts/a.toml", "")], &[COMMAND, ("hosts/a.toml", M)], &out], &out, &[]);
    check(&[&[COMMAND, ("hosts/a.toml", "")], &out], &out, &[]);
    let other = format!("{OUT}\ntitle = 'x'");
    let changed = [COMMAND, (R, other.as_str()), ("hosts/a.toml", M)];
    check(&[&rules, &new, &out, &changed], &changed, &[]);
    // What is in maintenance already does not come to it again; after another status, it does.
    let more = with("status = 'maintenance'\ntags = ['x']");
    check(&[&rules, &new, &out, &more], &more, &["4 r a"]);
    check(&[&rules, &new, &out, &new, &out], &out, &["4 r a", "6 r a"]);
    // A rule that is not active, or is gone.
    let planned = format!("{OUT}\nstatus = 'planned'");
    let asleep = [COMMAND, (R, planned.as_str()), ("hosts/a.toml", M)];
    let before = [COMMAND, (R, planned.as_str()), ("hosts/a.toml", "")];
    check(&[&before, &asleep], &asleep, &[]);
    check(&[&rules, &new, &out], &[COMMAND, ("hosts/a.toml", M)], &[]);
}

#[test]
fn what_is_selected_is_answered_and_what_was_renamed_is_found_again() {
    const ID: &str = "id = '01932f5e-7c00-7a3b-8c1d-0123456789ab'\n";
    let on = format!("{OUT}\non = {{ tags = ['x'] }}");
    let with =
        |a: &'static str, b: &'static str| [COMMAND, ("hosts/a.toml", a), ("hosts/b.toml", b)];
    let rules = [COMMAND, (R, on.as_str())];
    let begin = [&rules[..], &with("", "tags = ['x']")[1..]].concat();
    let end = [&rules[..], &with(M, "tags = ['x']\nstatus = 'maintenance'")[1..]].concat();
    assert_eq!(due(&recorded(&[&rules, &begin, &end]), &end), ["6 r b"]);
    let rules = [COMMAND, (R, OUT)];
    let of = |name: &'static str, text: &str| -> Vec<(&'static str, String)> {
        vec![(name, format!("{ID}{text}"))]
    };
    let (first, second, third) =
        (of("hosts/a.toml", ""), of("hosts/a.toml", M), of("hosts/z.toml", M));
    let all = [first, second, third].map(|it| {
        let it: Vec<(&str, &str)> = it.iter().map(|(a, b)| (*a, &*b.to_owned().leak())).collect();
        [&rules[..], &it].concat()
    });
    let log = recorded(&[&rules, &all[0], &all[1], &all[2]]);
    assert_eq!(due(&log, &all[2]), ["4 r z"]);
    // Gone by now: it is answered, and there is nothing to change.
    let log = recorded(&[&rules, &all[0], &all[1], &rules]);
    assert_eq!(due(&log, &rules), ["4 r nothing"]);
    // What is gone is answered with a change of something else.
    let gone = "event = 'removed'\nkind = 'user'\nrun = 'c'\nto = 'h'";
    let rules = [COMMAND, (R, gone), ("hosts/h.toml", "")];
    let user = [&rules[..], &[("users/u.toml", "uid = 1000")]].concat();
    assert_eq!(due(&recorded(&[&rules, &user, &rules]), &rules), ["5 r h"]);
}

#[test]
fn an_answer_follows_from_its_event_and_is_not_given_again() {
    let files = [COMMAND, (R, OUT), ("hosts/a.toml", M)];
    let before = [COMMAND, (R, OUT), ("hosts/a.toml", "")];
    let log = recorded(&[&before, &files]);
    assert_eq!(due(&log, &files), ["4 r a"]);
    let after = [COMMAND, (R, OUT), ("hosts/a.toml", "status = 'maintenance'\ntags = ['t']")];
    let mut changes = log.state.changes(&State::of(&fleet(&after)));
    let thing = log.state.thing(Kind::Reaction, "r").unwrap().clone();
    changes.insert(0, Change { what: What::Done, thing });
    let mut draft = Draft::of(log.clone());
    let (cause, now) = (log.events[3].clone(), Timestamp::from_second(9).unwrap());
    let constants = [("b", "\"2\""), ("a", "1")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    draft.add_by(changes, now, Some(&cause), &constants.into()).unwrap().unwrap();
    let [done, changed] = draft.events() else { panic!("{:#?}", draft.events()) };
    assert_eq!((done.kind().as_str(), &done.causation), ("domi.fleet.reaction.done", &cause.id));
    assert_eq!(
        (changed.kind().as_str(), &changed.causation),
        ("domi.fleet.host.changed", &done.id)
    );
    assert!([done, changed].iter().all(|it| it.correlation == cause.correlation));
    assert_eq!(due(draft.log(), &after), [""; 0]);
    for event in [done, changed] {
        let line = event.line();
        assert!(line.contains(r#","data":{"constants":{"a":"1","b":"\"2\""},"digest":"#), "{line}");
    }
    // It reads back, and moves with its branch.
    let text = |log: &Log| log.events.iter().map(|it| it.line() + "\n").collect::<String>();
    let (base, answered) = (text(&log), text(draft.log()));
    assert_eq!(Log::parse(answered.as_bytes()).unwrap().events, draft.log().events);
    let mut other = Draft::of(log);
    let role = [&files[..], &[("nodes/r.toml", "")]].concat();
    let changes = other.log().state.changes(&State::of(&fleet(&role)));
    other.add(changes, Timestamp::from_second(5).unwrap(), None).unwrap().unwrap();
    let main = text(other.log());
    assert!(main.starts_with(&base));
    let one = [main.as_bytes(), answered.as_bytes()];
    let one = rebase(&sides(&one, &[main.clone().into_bytes()]).unwrap()).unwrap();
    assert_eq!(one.moved.len(), 2);
    assert_eq!(due(&one.log, &after), [""; 0]);
}
