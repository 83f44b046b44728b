//! The names that INI files can hold.
//!
//! There is no standard: what a name with brackets, `=` or a line break in it becomes depends on
//! who reads the file, and a name that begins with `;` or `#` is a comment to all of them. Names
//! that the common readers give back as they were are let through.

/// The POSIX extended regular expression of a section's name.
pub const SECTION: &str = r"([^][[:cntrl:][:space:]][^][[:cntrl:]]*)?[^][[:cntrl:][:space:]\]";

/// The POSIX extended regular expression of a key.
pub const KEY: &str =
    r"[^[:cntrl:][:space:]=[;#\]|[^[:cntrl:][:space:]=[;#][^[:cntrl:]=]*[^[:cntrl:][:space:]=\]";

/// Whether a section can have this name: what [`SECTION`] matches.
pub fn is_section(name: &str) -> bool {
    is_name(name) && !name.contains(['[', ']'])
}

/// Whether a key can have this name: what [`KEY`] matches.
pub fn is_key(name: &str) -> bool {
    is_name(name) && !name.contains('=') && !name.starts_with(['[', ';', '#'])
}

/// Neither empty nor of several lines, without spaces around it that readers drop, and without a
/// backslash before what ends it.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|c: char| c.is_ascii_control())
        && !name.starts_with(' ')
        && !name.ends_with([' ', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], section: bool, key: bool) {
        for name in names {
            assert_eq!((is_section(name), is_key(name)), (section, key), "{name:?}");
        }
    }

    #[test]
    fn names_that_readers_would_not_give_back_are_refused() {
        check(
            &["a", "two words", "a:b", "a.b", "é", "\\a", "a;b", "a#b", "\"q\"", "-", "$x"],
            true,
            true,
        );
        check(
            &["", "a\nb", "a\rb", "\n", "a\t", " a", "a ", " ", "\u{7f}", "a\\", "\\"],
            false,
            false,
        );
        check(&["a=b", "=", ";a", "#", "; a"], true, false);
        check(&["a[b", "a]", "]"], false, true);
        check(&["[a]", "["], false, false);
    }
}
