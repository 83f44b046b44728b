//! The options of features: listed, searched, or one of them.

use clap::Args;
use domi_model::Manifest;
use domi_nix::{DocOption, Text};
use domi_report::{Paint, shown};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::failure::Result;
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, out};

/// List the options of features, or search them
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The features [default: all]
    #[arg(value_name = "FEATURE", value_parser = given)]
    feature: Vec<String>,
    /// Only options that have all of these words in their path or description
    #[arg(long, value_name = "WORDS", value_parser = given)]
    search: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The version of the document.
const SCHEMA: &str = "domi.options/1";

/// Options of features.
#[derive(Debug, Serialize, JsonSchema)]
struct Document {
    /// The version of this document: `domi.options/1`.
    schema: String,
    /// The options, best matches first.
    options: Vec<Entry>,
}

/// An option.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    /// The feature.
    feature: String,
    /// Its whole path: `<name>` stands for any name, `*` for any element.
    pub(super) path: String,
    /// What it takes, as nixpkgs calls it.
    #[serde(rename = "type")]
    ty: String,
    /// What it is for, in CommonMark.
    description: String,
    /// Its default, as a Nix expression or in words; none where it must be set.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    /// An example, in the same way.
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<String>,
    /// Whether it can be read and not set.
    read_only: bool,
    /// The file that declares it, from the workspace's root.
    declared_in: String,
}

/// The JSON Schema of the document.
pub(super) fn schema() -> serde_json::Value {
    out::schema::<Document>(SCHEMA)
}

impl Run for Options {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.project()?;
        options(context, &self)
    }
}

fn options(context: &Context, arguments: &Options) -> Result<Exit> {
    let workspace = context.workspace()?;
    let loaded = context.load(&workspace, &arguments.feature)?;
    let exit = if loaded.errors.is_empty() { Exit::Pass } else { Exit::Feature };
    context.show(loaded.errors);
    let mut options = entries(loaded.features.iter().map(|it| &it.manifest));
    if let Some(words) = &arguments.search {
        options = found(options, words);
    }
    let document = Document { schema: SCHEMA.to_owned(), options };
    let paint = context.paint_out();
    out::document(&document, arguments.json, |it| {
        let entries = it.options.iter().map(|entry| entry.text(paint, Entry::first_sentence));
        let text = entries.collect::<Vec<_>>().join("\n");
        match &arguments.search {
            _ if !text.is_empty() || exit != Exit::Pass => text,
            Some(_) => "no option has these words\n".to_owned(),
            None => "there are no options\n".to_owned(),
        }
    })?;
    Ok(exit)
}

/// The options of features, one after the other, those within others too.
pub(super) fn entries<'m>(manifests: impl Iterator<Item = &'m Manifest>) -> Vec<Entry> {
    let of = |manifest: &Manifest| {
        let name = manifest.feature.name.clone();
        let options = domi_nix::doc_options(manifest).into_iter();
        options.map(move |option| entry(name.clone(), option))
    };
    manifests.flat_map(of).collect()
}

fn entry(feature: String, option: DocOption) -> Entry {
    let text = |text: &Text| text.text().to_owned();
    Entry {
        feature,
        path: option.name(),
        default: option.default.as_ref().map(text),
        example: option.example.as_ref().map(text),
        ty: option.ty,
        description: option.description,
        read_only: option.read_only,
        declared_in: option.declared_in,
    }
}

/// The options that have all of some words: first those that have them in their paths.
fn found(options: Vec<Entry>, words: &str) -> Vec<Entry> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let has_all = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let has = |it: &Entry| has_all(&format!("{} {}", it.path, it.description));
    let (mut in_path, others): (Vec<_>, Vec<_>) =
        options.into_iter().filter(has).partition(|it| has_all(&it.path));
    in_path.extend(others);
    in_path
}

impl Entry {
    /// The option for a person, with as much of its description as is asked for.
    pub(super) fn text(&self, paint: Paint, described: impl Fn(&Self) -> String) -> String {
        let mut about = vec![self.ty.clone()];
        match &self.default {
            _ if self.read_only => about.push("read only".to_owned()),
            Some(default) => about.push(format!("default {default}")),
            None => about.push("must be set".to_owned()),
        }
        let about = shown(&about.join("; ")).replace('\n', " ");
        let mut text = format!("{}\n    {}\n", paint.strong(&self.path), paint.faint(about));
        for line in shown(described(self).trim()).lines() {
            text += format!("    {line}").trim_end();
            text.push('\n');
        }
        text
    }

    fn first_sentence(&self) -> String {
        let text = self.description.split_whitespace().collect::<Vec<_>>().join(" ");
        let end = text.find(". ").map_or(text.len(), |end| end + 1);
        text[..end].to_owned()
    }

    /// All that is known of it.
    pub(super) fn everything(&self) -> String {
        let mut text = format!("{}\n\n", self.description.trim());
        if let Some(example) = &self.example {
            text += &format!("example: {}\n", example.trim_end().replace('\n', "\n  "));
        }
        text + &format!("of {}, declared in {}", self.feature, self.declared_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, description: &str) -> Entry {
        Entry {
            feature: "x".to_owned(),
            path: path.to_owned(),
            ty: "string".to_owned(),
            description: description.to_owned(),
            default: Some("\"a\"".to_owned()),
            example: None,
            read_only: false,
            declared_in: "x/src/main.rs".to_owned(),
        }
    }

    #[test]
    fn options_are_found_by_all_words_and_best_first() {
        let check = |words: &str, expected: &[&str]| {
            let all = vec![
                entry("domi.services.x.text", "What the Port prints."),
                entry("domi.services.x.port", "Where it listens."),
                entry("domi.services.y.port", "Where y listens."),
            ];
            let found = found(all, words);
            let paths: Vec<&str> = found.iter().map(|it| &*it.path).collect();
            assert_eq!(paths, expected, "{words}");
        };
        let [text, x, y] = ["domi.services.x.text", "domi.services.x.port", "domi.services.y.port"];
        check("port", &[x, y, text]);
        check("PORT x", &[x, text]);
        check("listens y.port", &[y]);
        check("nothing", &[]);
    }

    #[test]
    fn an_option_is_shown_in_few_lines() {
        let option = entry("domi.services.x.port", "Where it\nlistens. And more.");
        let text = option.text(Paint::plain(), Entry::first_sentence);
        let expected = "domi.services.x.port\n    string; default \"a\"\n    Where it listens.\n";
        assert_eq!(text, expected);
        let required = Entry { default: None, ..option };
        assert!(required.text(Paint::plain(), Entry::everything).contains("string; must be set\n"));
    }
}
