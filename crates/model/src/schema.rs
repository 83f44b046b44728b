use crate::Manifest;

/// The JSON Schema of the manifest, generated from these types: the contract for plugins in any
/// language.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Manifest);
    schema.insert("title".to_owned(), "domi.feature/1".into());
    schema.to_value()
}
