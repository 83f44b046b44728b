//! What a command printed, compared with what a test expects: in the NixOS test driver by Python,
//! elsewhere by Rust. Both must come to the same.
//!
//! Python's `re` and the `regex` crate read many patterns differently. What is let through here
//! they read alike; [`compile`] writes it for the crate, and Python reads it as it is, with the
//! flag `re.ASCII`, by which `\d`, `\s`, `\w` and `\b` mean ASCII characters.

use regex::Regex;

/// The text without the white space at its end, as Python's `rstrip` takes it away.
pub fn trimmed(text: &str) -> &str {
    let separator = |c: char| ('\u{1c}'..='\u{1f}').contains(&c);
    text.trim_end_matches(|c: char| c.is_whitespace() || separator(c))
}

/// Compiles a pattern that must match somewhere in the [`trimmed`] output.
///
/// # Errors
/// Says, in words for the pattern's author, what is not understood alike.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    let mut reader = Reader { rest: pattern, rust: String::new(), depth: 0 };
    reader.flags();
    reader.alternatives()?;
    Regex::new(&reader.rust)
        .map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())
}

/// The most that a repetition counts to.
const MOST: u32 = 1000;
/// How deep groups may stand in each other.
const DEEPEST: usize = 50;
const DIGIT: &str = "0-9";
const SPACE: &str = r"\t\n\x0b\x0c\r ";
const WORD: &str = "0-9A-Za-z_";

/// Reads a pattern by the common grammar, and writes it for the `regex` crate.
struct Reader<'p> {
    rest: &'p str,
    rust: String,
    depth: usize,
}

/// An element of a set in brackets.
enum Item {
    One(char),
    Class,
}

