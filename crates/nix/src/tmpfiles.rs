//! Lines of tmpfiles.d that put files on a machine.

use domi_model::TestFile;

/// The line that makes a file hold exactly what it should before services start.
pub(crate) fn rule(file: &TestFile) -> String {
    let line = format!("f+ {} {} - - - {}", path(&file.path), file.mode, content(&file.content));
    line.trim_end().to_owned()
}

fn path(path: &str) -> String {
    let escaped = escape(path, |_, c| c == '"');
    if escaped.contains([' ', '\'', '"', '\\']) { format!("\"{escaped}\"") } else { escaped }
}

/// The argument: spaces around it would be lost, and a lone `-` would mean none.
fn content(content: &str) -> String {
    if content == "-" {
        return r"\x2d".to_owned();
    }
    let last = content.len().saturating_sub(1);
    escape(content, |at, c| c == ' ' && (at == 0 || at == last))
}

fn escape(text: &str, also: impl Fn(usize, char) -> bool) -> String {
    let mut out = String::new();
    for (at, c) in text.char_indices() {
        match c {
            '\\' => out.push_str(r"\\"),
            '\n' => out.push_str(r"\n"),
            '\r' => out.push_str(r"\r"),
            '\t' => out.push_str(r"\t"),
            // It would begin a specifier.
            '%' => out.push_str("%%"),
            c if c.is_ascii_control() || also(at, c) => {
                out.push_str(&format!(r"\x{:02x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, content: &str, expected: &str) {
        let file = TestFile {
            path: path.to_owned(),
            content: content.to_owned(),
            mode: "0400".to_owned(),
        };
        assert_eq!(rule(&file), expected);
    }

    #[test]
    fn fields_hold_what_would_end_or_expand_them() {
        check("/run/x", "one two", "f+ /run/x 0400 - - - one two");
        check("/run/x", "", "f+ /run/x 0400 - - -");
        check("/run/x", "-", r"f+ /run/x 0400 - - - \x2d");
        check("/run/x", " a\tb\\\r\n", r"f+ /run/x 0400 - - - \x20a\tb\\\r\n");
        check("/run/x", "a ", r"f+ /run/x 0400 - - - a\x20");
        check("/run/100%", "%h \"é\" 'x'", "f+ /run/100%% 0400 - - - %%h \"é\" 'x'");
        check("/run/a b", "x", "f+ \"/run/a b\" 0400 - - - x");
        check("/run/it's \"a\\b\"", "x", r#"f+ "/run/it's \x22a\\b\x22" 0400 - - - x"#);
    }
}
