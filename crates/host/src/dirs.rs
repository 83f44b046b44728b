//! Where things that outlive a run are kept.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The variable that names the cache folder.
pub const CACHE: &str = "DOMI_CACHE";

/// The cache folder: `$DOMI_CACHE`, else `domi` under the user's cache folder
/// (`$XDG_CACHE_HOME`, `~/.cache`). Everything in it can be deleted and is then made again.
pub fn cache() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os(CACHE).filter(|dir| !dir.is_empty()) {
        return std::path::absolute(dir).context("DOMI_CACHE is not a usable path");
    }
    let none = || Error::new(ErrorKind::NotFound, "no home folder; set DOMI_CACHE to a folder");
    let base = directories::BaseDirs::new().ok_or_else(none)?;
    Ok(base.cache_dir().join("domi"))
}

/// The variable that names the folder which a message is about, where the path of one that can be
/// moved stands in it: the cache folder, the folder for temporary files, or one of `others`, some
/// of which no variable moves.
pub fn moved_by(message: &str, others: &[(&Path, Option<&'static str>)]) -> Option<&'static str> {
    let mut folders = vec![(std::env::temp_dir(), Some("TMPDIR"))];
    folders.extend(cache().ok().map(|cache| (cache, Some(CACHE))));
    folders.extend(others.iter().map(|(folder, variable)| ((*folder).to_owned(), *variable)));
    let named = |(folder, variable): (PathBuf, _)| {
        let folder = folder.to_str()?.trim_end_matches('/').to_owned();
        (!folder.is_empty() && has_path(message, &folder)).then_some((folder.len(), variable))
    };
    // One may lie in the other.
    folders.into_iter().filter_map(named).max().and_then(|(_, variable)| variable)
}

/// Whether a path or one below it stands in a text.
fn has_path(text: &str, path: &str) -> bool {
    let follows = |(at, _): (usize, &str)| {
        let next = text[at + path.len()..].chars().next();
        next.is_none_or(|next| !(next.is_alphanumeric() || "-_.".contains(next)))
    };
    text.match_indices(path).any(follows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_no_variable_moves_may_lie_in_one_that_is_moved() {
        let temporary = std::env::temp_dir();
        let (root, target) = (temporary.join("here"), temporary.join("here/target"));
        let others = [(&*root, None), (&*target, Some("TARGET"))];
        let moved = |path: &str| moved_by(&temporary.join(path).display().to_string(), &others);
        assert_eq!(moved("x"), Some("TMPDIR"));
        assert_eq!(moved("here/Cargo.lock"), None);
        assert_eq!(moved("here/target/x"), Some("TARGET"));
    }

    #[test]
    fn a_path_is_found_in_a_message() {
        for (message, expected) in [
            ("cannot write /a/b", true),
            ("cannot write `/a/b`: full", true),
            ("cannot write /a/b/c/d: full", true),
            ("cannot write /a/bc, /a/b-c or /a/b.c", false),
            ("cannot write /a", false),
        ] {
            assert_eq!(has_path(message, "/a/b"), expected, "{message}");
        }
    }
}
