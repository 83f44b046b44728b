//! How long a log takes to be read, its hashes and order included, and what there is to be worked out
//! from its events: `cargo bench -p domi-fleet-log [-- EVENTS…]`.

#![expect(clippy::unwrap_used, reason = "what cannot be measured may panic")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use std::time::Instant;

use camino::Utf8Path;
use domi_fleet::{Change, LOG, Noted, What};
use domi_fleet_log::{Writer, read};
use jiff::Timestamp;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![10_000, 100_000, 1_000_000] } else { asked };
    println!("events   write     read      rebuild   read, a second");
    for events in sizes {
        measure(events);
    }
}

/// Measures a log of so many events: 1,000 hosts that are added, and then change.
fn measure(events: usize) {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let host = |number: usize| Noted {
        kind: domi_fleet::Kind::Host,
        name: format!("h-{}", number % 1000),
        file: format!("hosts/h-{}.toml", number % 1000),
        id: None,
        status: domi_fleet::Status::Active,
        uid: None,
        digest: Some(format!("{number:064x}")),
    };
    let what = |number| if number < 1000 { What::Added } else { What::Changed };
    let changes = (0..events).map(|number| Change { what: what(number), thing: host(number) });
    let mut writer = Writer::open(root).unwrap().unwrap();
    let begun = Instant::now();
    writer.append(changes.collect(), Timestamp::UNIX_EPOCH).unwrap().unwrap();
    let written = begun.elapsed().as_secs_f64();
    drop(writer);
    let begun = Instant::now();
    let log = read(root).unwrap();
    let taken = begun.elapsed().as_secs_f64();
    assert_eq!(log.events.len(), events);
    let begun = Instant::now();
    let state = log.at(Timestamp::MAX);
    let rebuilt = begun.elapsed().as_secs_f64();
    assert!(state == log.state, "the same events come to the same");
    let size = std::fs::metadata(root.join(LOG)).unwrap().len() / 1_000_000;
    println!(
        "{events:<8} {written:.3} s   {taken:.3} s   {rebuilt:.3} s   {:.0} ({size} MB)",
        events as f64 / taken
    );
}
