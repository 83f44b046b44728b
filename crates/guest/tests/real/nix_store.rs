//! Machines with entries of a Nix store as a disk.

use std::os::unix::fs::{PermissionsExt, symlink};

use domi_console::Drive;
use domi_guest::{Kind, Machine, Options, StoreDisk};

use crate::common::{Guest, guests, image, machines_wanted, options};

/// A store with these entries: a folder with a program, a text and a link, unless one alone is asked for.
fn disk(alone: bool) -> StoreDisk {
    let store = tempfile::tempdir().unwrap();
    let path = |name: &str| store.path().join(name);
    fs_err::create_dir_all(path("1-say/bin")).unwrap();
    fs_err::write(
        path("1-say/bin/say"),
        "#!/bin/sh\nread -r text < /nix/store/3-link\necho $text\n",
    )
    .unwrap();
    // Nix does not make such programs.
    fs_err::set_permissions(path("1-say/bin/say"), PermissionsExt::from_mode(0o4555)).unwrap();
    fs_err::write(path("2-text"), "from the store\n").unwrap();
    symlink("/nix/store/2-text", path("3-link")).unwrap();
    let mut entries: Vec<_> = ["1-say", "2-text", "3-link"].map(|it| (it.to_owned(), 100)).into();
    entries.truncate(if alone { 1 } else { 3 });
    let guests = guests(&domi_host::dirs::cache().unwrap());
    let disk = guests.store_disk(store.path(), &entries, &|progress| println!("{progress:?}"));
    let kind = |digest: &str| {
        let all = guests.list().unwrap();
        all.into_iter().find(|it| it.key == digest).and_then(|it| it.kind)
    };
    let disk = disk.unwrap();
    assert_eq!(kind(disk.as_snapshot().key()), Some(Kind::Store));
    disk
}

fn guest(start: impl FnOnce(Options) -> domi_guest::Result<Machine>, store: StoreDisk) -> Guest {
    let logs = tempfile::tempdir().unwrap();
    let machine = start(Options { store: Some(store), ..options("stored", &logs, None) });
    Guest::new(machine.unwrap(), logs)
}

#[track_caller]
fn has_all(guest: &mut Guest) {
    guest.check("ls /nix/store", 0, b"1-say\n2-text\n3-link\n", b"");
    guest.check("/nix/store/1-say/bin/say", 0, b"from the store\n", b"");
    assert!(!guest.output("touch /nix/store/x").success());
    assert_eq!(
        guest.run("findmnt -no OPTIONS /nix/store | tr , '\\n' | grep -c '^nosuid$\\|^ro$'"),
        "2"
    );
}

#[test]
fn a_restored_machine_has_it_and_after_each_start() {
    if !machines_wanted() {
        return;
    }
    let mut guest = guest(|options| Machine::restore(image(), options), disk(false));
    has_all(&mut guest);
    guest.machine.crash().unwrap();
    guest.machine.start().unwrap();
    has_all(&mut guest);
    assert_eq!(guest.run("systemctl is-system-running --wait"), "running");
}

#[test]
fn one_that_boots_has_it_and_one_that_has_none_sees_nothing_of_it() {
    if !machines_wanted() {
        return;
    }
    let mut one = guest(|options| Machine::boot(image(), options), disk(false));
    has_all(&mut one);
    drop(one);
    let mut other = crate::common::restore("other", None);
    other.check("ls /nix", 2, b"", b"ls: cannot access '/nix': No such file or directory\n");
    other.check("head -c 4 /dev/vdb | tr '\\0' 0", 0, b"0000", b"");
}

#[test]
fn a_single_folder_is_an_entry_too() {
    if !machines_wanted() {
        return;
    }
    let mut guest = guest(|options| Machine::restore(image(), options), disk(true));
    guest.check(
        "ls -R /nix/store | tr '\\n' ' '",
        0,
        b"/nix/store: 1-say  /nix/store/1-say: bin  /nix/store/1-say/bin: say ",
        b"",
    );
}
