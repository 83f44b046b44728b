//! The code in a Nix file: what is neither in a comment nor the text of a string.

/// What the reader is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Code; how many braces are open in it.
    Code(usize),
    /// A string that `"` ends.
    Quoted,
    /// A string that `''` ends.
    Indented,
}

/// A text with spaces instead of all that is not code; lines stay where they are.
pub(super) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let mut within = vec![Within::Code(0)];
    loop {
        let is_in_string = within.len() > 1;
        let Some(now) = within.last_mut() else { break };
        let (length, is_code) = match now {
            Within::Code(open) => match *rest.as_bytes() {
                [] => break,
                [b'#', ..] => (rest.find('\n').unwrap_or(rest.len()), false),
                [b'/', b'*', ..] => (rest[2..].find("*/").map_or(rest.len(), |end| end + 4), false),
                [b'"', ..] => {
                    within.push(Within::Quoted);
                    (1, false)
                }
                [b'\'', b'\'', ..] => {
                    within.push(Within::Indented);
                    (2, false)
                }
                [b'{', ..] => {
                    *open += 1;
                    (1, true)
                }
                // It ends what stands in a string, too.
                [b'}', ..] if *open == 0 && is_in_string => {
                    within.pop();
                    (1, false)
                }
                [b'}', ..] => {
                    *open = open.saturating_sub(1);
                    (1, true)
                }
                // Its end begins no string: `a''` is a name.
                [c, ..] if c.is_ascii_alphabetic() || c == b'_' => {
                    let in_name = |c: char| c.is_ascii_alphanumeric() || "_'-".contains(c);
                    (rest.find(|c| !in_name(c)).unwrap_or(rest.len()), true)
                }
                _ => (first(rest), true),
            },
            string => {
                let is_quoted = *string == Within::Quoted;
                match *rest.as_bytes() {
                    [] => break,
                    [b'\\', ..] if is_quoted => (1 + first(&rest[1..]), false),
                    [b'\'', b'\'', b'\\', ..] if !is_quoted => (3 + first(&rest[3..]), false),
                    [b'\'', b'\'', b'\'' | b'$', ..] if !is_quoted => (3, false),
                    // `$${` is two dollars' worth of text.
                    [b'$', b'$', ..] => (2, false),
                    [b'$', b'{', ..] => {
                        within.push(Within::Code(0));
                        (2, false)
                    }
                    [b'"', ..] if is_quoted => {
                        within.pop();
                        (1, false)
                    }
                    [b'\'', b'\'', ..] if !is_quoted => {
                        within.pop();
                        (2, false)
                    }
                    _ => (first(rest), false),
                }
            }
        };
        let (taken, left) = rest.split_at(length);
        let blank = |c: char| if is_code || c == '\n' { c } else { ' ' };
        code.extend(taken.chars().map(blank));
        rest = left;
    }
    code
}

/// The length of the first character.
fn first(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let code = code(text);
        assert_eq!(code.lines().count(), text.lines().count());
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn comments_and_the_text_of_strings_are_no_code() {
        check("a # b\nc", "a c");
        check("a /* b\n# c */ d", "a d");
        check("a /*/ b */ c", "a c");
        check("{ a = \"# b\"; c = 1; }", "{ a = ; c = 1; }");
        check("{ a = \"\\\"# b\"; c = 1; }", "{ a = ; c = 1; }");
        check("a ''b # \n c'' d", "a d");
        check("a ''b ''' c ''$ ''\\n d'' e", "a e");
        check("a \"ü${b { c = \"d\"; } e}f\" g", "a b { c = ; } e g");
        check("a \"\\${b}\" c", "a c");
        check("a ''b ''${c} d'' e", "a e");
        check("a \"$${b}\" c", "a c");
        check("a \"never ended", "a");
        check("} a", "} a");
        check("a'' b ''c'' d", "a'' b d");
    }
}
