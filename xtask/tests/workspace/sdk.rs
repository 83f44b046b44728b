//! Workspaces whose features are compiled with this repository's SDK.

use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Where the templates take this project's crates from.
const SOURCE: &str = "git = \"https://github.com/domi-nix/domi-nix\"";

/// cargo's folder for such workspaces: what they have in common is compiled once.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk")
}

/// Where a folder is a copy of a template that takes the crates from the published repository, it
/// takes them from here, as they are locked here.
pub(crate) fn from_here(folder: &Path) {
    let manifest = folder.join("Cargo.toml");
    let Ok(text) = std::fs::read_to_string(&manifest) else { return };
    if !text.contains(SOURCE) {
        return;
    }
    let here = |line: &str| {
        let name = line.strip_prefix("domi-").and_then(|rest| rest.split(' ').next());
        let path = name.map(|name| format!("path = {:?}", format!("{ROOT}/crates/{name}")));
        path.map_or_else(|| line.to_owned(), |path| line.replace(SOURCE, &path)) + "\n"
    };
    std::fs::write(&manifest, text.lines().map(here).collect::<String>()).unwrap();
    std::fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}
