//! JSON Schemas of the files, for editors: what each key may be, and what it means.

use serde_json::{Map, Value, json};

use crate::Kind;
use crate::fields::{Field, Shape};
use crate::keys::within;

/// The JSON Schema of the files of a kind, read as TOML. Whatever it refuses is a problem of the
/// file; names, addresses and settings are looked at by [`Fleet::check`](crate::Fleet::check) alone.
pub fn schema(kind: Kind) -> Value {
    let mut schema = object(kind.fields().into_iter().flatten());
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(format!("{}/", kind.folder()));
    schema
}

fn object<'f>(fields: impl IntoIterator<Item = &'f Field>) -> Value {
    let keys = fields.into_iter().map(|field| {
        let mut value = shaped(field);
        value["description"] = json!(field.about);
        (field.name.to_owned(), value)
    });
    let keys: Map<String, Value> = keys.collect();
    json!({ "type": "object", "properties": keys, "additionalProperties": false })
}

fn shaped(field: &Field) -> Value {
    let texts = |item: Value| json!({ "type": "array", "items": item, "uniqueItems": true });
    let text = || json!({ "type": "string" });
    let number =
        |least: u32, most: u32| json!({ "type": "integer", "minimum": least, "maximum": most });
    let one = |key: &str| {
        json!({
            "type": "object",
            "properties": { key: text() },
            "required": [key],
            "additionalProperties": false,
        })
    };
    let argument = || json!({ "anyOf": [text(), one("constant")] });
    match field.shape {
        Shape::Text => text(),
        Shape::Texts => texts(text()),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Number(least, most) => number(least, most),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::Words(words) => texts(json!({ "enum": words })),
        Shape::Addresses => {
            let several = json!({ "type": "array", "items": text() });
            json!({ "type": "object", "additionalProperties": { "anyOf": [text(), several] } })
        }
        Shape::Named => json!({ "type": "object", "additionalProperties": text() }),
        Shape::Arguments => json!({ "type": "object", "additionalProperties": argument() }),
        Shape::Lists => json!({
            "type": "object",
            "additionalProperties": { "type": "array", "items": argument() },
        }),
        Shape::Ports => texts(number(1, u16::MAX.into())),
        Shape::Reaches | Shape::Trials => {
            json!({ "type": "array", "items": object(within(field)) })
        }
        Shape::Settings => json!({
            "type": "object",
            "additionalProperties": { "type": "object" },
        }),
        Shape::Counts(least, most) => json!({
            "type": "object",
            "additionalProperties": number(least, most),
        }),
        Shape::Healths | Shape::Selectors => object(within(field)),
        Shape::Answer => {
            let row = json!({ "type": "array", "items": text() });
            json!({ "anyOf": [{ "type": "boolean" }, { "type": "array", "items": row }] })
        }
        Shape::Plain => json!({
            "anyOf": [{ "type": ["string", "number", "boolean"] }, { "type": "array", "items": text() }],
        }),
        Shape::Secret => json!({ "oneOf": [one("ref"), one("file")] }),
    }
}
