//! Which features a change of `domi.toml` affects.

use toml_edit::DocumentMut;

/// The tables about the machines of tests. `test.containers` is about them, too; everything else only
/// says how this repository is tested elsewhere, or how much runs at once.
const OF_MACHINES: [&str; 3] = ["guest", "limits", "packages"];

/// Whether two states of the file could give a test another result.
pub(crate) fn machines_differ(before: &str, now: &str) -> bool {
    let (Ok(before), Ok(now)) = (before.parse(), now.parse()) else { return before != now };
    of_machines(before) != of_machines(now)
}

fn of_machines(mut file: DocumentMut) -> String {
    let containers = file.get("test").and_then(|test| test.get("containers"));
    let containers = containers.and_then(toml_edit::Item::as_bool);
    file.retain(|key, _| OF_MACHINES.contains(&key));
    format!("{file}{containers:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_machines_are_like_makes_a_test_end_otherwise() {
        let before = "[guest]\ncpus = 2\n\n[test]\njobs = 3\n";
        assert!(!machines_differ(before, before));
        assert!(!machines_differ(before, "[guest]\ncpus = 2\n\n[github]\nshard = '9m'\n"));
        assert!(machines_differ(before, "[guest]\ncpus = 3\n"));
        assert!(machines_differ(before, "[test]\njobs = 3\n"));
        assert!(machines_differ("", "packages.x.debian = []\n"));
        assert!(machines_differ("", "[guest\n"));
        assert!(machines_differ("test.jobs = 3\n", "[test]\njobs = 3\ncontainers = true\n"));
    }
}
