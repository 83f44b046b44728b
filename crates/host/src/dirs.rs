//! Where things that outlive a run are kept.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// The cache folder: `$DOMI_CACHE`, else `domi` under the user's cache folder
/// (`$XDG_CACHE_HOME`, `~/.cache`). Everything in it can be deleted and is then made again.
pub fn cache() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("DOMI_CACHE").filter(|dir| !dir.is_empty()) {
        return std::path::absolute(dir).context("DOMI_CACHE is not a usable path");
    }
    let base =
        directories::BaseDirs::new().context("no home folder; set DOMI_CACHE to a folder")?;
    Ok(base.cache_dir().join("domi"))
}
