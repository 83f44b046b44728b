//! The greeting, under other names and on both systems.

use crate::workspace::{GREETING, Workspace};

/// The manifest of a feature that is called so and does what the greeting does.
pub(crate) fn manifest(name: &str) -> String {
    GREETING
        .replace("\"name\": \"greeting\"", &format!("\"name\": \"{name}\""))
        .replace("[\"x86_64-linux\"]", "[\"x86_64-linux\", \"aarch64-linux\"]")
}

/// Adds such features.
pub(crate) fn add(workspace: &Workspace, names: &[&str]) {
    for name in names {
        workspace.printing(name, &manifest(name));
    }
}
