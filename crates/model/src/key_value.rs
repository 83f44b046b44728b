//! What lines of a key and a value can hold.
//!
//! Whoever reads them takes a line apart at its first blank, and drops blanks around the value.

/// The POSIX extended regular expression of a key.
pub const KEY: &str = "[A-Za-z0-9_][A-Za-z0-9_.-]*";

/// What Nix says before the key of a line that it cannot write, as where it was.
pub const LINE_OF: &str = "while writing the line of ";

/// Whether a line can begin with this key: what [`KEY`] matches.
pub fn is_key(key: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    key.chars().all(inner) && !key.starts_with(['.', '-']) && !key.is_empty()
}

/// Whether a line gives this text back as it is.
///
/// # Errors
/// Says why it does not.
pub fn value(text: &str) -> Result<(), &'static str> {
    if text.contains(['\n', '\r']) {
        Err("has a line break")
    } else if text.ends_with('\\') {
        Err("ends with a backslash, which would take in the next line")
    } else if text.starts_with([' ', '\t']) || text.ends_with([' ', '\t']) {
        Err("begins or ends with a blank")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_words_of_ascii() {
        for key in ["a", "maxmemory-policy", "A1", "1", "_x", "a.b"] {
            assert!(is_key(key), "{key:?}");
        }
        for key in ["", "-a", ".a", "a b", "a\n", "#a", "é", "a=b", "\"a\"", "a:"] {
            assert!(!is_key(key), "{key:?}");
        }
    }

    #[test]
    fn values_that_readers_would_change_are_refused() {
        for text in ["", "a b", "\"\"", "# x", "a\\b", "é"] {
            assert_eq!(value(text), Ok(()), "{text:?}");
        }
        for text in ["a\n", "a\rb", " a", "a\t", "a\\", " "] {
            assert!(value(text).is_err(), "{text:?}");
        }
    }
}
