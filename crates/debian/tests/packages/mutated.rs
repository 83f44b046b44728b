//! Packages that are nearly right: unpacked, or refused.

use crate::support::{Package, deb};
use domi_debian::{Architecture, unpack};
use domi_host::Interrupt;
use domi_mutate::{mutated, read_all};

fn packages() -> Vec<Vec<u8>> {
    let package = || {
        Package::new("package", "Depends: a, b | c\nPre-Depends: d (>= 1)\n")
            .member("postinst", "#!/bin/sh\n")
            .member("conffiles", "/etc/a.conf\n")
            .member("triggers", "activate ldconfig\n")
            .entry("./usr/bin/", tar::EntryType::Directory, "", 0o755, b"")
            .file("./usr/bin/a", 0o755, b"program")
            .file(&format!("./usr/share/{}", "long/".repeat(30)), 0o644, b"")
            .link("./usr/bin/b", tar::EntryType::Symlink, "a")
            .link("./usr/bin/c", tar::EntryType::Link, "./usr/bin/a")
    };
    // What is compressed hides most changes from what reads the archive within.
    vec![package().bytes(), package().plain()]
}

#[test]
fn a_package_with_other_bytes_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("root.tar");
    read_all(&mutated(packages()), |bytes| {
        let package = deb(folder.path(), "package", bytes);
        let _ = unpack(&[package], Architecture::X86_64, &to, &Interrupt::default());
    });
}

#[test]
fn the_packages_are_right_before_they_are_changed() {
    let folder = tempfile::tempdir().unwrap();
    for bytes in packages() {
        let package = deb(folder.path(), "package", &bytes);
        let to = folder.path().join("root.tar");
        unpack(&[package], Architecture::X86_64, &to, &Interrupt::default()).unwrap();
    }
}