impl Reader<'_> {
    /// Flags for the whole pattern.
    fn flags(&mut self) {
        let flags = ["(?m)", "(?s)", "(?ms)", "(?sm)"];
        if let Some(flags) = flags.iter().find(|flags| self.rest.starts_with(**flags)) {
            self.copy(flags.len());
        }
    }

    fn alternatives(&mut self) -> Result<(), String> {
        loop {
            self.sequence()?;
            match self.next() {
                Some('|') => self.copy(1),
                Some(')') if self.depth == 0 => {
                    return Err(r"`)` closes no group; write `\)`".into());
                }
                _ => return Ok(()),
            }
        }
    }

    fn sequence(&mut self) -> Result<(), String> {
        if matches!(self.next(), None | Some('|' | ')')) {
            return Err("an alternative or group is empty; make a part optional with `?`".into());
        }
        while let Some(c) = self.next().filter(|c| !matches!(c, '|' | ')')) {
            let can_repeat = self.atom(c)?;
            self.repetition(can_repeat)?;
        }
        Ok(())
    }

    /// Reads what a repetition would repeat; says whether one may.
    fn atom(&mut self, c: char) -> Result<bool, String> {
        match c {
            '(' => self.group()?,
            '[' => self.brackets()?,
            '\\' => return self.escape(),
            '^' | '$' => {
                self.copy(1);
                return Ok(false);
            }
            '*' | '+' | '?' | '{' => return Err(format!(r"`{c}` repeats nothing; write `\{c}`")),
            ']' | '}' => return Err(format!(r"write `\{c}` for a `{c}`")),
            '.' => self.copy(1),
            _ => self.literal(c),
        }
        Ok(true)
    }

    fn group(&mut self) -> Result<(), String> {
        if self.rest.starts_with("(?:") {
            self.copy(3);
        } else if self.rest.starts_with("(?") {
            return Err(
                "of what begins with `(?`, only `(?:…)` is read alike, and `(?m)`, `(?s)` or \
                        `(?ms)` at the beginning"
                    .into(),
            );
        } else {
            self.copy(1);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("its groups stand too deep in each other".into());
        }
        self.alternatives()?;
        self.depth -= 1;
        if self.next() != Some(')') {
            return Err("a `(` is not closed".into());
        }
        self.copy(1);
        Ok(())
    }

    /// Reads an escape outside of brackets; says whether it may be repeated.
    fn escape(&mut self) -> Result<bool, String> {
        match self.escaped()? {
            'A' => self.rust += r"\A",
            'b' => self.rust += r"(?-u:\b)",
            c => {
                match class(c) {
                    Some((set, negated)) => {
                        let not = if negated { "^" } else { "" };
                        self.rust += &format!("[{not}{set}]");
                    }
                    None => {
                        let one = self.one(c)?;
                        self.write(one);
                    }
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Result<char, String> {
        self.rest = &self.rest[1..];
        let c = self.next().ok_or(r"a `\` stands at the end")?;
        self.rest = &self.rest[c.len_utf8()..];
        Ok(c)
    }

    /// The one character that an escape means.
    fn one(&mut self, c: char) -> Result<char, String> {
        Ok(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\u{c}',
            'v' => '\u{b}',
            'x' => {
                let digits =
                    self.rest.get(..2).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                let digits = digits.ok_or(r"`\x` wants two hexadecimal digits")?;
                self.rest = &self.rest[2..];
                u8::from_str_radix(digits, 16).map_or('x', char::from)
            }
            'z' | 'Z' => {
                return Err(format!(
                    r"`\{c}` is not read alike; `$` is the end of the output, whose last line break \
                      is not looked at"
                ));
            }
            c if c.is_ascii_punctuation() && !matches!(c, '<' | '>') => c,
            c => return Err(format!(r"`\{c}` is not read alike by Python and Rust")),
        })
    }

    fn brackets(&mut self) -> Result<(), String> {
        self.copy(1);
        if self.next() == Some('^') {
            self.copy(1);
        }
        let mut empty = true;
        loop {
            let c = self.next().ok_or("a `[` is not closed")?;
            if c == ']' {
                if empty {
                    return Err(r"a set in brackets is empty; write `\]` for a `]`".into());
                }
                self.copy(1);
                return Ok(());
            }
            let at_edge = empty || self.rest.starts_with("-]");
            empty = false;
            if c == '-' && !at_edge {
                return Err(
                    r"a `-` within brackets means a range; write `\-` for the character".into()
                );
            }
            let from = self.item(c)?;
            if !self.rest.starts_with('-') || self.rest.starts_with("-]") {
                continue;
            }
            self.copy(1);
            let to = self.next().ok_or("a `[` is not closed")?;
            match (from, self.item(to)?) {
                (Item::One(low), Item::One(high)) if low <= high && c != '-' && to != '-' => {}
                _ => return Err("a range in brackets is none, such as `a-z`".into()),
            }
        }
    }

    /// Reads an element of a set.
    fn item(&mut self, c: char) -> Result<Item, String> {
        if c == '[' {
            return Err(
                r"a `[` within brackets is read differently; write `\[`, or `0-9` and the \
                        like for a class"
                    .into(),
            );
        }
        if matches!(c, '&' | '~' | '-' | '|') && self.rest[1..].starts_with(c) {
            return Err(format!("`{c}{c}` within brackets is read differently"));
        }
        if c != '\\' {
            self.literal(c);
            return Ok(Item::One(c));
        }
        let escaped = self.escaped()?;
        if let Some((set, negated)) = class(escaped) {
            self.rust += &if negated { format!("[^{set}]") } else { set.to_owned() };
            return Ok(Item::Class);
        }
        let one = self.one(escaped)?;
        self.write(one);
        Ok(Item::One(one))
    }

    fn repetition(&mut self, can_repeat: bool) -> Result<(), String> {
        let Some(c) = self.next().filter(|c| matches!(c, '*' | '+' | '?' | '{')) else {
            return Ok(());
        };
        if !can_repeat {
            return Err(format!("`{c}` repeats a place, which has no length"));
        }
        if c == '{' {
            self.counts()?;
        } else {
            self.copy(1);
        }
        // As few as possible, or as many: that changes nothing of whether it matches.
        if self.next() == Some('?') {
            self.copy(1);
        }
        match self.next() {
            Some('*' | '+' | '?' | '{') => {
                Err("a repetition is repeated; put the first in a group".into())
            }
            _ => Ok(()),
        }
    }

    fn counts(&mut self) -> Result<(), String> {
        let end =
            self.rest.find('}').ok_or(r"a `{` is not closed; write `\{` for the character")?;
        let counts = &self.rest[1..end];
        let number = |s: &str| {
            let digits = s.bytes().all(|b| b.is_ascii_digit());
            s.parse::<u32>().ok().filter(|n| digits && *n <= MOST)
        };
        let (least, most) = counts.split_once(',').unwrap_or((counts, counts));
        let good = match (number(least), most) {
            (Some(_), "") => true,
            (Some(least), most) => number(most).is_some_and(|most| least <= most),
            _ => false,
        };
        if !good {
            return Err(format!(
                "`{{{counts}}}` is no repetition such as `{{2,4}}`, up to {MOST}; write `\\{{` for \
                 the character"
            ));
        }
        self.copy(end + 1);
        Ok(())
    }

    fn next(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes bytes over as they are.
    fn copy(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rust += taken;
        self.rest = rest;
    }

    /// A character that stands for itself.
    fn literal(&mut self, c: char) {
        self.rest = &self.rest[c.len_utf8()..];
        self.write(c);
    }

    fn write(&mut self, c: char) {
        self.rust += &format!("\\x{{{:x}}}", u32::from(c));
    }
}

/// The characters of a class, and whether it is all the others.
fn class(c: char) -> Option<(&'static str, bool)> {
    let set = match c.to_ascii_lowercase() {
        'd' => DIGIT,
        's' => SPACE,
        'w' => WORD,
        _ => return None,
    };
    Some((set, c.is_ascii_uppercase()))
}
