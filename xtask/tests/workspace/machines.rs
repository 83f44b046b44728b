//! Whether tests may start machines.

/// Whether they may; where not, the test says so that it is left out.
pub(crate) fn may_run() -> bool {
    let may = std::env::var_os("DOMI_TEST_MACHINE").is_none_or(|value| value != "0");
    if !may {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        eprintln!("SKIPPED: {test}: DOMI_TEST_MACHINE=0");
    }
    may
}
