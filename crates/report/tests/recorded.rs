//! Recorded runs (`cases/*.jsonl`), shown in every way there is; what is shown stands beside them.

use std::path::{Path, PathBuf};

use domi_event::{Event, read};
use domi_report::{Colour, Paint, Recorded, Talk, Terminal, junit};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder).expect("the cases").flatten().map(|entry| entry.path());
    let mut cases: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect();
    cases.sort();
    assert!(cases.len() >= 9, "the cases are gone");
    cases
}

fn events(case: &Path) -> Vec<Event> {
    read(&std::fs::read_to_string(case).expect("a file")).expect("a recording").events
}

/// What a terminal shows: its standard output, and then its standard error.
fn shown(events: &[Event], paint: Paint) -> String {
    let (mut out, mut talk) = (Vec::new(), Vec::new());
    let mut terminal = Terminal::new(&mut out, paint, Talk::Lines(Box::new(&mut talk)));
    for event in events {
        terminal.event(event).expect("memory is writable");
    }
    drop(terminal);
    let mut text = String::from_utf8(out).expect("text");
    if !talk.is_empty() {
        text = format!("{text}--- standard error ---\n{}", String::from_utf8(talk).expect("text"));
    }
    text
}

/// Compares a text with `cases/<case>.<kind>.snap`.
fn check(case: &Path, kind: &str, text: &str) {
    let stem = case.file_stem().expect("a file").to_string_lossy();
    let name = format!("{stem}.{kind}");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(case.parent().expect("a folder"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_terminal_shows_each_recorded_run() {
    for case in cases() {
        check(&case, "terminal", &shown(&events(&case), Paint::plain()));
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    for case in cases() {
        let coloured = shown(&events(&case), Paint::stdout(Colour::Always));
        let plain = shown(&events(&case), Paint::plain());
        assert_eq!(coloured.contains('\u{1b}'), !plain.starts_with("nothing"));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }
}

#[test]
fn junit_has_every_job_of_each_recorded_run() {
    for case in cases() {
        let recorded = Recorded::of(&events(&case));
        let text = junit(&recorded);
        check(&case, "junit", &text);
        let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
        assert_eq!(report.tests, recorded.jobs.len());
    }
}
