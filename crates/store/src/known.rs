//! What was found out of this computer by trying it, kept until it starts again.

use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use domi_host::file;
use domi_host::hash::Key;
use fs_err as fs;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// What was found, whatever that depends on being in `key`: read where it is known, else found and
/// kept in `folder`, in a file that begins with `name`. `again` finds it out in any case. What was
/// kept before this computer started is removed then.
///
/// # Errors
/// Those of finding, and when it cannot be kept.
pub fn known<T: Serialize + DeserializeOwned, E: From<Error>>(
    folder: &Path,
    name: &str,
    key: Key,
    again: bool,
    find: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").map_err(Error::from)?;
    let kept = folder.join(format!("{name}-{}.json", key.with(boot).finish()));
    let read = || serde_json::from_slice(&fs::read(&kept).ok()?).ok();
    if let Some(known) = read().filter(|_| !again) {
        return Ok(known);
    }
    let found = find()?;
    keep(&kept, &found)?;
    sweep(folder, name, started());
    Ok(found)
}

fn keep(kept: &Path, found: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec_pretty(found).context("findings are plain JSON")?;
    Ok(file::write(kept, text)?)
}

/// Removes what of this name was written before. What cannot be removed does no harm.
fn sweep(folder: &Path, name: &str, before: SystemTime) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let of_ours = entry
            .file_name()
            .to_string_lossy()
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('-') && rest.ends_with(".json"));
        let written = entry.metadata().and_then(|facts| facts.modified());
        if of_ours && written.is_ok_and(|written| written < before) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// When this computer started.
fn started() -> SystemTime {
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = uptime.split(['.', ' ']).next().and_then(|seconds| seconds.parse().ok());
    let now = SystemTime::now();
    // Not known: nothing is old.
    seconds
        .and_then(|seconds| now.checked_sub(Duration::from_secs(seconds)))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_found_again_unless_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let ask = |key: &str, again, found: &str| {
            let find = || Ok::<_, Error>(found.to_owned());
            known(folder.path(), "probe", Key::new(key), again, find).unwrap()
        };
        assert_eq!(ask("a", false, "first"), "first");
        assert_eq!(ask("a", false, "second"), "first");
        assert_eq!(ask("a", true, "third"), "third");
        assert_eq!(ask("b", false, "other"), "other");
        for file in fs::read_dir(folder.path()).unwrap() {
            fs::write(file.unwrap().path(), "{").unwrap();
        }
        assert_eq!(ask("a", false, "fourth"), "fourth", "what cannot be read is not known");
    }

    #[test]
    fn what_was_kept_before_the_computer_started_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["probe-1.json", "probe-2.json", "probes-3.json", "durations.json"] {
            fs::write(path(name), "").unwrap();
            let old = SystemTime::now() - Duration::from_secs(1000);
            let file = fs::OpenOptions::new().write(true).open(path(name)).unwrap();
            file.file().set_modified(old).unwrap();
        }
        fs::write(path("probe-4.json"), "").unwrap();
        sweep(folder.path(), "probe", SystemTime::now() - Duration::from_secs(100));
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["durations.json", "probe-4.json", "probes-3.json"]);
    }
}
