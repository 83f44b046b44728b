//! dpkg's database, written as if dpkg had just unpacked the packages.

use std::collections::BTreeMap;

use md5::{Digest, Md5};

use crate::deb::{EntryKind, Package};

/// What dpkg will know about the packages of a root.
#[derive(Debug, Default)]
pub(crate) struct Database {
    status: String,
    file_triggers: String,
    named_triggers: BTreeMap<String, String>,
    files: Vec<DatabaseFile>,
}

/// A file of the database, relative to `var/lib/dpkg`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DatabaseFile {
    pub(crate) path: String,
    pub(crate) mode: u32,
    pub(crate) content: Vec<u8>,
}

impl Database {
    /// Adds a package, with every path that it brings whether or not it was left out of the root.
    pub(crate) fn add(&mut self, package: &Package) {
        let base = info_name(package);
        self.put(format!("info/{base}.list"), 0o644, file_list(package));
        for member in &package.members {
            self.put(format!("info/{base}.{}", member.name), member.mode, member.content.clone());
        }
        self.status += &status(package);
        self.status.push('\n');
        self.add_triggers(package);
    }

    /// Every file of the database.
    pub(crate) fn finish(mut self) -> Vec<DatabaseFile> {
        let status = std::mem::take(&mut self.status);
        self.put("status".into(), 0o644, status);
        self.put("info/format".into(), 0o644, "1\n");
        for empty in ["available", "diversions", "statoverride", "triggers/Unincorp"] {
            self.put(empty.into(), 0o644, "");
        }
        self.put("triggers/Lock".into(), 0o600, "");
        let file_triggers = std::mem::take(&mut self.file_triggers);
        self.put("triggers/File".into(), 0o644, file_triggers);
        for (name, packages) in std::mem::take(&mut self.named_triggers) {
            self.put(format!("triggers/{name}"), 0o644, packages);
        }
        self.files
    }

    fn put(&mut self, path: String, mode: u32, content: impl Into<Vec<u8>>) {
        self.files.push(DatabaseFile { path, mode, content: content.into() });
    }

    fn add_triggers(&mut self, package: &Package) {
        for line in package.text("triggers").lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let (Some(kind), Some(trigger), None) = (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let noawait = match kind {
                "interest" | "interest-await" => "",
                "interest-noawait" => "/noawait",
                _ => continue,
            };
            let line = format!("{}{noawait}\n", package.name());
            if trigger.starts_with('/') {
                self.file_triggers += &format!("{trigger} {line}");
            } else if !trigger.contains('/') {
                *self.named_triggers.entry(trigger.to_owned()).or_default() += &line;
            }
        }
    }
}

/// The name of a package's files under `info/`: with the architecture when several architectures
/// of it may be installed side by side.
fn info_name(package: &Package) -> String {
    let control = &package.control;
    match (control.get("Multi-Arch"), control.get("Architecture")) {
        (Some("same"), Some(architecture)) => format!("{}:{architecture}", package.name()),
        _ => package.name().to_owned(),
    }
}

fn file_list(package: &Package) -> Vec<u8> {
    let mut list = b"/.\n".to_vec();
    for entry in &package.entries {
        list.push(b'/');
        list.extend_from_slice(&entry.path);
        list.push(b'\n');
    }
    list
}

/// Whether configuring the package would run no script. dpkg would then only record that it is
/// installed, which takes a fifth of a second each under emulation.
fn needs_no_configuring(package: &Package) -> bool {
    package.member("postinst").is_none()
}

fn status(package: &Package) -> String {
    let mut status = package.control.clone();
    let state = if needs_no_configuring(package) { "installed" } else { "unpacked" };
    status.set("Status", format!("install ok {state}"));
    let conffiles = conffiles(package);
    if !conffiles.is_empty() {
        status.set("Conffiles", conffiles);
    }
    status.to_string()
}

/// The package's configuration files with the digests of what it brings, a line each.
fn conffiles(package: &Package) -> String {
    let mut lines = String::new();
    for path in package.text("conffiles").lines().map(str::trim) {
        if !path.starts_with('/') {
            continue;
        }
        let entry = package.entries.iter().find(|entry| entry.path == path.as_bytes()[1..]);
        let digest = match entry.map(|entry| &entry.kind) {
            Some(EntryKind::File(content)) => format!("{:x}", Hex(&Md5::digest(content))),
            _ => "newconffile".to_owned(),
        };
        lines += &format!("\n {path} {digest}");
    }
    lines
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl std::fmt::LowerHex for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
