use schemars::generate::SchemaSettings;

use crate::{Body, SCHEMA};

/// Something that happened, and when.
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "it stands for what an event looks like in the file")]
struct Line {
    /// When, as in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    #[schemars(flatten)]
    body: Body,
}

/// The JSON Schema of a line of the stream, generated from these types: the contract for programs
/// that read it.
pub fn schema() -> serde_json::Value {
    let generator = SchemaSettings::default().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Line>();
    schema.insert("title".to_owned(), SCHEMA.into());
    schema.to_value()
}
