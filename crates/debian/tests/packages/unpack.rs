//! Packages unpacked to a root archive.

use std::collections::BTreeMap;
use std::io::Read;

use crate::support::{Package, deb};
use domi_debian::{Architecture, Error, unpack};
use domi_host::Interrupt;
use proptest::prelude::*;
use tar::EntryType;

/// A path's mode and content; a link's content is an arrow and its target.
type Root = BTreeMap<String, (u32, String)>;

fn root_of(packages: &[Vec<u8>]) -> Result<Root, Error> {
    let folder = tempfile::tempdir().unwrap();
    let name = |n: usize| format!("package-{n}");
    let debs: Vec<_> =
        packages.iter().enumerate().map(|(n, bytes)| deb(folder.path(), &name(n), bytes)).collect();
    let to = folder.path().join("root.tar");
    unpack(&debs, Architecture::X86_64, &to, &Interrupt::default())?;
    assert_eq!(std::fs::metadata(&to).unwrap().len() % 512, 0, "a disk has whole sectors");
    let mut root = Root::new();
    for entry in tar::Archive::new(std::fs::File::open(&to).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = String::new();
        match entry.link_name().unwrap() {
            Some(target) => content = format!("-> {}", target.to_str().unwrap()),
            None => drop(entry.read_to_string(&mut content).unwrap()),
        }
        root.insert(path, (entry.header().mode().unwrap(), content));
    }
    Ok(root)
}

#[track_caller]
fn check(package: Package, expected: &[(&str, Option<(u32, &str)>)]) {
    let root = root_of(&[package.bytes()]).unwrap();
    for (path, expected) in expected {
        let found = root.get(*path).map(|(mode, content)| (*mode, &**content));
        assert_eq!(found, *expected, "{path}");
    }
}

#[track_caller]
fn check_refused(package: Package, expected: &str) {
    let Error::BadPackage { cause, .. } = root_of(&[package.bytes()]).unwrap_err() else {
        panic!("the package is not to blame")
    };
    assert!(format!("{cause:#}").contains(expected), "{cause:#}");
}

#[test]
fn files_keep_their_names_modes_and_links() {
    let long = format!("usr/share/{}/{}", "a".repeat(120), "b".repeat(200));
    let package = Package::new("names", "")
        .file("./usr/bin/su", 0o4755, b"root")
        .file(&format!("./{long}"), 0o644, b"long")
        .file("./usr/share/sp ace\\'\"$(x)\u{e9}", 0o600, b"odd")
        .link("./usr/bin/hard", EntryType::Link, "./usr/bin/su")
        .link("./usr/bin/soft", EntryType::Symlink, "../../etc/alternatives/x")
        .link("./usr/lib/far", EntryType::Symlink, &format!("/{long}"));
    check(
        package,
        &[
            ("usr/bin/su", Some((0o4755, "root"))),
            (&long, Some((0o644, "long"))),
            ("usr/share/sp ace\\'\"$(x)\u{e9}", Some((0o600, "odd"))),
            ("usr/bin/hard", Some((0o777, "-> usr/bin/su"))),
            ("usr/bin/soft", Some((0o777, "-> ../../etc/alternatives/x"))),
            ("usr/lib/far", Some((0o777, &format!("-> /{long}")))),
        ],
    );
}

#[test]
fn usr_is_merged_and_documentation_left_out() {
    let package = Package::new("merged", "")
        .link("./lib", EntryType::Directory, "")
        .file("./lib/x/y.so", 0o644, b"so")
        .link("./bin/z", EntryType::Link, "./lib/x/y.so")
        .file("./usr/share/doc/merged/copyright", 0o644, b"text")
        .file("./usr/share/documents", 0o644, b"text");
    check(
        package,
        &[
            ("lib", Some((0o777, "-> usr/lib"))),
            ("lib64", Some((0o777, "-> usr/lib64"))),
            ("usr/lib/x/y.so", Some((0o644, "so"))),
            ("usr/bin/z", Some((0o777, "-> usr/lib/x/y.so"))),
            ("usr/share/doc/merged/copyright", None),
            ("usr/share/documents", Some((0o644, "text"))),
        ],
    );
}

