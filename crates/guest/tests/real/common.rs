//! Shared by the tests with real machines.

use std::path::Path;
use std::sync::OnceLock;

use domi_debian::{Architecture, Distribution};
use domi_guest::{Guests, Machine, Network, Options, Settings, Snapshot};
use domi_host::Interrupt;
use tempfile::TempDir;

/// Whether machines may be started: always, unless a variable says no. A missing QEMU is a failure,
/// not a reason to skip.
pub(crate) fn machines_wanted() -> bool {
    let wanted = std::env::var_os("DOMI_TEST_MACHINE").is_none_or(|value| value != "0");
    if !wanted {
        println!("SKIPPED: DOMI_TEST_MACHINE=0 says that no machine is to be started");
    }
    wanted
}

pub(crate) fn settings() -> Settings {
    let architecture = Architecture::from_name(std::env::consts::ARCH).unwrap();
    Settings::new(architecture, Distribution::usual().unwrap())
}

pub(crate) fn guests(cache: &Path) -> Guests {
    Guests::open(cache, settings(), Interrupt::default()).unwrap()
}

/// The image, made when it is not there yet.
pub(crate) fn image() -> &'static Snapshot {
    static IMAGE: OnceLock<Snapshot> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let cache = domi_host::dirs::cache().unwrap();
        guests(&cache).image(&|progress| println!("{progress:?}")).unwrap()
    })
}

/// A machine of a test.
pub(crate) type Guest = domi_machine_tests::Guest<Machine>;

pub(crate) fn options(name: &str, logs: &TempDir, network: Option<&Network>) -> Options {
    Options {
        name: name.to_owned(),
        serial_log: logs.path().join("serial.log"),
        network: network.map(|network| network.plug(name).unwrap()),
        store: None,
        interrupt: Interrupt::default(),
    }
}

pub(crate) fn restore(name: &str, network: Option<&Network>) -> Guest {
    let logs = tempfile::tempdir().unwrap();
    let machine = Machine::restore(image(), options(name, &logs, network)).unwrap();
    Guest::new(machine, logs)
}
