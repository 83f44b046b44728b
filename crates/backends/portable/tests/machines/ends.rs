//! Ends that are not the feature's doing, and what is said of those that are.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use domi_event::{Body, Verdict};
use domi_host::{Interrupt, dirs, sparse};
use domi_model::Manifest;
use serde_json::json;

use crate::support::{Came, Told, check, steps};

#[test]
fn a_command_ends_as_it_does_under_the_nixos_test_driver() {
    let told = Told::default();
    let all = json!([
        { "action": { "output": { "command": "(sleep 1; echo late) & echo started",
                                  "expect": { "equals": "started\nlate" } } } },
        { "action": { "succeed": "sleep 1000 >/dev/null &" } },
        { "action": { "eventually": "sleep 1000 >/dev/null &" } },
        // Out of memory: that command ends, and nothing else.
        { "action": { "fail": "tail /dev/zero" } },
        { "action": { "output": { "command": "tail /dev/zero || echo $?",
                                  "expect": { "equals": "137" } } } },
        { "action": { "waitForPort": 8080 } },
    ]);
    check(steps(&all), &told, Verdict::Passed);
}

#[test]
fn a_machine_that_does_not_take_its_system_says_why() {
    let mut manifest = serde_json::to_value(steps(&json!([]))).expect("a manifest");
    // Only a machine knows which time zones there are.
    let timer = json!({ "kind": "timer", "name": { "literal": "probe" },
                        "wantedBy": [{ "literal": "timers.target" }],
                        "config": { "OnCalendar": { "value": { "literal": "00:00 Europe/Nowhere" } } } });
    manifest["system"]["units"].as_array_mut().expect("units").push(timer);
    let manifest: Manifest = serde_json::from_value(manifest).expect("a manifest");
    let Some(came) = check(manifest, &Told::default(), Verdict::Failed) else { return };
    let told = came.diagnostics();
    assert_eq!(told.message, "the machine did not take the system of the feature");
    assert!(told.said.contains("/etc/systemd/system/probe.timer:"), "{}", told.said);
    assert!(told.said.contains("Europe/Nowhere"), "{}", told.said);
    assert!(told.journals.iter().any(|of| of.text.contains("probe.timer")), "{told:#?}");
    for file in ["journal.txt", "serial.log", "status.txt", "system.json", "units-journal.txt"] {
        let path = Path::new(&told.folder).join(format!("machine.{file}"));
        assert!(path.exists(), "{}", path.display());
    }
}

/// Another cache with the images of the usual one, so that damage hurts nobody.
fn cache_with_images() -> tempfile::TempDir {
    let real = dirs::cache().expect("a cache folder");
    let cache = tempfile::tempdir_in(&real).expect("a temporary folder");
    let copy = |from: &Path, to: &Path| {
        std::fs::create_dir_all(to).expect("a folder");
        for file in std::fs::read_dir(from).expect("a folder").flatten() {
            if file.file_type().is_ok_and(|kind| kind.is_file()) {
                let to = to.join(file.file_name());
                sparse::copy(&file.path(), &to, &Interrupt::default()).expect("a copy");
            }
        }
    };
    copy(&real.join("guest"), &cache.path().join("guest"));
    for image in std::fs::read_dir(real.join("guest/images")).expect("images").flatten() {
        // As large as its files: layers are made again.
        if image.path().join("disk.raw").exists() && is_of_here(&image.path()) {
            copy(&image.path(), &cache.path().join("guest/images").join(image.file_name()));
        }
    }
    let packages = cache.path().join("debian");
    std::os::unix::fs::symlink(real.join("debian"), packages).expect("a link");
    cache
}

fn is_of_here(image: &Path) -> bool {
    let manifest = std::fs::read_to_string(image.join("manifest.json")).unwrap_or_default();
    manifest.contains("\"x86_64\"")
}

/// A test of what a package brings, which must come from the disk.
fn reads_the_disk() -> Manifest {
    let steps = steps(&json!([
        { "action": { "succeed": "echo 3 >/proc/sys/vm/drop_caches" } },
        { "action": { "output": { "command": "hello --greeting=whole",
                                  "expect": { "equals": "whole" } } } },
    ]));
    let mut manifest = serde_json::to_value(steps).expect("a manifest");
    manifest["packages"] = json!({ "hello": { "nixpkgs": ["hello"], "debian": ["hello"] } });
    manifest["system"]["packages"] = json!([{ "package": { "package": "hello" } }]);
    serde_json::from_value(manifest).expect("a manifest")
}

/// What was said that concerns damage.
fn damage(came: &Came) -> Vec<&str> {
    let notes = came.events.iter().filter_map(|event| match &event.body {
        Body::Note(note) => Some(&*note.message),
        _ => None,
    });
    notes.filter(|note| note.contains("is damaged")).collect()
}

#[test]
fn a_bad_end_on_a_damaged_disk_is_not_believed() {
    let Some(_) = check(steps(&json!([])), &Told::default(), Verdict::Passed) else { return };
    let cache = cache_with_images();
    let told = Told { cache: Some(cache.path().to_owned()), ..Told::default() };
    let came = check(reads_the_disk(), &told, Verdict::Passed).expect("machines are wanted");
    assert_eq!(damage(&came), Vec::<&str>::new());

    let images = std::fs::read_dir(cache.path().join("guest/images")).expect("images").flatten();
    let mut layers =
        images.map(|image| image.path().join("disk.qcow2")).filter(|disk| disk.exists());
    let disk = layers.next().expect("a layer");
    let length = std::fs::metadata(&disk).expect("a disk").len();
    let file = OpenOptions::new().write(true).open(&disk).expect("a disk");
    // What the guest has written to it, behind the tables that say where that is.
    let from = 8 << 16;
    file.write_all_at(&vec![0xee; usize::try_from(length - from).expect("a size")], from)
        .expect("damage");
    let came = check(reads_the_disk(), &told, Verdict::Passed).expect("machines are wanted");
    let said = damage(&came);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("disk.qcow2") && said[0].contains("run again"), "{said:?}");
}
