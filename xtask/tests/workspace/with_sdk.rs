//! A workspace with the real SDK, and what a person sees of the commands in it.

use std::path::Path;

use crate::workspace::{Workspace, sdk};

/// The workspace's `Cargo.toml`, with a list of members that people look after.
pub(crate) const MANIFEST: &str = "\
[workspace]
resolver = \"3\"
members = [
    \"features/none\", # nothing yet
    # What we use.
    \"xtask\", # commands
]

[workspace.package]
version = \"1.2.0\" # of all
edition = \"2024\"
";

/// A workspace with the SDK. There is one at a time.
pub(crate) fn with_sdk() -> Workspace {
    let sdk = Some(sdk::Turn::wait());
    let workspace = Workspace { sdk, ..Workspace::empty() };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/sdk");
    let dependencies = format!("\n[workspace.dependencies]\ndomi-sdk = {{ path = {path:?} }}\n");
    workspace.write("Cargo.toml", &format!("{MANIFEST}{dependencies}"));
    workspace.write("xtask/Cargo.toml", "[package]\nname = \"xtask\"\nedition = \"2024\"\n");
    workspace.write("xtask/src/lib.rs", "");
    let lock = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")).unwrap();
    std::fs::write(workspace.root.join("Cargo.lock"), lock).unwrap();
    workspace
}

/// What a command prints, and how it ends. The compiler's words are left out.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> String {
    let mut command = workspace.command("");
    let output = command.args(words).output().unwrap();
    let shown = workspace.shown(&words.join(" "), &output);
    let is_ours = |line: &&str| {
        let compiler =
            ["Compiling", "Finished", "Updating", "Locking", "Adding", "compiling", "waiting"];
        !compiler.iter().any(|word| line.trim_start().starts_with(word))
    };
    shown.lines().filter(is_ours).map(|line| format!("{line}\n")).collect()
}
