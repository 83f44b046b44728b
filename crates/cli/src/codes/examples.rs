//! An example of each problem: what makes it happen, and what is printed. The files are recorded by a
//! test of `xtask`, `examples`, which runs them.

use domi_model::Code;
use include_dir::{Dir, include_dir};

static EXAMPLES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/codes/examples");

/// The example of a problem, as Markdown.
pub(crate) fn of(code: Code) -> Option<&'static str> {
    named(&format!("{code}.md"))
}

/// The manifest of the feature that the workspace of every example has.
pub(crate) fn feature() -> &'static str {
    named("web.json").unwrap_or_default()
}

fn named(file: &str) -> Option<&'static str> {
    EXAMPLES.get_file(file)?.contents_utf8()
}

/// The same for a terminal: code is indented instead of fenced.
pub(crate) fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut code = false;
    for line in markdown.trim_end().lines() {
        if line.starts_with("```") {
            code = !code;
        } else if code && !line.is_empty() {
            text += &format!("  {line}\n");
        } else {
            text += &format!("{line}\n");
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_the_example_of_a_problem_there_is() {
        let all = super::super::all();
        let is_code = |name: &str| all.iter().any(|(code, ..)| name == format!("{code}.md"));
        for file in EXAMPLES.files() {
            let name = file.path().to_str().unwrap_or_default();
            assert!(name == "web.json" || is_code(name), "{name}");
        }
        assert!(EXAMPLES.dirs().next().is_none());
    }

    #[test]
    fn on_a_terminal_code_is_indented() {
        let markdown =
            "It is gone:\n\n```toml\n# a.toml\n\nb = 1\n```\n\n```console\n$ c\nd\n```\n";
        assert_eq!(plain(markdown), "It is gone:\n\n  # a.toml\n\n  b = 1\n\n  $ c\n  d");
    }
}
