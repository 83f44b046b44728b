//! What the things of a fleet are named from.

use domi_model::Problem;
use oxrdf::NamedNode;

use crate::codes::NO_BASE;

/// The address that all names of things begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(String);

impl Default for Base {
    /// A domain that no one can have: it leads nowhere, and says so.
    fn default() -> Self {
        Self("https://fleet.invalid/".to_owned())
    }
}

impl Base {
    /// Reads an address.
    ///
    /// # Errors
    /// It is not absolute, or does not end in `/` or `#`.
    pub fn new(text: &str) -> Result<Self, Box<Problem>> {
        let is_good = NamedNode::new(text).is_ok() && text.ends_with(['/', '#']);
        if is_good {
            return Ok(Self(text.to_owned()));
        }
        let problem =
            Problem::error(NO_BASE, "base", format!("{text:?} is no address to begin with"));
        Err(Box::new(problem.next("write one such as https://fleet.example.org/")))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Something of the fleet, by the words that name it.
    pub(crate) fn named(&self, parts: &[&str]) -> NamedNode {
        let path: Vec<String> = parts.iter().map(|part| escaped(part)).collect();
        NamedNode::new_unchecked(format!("{}{}", self.0, path.join("/")))
    }

    /// What an address of the fleet is called within it: `host/counter`.
    pub(crate) fn short<'i>(&self, iri: &'i str) -> Option<&'i str> {
        iri.strip_prefix(&self.0).filter(|rest| !rest.is_empty())
    }
}

/// A text as a part of an address. Names of a fleet are plain; addresses of IPv6 have colons, which may
/// stand there.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                escaped.push(char::from(byte));
            }
            _ => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_absolute_and_ends_where_names_begin() {
        let check = |text: &str, good: bool| assert_eq!(Base::new(text).is_ok(), good, "{text}");
        check("https://fleet.example.org/", true);
        check("https://fleet.example.org/fleet#", true);
        check("https://fleet.example.org", false);
        check("fleet/", false);
        check("https://fleet example/", false);
        check("https://fleet.example/>/", false);
        check("", false);
    }

    #[test]
    fn what_is_no_part_of_an_address_is_escaped() {
        let named = |parts: &[&str]| Base::default().named(parts).into_string();
        assert_eq!(named(&["host", "a-1"]), "https://fleet.invalid/host/a-1");
        assert_eq!(named(&["a", "2001:db8::1"]), "https://fleet.invalid/a/2001:db8::1");
        assert_eq!(named(&["a/b> <ü%"]), "https://fleet.invalid/a%2Fb%3E%20%3C%C3%BC%25");
        assert_eq!(Base::default().short("https://fleet.invalid/host/a"), Some("host/a"));
        assert_eq!(Base::default().short("https://fleet.example/host/a"), None);
    }
}
