//! What files of settings hold, read back.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Number, Value as Json};
use yaml_rust2::{Yaml, YamlLoader};

use crate::Content;

impl Content {
    /// A text in a format, by its value.
    ///
    /// # Errors
    /// When it is not of the format, or the format is unknown.
    pub(crate) fn read(format: &str, text: &str) -> Result<Self> {
        let value = match format {
            "json" => serde_json::from_str(text)?,
            "toml" => toml_edit::de::from_str(text)?,
            "yaml" => match YamlLoader::load_from_str(text)?.as_slice() {
                [only] => json_of(only)?,
                many => bail!("{} documents in one file", many.len()),
            },
            other => bail!("{other} is no known format"),
        };
        Ok(Self::Settings { format: format.to_owned(), value })
    }

    /// One text for equal contents.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Settings { format, value } => format!("{format}\n{value}"),
        }
    }
}

fn json_of(yaml: &Yaml) -> Result<Json> {
    Ok(match yaml {
        Yaml::Null => Json::Null,
        Yaml::Boolean(b) => Json::Bool(*b),
        Yaml::Integer(n) => Json::from(*n),
        Yaml::Real(text) => {
            let x: f64 = text.parse().with_context(|| format!("{text} is no float"))?;
            Json::Number(Number::from_f64(x).with_context(|| format!("{x} is not finite"))?)
        }
        Yaml::String(text) => Json::from(text.as_str()),
        Yaml::Array(items) => Json::Array(items.iter().map(json_of).collect::<Result<_>>()?),
        Yaml::Hash(entries) => {
            let mut map = Map::new();
            for (name, value) in entries {
                let name = name.as_str().with_context(|| format!("{name:?} is no string"))?;
                map.insert(name.to_owned(), json_of(value)?);
            }
            Json::Object(map)
        }
        other => bail!("{other:?} is not understood"),
    })
}
