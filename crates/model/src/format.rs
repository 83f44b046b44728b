use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file format of program settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON: any value.
    Json,
    /// TOML: an attribute set without nulls.
    Toml,
    /// YAML: any value.
    Yaml,
    /// INI: sections that hold strings, numbers, booleans or null, written as `name=value`.
    Ini,
}
