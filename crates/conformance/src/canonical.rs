//! Store paths by what they mean.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domi_model::{Expr, Format, Manifest};
use domi_realise::PackagePaths;

use crate::Content;

/// The path of a package, by its attribute path.
pub(crate) fn package(attribute: &str) -> String {
    format!("/nix/store/-{attribute}")
}

/// The path of a file of this content.
pub(crate) fn file(name: &str, content: &Content) -> String {
    let hash = blake3::hash(content.key().as_bytes()).to_hex();
    format!("/nix/store/={}-{name}", &hash[..10])
}

/// Where NixOS has what a feature refers to.
pub(crate) struct Paths<'m> {
    manifest: &'m Manifest,
    /// Formats of the files of settings, by the files' names.
    formats: BTreeMap<String, Format>,
    /// What files hold, by path.
    pub(crate) files: RefCell<BTreeMap<String, Content>>,
    /// What is wrong with what was written.
    pub(crate) faults: RefCell<Vec<String>>,
}

impl<'m> Paths<'m> {
    pub(crate) fn new(manifest: &'m Manifest) -> Self {
        let formats = settings_files(manifest);
        Self { manifest, formats, files: RefCell::default(), faults: RefCell::default() }
    }
}

impl PackagePaths for Paths<'_> {
    fn path(&self, package: &str, within: &str) -> String {
        let attribute = self.manifest.packages.get(package).map(|it| it.nixpkgs.join("."));
        let path = self::package(attribute.as_deref().unwrap_or(package));
        if within.is_empty() { path } else { format!("{path}/{within}") }
    }

    fn file(&self, name: &str, content: &str) -> String {
        let format = match self.formats.get(name) {
            Some(Format::Json) => Some("json"),
            Some(Format::Toml) => Some("toml"),
            Some(Format::Yaml) => Some("yaml"),
            Some(Format::Ini | Format::KeyValue) | None => None,
        };
        let text = Content::Text(content.to_owned());
        let content = match format.map(|format| Content::read(format, content)) {
            None => text,
            Some(Ok(read)) => read,
            Some(Err(error)) => {
                self.faults.borrow_mut().push(format!("{name}: {error:#}"));
                text
            }
        };
        let path = file(&file_name(name), &content);
        self.files.borrow_mut().insert(path.clone(), content);
        path
    }

    fn shell(&self) -> String {
        format!("{}/bin/bash", package("bash"))
    }

    fn environment(&self, path: &[String]) -> BTreeMap<String, String> {
        let always = ["coreutils", "findutils", "gnugrep", "gnused", "systemd"].map(package);
        let own = path.iter().map(|name| self.path(name, ""));
        let packages: Vec<String> = own.chain(always).collect();
        let folders = ["bin", "sbin"];
        let all = folders.iter().flat_map(|f| packages.iter().map(move |p| format!("{p}/{f}")));
        let path = all.collect::<Vec<_>>().join(":");
        let locales = format!("{}/lib/locale/locale-archive", package("glibc-locales"));
        [
            ("PATH".to_owned(), path),
            ("LOCALE_ARCHIVE".to_owned(), locales),
            ("TZDIR".to_owned(), format!("{}/share/zoneinfo", package("tzdata"))),
        ]
        .into()
    }
}

/// A file's name as the store takes it.
fn file_name(name: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
    let mut name: String = name.chars().map(|c| if good(c) { c } else { '-' }).collect();
    if name.is_empty() || name.starts_with('.') {
        name.insert(0, '_');
    }
    name
}

/// The formats of all files of settings, wherever in the manifest they are made.
fn settings_files(manifest: &Manifest) -> BTreeMap<String, Format> {
    let json = serde_json::to_value(manifest).unwrap_or_default();
    let mut out = BTreeMap::new();
    let mut waiting = vec![&json];
    while let Some(json) = waiting.pop() {
        match json {
            serde_json::Value::Array(items) => waiting.extend(items),
            serde_json::Value::Object(map) => {
                if map.contains_key("settingsFile")
                    && let Ok(Expr::SettingsFile(file)) = serde_json::from_value(json.clone())
                {
                    out.insert(file.name, file.format);
                }
                waiting.extend(map.values());
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_equal_where_what_they_mean_is() {
        let text = |text: &str| Content::Text(text.to_owned());
        let json = |text: &str| Content::read("json", text).unwrap();
        let yaml = |text: &str| Content::read("yaml", text).unwrap();
        let equal = [
            (file("a", &text("x")), file("a", &text("x"))),
            (file("a", &json("{\"k\": 1}")), file("a", &json("{ \"k\":1 }"))),
            (package("curl"), package("curl")),
        ];
        for (one, other) in equal {
            assert_eq!(one, other);
        }
        let different = [
            (file("a", &text("x")), file("a", &text("y"))),
            (file("a", &text("x")), file("b", &text("x"))),
            (file("a", &json("{\"k\": 1}")), file("a", &json("{\"k\": 1.0}"))),
            (file("a", &json("1")), file("a", &yaml("1"))),
            (file("a", &json("1")), file("a", &text("1"))),
            (package("curl"), package("curl.dev")),
        ];
        for (one, other) in different {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn names_of_files_are_those_that_the_store_takes() {
        for (name, expected) in [("a.b", "a.b"), ("a b/é", "a-b--"), (".a", "_.a"), ("", "_")] {
            assert_eq!(file_name(name), expected);
        }
    }
}
