//! The host's real apt on a small archive of our own.
//!
//! `DOMI_TEST_MACHINE=0` leaves these out where there is no apt.

use std::path::{Path, PathBuf};

use crate::support::Package;
use domi_debian::{Apt, Architecture, Deb, Distribution, Error, Result};
use domi_host::Interrupt;
use domi_host::command::Program;

/// An archive, the sources that name it, and a cache.
struct Archive {
    folder: tempfile::TempDir,
}

impl Archive {
    fn new(packages: Vec<(&str, Vec<u8>)>) -> Self {
        let archive = Self { folder: tempfile::tempdir().unwrap() };
        archive.publish("Debian", "1:1.0-1", packages);
        archive.sources(&["Debian"]);
        archive
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an archive as its vendor would, in the folder of its name.
    fn publish(&self, origin: &str, version: &str, packages: Vec<(&str, Vec<u8>)>) {
        let lists = self.path(origin).join("dists/bookworm/main/binary-amd64");
        let pool = self.path(origin).join("pool");
        std::fs::create_dir_all(&lists).unwrap();
        std::fs::create_dir_all(&pool).unwrap();
        let mut list = String::new();
        for (control, bytes) in packages {
            let package = control.split_whitespace().nth(1).unwrap();
            let file = pool.join(format!("{package}_1.0_amd64.deb"));
            std::fs::write(&file, &bytes).unwrap();
            list += &format!(
                "{control}\nVersion: {version}\nArchitecture: amd64\nFilename: pool/{package}_1.0_amd64.deb\n\
                 Size: {}\nSHA256: {}\n\n",
                bytes.len(),
                sha256(&file)
            );
        }
        std::fs::write(lists.join("Packages"), &list).unwrap();
        let release = format!(
            "Origin: {origin}\nSuite: stable\nCodename: bookworm\nArchitectures: amd64\n\
             Components: main\nDate: Sat, 01 Jan 2000 00:00:00 UTC\nSHA256:\n {} {} \
             main/binary-amd64/Packages\n",
            sha256(&lists.join("Packages")),
            list.len()
        );
        std::fs::write(self.path(origin).join("dists/bookworm/Release"), release).unwrap();
    }

    fn sources(&self, names: &[&str]) {
        let line = |name: &&str| {
            format!("deb [trusted=yes] copy:{} bookworm main\n", self.path(name).display())
        };
        let text: String = names.iter().map(line).collect();
        self.write_sources(&text);
    }

    fn write_sources(&self, text: &str) {
        std::fs::create_dir_all(self.path("etc")).unwrap();
        std::fs::write(self.path("etc/sources.list"), text).unwrap();
    }

    fn apt(&self) -> Result<Apt> {
        let distribution = Distribution::named("debian", "bookworm").unwrap();
        let (sources, cache) = (self.path("etc"), self.path("the cache"));
        let interrupt = Interrupt::default();
        Apt::with_sources(&sources, &cache, &distribution, Architecture::X86_64, &interrupt)
    }

    fn download(&self, packages: &[&str], installed: Option<&Path>) -> Result<Vec<Deb>> {
        self.apt()?.download(packages, installed, &Interrupt::default(), &|_| ())
    }

    #[track_caller]
    fn check(&self, packages: &[&str], installed: Option<&Path>, expected: &[&str]) {
        let debs = self.download(packages, installed).unwrap();
        assert_eq!(debs.iter().map(|deb| &*deb.name).collect::<Vec<_>>(), expected);
        for deb in &debs {
            assert_eq!(deb.version, "1:1.0-1");
            assert_eq!(sha256(&deb.path), deb.digest);
        }
    }
}

fn sha256(file: &Path) -> String {
    let printed = Program::new("sha256sum").arg(file).read(&Interrupt::default()).unwrap();
    printed.split_whitespace().next().unwrap().trim_start_matches('\\').to_owned()
}

fn package(name: &str) -> Vec<u8> {
    Package::new(name, "").file("./usr/x", 0o644, name.as_bytes()).bytes()
}

/// Ends the test with a message if its tools may be missing here.
macro_rules! needs_apt {
    () => {
        if std::env::var_os("DOMI_TEST_MACHINE").is_some_and(|value| value == "0") {
            eprintln!("left out: DOMI_TEST_MACHINE=0");
            return;
        }
    };
}

#[test]
fn packages_come_with_what_they_need_before_them() {
    needs_apt!();
    let archive = Archive::new(vec![
        ("Package: a\nPre-Depends: b", package("a")),
        ("Package: b\nDepends: c", package("b")),
        ("Package: c", package("c")),
        ("Package: d\nEssential: yes", package("d")),
    ]);
    archive.check(&["a"], None, &["c", "b", "a"]);
    archive.check(&["?essential"], None, &["d"]);
    let status = archive.path("status");
    std::fs::write(
        &status,
        "Package: b\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.0-1\n",
    )
    .unwrap();
    archive.check(&["a"], Some(&status), &["a"]);
}

#[test]
fn what_a_machine_has_is_not_removed_for_something_new() {
    needs_apt!();
    let archive = Archive::new(vec![("Package: a\nConflicts: b\nReplaces: b", package("a"))]);
    let status = archive.path("status");
    std::fs::write(
        &status,
        "Package: b\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.0-1\n",
    )
    .unwrap();
    let error = archive.download(&["a"], Some(&status)).unwrap_err().to_string();
    assert!(error.starts_with("b would be removed for a: every machine has it"), "{error}");
}

#[test]
fn what_must_be_configured_before_a_package_is_unpacked_is_known() {
    needs_apt!();
    let archive = Archive::new(vec![
        ("Package: a\nPre-Depends: b", package("a")),
        ("Package: b\nDepends: c", package("b")),
        ("Package: c", package("c")),
        ("Package: e\nDepends: f", package("e")),
        ("Package: f", package("f")),
    ]);
    let status = archive.path("status");
    std::fs::write(&status, "").unwrap();
    let check = |package: &str, expected: &[(&str, &[&str])]| {
        let debs = archive.download(&[package], Some(&status)).unwrap();
        let said: Vec<_> = debs.iter().map(|deb| (&*deb.name, &*deb.after)).collect();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expected: Vec<(&str, Vec<String>)> =
            expected.iter().map(|(name, after)| (*name, names(after))).collect();
        let expected: Vec<_> = expected.iter().map(|(name, after)| (*name, &**after)).collect();
        assert_eq!(said, expected);
    };
    check("e", &[("f", &[]), ("e", &[])]);
    check("a", &[("c", &[]), ("b", &[]), ("a", &["c", "b"])]);
}

#[test]
fn a_package_that_is_cut_or_altered_in_the_cache_is_fetched_again() {
    needs_apt!();
    let archive = Archive::new(vec![("Package: a", package("a"))]);
    let deb = archive.download(&["a"], None).unwrap().remove(0);
    let whole = std::fs::read(&deb.path).unwrap();
    let mut altered = whole.clone();
    altered[100] ^= 1;
    for damaged in [&whole[..whole.len() / 2], &altered, b""] {
        std::fs::write(&deb.path, damaged).unwrap();
        archive.check(&["a"], None, &["a"]);
    }
}

#[test]
fn what_arrived_is_kept_when_something_else_did_not() {
    needs_apt!();
    let archive =
        Archive::new(vec![("Package: a\nDepends: b", package("a")), ("Package: b", package("b"))]);
    archive.apt().unwrap().update(&Interrupt::default()).unwrap();
    let pool = archive.path("Debian/pool");
    std::fs::rename(pool.join("a_1.0_amd64.deb"), archive.path("away")).unwrap();
    archive.download(&["b", "a"], None).unwrap_err();
    let kept = || {
        let files = std::fs::read_dir(archive.path("the cache/packages")).unwrap();
        let mut names: Vec<_> =
            files.map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(kept(), ["b_1%3a1.0-1_amd64.deb"]);
    std::fs::rename(archive.path("away"), pool.join("a_1.0_amd64.deb")).unwrap();
    std::fs::remove_file(pool.join("b_1.0_amd64.deb")).unwrap();
    archive.check(&["a"], None, &["b", "a"]);
    assert_eq!(kept(), ["a_1%3a1.0-1_amd64.deb", "b_1%3a1.0-1_amd64.deb"]);
}

#[test]
fn an_unreachable_source_is_told_apart() {
    needs_apt!();
    let archive = Archive::new(vec![]);
    archive.write_sources("deb http://127.0.0.1:9/debian bookworm main\n");
    let error = archive.download(&["a"], None).unwrap_err();
    assert!(matches!(error, Error::Offline { .. }), "{error}");
}

#[test]
fn an_unreachable_source_is_not_asked_for_what_is_here() {
    needs_apt!();
    let archive = Archive::new(vec![("Package: a", package("a"))]);
    archive.check(&["a"], None, &["a"]);
    std::fs::rename(archive.path("Debian"), archive.path("gone")).unwrap();
    archive.check(&["a"], None, &["a"]);
}

#[test]
fn a_package_that_the_lists_lost_is_looked_for_in_new_lists() {
    needs_apt!();
    let archive = Archive::new(vec![("Package: a", package("a"))]);
    archive.apt().unwrap().update(&Interrupt::default()).unwrap();
    archive.publish("Debian", "1:1.0-1", vec![("Package: b", package("b"))]);
    archive.apt().unwrap().update(&Interrupt::default()).unwrap();
    archive.check(&["b"], None, &["b"]);
    let error = archive.download(&["a", "c"], None).unwrap_err();
    assert_eq!(error.to_string(), "no such package for amd64 in bookworm: a, c");
}

#[test]
fn another_vendors_packages_are_not_taken() {
    needs_apt!();
    let archive = Archive::new(vec![("Package: a", package("a"))]);
    archive.publish(
        "Vendor",
        "2:2.0-1",
        vec![("Package: a\nDepends: e", package("other")), ("Package: e", package("e"))],
    );
    archive.sources(&["Vendor", "Debian"]);
    archive.check(&["a"], None, &["a"]);
    let error = archive.download(&["e"], None).unwrap_err();
    assert!(matches!(error, Error::UnknownPackages { .. }), "{error}");
}

#[test]
fn no_source_of_the_release_is_told_apart() {
    needs_apt!();
    let archive = Archive::new(vec![]);
    archive.write_sources("deb http://host/ubuntu noble main\n");
    let error = archive.apt().unwrap_err();
    assert!(matches!(error, Error::NoSources { .. }), "{error}");
}
