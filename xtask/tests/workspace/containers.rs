//! Whether tests may start containers.

use std::io::Write;

/// Whether they may, and this computer has them; where not, the test says so that it is left out.
pub(crate) fn may_run() -> bool {
    let cache = domi_host::dirs::cache().expect("a cache folder");
    let why = match std::env::var_os("DOMI_TEST_CONTAINER").is_some_and(|value| value == "0") {
        true => Some("DOMI_TEST_CONTAINER=0".to_owned()),
        false => domi_container::Probes::known(&cache).expect("probes").missing(),
    };
    if let Some(why) = &why {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        // Where nobody captures it.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {why}");
    }
    why.is_none()
}
