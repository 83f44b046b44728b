//! What a failed build had made until then. Nix throws it away, unless it is asked to keep the
//! build's folder, which it then leaves among the temporary files of whoever ran the build.

use domi_runner::Artifacts;
use std::path::{Path, PathBuf};

/// Disks and memory of machines are larger than they are of use.
const LARGEST: u64 = 16 << 20;
/// A folder of more files than these is no test's.
const MOST: usize = 1000;

/// Moves what is in the folders that Nix has kept to the artifacts: logs, screenshots, what the
/// machines have handed out. A folder that is not ours to remove stays where Nix said.
pub(super) fn take(said: &str, folder: &Artifacts) {
    for kept in folders(said) {
        let target = folder.path.join("build");
        let copied = copy(&kept, &target);
        // Read and done with; where it is someone else's, Nix has said where it is.
        if copied.is_ok() && std::fs::remove_dir_all(&kept).is_ok() && kept.ends_with("build") {
            // Newer versions have a folder of the build around it, with nothing else in it.
            let _ = kept.parent().map(std::fs::remove_dir);
        }
    }
}

/// The folders that Nix says it keeps, in quotes: single ones, or double ones in newer versions.
fn folders(said: &str) -> Vec<PathBuf> {
    let between = |line: &str| {
        let (_, rest) = line.split_once("keeping build directory ")?;
        let quote = rest.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
        rest[1..].split_once(quote).map(|(path, _)| PathBuf::from(path))
    };
    said.lines().filter_map(between).filter(|path| path.is_absolute()).collect()
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut left = MOST;
    let mut waiting = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = waiting.pop() {
        for entry in std::fs::read_dir(&from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            // No links are followed: they may lead anywhere.
            let data = std::fs::symlink_metadata(entry.path())?;
            if data.is_dir() {
                waiting.push((entry.path(), target));
            } else if data.is_file() && data.len() <= LARGEST && left > 0 {
                left -= 1;
                std::fs::create_dir_all(&to)?;
                std::fs::copy(entry.path(), target)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_found_in_what_each_version_of_nix_says() {
        let said = "building\n\
            note: keeping build directory '/tmp/nix-build-a.drv-0/build'\n\
            note: keeping build directory \"/nix/var/nix/builds/nix-1-2/build\"\n\
            note: keeping build directory nowhere\n\
            note: keeping build directory 'relative'\n";
        let expected = ["/tmp/nix-build-a.drv-0/build", "/nix/var/nix/builds/nix-1-2/build"];
        assert_eq!(folders(said), expected.map(PathBuf::from));
    }
}