#[test]
fn dpkg_finds_the_package_as_if_it_had_unpacked_it() {
    let status = "Package: conf\nVersion: 1:1.0-1\nArchitecture: amd64\nMaintainer: Test <t@test>\n\
                  Description: a test\n about conf\nMulti-Arch: same\n\
                  Status: install ok unpacked\nConffiles:\n \
                  /etc/conf 900150983cd24fb0d6963f7d28e17f72\n /etc/none newconffile\n\n";
    let package = Package::new("conf", "Multi-Arch: same\n")
        .member("postinst", "#!/bin/sh\n")
        .member("conffiles", "/etc/conf\n/etc/none\nremove-on-upgrade /etc/old\n")
        .member("triggers", "# none\ninterest-noawait /usr/lib/a\ninterest b\nactivate c\n")
        .file("./etc/conf", 0o644, b"abc")
        .file("./lib/d", 0o644, b"");
    check(
        package,
        &[
            ("var/lib/dpkg/status", Some((0o644, status))),
            ("var/lib/dpkg/info/conf:amd64.list", Some((0o644, "/.\n/etc/conf\n/lib/d\n"))),
            ("var/lib/dpkg/info/conf:amd64.postinst", Some((0o755, "#!/bin/sh\n"))),
            ("var/lib/dpkg/triggers/File", Some((0o644, "/usr/lib/a conf/noawait\n"))),
            ("var/lib/dpkg/triggers/b", Some((0o644, "conf\n"))),
            ("var/lib/dpkg/triggers/c", None),
        ],
    );
}

#[test]
fn a_package_without_a_script_to_run_is_installed_already() {
    let root = root_of(&[Package::new("a", "").bytes()]).unwrap();
    assert!(root["var/lib/dpkg/status"].1.contains("\nStatus: install ok installed\n"));
}

#[test]
fn a_path_that_leaves_the_root_is_refused() {
    let leaves = "it has a path outside the root";
    let hostile = |path: &str| Package::new("hostile", "").file(path, 0o644, b"x");
    check_refused(hostile("../../etc/x"), leaves);
    check_refused(hostile("./usr/../../etc/x"), leaves);
    let link = Package::new("hostile", "").link("./a", EntryType::Link, "../../etc/shadow");
    check_refused(link, leaves);
}

#[test]
fn an_absolute_path_stays_below_the_root() {
    let package = Package::new("absolute", "").file("/etc/x", 0o644, b"x");
    check(package, &[("etc/x", Some((0o644, "x"))), ("/etc/x", None)]);
}

#[test]
fn nothing_is_written_through_a_link() {
    let through = Package::new("hostile", "").link("./a", EntryType::Symlink, "/").file(
        "./a/etc/x",
        0o644,
        b"x",
    );
    check_refused(through, "a/etc/x is inside a, which is not a folder");
    let dangling = Package::new("hostile", "").link("./a", EntryType::Link, "./etc/shadow");
    check_refused(dangling, "a is a link to etc/shadow, which is not there");
}

#[test]
fn devices_and_odd_names_are_refused() {
    let device = Package::new("hostile", "").link("./dev/x", EntryType::Block, "");
    check_refused(device, "dev/x has a file type that packages may not contain");
    check_refused(Package::new("../x", ""), "its Package is not usable");
}

#[test]
fn a_package_cut_anywhere_is_refused_by_its_name() {
    let whole = Package::new("whole", "").file("./usr/x", 0o644, &[7; 4000]).bytes();
    for length in (0..whole.len() - 1).step_by(7) {
        let error = root_of(&[whole[..length].to_vec()]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("package-0.deb is not a usable package"), "{length}: {text}");
    }
}

#[test]
fn the_same_packages_make_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Package::new("same", "").member("triggers", "interest b\n").bytes();
    let debs = [deb(folder.path(), "same", &bytes)];
    let make = |name: &str| {
        let to = folder.path().join(name);
        unpack(&debs, Architecture::Aarch64, &to, &Interrupt::default()).unwrap();
        std::fs::read(to).unwrap()
    };
    assert!(make("one") == make("two"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_name_and_content_survives(
        name in "[^/\0]{1,80}",
        folder in "[a-z ]{1,150}",
        content in ".*",
    ) {
        prop_assume!(name != "." && name != ".." && folder.trim() == folder);
        let path = format!("opt/{folder}/{name}");
        let package = Package::new("any", "").file(&format!("./{path}"), 0o644, content.as_bytes());
        let root = root_of(&[package.bytes()]).unwrap();
        prop_assert_eq!(root.get(&path), Some(&(0o644, content)));
    }
}
