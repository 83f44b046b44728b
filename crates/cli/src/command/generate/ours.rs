//! Which files were generated.

use camino::Utf8Path;

use super::planned::COMMAND;

/// Whether a file was generated: it starts with a comment that names the command. JSON has no
/// comments: there it is the place, and that every key is an option of ours or the schema's.
pub(crate) fn is_ours(path: &Utf8Path, content: &[u8]) -> bool {
    let text = String::from_utf8_lossy(content);
    match path.extension() {
        Some("json") => path.starts_with("docs/reference") && is_our_json(&text),
        Some("nix" | "yml") => {
            has_header(&text, |line| line.starts_with('#'), |line| !line.starts_with('#'))
        }
        Some("md") => {
            has_header(&text, |line| line.starts_with("<!--"), |line| line.ends_with("-->"))
        }
        _ => false,
    }
}

/// Whether the comment that a text begins with names the command.
fn has_header(text: &str, begins: fn(&str) -> bool, ends: fn(&str) -> bool) -> bool {
    let named = format!("by `{COMMAND}`");
    let mut lines = text.lines();
    let Some(first) = lines.next().filter(|line| begins(line)) else { return false };
    for line in std::iter::once(first).chain(lines) {
        if line.contains("Generated ") && line.contains(&named) {
            return true;
        }
        if ends(line) {
            return false;
        }
    }
    false
}

fn is_our_json(text: &str) -> bool {
    let Ok(serde_json::Value::Object(keys)) = serde_json::from_str(text) else { return false };
    keys.contains_key("$schema") || keys.keys().all(|key| key.starts_with("domi."))
}
