//! Recorded runs (`cases/*.jsonl`), shown in every format; the expected texts are beside them.

use std::path::{Path, PathBuf};

use domi_event::{Event, read};
use domi_report::{Colour, Paint, Recorded, Talk, Terminal, junit, step_summary};

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

/// The text on a terminal: standard output, and then standard error.
fn shown(events: &[Event], paint: Paint, on_github: bool) -> String {
    let (mut out, mut talk) = (Vec::new(), Vec::new());
    let mut terminal = Terminal::new(&mut out, paint, Talk::Lines(Box::new(&mut talk)));
    if on_github {
        terminal = terminal.in_github_log();
    }
    for event in events {
        terminal.event(event).expect("memory is writable");
    }
    terminal.finish().expect("memory is writable");
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
        check(&case, "terminal", &shown(&events(&case), Paint::plain(), false));
    }
}

#[test]
fn a_log_on_github_shows_each_recorded_run() {
    for case in cases() {
        let log = shown(&events(&case), Paint::plain(), true);
        check(&case, "github", &log);
    }
}

#[test]
fn nothing_in_a_log_on_github_is_a_command_but_what_we_say() {
    let case = cases().into_iter().find(|case| case.ends_with("fail.jsonl")).expect("the case");
    let text = std::fs::read_to_string(&case).expect("a file");
    let mut evil = text;
    for what in ["answers with the greeting", "feature-x[310]", "no nix here", "hello"] {
        evil = evil.replace(what, "::add-mask::a ##[add-mask]a%0A::set-env::");
    }
    let events = read(&evil).expect("a recording").events;
    let log = shown(&events, Paint::plain(), true);
    let is_command = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    let ours = ["::group::", "::endgroup::", "::error "];
    for line in log.lines().filter(is_command) {
        assert!(ours.iter().any(|command| line.starts_with(command)), "{line}");
        assert!(!line.contains("%0A::set-env"), "{line}");
    }
    assert_eq!(log.lines().filter(is_command).count(), 4, "{log}");
}

#[test]
fn a_step_has_a_summary_of_each_recorded_run() {
    for case in cases() {
        check(&case, "summary", &step_summary(&Recorded::of(&events(&case)), &[]));
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    for case in cases() {
        let coloured = shown(&events(&case), Paint::stdout(Colour::Always), false);
        let plain = shown(&events(&case), Paint::plain(), false);
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
        let compared = recorded.jobs.iter().filter(|job| job.compared_with.is_some()).count() / 2;
        assert_eq!(report.tests, recorded.jobs.len() + compared);
    }
}
