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
