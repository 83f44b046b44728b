//! Markdown that holds data as itself.

/// Code within a line.
pub(crate) fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let fence = fence(&text, 1);
    // A backtick at either end would join the fence.
    let space =
        if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Lines of code.
pub(crate) fn block(language: &str, text: &str) -> String {
    let fence = fence(text, 3);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

/// More backticks than the text has in a row.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(longest + 1))
}

/// Text that is no markup, on one line.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// What stands in a cell of a table: markup, on one line.
pub(crate) fn cell(markup: &str) -> String {
    markup.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A comment that nothing ends before its time.
pub(crate) fn comment(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("<!-- {} -->", line.replace("--", "- -").replace("-->", "- ->"))
}
