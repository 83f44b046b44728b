use std::process::Command;

use domi_debian::{Architecture, Distribution};
use domi_host::{dirs, sparse};

use super::*;
use crate::{Guests, Settings, disk};

/// Names the small folder for the process that has one.
const SMALL: &str = "DOMI_TEST_SMALL_FOLDER";

#[test]
fn a_machine_whose_disk_met_an_error_is_not_saved() {
    if std::env::var_os("DOMI_TEST_MACHINE").is_some_and(|value| value == "0") {
        println!("SKIPPED: DOMI_TEST_MACHINE=0 says that no machine is to be started");
        return;
    }
    if let Some(small) = std::env::var_os(SMALL) {
        return saved_from(Path::new(&small));
    }
    let small = tempfile::tempdir().expect("a folder");
    let this = std::env::current_exe().expect("this test");
    let name = std::thread::current().name().expect("the name of the test").to_owned();
    // A name space of our own, so that this also works for an ordinary user.
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-ec"])
        .arg(format!("mount -t tmpfs -o size=16m none \"${SMALL}\"; exec \"$@\""))
        .arg("sh")
        .arg(this)
        .args(["--exact", &name, "--nocapture"])
        .env(SMALL, small.path())
        .status();
    assert!(status.expect("a process").success());
}

/// As a layer is made, but with the disk on a folder with too little room.
fn saved_from(small: &Path) {
    let architecture = Architecture::from_name(std::env::consts::ARCH).expect("one of ours");
    let settings = Settings::new(architecture, Distribution::usual().expect("a distribution"));
    let cache = dirs::cache().expect("a cache");
    let interrupt = Interrupt::default();
    let guests = Guests::open(&cache, settings, interrupt.clone()).expect("guests");
    let image = guests.image(&|progress| println!("{progress:?}")).expect("an image");
    let folder = tempfile::tempdir_in(&cache).expect("a folder");
    let memory = folder.path().join("ram");
    sparse::copy(&image.ram(), &memory, &interrupt).expect("its memory");
    let disk =
        disk::make_thin(&small.join("disk.qcow2"), image.manifest().disk_bytes).expect("a disk");
    let options = Options {
        name: "machine".to_owned(),
        serial_log: folder.path().join("serial.log"),
        network: None,
        store: None,
        interrupt,
    };
    let mut machine = Machine::new(image.body().clone(), Top::Thin(disk), options);
    machine.resume(&memory, &image.state()).expect("a machine");
    let writes = "dd if=/dev/urandom of=/var/tmp/much bs=1M count=64; sync; true";
    let wrote = machine.execute(writes, Duration::from_secs(60)).expect("it goes on");
    println!("{}", String::from_utf8_lossy(&wrote.stderr));
    let error = machine.save(&folder.path().join("state")).expect_err("its disk is damaged");
    assert!(error.to_string().contains("QEMU cannot use the machine's disk"), "{error}");
}
