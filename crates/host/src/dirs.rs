//! Where things that outlive a run are kept.

use std::io::{Error, ErrorKind};
use std::path::PathBuf;

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
