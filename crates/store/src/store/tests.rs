use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::manifest::{Held, MANIFEST};
use crate::unfinished::Plain;

fn store(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path().join("store"), "things", Interrupt::default(), Plain).unwrap()
}

/// An entry of one file, whose content its manifest has.
fn make(folder: &Path) -> Result<Value> {
    fs::write(folder.join("file"), "content")?;
    Ok(json!({ "file": "content" }))
}

fn never(_: &Path) -> Result<Value> {
    panic!("it is there already")
}

fn open(folder: &Path) -> Result<Option<(Held, String)>> {
    let Some(Read { manifest, digest }) = Read::<Value>::of(folder)? else { return Ok(None) };
    let file = folder.join("file");
    let content = fs::read_to_string(&file).map_err(|error| Error::damaged(&file, &error))?;
    if manifest["file"] != content {
        return Err(Error::damaged(file, "its content has changed"));
    }
    Ok(Some((Held::entry(folder)?, digest)))
}

/// Asks for one entry; with what was told.
fn obtain(
    store: &Store,
    room: u64,
    make: impl FnOnce(&Path) -> Result<Value>,
) -> (Result<(Held, String)>, Vec<String>) {
    let heard = Mutex::new(Vec::new());
    let told = |told: Told| heard.lock().unwrap().push(told.to_string());
    let found = store.obtain("abc", room, &told, open, make);
    (found, heard.into_inner().unwrap())
}

fn building(store: &Store) -> usize {
    fs::read_dir(store.building()).unwrap().count()
}

/// Damages what is stored, and makes it again.
#[track_caller]
fn check_damage(damage: impl FnOnce(&Path), why: &str) {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    obtain(&store, 0, make).0.unwrap();
    damage(&store.folder("abc"));
    let (made, heard) = obtain(&store, 0, make);
    made.unwrap();
    assert!(heard.first().is_some_and(|heard| heard.contains(why)), "{heard:?}");
    obtain(&store, 0, never).0.unwrap();
    assert_eq!(building(&store), 0);
}

#[test]
fn an_entry_is_made_once_and_again_when_it_is_damaged() {
    check_damage(|folder| fs::write(folder.join("file"), "other").unwrap(), "has changed");
    check_damage(|folder| fs::remove_file(folder.join("file")).unwrap(), "file is damaged");
    check_damage(|folder| fs::write(folder.join(MANIFEST), "").unwrap(), "EOF");
    check_damage(|folder| fs::write(folder.join(MANIFEST), "{").unwrap(), "EOF");
    check_damage(|folder| fs::remove_file(folder.join(MANIFEST)).unwrap(), "No such file");
    check_damage(
        |folder| {
            fs::remove_file(folder.join(MANIFEST)).unwrap();
            fs::create_dir(folder.join(MANIFEST)).unwrap();
        },
        "Is a directory",
    );
    check_damage(
        |folder| {
            fs::remove_dir_all(folder).unwrap();
            fs::write(folder, "").unwrap();
        },
        "Not a directory",
    );
}

#[test]
fn what_took_the_place_of_a_damaged_entry_is_not_discarded() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let (held, digest) = obtain(&store, 0, make).0.unwrap();
    drop(held);
    store.discard::<Value>("abc", "another").unwrap();
    assert_eq!(store.list().unwrap().len(), 1);
    store.discard::<Value>("abc", &digest).unwrap();
    assert_eq!(store.list().unwrap(), []);
    obtain(&store, 0, make).0.unwrap();
    fs::write(store.folder("abc").join(MANIFEST), "").unwrap();
    store.discard::<Value>("abc", "another").unwrap();
    assert_eq!(store.list().unwrap(), [], "one that cannot be read is nothing that took its place");
}

#[test]
fn nothing_is_made_without_room_and_nothing_half_made_stays_but_logs() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let error = obtain(&store, u64::MAX, never).0.unwrap_err();
    let Error::NoSpace { needed, free, .. } = error else { panic!("{error}") };
    assert!(needed > free && free > 0);

    let failing = |folder: &Path| {
        fs::write(folder.join("file"), "half")?;
        fs::write(folder.join("install.log"), "Unpacking")?;
        fs::write(folder.join("empty.log"), "")?;
        Err(anyhow::anyhow!("it fails").into())
    };
    let (made, heard) = obtain(&store, 0, failing);
    assert_eq!(made.unwrap_err().to_string(), "it fails");
    assert_eq!((building(&store), store.list().unwrap()), (0, Vec::new()));
    let logs = store.logs("abc");
    assert!(heard.iter().any(|heard| heard.contains(logs.to_str().unwrap())), "{heard:?}");
    assert_eq!(fs::read_to_string(logs.join("install.log")).unwrap(), "Unpacking");
    assert_eq!(fs::read_dir(&logs).unwrap().count(), 1);
    obtain(&store, 0, make).0.unwrap();
    assert!(!logs.exists());
}

#[test]
fn what_is_held_is_not_pruned_and_what_killed_builders_left_is_swept() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let keys = |what| store.prune(what, |entry| entry.key.clone()).unwrap();
    let (held, _) = obtain(&store, 0, make).0.unwrap();
    // As if their processes had been killed; one is still being made.
    drop(store.unfinished("left").unwrap().finished());
    let _making = store.lock("busy", || ()).unwrap();
    drop(store.unfinished("busy").unwrap().finished());
    assert_eq!(keys(Prune::All), Vec::<String>::new());
    assert_eq!(building(&store), 1);
    assert!(store.list().unwrap()[0].in_use);
    drop(held);
    assert_eq!(keys(Prune::UnusedFor(Duration::from_secs(3600))), Vec::<String>::new());
    assert_eq!(keys(Prune::All), ["abc"]);
    assert_eq!(store.list().unwrap(), []);
}

#[test]
fn who_comes_second_waits_and_finds_what_was_made() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let heard = Mutex::new(Vec::new());
    let (begun, begins) = std::sync::mpsc::channel();
    let (go_on, goes_on) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let store = &store;
        scope.spawn(move || {
            let slow = |folder: &Path| {
                begun.send(()).unwrap();
                goes_on.recv().unwrap();
                make(folder)
            };
            store.obtain("abc", 0, &|_| (), open, slow).map(drop).unwrap();
        });
        begins.recv().unwrap();
        let told = |told: Told| {
            heard.lock().unwrap().push(told.to_string());
            go_on.send(()).unwrap();
        };
        store.obtain("abc", 0, &told, open, never).map(drop).unwrap();
    });
    assert_eq!(heard.into_inner().unwrap(), [Told::Waiting.to_string()]);
}
