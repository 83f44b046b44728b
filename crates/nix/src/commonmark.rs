//! Texts that documentation shows: CommonMark, or pieces of Nix.

use crate::ast::Nix;
use crate::value;

/// A description, without empty lines around it. One of several lines ends with a newline, so
/// that its closing quotes stand alone.
pub(crate) fn description(text: &str) -> Nix {
    paragraphs(plain(text))
}

/// A description without empty lines around it.
pub(crate) fn plain(text: &str) -> &str {
    text.trim_start_matches('\n').trim_end()
}

/// A text that ends with a newline where it has several lines.
pub(crate) fn paragraphs(text: &str) -> Nix {
    if text.contains('\n') { value::string(&format!("{text}\n")) } else { value::string(text) }
}
