//! How a command ended, and what it printed.

/// Checks that what a workspace has shown of a command has this exit code and all of these parts.
#[track_caller]
pub(crate) fn check(said: &str, exit: u8, parts: &[&str]) {
    assert!(said.contains(&format!("--- exit {exit}\n")), "{said}");
    for part in parts {
        assert!(said.contains(part), "{part}: {said}");
    }
}
