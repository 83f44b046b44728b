//! The signed head of a log is read back, and is held against the log.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use camino::Utf8Path;
use domi_fleet::{Fleet, HEAD, Piece, State};
use domi_fleet_log::{Head, Log, Writer};
use jiff::Timestamp;

/// A log of three events.
fn log() -> Log {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(Utf8Path::from_path(folder.path()).unwrap()).unwrap().unwrap();
    let hosts = ["a", "b", "c"].map(|name| Piece::read(&format!("hosts/{name}.toml"), ""));
    let changes = writer.log().state.changes(&State::of(&Fleet::of(hosts).0));
    writer.append(changes, Timestamp::UNIX_EPOCH).unwrap().unwrap();
    writer.log().clone()
}

fn signed(log: &Log) -> Head {
    let signature = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n";
    Head { signature: signature.to_owned(), by: "ada".to_owned(), ..Head::of(log).unwrap() }
}

#[test]
fn what_stands_behind_a_signed_event_is_counted_and_another_log_is_refused() {
    let (log, empty) = (log(), Log::default());
    assert_eq!(Head::of(&empty), None);
    let head = signed(&log);
    assert_eq!((head.sequence, &head.hash), (3, &log.head));
    let check = |sequence: u64, hash: &str, expected: Option<u64>| {
        let head = Head { sequence, hash: hash.to_owned(), ..head.clone() };
        assert_eq!(head.unsigned(&log).ok(), expected, "{sequence} {hash}");
        let refused = head.unsigned(&empty).unwrap_err();
        assert_eq!(refused.code.0, "D2065");
    };
    check(3, &log.head, Some(0));
    check(1, &log.events[1].previous, Some(2));
    check(2, &log.events[2].previous, Some(1));
    check(2, &log.events[1].previous, None);
    check(4, &log.head, None);
    check(0, &log.events[0].previous, None);
}

/// Links are not followed, and nobody waits for a pipe, as with the log.
#[test]
fn the_file_of_a_head_is_an_ordinary_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let (head, path) = (signed(&log()), root.join(HEAD));
    let code = || Head::at(root).map_err(|problem| problem.code.0);
    assert_eq!(code(), Ok(None));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(root.join("elsewhere"), head.text()).unwrap();
    std::os::unix::fs::symlink("../../elsewhere", &path).unwrap();
    assert_eq!(code(), Err("D2045"));
    std::fs::remove_file(&path).unwrap();
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR);
    rustix::fs::mknodat(rustix::fs::CWD, path.as_std_path(), kind, mode, 0).unwrap();
    assert_eq!(code(), Err("D2045"));
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, [0xff]).unwrap();
    assert_eq!(code(), Err("D2066"));
    std::fs::rename(root.join("elsewhere"), &path).unwrap();
    assert_eq!(code(), Ok(Some(head)));
}

#[test]
fn a_head_is_read_as_it_was_written_and_no_other_way() {
    let head = signed(&log());
    let text = head.text();
    assert_eq!(Head::read(&text), Ok(head));
    for (from, to) in [
        ("fleet-head/1", "fleet-head/2"),
        ("event 3", "event 03"),
        ("event 3", "event -1"),
        ("hash ", "hash\t"),
        ("by ada", "by *"),
        ("by ada", "by ada,eve"),
        ("by ada\n", "by ada"),
        ("-----END", "----END"),
    ] {
        let other = text.replacen(from, to, 1);
        assert!(other != text && Head::read(&other).is_err(), "{from} {to}");
    }
    domi_mutate::read_texts(&[&text], |text| drop(Head::read(text)));
}
