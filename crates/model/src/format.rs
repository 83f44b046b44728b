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
    /// Lines of a key and its value with a space between them, as in `valkey.conf` and
    /// `sshd_config`. A boolean is `yes` or `no`, an empty string `""`, and a list one line for each
    /// of its elements.
    #[schemars(extend("x-since" = 3))]
    KeyValue,
}
