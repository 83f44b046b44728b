//! Python for the NixOS test driver. Every string is data: it becomes a literal that holds it
//! exactly.

/// How wide a line may be before it is broken.
const WIDTH: usize = 88;

/// A string literal on one line: in double quotes, or single ones where that saves escapes.
pub(crate) fn literal(text: &str) -> String {
    let quote = if text.contains('"') && !text.contains('\'') { '\'' } else { '"' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            // Line breaks to Python's eye, though not to everyone's.
            '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// A call with one string: `before("text")`, broken where it is long or holds many lines.
pub(crate) fn call(before: &str, text: &str) -> String {
    call_with(before, text, None)
}

/// The same, with one more argument.
pub(crate) fn call_with(before: &str, text: &str, more: Option<&str>) -> String {
    let lines: Vec<&str> =
        if text.is_empty() { vec![text] } else { text.split_inclusive('\n').collect() };
    if lines.len() == 1 {
        let more = more.map_or(String::new(), |more| format!(", {more}"));
        let line = format!("{before}({}{more})", literal(text));
        if line.chars().count() <= WIDTH {
            return line;
        }
    }
    let literals: String = lines.iter().map(|line| format!("\n    {}", literal(line))).collect();
    let more = more.map_or(String::new(), |more| format!(",\n    {more},"));
    format!("{before}({literals}{more}\n)")
}

/// The name that the driver gives a machine as a variable.
pub(crate) fn variable(machine: &str) -> String {
    let mut name: String = machine
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' })
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        name.replace_range(..name.len().min(1), "_");
    }
    name
}

/// A word as a shell reads it, in quotes where it needs them.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(actual: &str, expected: &str) {
        assert_eq!(actual, expected);
    }

    #[test]
    fn literals_hold_any_text() {
        check(&literal(""), r#""""#);
        check(&literal("it's"), r#""it's""#);
        check(&literal(r#"say "hi""#), r#"'say "hi"'"#);
        check(&literal(r#"it's "both""#), r#""it's \"both\"""#);
        check(&literal("a\\n\n\t\r"), r#""a\\n\n\t\r""#);
        check(&literal("\u{1}\u{7f}\u{85}\u{2028}é🦀"), r#""\x01\x7f\x85\u2028é🦀""#);
        check(&literal("{x} ${y}"), r#""{x} ${y}""#);
    }

    #[test]
    fn calls_break_where_they_are_long_or_hold_lines() {
        check(&call("m.succeed", "true"), r#"m.succeed("true")"#);
        check(&call("m.succeed", "a\nb"), "m.succeed(\n    \"a\\n\"\n    \"b\"\n)");
        let long = "x".repeat(90);
        check(
            &call_with("m.succeed", &long, Some("timeout=9")),
            &format!("m.succeed(\n    \"{long}\",\n    timeout=9,\n)"),
        );
    }

    #[test]
    fn machines_are_the_variables_that_the_driver_makes_of_them() {
        check(&variable("server"), "server");
        check(&variable("server-a"), "server_a");
        check(&variable("1st"), "_st");
    }

    #[test]
    fn words_reach_a_shell_whole() {
        check(&shell_word("a/b.service"), "a/b.service");
        check(&shell_word(""), "''");
        check(&shell_word("it's $x"), r"'it'\''s $x'");
    }
}
