//! How deep the values of a TOML file are within each other.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// How deep values may be within each other: as deep as the parser takes them.
const DEEPEST: usize = 80;

/// What is wrong with a text that has more of them.
pub const TOO_DEEP: &str = "values are more than 80 deep within each other";

/// The bracket that is too deep within others, in bytes, if one is.
///
/// The parser has this limit, too, and counts a closing bracket that closes nothing against it: a text
/// of `a={[]` again and again takes all of its stack, which ends the process. So it is looked at before.
pub fn nested_too_deep(text: &str) -> Option<Range<usize>> {
    let mut open = Vec::new();
    for token in Source::new(text).lex() {
        let closes = match token.kind() {
            kind @ (TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket) => {
                open.push(kind);
                if open.len() > DEEPEST {
                    return Some(token.span().start()..token.span().end());
                }
                continue;
            }
            TokenKind::RightSquareBracket => TokenKind::LeftSquareBracket,
            TokenKind::RightCurlyBracket => TokenKind::LeftCurlyBracket,
            _ => continue,
        };
        open.pop_if(|last| *last == closes);
    }
    None
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn what_the_parser_takes_is_not_too_deep() {
        let lists = |depth| format!("a = {}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(nested_too_deep(&lists(DEEPEST)), None);
        assert!(DeTable::parse(&lists(DEEPEST)).is_ok());
        assert_eq!(nested_too_deep(&lists(DEEPEST + 1)), Some(84..85));
        assert!(DeTable::parse(&lists(DEEPEST + 1)).is_err());
        for text in ["a = [1]\n".repeat(200), "[[a]]\n".repeat(200), "a = '[{'\n# [\n".repeat(200)]
        {
            assert_eq!(nested_too_deep(&text), None, "{text}");
        }
    }

    #[test]
    fn brackets_that_close_nothing_do_not_hide_how_deep_it_is() {
        for unit in ["a={[]", "on = {  ['x']\n", "a=[}", "a={]", "a=[{}{"] {
            let text = unit.repeat(1000);
            assert!(nested_too_deep(&text).is_some(), "{unit}");
            // What is not too deep ends in the parser.
            drop(DeTable::parse_recoverable(&unit.repeat(20)));
        }
    }
}
