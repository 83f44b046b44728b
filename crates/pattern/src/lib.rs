//! The regular expressions that Nix and Rust understand alike.
//!
//! Nix matches a whole string, byte by byte, with POSIX extended expressions. What those and the
//! `regex` crate read differently is refused here, so that a pattern has one meaning.
//!
//! A crate of its own because two ask it that share nothing else: the model, about the patterns of a
//! manifest, and the SDK's macros, while a feature is compiled. It knows neither.

use regex::bytes::{Regex, RegexBuilder};

/// Compiles a pattern that must match a whole string.
///
/// # Errors
/// Says, in words for the pattern's author, what is not understood alike.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Reader { rest: pattern.as_bytes(), depth: 0 }.alternatives()?;
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .unicode(false)
        .dot_matches_new_line(true)
        .build()
        .map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())
}

/// Reads a pattern by the common grammar; the `regex` crate then reads it again to match.
struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl Reader<'_> {
    fn alternatives(&mut self) -> Result<(), String> {
        loop {
            self.sequence()?;
            match self.rest.first() {
                Some(b'|') => self.skip(1),
                Some(b')') if self.depth > 0 => return Ok(()),
                Some(b')') => return Err("`)` closes no group; write `\\)`".into()),
                _ => return Ok(()),
            }
        }
    }

    fn sequence(&mut self) -> Result<(), String> {
        let before = self.rest.len();
        while !matches!(self.rest.first(), None | Some(b'|' | b')')) {
            self.atom()?;
            self.repetition()?;
        }
        if self.rest.len() == before {
            return Err("an alternative or group is empty; make a part optional with `?`".into());
        }
        Ok(())
    }

    fn atom(&mut self) -> Result<(), String> {
        let byte = self.rest[0];
        match byte {
            b'(' => self.group(),
            b'[' => self.bracket(),
            b'\\' => self.escape(),
            b'*' | b'+' | b'?' | b'{' => {
                Err(format!("`{}` repeats nothing; write `\\{0}`", char::from(byte)))
            }
            b'^' | b'$' => Err(format!(
                "the whole string is always matched; drop `{0}`, or write `\\{0}` for the character",
                char::from(byte)
            )),
            b']' | b'}' => Err(format!("write `[{0}]` for a `{0}`", char::from(byte))),
            b' '..=b'~' => {
                self.skip(1);
                Ok(())
            }
            _ => Err("only printable ASCII characters are matched alike".into()),
        }
    }

    fn group(&mut self) -> Result<(), String> {
        if self.rest.get(1) == Some(&b'?') {
            return Err("`(?` is not understood by Nix; use a plain group `( )`".into());
        }
        self.skip(1);
        self.depth += 1;
        self.alternatives()?;
        self.depth -= 1;
        if self.rest.first() != Some(&b')') {
            return Err("a `(` is not closed".into());
        }
        self.skip(1);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.rest.get(1) {
            Some(
                b'.' | b'[' | b'\\' | b'(' | b')' | b'*' | b'+' | b'?' | b'{' | b'|' | b'^' | b'$',
            ) => {
                self.skip(2);
                Ok(())
            }
            Some(other) => Err(format!(
                "`\\{}` is not understood by Nix; write a class such as `[0-9]` or `[[:space:]]`",
                char::from(*other)
            )),
            None => Err("a `\\` stands at the end".into()),
        }
    }

    fn bracket(&mut self) -> Result<(), String> {
        const CLASSES: [&str; 12] = [
            "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "xdigit",
        ];
        let unclosed = || "a `[` is not closed".to_owned();
        self.skip(if self.rest.get(1) == Some(&b'^') { 2 } else { 1 });
        let mut first = true;
        loop {
            let byte = *self.rest.first().ok_or_else(unclosed)?;
            match byte {
                b']' if !first => {
                    self.skip(1);
                    return Ok(());
                }
                b'[' => {
                    let class = CLASSES
                        .iter()
                        .find(|class| self.rest.starts_with(format!("[:{class}:]").as_bytes()));
                    match class {
                        Some(class) => self.skip(class.len() + 4),
                        None => return Err("a `[` within brackets is read differently".into()),
                    }
                }
                b'\\' => return Err("a `\\` within brackets is read differently".into()),
                b'&' | b'~' | b'-' if self.rest.get(1) == Some(&byte) => {
                    return Err(format!(
                        "`{0}{0}` within brackets is read differently",
                        char::from(byte)
                    ));
                }
                b' '..=b'~' => self.skip(1),
                _ => return Err("only printable ASCII characters are matched alike".into()),
            }
            first = false;
        }
    }

    fn repetition(&mut self) -> Result<(), String> {
        match self.rest.first() {
            Some(b'*' | b'+' | b'?') => self.skip(1),
            Some(b'{') => {
                let end = self.rest.iter().position(|b| *b == b'}').ok_or("a `{` is not closed")?;
                let counts = std::str::from_utf8(&self.rest[1..end]).unwrap_or_default();
                let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
                let (least, most) = counts.split_once(',').unwrap_or((counts, counts));
                if !number(least) || !(number(most) || most.is_empty()) {
                    return Err(format!("`{{{counts}}}` is no repetition such as `{{2,4}}`"));
                }
                self.skip(end + 1);
            }
            _ => return Ok(()),
        }
        if matches!(self.rest.first(), Some(b'*' | b'+' | b'?' | b'{')) {
            return Err("a repetition is repeated; put the first in a group".into());
        }
        Ok(())
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let regex = compile(pattern).unwrap();
        for text in matching {
            assert!(regex.is_match(text.as_bytes()), "{pattern} must match {text:?}");
        }
        for text in others {
            assert!(!regex.is_match(text.as_bytes()), "{pattern} must not match {text:?}");
        }
    }

    #[test]
    fn a_pattern_matches_the_whole_string() {
        check("[a-z]+", &["abc"], &["", "abc1", "1abc", "abc\n"]);
        check("a|bc", &["a", "bc"], &["ac", "abc"]);
        check("[[:digit:]]{2,3}", &["12", "123"], &["1", "1234"]);
        check("[]a]+\\.(x|y)?", &["]a.", "a.x"], &["a"]);
    }

    #[test]
    fn a_dot_is_one_byte_and_any() {
        check(".", &["a", "\n"], &["é"]);
        check("..", &["é"], &[]);
    }

    #[test]
    fn what_is_read_differently_is_refused() {
        for pattern in [
            "", "a|", "()", "(?:a)", "\\d", "^a", "a$", "a**", "a+?", "[\\d]", "[[a]]", "[a&&b]",
            "é", "a{,2}", "{", "*a", "(a", "a)", "[a", "a\\", "a{2,1}", "\\1", "]", "\t",
        ] {
            assert!(compile(pattern).is_err(), "{pattern:?} must be refused");
        }
    }
}
