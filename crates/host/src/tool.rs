//! Programs on this computer.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

/// Folders of system programs that an ordinary user's PATH may lack.
const SYSTEM: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// Where a program is: on PATH, or in a folder of system programs.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = SYSTEM.iter().map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(system)
        .map(|folder| folder.join(program))
        .find(|file| is_program(file))
}

/// A text that changes with the program, made without starting it: where it really is, its size
/// and the time it was built, which package managers keep.
pub fn fingerprint(program: &Path) -> Result<String> {
    let path = fs::canonicalize(program)?;
    let facts = fs::metadata(&path)?;
    Ok(format!("{} {} {}", path.display(), facts.len(), facts.mtime()))
}

fn is_program(file: &Path) -> bool {
    let facts = std::fs::metadata(file);
    facts.is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_and_a_mere_file_is_not() {
        assert!(find("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(find("no-such-program-anywhere"), None);
        assert!(!is_program(Path::new("/etc/passwd")));
        assert!(!is_program(Path::new("/etc")));
    }
}
