//! The templates that this tool brings, as the files of a repository.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use domi_model::Problem;
use include_dir::{Dir, include_dir};

use super::answers::Answers;
use crate::Exit;
use crate::codes::NO_TEMPLATE;
use crate::context::Context;
use crate::failure::Result;
use crate::spelling::closest;

/// All templates, as they were when this tool was built.
static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../templates");

/// Where the crates come from in the templates.
const SOURCE: &str = "{ git = \"https://github.com/domi-nix/domi-nix\" }";
/// The crates, each with its folder in a clone.
const CRATES: [(&str, &str); 2] = [("domi-cli", "crates/cli"), ("domi-sdk", "crates/sdk")];

/// A template of a repository.
pub(super) struct Bundled {
    pub(super) name: &'static str,
    folder: &'static Dir<'static>,
}

impl Bundled {
    /// Their names.
    pub(super) const NAMES: [&'static str; 2] = ["default", "cim"];

    /// The template of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = Self::NAMES.into_iter().find(|known| *known == name)?;
        Some(Self { name, folder: TEMPLATES.get_dir(name)? })
    }

    /// The template of a name; fails where there is none.
    pub(super) fn asked(context: &Context, name: &str) -> Result<Self> {
        Self::named(name).ok_or_else(|| {
            let next = match closest(name, Self::NAMES.into_iter()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("templates are {}", Self::NAMES.join(" and ")),
            };
            let problem = Problem::error(NO_TEMPLATE, name, "there is no such template").next(next);
            context.problems(Exit::Usage, vec![problem])
        })
    }

    /// Its files, with the answers in them. What cargo makes in a template's folder is none of it.
    pub(super) fn files(&self, answers: &Answers) -> BTreeMap<Utf8PathBuf, String> {
        let mut files = BTreeMap::new();
        let mut open = vec![self.folder];
        while let Some(folder) = open.pop() {
            open.extend(folder.dirs());
            for file in folder.files() {
                let path = Utf8Path::from_path(file.path());
                let path = path.and_then(|path| path.strip_prefix(self.name).ok());
                let (Some(path), Some(text)) = (path, file.contents_utf8()) else { continue };
                if !path.starts_with("target") && path != "Cargo.lock" {
                    files.insert(path.to_owned(), answered(path, text, answers));
                }
            }
        }
        files
    }
}

/// The text of a file, with the answers in it.
fn answered(path: &Utf8Path, text: &str, answers: &Answers) -> String {
    let Some(source) = answers.source.as_ref().filter(|_| path == "Cargo.toml") else {
        return text.to_owned();
    };
    CRATES.iter().fold(text.to_owned(), |text, (name, folder)| {
        let path = toml_edit::Value::from(format!("{source}/{folder}"));
        text.replace(&format!("{name} = {SOURCE}"), &format!("{name} = {{ path = {path} }}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_template_has_all_its_files_and_takes_an_answer() {
        for name in Bundled::NAMES {
            let template = Bundled::named(name).expect("it is there");
            let plain = template.files(&Answers::default());
            let answers = Answers { source: Some("/a \"b\"/c".to_owned()) };
            let answered = template.files(&answers);
            assert!(plain.contains_key(Utf8Path::new(".cargo/config.toml")), "{name}");
            assert_eq!(plain.keys().collect::<Vec<_>>(), answered.keys().collect::<Vec<_>>());
            let manifest: toml_edit::DocumentMut =
                answered[Utf8Path::new("Cargo.toml")].parse().expect("TOML");
            for (crate_name, folder) in CRATES {
                let path = manifest["workspace"]["dependencies"][crate_name]["path"].as_str();
                assert_eq!(path, Some(&*format!("/a \"b\"/c/{folder}")), "{name}");
            }
            let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates").join(name);
            for path in plain.keys() {
                assert!(root.join(path).is_file(), "{path}");
            }
        }
    }
}
