//! Numbers as a text of JSON writes them, which is more than a float or 64 bits hold.

use std::fmt;

/// A number in a JSON text that would become another one as a [`Value`](crate::Value).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostNumber {
    /// As it is written.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// The column of its first character, in bytes from 1.
    pub column: usize,
    /// What is wrong with it, after the number itself.
    pub fault: &'static str,
}

impl fmt::Display for LostNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, line, column, fault } = self;
        let (shown, cut) =
            text.split_at_checked(40).map_or((&**text, ""), |(start, _)| (start, "…"));
        write!(f, "the number {shown}{cut} (line {line}, column {column}) {fault}")
    }
}

/// The numbers in a JSON text that no [`Value`](crate::Value) holds as they are written. A parser
/// that reads integers as 64 bits or else as floats does not tell.
///
/// What is no JSON is no concern here.
pub fn lost_numbers(json: &str) -> Vec<LostNumber> {
    let bytes = json.as_bytes();
    let mut lost = Vec::new();
    let (mut line, mut line_start, mut at) = (1, 0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => {
                line += 1;
                line_start = at + 1;
                at += 1;
            }
            b'"' => at = end_of_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let is_part = |b: &&u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                let length = bytes[at..].iter().take_while(is_part).count();
                let text = &json[at..at + length];
                if let Some(fault) = fault(text) {
                    let column = at - line_start + 1;
                    lost.push(LostNumber { text: text.to_owned(), line, column, fault });
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    lost
}

/// Where the text goes on after the string that begins at `start`. JSON has no line break in one.
pub(crate) fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn fault(text: &str) -> Option<&'static str> {
    if !text.contains(['.', 'e', 'E']) {
        return match text.parse::<i64>() {
            Ok(0) if text.starts_with('-') => Some("is no integer; write 0, or -0.0 for the float"),
            Ok(_) => None,
            Err(_) if text.bytes().any(|b| b.is_ascii_digit()) => {
                Some("does not fit 64 signed bits; a float is written with a point")
            }
            Err(_) => None,
        };
    }
    let float: f64 = text.parse().ok()?;
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    if float.is_infinite() {
        Some("is too large for a float")
    } else if float == 0.0 && digits.contains(|c: char| ('1'..='9').contains(&c)) {
        Some("is too close to zero for a float")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &[&str]) {
        let lost: Vec<String> = lost_numbers(json).iter().map(ToString::to_string).collect();
        assert_eq!(lost, expected, "{json}");
    }

    #[test]
    fn numbers_that_would_become_others_are_found_as_they_are_written() {
        for held in [
            "9223372036854775807",
            "[-9223372036854775808, 0, 0.0, -0.0, 0e9, 1E2]",
            "1.7976931348623157e308",
            "5e-324",
            "1e20",
            r#"{"18446744073709551616": "-0 \" 1e400", "a": "99999999999999999999\\"}"#,
            "true",
            "a - b",
        ] {
            check(held, &[]);
        }
        let beyond = "does not fit 64 signed bits; a float is written with a point";
        let at = |text, line, column, fault| {
            format!("the number {text} (line {line}, column {column}) {fault}")
        };
        let of = |text, line, column| at(text, line, column, beyond);
        check("9223372036854775808", &[&of("9223372036854775808", 1, 1)]);
        check("18446744073709551616", &[&of("18446744073709551616", 1, 1)]);
        check("-9223372036854775809", &[&of("-9223372036854775809", 1, 1)]);
        check(
            "{\"a\": [1,\n {\"b\\\"\": 18446744073709551616}],\n\"c\": -0}",
            &[
                &of("18446744073709551616", 2, 10),
                &at("-0", 3, 6, "is no integer; write 0, or -0.0 for the float"),
            ],
        );
        check("1e400", &[&at("1e400", 1, 1, "is too large for a float")]);
        check("-1.5E+999", &[&at("-1.5E+999", 1, 1, "is too large for a float")]);
        check("[1e-400]", &[&at("1e-400", 1, 2, "is too close to zero for a float")]);
        check(&"9".repeat(50), &[&of(&format!("{}…", "9".repeat(40)), 1, 1)]);
    }
}
