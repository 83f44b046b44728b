//! Text from outside in GitHub's Markdown, which must stay plain text.

use crate::text::{on_one_line, shown};

/// Text on one line: no character of it has a meaning in Markdown, in HTML or in a cell of a table.
pub(super) fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in on_one_line(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // Escaped, since it would notify people.
            '@' => safe.push_str("@\u{2060}"),
            // Harmless inside a word, which is where they usually are.
            ' ' | ',' | ';' | '-' | '/' | '\'' | '=' | '%' | '?' | '"' => safe.push(c),
            c if c.is_ascii_punctuation() => safe.extend(['\\', c]),
            '\t' => safe.push(' '),
            c => safe.push(c),
        }
    }
    // At the beginning of a line they would make a list, a rule or a title.
    if safe.starts_with(['-', '=', ' ']) { format!("\u{2060}{safe}") } else { safe }
}

/// Text on one line of HTML, where Markdown is not read: in the title of a folded part.
pub(super) fn html(text: &str) -> String {
    let text = on_one_line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('@', "@\u{2060}")
}

/// Text in a fixed-width font, on one line.
pub(super) fn code(said: &str) -> String {
    format!("<code>{}</code>", text(said))
}

/// Text in a code block that it cannot close.
pub(super) fn block(text: &str, language: &str) -> String {
    let text = shown(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, expected: &str) {
        assert_eq!(text(said), expected);
    }

    #[test]
    fn text_is_only_text() {
        check("it answers", "it answers");
        check("a|b *c* _d_ `e`", "a\\|b \\*c\\* \\_d\\_ \\`e\\`");
        check("<script>&amp;", "&lt;script&gt;&amp;amp;");
        check("[a](http://b) #1", "\\[a\\]\\(http\\://b\\) \\#1");
        check("- a\n# b", "\u{2060}- a⏎\\# b");
        check("@someone", "@\u{2060}someone");
        check("\u{1b}[31m", "\\\\u\\{1b\\}\\[31m");
    }

    #[test]
    fn a_block_ends_where_it_should() {
        assert_eq!(block("a\n```\n</details>\n", ""), "````\na\n```\n</details>\n````\n");
        assert_eq!(block("a", "diff"), "```diff\na\n```\n");
    }
}
