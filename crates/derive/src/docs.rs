//! Doc comments: as text for a description, and unchanged for rustdoc.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Expr, ExprLit, Lit, LitStr};

/// The text above an item, in CommonMark.
#[derive(Default)]
pub(crate) struct Doc {
    parts: Vec<Part>,
    /// The attributes themselves.
    attributes: Vec<Attribute>,
}

enum Part {
    Text(String),
    /// Text that the compiler reads: `include_str!("page.md")`.
    Macro(Expr),
}

impl Doc {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut doc = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("doc")) {
            let syn::Meta::NameValue(pair) = &attribute.meta else { continue };
            doc.parts.push(match ungrouped(&pair.value) {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Part::Text(text_of(text)),
                other => Part::Macro(other.clone()),
            });
            doc.attributes.push(attribute.clone());
        }
        doc
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(text) if text.trim().is_empty()))
    }

    /// An expression of the text, a `String`.
    pub(crate) fn text(&self) -> TokenStream {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.to_token_stream(),
            Part::Macro(text) => quote_spanned!(span_of(text)=> #text),
        });
        quote!(::domi::private::documentation(&[#(#parts),*]))
    }

    /// The attributes, for something that is generated.
    pub(crate) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }
}

fn span_of(tokens: &impl ToTokens) -> Span {
    syn::spanned::Spanned::span(tokens)
}

/// An expression without the invisible groups that macros put around their arguments.
pub(crate) fn ungrouped(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => ungrouped(&group.expr),
        other => other,
    }
}

fn text_of(literal: &LitStr) -> String {
    let text = literal.value();
    let is_block = literal.span().source_text().is_some_and(|source| source.starts_with("/**"));
    if is_block {
        return of_block(&text);
    }
    // Each line of a doc comment begins with the space after its slashes.
    let lines: Vec<_> =
        text.split('\n').map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n")
}

/// The text of a comment between `/**` and `*/`: without the stars that its lines begin with, and
/// without what all lines are indented by.
fn of_block(comment: &str) -> String {
    let (first, rest) = comment.split_once('\n').unwrap_or((comment, ""));
    let mut rest: Vec<&str> = rest.lines().map(str::trim_end).collect();
    let filled = || rest.iter().filter(|line| !line.is_empty());
    if filled().all(|line| line.trim_start().starts_with('*')) {
        for line in &mut rest {
            *line = line.trim_start().strip_prefix('*').unwrap_or_default();
        }
    }
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let common = rest.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines = rest.iter().map(|line| line.get(common..).unwrap_or_default().trim_end());
    std::iter::once(first.trim()).chain(lines).collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comment_is_read_without_stars_and_indentation() {
        let check = |comment: &str, expected: &str| {
            assert_eq!(of_block(comment), expected, "{comment:?}");
        };
        check(" One line. ", "One line.");
        check("\n     * Two\n     * lines.\n     ", "Two\nlines.");
        check(" One,\n * two.\n *\n * - a list\n *   in it\n ", "One,\ntwo.\n\n- a list\n  in it");
        check("\n    Plain,\n\n      indented.\n    ", "Plain,\n\n  indented.");
        check("\n * a list\n   in plain lines\n ", "* a list\n  in plain lines");
        check("", "");
    }
}
