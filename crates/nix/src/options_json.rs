//! A feature's options as the `options.json` that nixpkgs' tools read.

use std::collections::BTreeMap;

use domi_model::Manifest;
use serde_json::{Value, json};

use crate::docs::{self, DocOption, Text};

/// The text of `docs/reference/<name>.json`: every option that is meant to be read about, by its
/// full name, with `declarations`, `default`, `description`, `example`, `loc`, `readOnly` and
/// `type`.
pub fn options_json(manifest: &Manifest) -> String {
    let options: BTreeMap<String, BTreeMap<&str, Value>> =
        docs::options(manifest).into_iter().map(|option| (option.name(), entry(&option))).collect();
    // Names and values alone are in it, which JSON can always hold.
    let json = serde_json::to_string_pretty(&options).unwrap_or_default();
    json + "\n"
}

fn entry(option: &DocOption) -> BTreeMap<&'static str, Value> {
    let mut entry = BTreeMap::from([
        ("declarations", json!([option.declared_in])),
        ("description", json!(option.description)),
        ("loc", json!(option.loc)),
        ("readOnly", json!(option.read_only)),
        ("type", json!(option.ty)),
    ]);
    entry.extend(option.default.as_ref().map(|shown| ("default", text(shown))));
    entry.extend(option.example.as_ref().map(|shown| ("example", text(shown))));
    entry
}

fn text(text: &Text) -> Value {
    match text {
        Text::Expression(text) => json!({ "_type": "literalExpression", "text": text }),
        Text::Markdown(text) => json!({ "_type": "literalMD", "text": text }),
    }
}
