use std::path::{Path, PathBuf};

use anyhow::Result;
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_host::hash::Key;
use toml_edit::{DocumentMut, Item, Value};

use crate::Workspace;

/// What the compiler says of itself.
pub(crate) fn compiler(workspace: &Workspace, interrupt: &Interrupt) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Ok(Program::new(rustc).arg("-vV").folder(&workspace.root).read(interrupt)?)
}

/// The digest of what all crates are built with: the compiler, cargo's settings from files and the
/// environment, the workspace's `Cargo.toml` and `Cargo.lock`.
pub(crate) fn key(workspace: &Workspace, compiler: &str) -> String {
    let mut key = Key::new("domi.toolchain/1").with(compiler);
    let mut settings: Vec<_> = std::env::vars_os()
        .filter(|(name, _)| is_setting(&name.to_string_lossy()))
        .map(|(name, value)| (name.into_encoded_bytes(), value.into_encoded_bytes()))
        .collect();
    settings.sort();
    for (name, value) in settings {
        key.add(name);
        key.add(value);
    }
    for path in configurations(workspace.root.as_std_path()) {
        add_configuration(&mut key, &path, 0);
    }
    for name in ["Cargo.toml", "Cargo.lock"] {
        key.add(std::fs::read(workspace.root.join(name)).unwrap_or_default());
    }
    key.finish()
}

/// Whether a variable tells cargo or rustc how to build. Others are what cargo says to the
/// programs that it runs, as it runs this one; or change what is shown and nothing else.
fn is_setting(name: &str) -> bool {
    const SAID: [&str; 7] = [
        "CARGO",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_HOME",
        "CARGO_LOG",
        "CARGO_MAKEFLAGS",
        "CARGO_PRIMARY_PACKAGE",
    ];
    const PREFIXES: [&str; 9] = [
        "CARGO_ALIAS_",
        "CARGO_BIN_EXE_",
        "CARGO_HTTP_",
        "CARGO_MANIFEST_",
        "CARGO_NET_",
        "CARGO_PKG_",
        "CARGO_TERM_",
        "RUST_",
        "RUSTUP_",
    ];
    (name.starts_with("CARGO") || name.starts_with("RUST"))
        && !SAID.contains(&name)
        && !PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Files that cargo takes settings from, whether they are there or not: it looks in every folder
/// above, and in its own.
fn configurations(root: &Path) -> Vec<PathBuf> {
    let above = root.ancestors().map(|folder| folder.join(".cargo"));
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let folders = above.chain(home);
    folders.flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name))).collect()
}

/// How deep files that include each other are followed.
const DEEPEST: usize = 8;

fn add_configuration(key: &mut Key, path: &Path, depth: usize) {
    let content = std::fs::read_to_string(path).unwrap_or_default();
    key.add(&content);
    let Ok(document) = content.parse::<DocumentMut>() else { return };
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut included = Vec::new();
    if let Some(include) = document.get("include") {
        paths(include, &mut included);
    }
    for path in included.iter().filter(|_| depth < DEEPEST) {
        add_configuration(key, &folder.join(path), depth + 1);
    }
}

/// The paths of `include`: one, several, or tables that have each a `path`.
fn paths(item: &Item, found: &mut Vec<String>) {
    fn of_value(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(path) => found.push(path.value().clone()),
            Value::Array(all) => all.iter().for_each(|value| of_value(value, found)),
            Value::InlineTable(table) => {
                table.get("path").into_iter().for_each(|path| of_value(path, found));
            }
            _ => {}
        }
    }
    match item {
        Item::Value(value) => of_value(value, found),
        Item::ArrayOfTables(tables) => {
            tables.iter().filter_map(|table| table.get("path")).for_each(|path| paths(path, found));
        }
        Item::Table(_) | Item::None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_tells_its_programs_is_no_setting() {
        for (name, expected) in [
            ("RUSTFLAGS", true),
            ("CARGO_ENCODED_RUSTFLAGS", true),
            ("CARGO_BUILD_RUSTFLAGS", true),
            ("CARGO_PROFILE_DEV_OPT_LEVEL", true),
            ("RUSTC_WRAPPER", true),
            ("CARGO_PKG_VERSION", false),
            ("CARGO_MANIFEST_DIR", false),
            ("CARGO_BIN_EXE_xtask", false),
            ("CARGO_NET_OFFLINE", false),
            ("CARGO_REGISTRIES_OURS_INDEX", true),
            ("CARGO", false),
            ("RUST_BACKTRACE", false),
            ("HOME", false),
        ] {
            assert_eq!(is_setting(name), expected, "{name}");
        }
    }

    #[test]
    fn a_file_of_settings_brings_in_those_that_it_includes() {
        let dir = tempfile::tempdir().unwrap();
        let digest = |included: &str, text: &str| {
            std::fs::write(dir.path().join("config.toml"), text).unwrap();
            std::fs::write(dir.path().join("more.toml"), included).unwrap();
            let mut key = Key::new("test");
            add_configuration(&mut key, &dir.path().join("config.toml"), 0);
            key.finish()
        };
        for text in [
            "include = \"more.toml\"\n",
            "include = [\"more.toml\"]\n",
            "include = [{ path = \"more.toml\", optional = true }]\n",
            "[[include]]\npath = \"more.toml\"\n",
            // In a circle.
            "include = [\"config.toml\", \"more.toml\"]\n",
        ] {
            assert_ne!(digest("a = 1\n", text), digest("a = 2\n", text), "{text}");
            assert_eq!(digest("a = 1\n", text), digest("a = 1\n", text), "{text}");
        }
        assert_eq!(digest("a = 1\n", ""), digest("a = 2\n", ""));
    }
}
