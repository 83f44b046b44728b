//! The two ways in which Nix writes strings, and how each says a given text exactly.

use crate::ast::Part;

/// `"…"`
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// What stands between the quotes of `"…"`.
///
/// A `$` is escaped wherever the next character could give it a meaning, also at the end, where
/// an interpolation may follow. A NUL cannot stand in a Nix string at all and becomes U+FFFD.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push('\u{fffd}'),
            '$' if matches!(chars.peek(), Some('{' | '$') | None) => out.push_str("\\$"),
            _ => out.push(c),
        }
    }
    out
}

/// What stands between the quotes of `''…''`, for a text that [`reads_well_indented`].
pub(crate) fn escaped_indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' if chars.peek() == Some(&'\'') => {
                chars.next();
                out.push_str("'''");
            }
            '$' if matches!(chars.peek(), Some('{' | '$') | None) => out.push_str("''$"),
            _ => out.push(c),
        }
    }
    out
}

/// Whether `''…''` holds it exactly, whatever indentation it is given, and reads better than
/// `"…"` with `\n` in it.
pub(crate) fn reads_well_indented(parts: &[Part]) -> bool {
    // Stands for an interpolation: something on the line that is no space.
    const FILLER: char = '\u{fffc}';
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(part) if part.contains(FILLER) => return false,
            Part::Text(part) => text.push_str(part),
            Part::Interpolation(_) => text.push(FILLER),
        }
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let content = || lines.iter().filter(|line| !line.is_empty());
    lines.len() > 1
        && content().next().is_some()
        && !lines[0].is_empty()
        && text.chars().all(|c| c == '\n' || !c.is_control())
        && lines.iter().all(|line| line.trim_end() == *line)
        && content().any(|line| !line.starts_with(' '))
        && parts.iter().all(quotes_are_clear)
}

/// Whether every `'` is alone, or one of exactly two, and followed by a character that leaves it
/// its meaning. A `$` does so unless it is escaped itself, by more of these quotes.
fn quotes_are_clear(part: &Part) -> bool {
    let Part::Text(text) = part else { return true };
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\'') {
        let run = rest[at..].len() - rest[at..].trim_start_matches('\'').len();
        rest = &rest[at + run..];
        let mut after = rest.chars();
        let is_clear = match after.next() {
            None => false,
            Some('$') => run == 1 && !matches!(after.next(), Some('{' | '$') | None),
            Some(_) => true,
        };
        if run > 2 || !is_clear {
            return false;
        }
    }
    true
}
