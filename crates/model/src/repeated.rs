//! Names that stand twice in one object of a JSON text: a parser keeps the last without a message.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

/// The paths of all names that stand twice in one object, such as `system.units[0].config.Type`.
///
/// What is no JSON is no concern here.
pub fn repeated_names(json: &str) -> Vec<String> {
    let mut found = Vec::new();
    let look = Look { path: String::new(), found: &mut found };
    // An error is for whoever reads the text for what it says.
    let _ = look.deserialize(&mut serde_json::Deserializer::from_str(json));
    found
}

struct Look<'a> {
    path: String,
    found: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let dot = if self.path.is_empty() { "" } else { "." };
            let path = format!("{}{dot}{name}", self.path);
            if !names.insert(name) {
                self.found.push(path.clone());
            }
            map.next_value_seed(Look { path, found: &mut *self.found })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut at = 0;
        let path = |at: usize| format!("{}[{at}]", self.path);
        while seq.next_element_seed(Look { path: path(at), found: &mut *self.found })?.is_some() {
            at += 1;
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &[&str]) {
        assert_eq!(repeated_names(json), expected, "{json}");
    }

    #[test]
    fn a_name_that_stands_twice_in_one_object_is_found() {
        check(r#"{"a": 1, "b": {"a": [true, null, 1.5, -1, "a"]}}"#, &[]);
        check(r#"{"a": 1, "a": 1}"#, &["a"]);
        check(r#"{"a": [0, {"b c": {"d": 1, "\u0064": 2}}]}"#, &["a[1].b c.d"]);
        check(r#"[{"a": 1}, {"a": 1, "a": 2, "a": 3}]"#, &["[1].a", "[1].a"]);
        check("{\"a\": ", &[]);
    }
}
