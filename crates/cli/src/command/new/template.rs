//! The text of a new feature: that of the template for `nix flake init`, under another name.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_model::Kind;
use toml_edit::{DocumentMut, InlineTable, Item, value};

const MANIFEST: &str = include_str!("../../../../../templates/feature/Cargo.toml");
const PROGRAM: &str = include_str!("../../../../../templates/feature/src/main.rs");

/// Keys of a package that a workspace may say for all of them.
const SHARED: [&str; 6] =
    ["version", "edition", "rust-version", "license", "repository", "publish"];
/// Names that every program knows, and that a struct must not take from it.
const KNOWN: [&str; 10] =
    ["Box", "Clone", "Copy", "Default", "Drop", "Err", "None", "Option", "Result", "String"];

/// What the new feature is.
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) kind: Kind,
    pub(super) summary: Option<&'a str>,
}

/// The crate's `Cargo.toml`. What the workspace says for all its crates is taken from there.
pub(super) fn manifest(wanted: &Wanted<'_>, root: &DocumentMut) -> Result<String> {
    let mut manifest: DocumentMut = MANIFEST.parse().context("the template is no TOML")?;
    let workspace = root.get("workspace");
    let shared = workspace.and_then(|workspace| workspace.get("package"));
    let package = &mut manifest["package"];
    set(package, "name", wanted.name);
    if let Some(summary) = wanted.summary {
        set(package, "description", summary);
    }
    for key in SHARED.into_iter().filter(|key| shared.is_some_and(|it| it.get(key).is_some())) {
        package[key] = inherited();
    }
    set(&mut package["metadata"]["domi"], "kind", wanted.kind.as_str());
    let has_lints = workspace.is_some_and(|workspace| workspace.get("lints").is_some());
    let mut text = manifest.to_string();
    if has_lints {
        text = text.replace("\n[dependencies]", "\n[lints]\nworkspace = true\n\n[dependencies]");
    }
    Ok(text)
}

fn set(table: &mut Item, key: &str, text: &str) {
    table[key] = value(text);
}

/// `key.workspace = true`
fn inherited() -> Item {
    let mut table = InlineTable::new();
    table.insert("workspace", true.into());
    table.set_dotted(true);
    value(table)
}

/// The program, laid out by the rules of the workspace where rustfmt is there.
pub(super) fn program(
    folder: &Utf8Path,
    root: &DocumentMut,
    name: &str,
    interrupt: &Interrupt,
) -> Result<String> {
    let text = named(name);
    let temporary = tempfile::tempdir().context("no folder for temporary files")?;
    let file = temporary.path().join("main.rs");
    fs_err::write(&file, &text)?;
    let package = root.get("workspace").and_then(|workspace| workspace.get("package"));
    let edition = package.and_then(|package| package.get("edition")).and_then(Item::as_str);
    let formatted = Program::new("rustfmt")
        .args(["--edition", edition.unwrap_or("2024"), "--config-path", folder.as_str()])
        .arg(&file)
        .run(interrupt);
    match formatted {
        Ok(outcome) if outcome.success() => Ok(fs_err::read_to_string(&file)?),
        // It is as good a program without.
        _ => Ok(text),
    }
}

fn named(name: &str) -> String {
    PROGRAM.replace("\"example", &format!("\"{name}")).replace("Example", &type_name(name))
}

/// The name of the struct: `WebGateway`. Where the program knows something of that name, it has a
/// word more.
fn type_name(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    let plain: String = name.split('-').map(word).collect();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let used: BTreeSet<&str> = PROGRAM.split(|c| !is_part(c)).chain(KNOWN).collect();
    if used.contains(&*plain) && plain != "Example" { plain + "Feature" } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_the_template_gets_the_name_everywhere() {
        let text = named("web-gateway");
        assert!(!text.to_lowercase().contains("example"), "{text}");
        for part in ["struct WebGateway {", ".service(\"web-gateway\")", "domi::main!(WebGateway);"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_struct_takes_no_name_from_the_program() {
        assert_eq!(type_name("web-gateway2"), "WebGateway2");
        assert_eq!(type_name("a-1"), "A1");
        assert_eq!(type_name("example"), "Example");
        assert_eq!(type_name("system"), "SystemFeature");
        assert_eq!(type_name("self"), "SelfFeature");
        assert_eq!(type_name("string"), "StringFeature");
    }

    #[test]
    fn what_the_workspace_says_for_all_crates_is_not_said_again() {
        let wanted = Wanted { name: "a-b", kind: Kind::Security, summary: Some("It is \"safe\"") };
        let alone = manifest(&wanted, &DocumentMut::new()).expect("it is made");
        let expected = MANIFEST
            .replace("\"example\"", "\"a-b\"")
            .replace("\"Something that is to be said in one line\"", "'It is \"safe\"'")
            .replace("services", "security");
        assert_eq!(alone, expected);
        let root =
            "[workspace.package]\nversion = \"1.0.0\"\nlicense = \"MIT\"\n[workspace.lints]\n";
        let text = manifest(&wanted, &root.parse().expect("TOML")).expect("it is made");
        assert_eq!(
            text,
            expected
                .replace("version = \"0.1.0\"", "version.workspace = true")
                .replace("publish = false\n", "publish = false\nlicense.workspace = true\n")
                .replace("[dependencies]", "[lints]\nworkspace = true\n\n[dependencies]")
        );
    }
}
