//! Recordings that are nearly right: refused with a line, or shown in every format.

use std::path::Path;

use domi_event::read;
use domi_report::{Paint, Recorded, Talk, Terminal, explain, html, jobs_like, junit, step_summary};
use serde_json::Value;

fn recordings() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder).expect("the cases").flatten().map(|entry| entry.path());
    let recordings = entries.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    recordings.map(|path| std::fs::read(path).expect("a file")).collect()
}

fn check(bytes: &[u8]) {
    let Ok(recording) = read(&String::from_utf8_lossy(bytes)) else { return };
    let mut terminal = Terminal::new(Vec::new(), Paint::plain(), Talk::Silent);
    for event in &recording.events {
        terminal.event(event).expect("memory is writable");
        domi_event::Event::from_line(&event.to_line()).expect("what is written is read");
    }
    terminal.finish().expect("memory is writable");
    let run = Recorded::of(&recording.events);
    let before = [run.clone()];
    _ = (html(&run, &before), junit(&run), step_summary(&run, &before));
    let names: Vec<_> = run.jobs.iter().map(|job| job.job.as_str()).collect();
    for name in jobs_like("a", names.iter().copied()) {
        _ = explain(name, &before, Paint::plain());
    }
}

#[test]
fn a_recording_with_other_bytes_never_panics() {
    domi_mutate::read_all(&domi_mutate::mutated(recordings()), check);
}

#[test]
fn a_recording_with_other_values_never_panics() {
    // The lines are changed as one document, and split into lines again before they are read.
    let documents = recordings().into_iter().map(|recording| {
        let lines = String::from_utf8_lossy(&recording);
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_default()).collect()
    });
    domi_mutate::read_all(&domi_mutate::mutated_json(documents.collect()), |document| {
        let document: Value = serde_json::from_slice(document).expect("JSON");
        let lines = document.as_array().cloned().unwrap_or_default();
        check(lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes());
    });
}
