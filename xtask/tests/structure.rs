//! The shape of the source: no circle of modules, no file that is too long, and none that nothing compiles.

mod modules;
mod names;

use std::path::{Path, PathBuf};

use crate::repository;
use modules::Crate;

/// A longer file has more than one reason to change.
const LINES: usize = 400;

/// The first files of the crates: `src/lib.rs`, or `src/main.rs` where there is no library.
fn crate_roots() -> Vec<PathBuf> {
    let files = repository::files("rs");
    let library = |file: &PathBuf| file.ends_with("src/lib.rs");
    let program =
        |file: &PathBuf| file.ends_with("src/main.rs") && !file.with_file_name("lib.rs").exists();
    files.into_iter().filter(|file| library(file) || program(file)).collect()
}

#[test]
fn no_file_is_long() {
    let long: Vec<String> = repository::files("rs")
        .iter()
        .filter_map(|file| {
            let lines = std::fs::read_to_string(file).expect("it can be read").lines().count();
            let name = file.strip_prefix(repository::root()).expect("it is below").display();
            (lines > LINES).then(|| format!("{name}: {lines} lines"))
        })
        .collect();
    assert!(long.is_empty(), "above {LINES} lines:\n{}", long.join("\n"));
}

/// Whether a file beside or above this one says that it is a module.
fn is_declared(file: &Path) -> bool {
    let file =
        if file.ends_with("mod.rs") { file.parent().expect("it is in a folder") } else { file };
    let folder = file.parent().expect("it is in a folder");
    let name = file.file_stem().expect("it has a name").to_string_lossy();
    let declaration = format!("mod {name};");
    let above = ["lib.rs", "main.rs", "mod.rs"].map(|name| folder.join(name));
    above.into_iter().chain([folder.with_extension("rs")]).any(|file| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        // One that is only mentioned in a comment is none.
        text.lines().map(str::trim_start).any(|line| {
            line.strip_suffix(&declaration)
                .is_some_and(|before| before.is_empty() || before.starts_with("pub"))
        })
    })
}

/// Tests in a file that is no module would never run.
#[test]
fn every_file_is_a_module() {
    let is_root = |file: &Path| file.ends_with("lib.rs") || file.ends_with("main.rs");
    let ours = repository::root().join("xtask/tests");
    let lost: Vec<PathBuf> = repository::files("rs")
        .into_iter()
        .filter(|file| file.starts_with(&ours) || file.iter().any(|part| part == "src"))
        .filter(|file| !is_root(file) && !is_declared(file))
        .collect();
    assert!(lost.is_empty(), "no file has `mod` for these: {lost:#?}");
}

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let mut circles = String::new();
    for root in crate_roots() {
        for circle in Crate::read(&root).circles() {
            circles += &format!(
                "{}\n{circle}\n",
                root.strip_prefix(repository::root()).unwrap().display()
            );
        }
    }
    assert!(circles.is_empty(), "modules that use each other:\n{circles}");
}

#[test]
fn a_circle_is_seen_through_whatever_it_is_written_as() {
    let check = |files: &[(&str, &str)], expected: &[&str]| {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).expect("a folder");
            std::fs::write(file, text).expect("it is written");
        }
        let circles = Crate::read(&folder.path().join("lib.rs")).circles();
        let named: Vec<String> = circles.iter().map(|circle| circle.modules.join(" ")).collect();
        assert_eq!(named, expected, "{files:?}");
    };
    let with = |a: &'static str, b: &'static str| {
        [("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"), ("a.rs", a), ("b.rs", b)]
    };
    check(&with("pub struct A;", "pub struct B(crate::a::A);"), &[]);
    check(&with("pub struct A(crate::b::B);", "pub struct B(crate::a::A);"), &["a b"]);
    // Through what the root passes on, by another name, as a macro's argument, in a function.
    check(&with("pub struct A(crate::B);", "pub struct B(crate::A);"), &["a b"]);
    check(
        &with(
            "use crate::B as C; pub struct A; fn f(_: C) {}",
            "use super::a; pub struct B; fn f(_: a::A) {}",
        ),
        &["a b"],
    );
    check(
        &with(
            "pub struct A; fn f() { println!(\"{}\", crate::b::one()) }",
            "pub fn one() {} pub struct B; use super::A;",
        ),
        &["a b"],
    );
    check(
        &with("pub struct A; use super::b::*;", "pub struct B; fn f() { let _ = crate::a::A; }"),
        &["a b"],
    );
    // Tests may use whatever they test.
    check(
        &with(
            "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }",
            "pub struct B(crate::a::A);",
        ),
        &[],
    );
    // A parent that uses its child, which uses the parent.
    check(
        &[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod inner; pub struct A(inner::Inner);"),
            ("a/inner.rs", "pub struct Inner; fn f(_: super::A) {}"),
        ],
        &["a a::inner"],
    );
    check(
        &[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod inner; mod other; pub use inner::Inner;"),
            ("a/inner.rs", "pub struct Inner; fn f(_: super::other::Other) {}"),
            ("a/other.rs", "pub struct Other;"),
        ],
        &[],
    );
}
