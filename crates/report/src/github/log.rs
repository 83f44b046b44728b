//! Lines of a log that GitHub's runner reads as commands, and those that it must not.

/// Begins a group of lines that are folded away.
pub(crate) fn group(title: &str) -> String {
    format!("::group::{}", data(title))
}

/// Ends it.
pub(crate) fn group_end() -> String {
    "::endgroup::".to_owned()
}

/// A message shown at a line of a file, and above the log: an `error` or a `warning`.
pub(crate) fn annotation(
    kind: &str,
    place: Option<(&str, u32)>,
    title: &str,
    message: &str,
) -> String {
    let place = place.map(|(file, line)| format!("file={},line={line},", property(file)));
    let (place, title) = (place.unwrap_or_default(), property(title));
    format!("::{kind} {place}title={title}::{}", data(message))
}

/// A line that the runner only shows, whatever it contains. The runner reads `::name::` as a
/// command at the beginning of a line, after white space, and `##[name]` anywhere.
pub(crate) fn harmless(line: &str) -> String {
    let line = line.replace("##[", "#\\u{23}[");
    let blank = line.len() - line.trim_start().len();
    match line[blank..].strip_prefix("::") {
        Some(rest) => format!("{}\\u{{3a}}:{rest}", &line[..blank]),
        None => line,
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(harmless(line), expected);
    }

    #[test]
    fn no_line_from_outside_is_a_command() {
        check("a: b :: c", "a: b :: c");
        check("::error::x", "\\u{3a}:error::x");
        check(" \t\u{a0}::add-mask::a", " \t\u{a0}\\u{3a}:add-mask::a");
        check("| ##[add-mask]a ###[b]", "| #\\u{23}[add-mask]a ##\\u{23}[b]");
        check("##[group]::x", "#\\u{23}[group]::x");
    }

    #[test]
    fn what_stands_in_a_command_is_part_of_it() {
        assert_eq!(
            annotation("error", Some(("a,b:c.rs", 7)), "x: 100%, y", "a\r\nb: 5%, ::c"),
            "::error file=a%2Cb%3Ac.rs,line=7,title=x%3A 100%25%2C y::a%0D%0Ab: 5%25, ::c"
        );
        assert_eq!(annotation("warning", None, "x", "y"), "::warning title=x::y");
        assert_eq!(group("a\n::error::b"), "::group::a%0A::error::b");
    }
}
