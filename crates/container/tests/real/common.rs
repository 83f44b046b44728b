//! What tests with real containers share.

use std::io::Write;
use std::sync::{Arc, OnceLock};

use domi_container::{Containers, Error, Image, Machine, Need, Network, Options};
use domi_debian::Distribution;
use domi_host::Interrupt;
use tempfile::TempDir;

/// What makes containers here; nothing where they cannot be, which is said where nobody captures
/// it.
pub(crate) fn containers() -> Option<&'static Arc<Containers>> {
    static FOUND: OnceLock<Result<Arc<Containers>, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        if std::env::var_os("DOMI_TEST_CONTAINER").is_some_and(|value| value == "0") {
            return Err("DOMI_TEST_CONTAINER=0 says that no container is to be started".into());
        }
        let cache = domi_host::dirs::cache().unwrap();
        match Containers::open(&cache, Distribution::usual().unwrap(), Interrupt::default()) {
            Ok(containers) => Ok(Arc::new(containers)),
            Err(Error::Missing(missing)) => Err(missing),
            Err(other) => panic!("{other}"),
        }
    });
    match found {
        Ok(containers) => Some(containers),
        Err(why) => not_run(why),
    }
}

/// As [`containers`], where they can be joined by a network.
pub(crate) fn containers_with_cards() -> Option<&'static Arc<Containers>> {
    let containers = containers()?;
    let card = containers.probes().findings().iter().find(|found| found.need == Need::Card);
    let card = card.filter(|found| !found.there);
    card.map_or(Some(containers), |missing| not_run(&missing.to_string()))
}

/// Says where nobody captures it that something of a test is not run.
pub(crate) fn not_run<T>(why: &str) -> Option<T> {
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test");
    let _ = writeln!(std::io::stderr(), "NOT RUN: {test}: {why}");
    None
}

/// The image, made when it is not there yet.
pub(crate) fn image(containers: &Containers) -> Image {
    containers.image(&|progress| println!("{progress:?}")).unwrap()
}

/// A container of a test.
pub(crate) type Guest = domi_machine_tests::Guest<Machine>;

pub(crate) fn options(name: &str, logs: &TempDir, network: Option<&Network>) -> Options {
    Options {
        name: name.to_owned(),
        console_log: logs.path().join("console.log"),
        network: network.map(|network| network.plug(name).unwrap()),
        interrupt: Interrupt::default(),
    }
}

pub(crate) fn boot(containers: &Containers, name: &str, network: Option<&Network>) -> Guest {
    let logs = tempfile::tempdir().unwrap();
    let options = options(name, &logs, network);
    let machine = Machine::boot(containers, &image(containers), options).unwrap();
    Guest::new(machine, logs)
}
