//! Shared by the tests with real machines.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use domi_debian::{Architecture, Distribution};
use domi_guest::{Guests, Machine, Network, Options, Output, Settings, Snapshot};
use domi_host::Interrupt;
use tempfile::TempDir;

/// Long enough for anything here, also on a busy computer without KVM.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

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

/// A machine with the folder of its log.
pub(crate) struct Guest {
    pub(crate) machine: Machine,
    _logs: TempDir,
}

pub(crate) fn options(name: &str, logs: &TempDir, network: Option<&Network>) -> Options {
    Options {
        name: name.to_owned(),
        serial_log: logs.path().join("serial.log"),
        network: network.map(|network| network.plug(name).unwrap()),
        interrupt: Interrupt::default(),
    }
}

pub(crate) fn restore(name: &str, network: Option<&Network>) -> Guest {
    let logs = tempfile::tempdir().unwrap();
    let machine = Machine::restore(image(), options(name, &logs, network)).unwrap();
    Guest { machine, _logs: logs }
}

impl Guest {
    /// Runs a command that must succeed.
    #[track_caller]
    pub(crate) fn run(&mut self, command: &str) -> String {
        let output = self.output(command);
        assert!(output.success(), "{command}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    #[track_caller]
    pub(crate) fn output(&mut self, command: &str) -> Output {
        self.machine.execute(command, LIMIT).unwrap()
    }
}
