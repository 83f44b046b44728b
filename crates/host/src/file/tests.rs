use std::os::unix::fs::{MetadataExt, symlink};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

#[test]
fn a_refused_write_keeps_the_old_content_and_leaves_no_temporary_file() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("folder");
    fs::create_dir_all(target.join("in-the-way")).unwrap();
    write(&target, "text").unwrap_err();
    check_writable(&target).unwrap_err();
    assert!(target.join("in-the-way").is_dir());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// Whether a path can be written, told before and when it is; nothing is left beside it.
#[track_caller]
fn check(path: &str, expected: Result<(), &str>) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    fs::create_dir(dir.path().join("folder")).unwrap();
    symlink("loop", dir.path().join("loop")).unwrap();
    symlink("missing/file", dir.path().join("to-missing")).unwrap();
    mknodat(CWD, dir.path().join("socket"), FileType::Socket, Mode::RUSR, 0).unwrap();
    let path = dir.path().join(path);
    let all = || files_below(dir.path());
    let before = all();
    for got in [check_writable(&path), write(&path, "new")] {
        let said = got.map_err(|error| format!("{error:#}"));
        match (&said, expected) {
            (Ok(()), Ok(())) => {}
            (Err(said), Err(expected)) => {
                assert!(said.contains(expected), "{said}");
                assert!(said.contains(dir.path().to_str().unwrap()), "it names a path: {said}");
                assert_eq!(all(), before);
            }
            _ => panic!("{} gives {said:?}", path.display()),
        }
    }
    if expected.is_ok() {
        assert_eq!(fs::read_to_string(path).unwrap(), "new");
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        found.push(entry.path());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        }
    }
    found.sort();
    found
}

#[test]
fn what_can_be_written_is_known_before() {
    check("file", Ok(()));
    check("new", Ok(()));
    check("new/folders/for/it", Ok(()));
    check("folder", Err("a folder"));
    check("file/below", Err("file"));
    check("loop", Err("leads to itself"));
    check("to-missing", Err("missing"));
    check("socket", Err("a socket"));
    check("..", Err(""));
    check(&"x".repeat(300), Err("too long"));
}

#[test]
fn a_link_stays_and_what_it_leads_to_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    fs::write(at("folder/file"), "old").unwrap();
    symlink("folder/file", at("one")).unwrap();
    symlink("one", at("two")).unwrap();
    symlink("folder/new", at("dangling")).unwrap();
    for (link, file) in [("two", "folder/file"), ("dangling", "folder/new")] {
        check_writable(&at(link)).unwrap();
        write(&at(link), "text").unwrap();
        assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink());
        assert!(fs::symlink_metadata(at(file)).unwrap().is_file());
        assert_eq!(fs::read_to_string(at(file)).unwrap(), "text");
    }
}

#[test]
fn what_is_no_file_is_written_through() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let error = write(&fifo, "text").unwrap_err();
    assert!(format!("{error:#}").contains("nobody reads"), "{error:#}");
    check_writable(&fifo).unwrap();
    let no_wait = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let reader = std::fs::OpenOptions::new().read(true).custom_flags(no_wait).open(&fifo).unwrap();
    symlink(&fifo, dir.path().join("link")).unwrap();
    write(&dir.path().join("link"), "text").unwrap();
    let mut read = [0; 4];
    rustix::io::read(&reader, &mut read).unwrap();
    assert_eq!(&read, b"text");
    // As the shell names what is already open.
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    let open = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&writer));
    write(Path::new(&open), "more").unwrap();
    rustix::io::read(&reader, &mut read).unwrap();
    assert_eq!(&read, b"more");
    assert!(fs::symlink_metadata(&fifo).unwrap().file_type().is_fifo());
}

#[test]
fn a_device_stays_one() {
    let dir = tempfile::tempdir().unwrap();
    let full = dir.path().join("full");
    // The numbers of /dev/full. Only root may make one, and not everywhere.
    let number = rustix::fs::makedev(1, 7);
    if mknodat(CWD, &full, FileType::CharacterDevice, Mode::RUSR | Mode::WUSR, number).is_err()
        || fs::OpenOptions::new().write(true).open(&full).is_err()
    {
        eprintln!("not run: no device can be made here");
        return;
    }
    check_writable(&full).unwrap();
    let error = write(&full, "text").unwrap_err();
    assert!(format!("{error:#}").contains(full.to_str().unwrap()), "{error:#}");
    assert!(fs::symlink_metadata(&full).unwrap().file_type().is_char_device());
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    write(&file, "").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    write(&file, "text").unwrap();
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o640);
}

#[test]
fn lines_are_added_whole_to_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    let read = || fs::read(&file).unwrap();
    append(&file, "").unwrap();
    assert_eq!(read(), b"");
    append(&file, "a\n").unwrap();
    append(&file, "b").unwrap();
    assert_eq!(read(), b"a\nb");
    append(&file, "").unwrap();
    assert_eq!(read(), b"a\nb");
    append(&file, "c\n").unwrap();
    assert_eq!(read(), b"a\nb\nc\n");
    fs::write(&file, b"\xff").unwrap();
    append(&file, "d\n").unwrap();
    assert_eq!(read(), b"\xff\nd\n");
    let error = append(&dir.path().join("missing/file"), "a\n").unwrap_err();
    assert!(format!("{error:#}").contains("missing/file"), "{error:#}");
}

#[test]
fn a_second_holder_waits_until_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let held = Lock::acquire(&path, &Interrupt::default(), || ()).unwrap();
    let interrupt = Interrupt::default();
    let mut waited = false;
    let stop = interrupt.clone();
    Lock::acquire(&path, &interrupt, || {
        waited = true;
        stop.set();
    })
    .unwrap_err();
    assert!(waited);
    drop(held);
    Lock::acquire(&path, &Interrupt::default(), || panic!("nobody holds it")).unwrap();
}
