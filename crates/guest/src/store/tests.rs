use fs_err as fs;

use super::*;
use crate::accel::Accel;
use crate::platform::Platform;

fn hardware() -> Hardware {
    let platform = Platform::of(domi_debian::Architecture::X86_64);
    Hardware { platform, memory_mib: 1, cpus: 1, accel: Accel::Tcg }
}

fn manifest(folder: &Path) -> Result<Manifest> {
    let mut manifest = Manifest {
        kind: Kind::Image,
        parent: None,
        packages: Vec::new(),
        kernel_arguments: String::new(),
        disk_bytes: 1,
        made_with: Default::default(),
        files: Default::default(),
    };
    for name in manifest.kind.files() {
        fs::write(folder.join(name), "state")?;
    }
    manifest.describe(folder)?;
    Ok(manifest)
}

/// Asks for one snapshot and says what the listener heard.
fn obtain(
    store: &Store,
    room: u64,
    make: impl FnOnce(&Path) -> Result<Manifest>,
) -> (Result<Snapshot>, Vec<String>) {
    obtain_of(store, None, room, make)
}

fn obtain_of(
    store: &Store,
    day: Option<&str>,
    room: u64,
    make: impl FnOnce(&Path) -> Result<Manifest>,
) -> (Result<Snapshot>, Vec<String>) {
    let heard = std::sync::Mutex::new(Vec::new());
    let listener = |progress: Progress| heard.lock().unwrap().push(format!("{progress:?}"));
    let stages = Stages::new(&listener, store.root());
    let hardware = hardware();
    let wanted = Wanted { key: "abc", hardware: &hardware, parent: None, day, room };
    let made = store.obtain(&wanted, &stages, make);
    (made, heard.into_inner().unwrap())
}

fn never(_: &Path) -> Result<Manifest> {
    panic!("it is there already")
}

#[test]
fn a_snapshot_is_made_once_and_again_when_a_file_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("store"), Interrupt::default()).unwrap();
    let first = obtain(&store, 0, manifest).0.unwrap();
    assert_eq!(first.key(), "abc");
    assert_eq!(obtain(&store, 0, never).0.unwrap().digest(), first.digest());

    fs::write(first.folder().join("devices"), "stale").unwrap();
    let (made, heard) = obtain(&store, 0, manifest);
    made.unwrap();
    assert!(heard[0].contains("its content has changed"), "{heard:?}");
    fs::remove_file(first.folder().join("devices")).unwrap();
    obtain(&store, 0, manifest).0.unwrap();
}

#[test]
fn what_must_be_of_a_day_takes_the_place_of_what_is_of_another() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("store"), Interrupt::default()).unwrap();
    let on = |day: &'static str| {
        move |folder: &Path| {
            let mut made = manifest(folder)?;
            made.made_with.insert(DAY.to_owned(), day.to_owned());
            Ok(made)
        }
    };
    obtain_of(&store, Some("1"), 0, on("1")).0.unwrap();
    obtain_of(&store, Some("1"), 0, never).0.unwrap();
    let second = obtain_of(&store, Some("2"), 0, on("2")).0.unwrap();
    assert_eq!(second.made_with()[DAY], "2");
    assert_eq!(store.list().unwrap().len(), 1);
    // Where the day does not matter, any is as good.
    obtain(&store, 0, never).0.unwrap();
}

/// Damages what is stored, and makes it again.
#[track_caller]
fn check_damage(damage: impl FnOnce(&Path), why: &str) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("store"), Interrupt::default()).unwrap();
    let first = obtain(&store, 0, manifest).0.unwrap();
    damage(first.folder());
    let (made, heard) = obtain(&store, 0, manifest);
    assert_ne!(made.unwrap().digest(), "");
    assert!(heard.first().is_some_and(|heard| heard.contains(why)), "{heard:?}");
    obtain(&store, 0, never).0.unwrap();
}

#[test]
fn a_manifest_that_says_nothing_is_damage() {
    let with = |text: &'static str| {
        move |folder: &Path| fs::write(folder.join("manifest.json"), text).unwrap()
    };
    check_damage(with("{}"), "missing field");
    let none = r#"{"kind":"image","parent":null,"packages":[],"kernel_arguments":"",
        "disk_bytes":1,"made_with":{},"files":{}}"#;
    check_damage(with(none), "its list of files lacks disk.raw");
    check_damage(
        |folder| {
            fs::remove_file(folder.join("memory")).unwrap();
            fs::create_dir(folder.join("memory")).unwrap();
        },
        "memory is damaged",
    );
}

#[test]
fn only_what_is_damaged_is_discarded_and_nothing_that_took_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("store"), Interrupt::default()).unwrap();
    let discard = |snapshot: &Snapshot| {
        let damage = store.discard_if_damaged(snapshot).unwrap();
        (damage.is_some(), store.list().unwrap().len())
    };
    let first = obtain(&store, 0, manifest).0.unwrap();
    assert_eq!(discard(&first), (false, 1));
    fs::write(first.folder().join("disk.raw"), "stale").unwrap();
    assert_eq!(discard(&first), (true, 0));
    let other = |folder: &Path| {
        let made = manifest(folder)?;
        fs::write(folder.join("disk.raw"), "other")?;
        let mut manifest = made;
        manifest.describe(folder)?;
        Ok(manifest)
    };
    let second = obtain(&store, 0, other).0.unwrap();
    assert_eq!(discard(&first), (true, 1), "somebody has made it again");
    assert_eq!(discard(&second), (false, 1));
}
