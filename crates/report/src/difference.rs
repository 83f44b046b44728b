//! The difference between two texts, for people: as much of it as somebody reads ([`difference`]), or
//! all of it, for a file that can be patched ([`patch`]). Both are found in bounded time, however long
//! the texts are.

mod patch;

pub use patch::{hunks, patch};

use patch::AROUND;
use similar::{ChangeTag, TextDiff};

/// How many lines of each text are compared, from the first that differs.
const COMPARED: usize = 500;

/// A line of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// Both have it.
    Both(&'a str),
    /// Only the expected text has it.
    Expected(&'a str),
    /// Only the text that came has it.
    Got(&'a str),
    /// This many lines that both have are left out.
    Equal(usize),
    /// The rest was not compared: this many lines were expected, this many came.
    Rest(usize, usize),
}

/// Compares two texts line by line, from the first that differs; white space at their ends aside.
pub(crate) fn difference<'a>(expected: &'a str, got: &'a str) -> Vec<Line<'a>> {
    let expected: Vec<&str> = expected.trim_end().lines().collect();
    let got: Vec<&str> = got.trim_end().lines().collect();
    let pairs = || expected.iter().zip(&got);
    let before = pairs().take_while(|(one, other)| one == other).count();
    let room = expected.len().min(got.len()) - before;
    let backwards = expected.iter().rev().zip(got.iter().rev());
    let after = backwards.take(room).take_while(|(one, other)| one == other).count();

    let left_out = if before > AROUND + 1 { before - AROUND } else { 0 };
    let mut lines = Vec::new();
    if left_out > 0 {
        lines.push(Line::Equal(left_out));
    }
    lines.extend(expected[left_out..before].iter().map(|line| Line::Both(line)));
    let (expected, end) = expected[before..].split_at(expected.len() - before - after);
    let got = &got[before..got.len() - after];
    let some = |lines: &[&'a str]| lines[..lines.len().min(COMPARED)].to_vec();
    let (some_expected, some_got) = (some(expected), some(got));
    let diff = TextDiff::from_slices(&some_expected, &some_got);
    lines.extend(diff.iter_all_changes().map(|change| match change.tag() {
        ChangeTag::Equal => Line::Both(change.value()),
        ChangeTag::Delete => Line::Expected(change.value()),
        ChangeTag::Insert => Line::Got(change.value()),
    }));
    let rest = (expected.len() - some_expected.len(), got.len() - some_got.len());
    if rest != (0, 0) {
        lines.push(Line::Rest(rest.0, rest.1));
    }
    let shown = if end.len() > AROUND + 1 { AROUND } else { end.len() };
    lines.extend(end[..shown].iter().map(|line| Line::Both(line)));
    if shown < end.len() {
        lines.push(Line::Equal(end.len() - shown));
    }
    lines
}

/// The line that replaces lines left out.
pub(crate) fn equal(lines: usize) -> String {
    format!("… {lines} equal lines")
}

/// The line about lines that were not compared.
pub(crate) fn rest(expected: usize, got: usize) -> String {
    format!("… {expected} more lines expected, {got} more lines got")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &str, got: &str, lines: &[Line<'_>]) {
        assert_eq!(difference(expected, got), lines);
    }

    #[test]
    fn what_differs_stands_between_a_few_lines_that_do_not() {
        use Line::{Both, Equal, Expected, Got};
        check("a\nb\nc\n", "a\nB\nc", &[Both("a"), Expected("b"), Got("B"), Both("c")]);
        check("a\n", "", &[Expected("a")]);
        check("", "a", &[Got("a")]);
        check("a\na\n", "a\n", &[Both("a"), Expected("a")]);
        check("same\n", "same", &[Both("same")]);
        let lines = |count: usize| "same\n".repeat(count);
        let (one, other) = (lines(9) + "x\n" + &lines(9), lines(9) + "y\n" + &lines(9));
        let around = [Both("same"); 3];
        let all = [&[Equal(6)][..], &around, &[Expected("x"), Got("y")], &around, &[Equal(6)]];
        check(&one, &other, &all.concat());
    }

    #[test]
    fn long_texts_are_compared_as_far_as_someone_reads() {
        let numbers = |from: usize| (from..from + 200_000).map(|n| format!("{n}\n"));
        let (one, other): (String, String) = (numbers(0).collect(), numbers(1_000_000).collect());
        let lines = difference(&one, &other);
        assert_eq!(lines.len(), 2 * COMPARED + 1);
        assert_eq!(lines.last(), Some(&Line::Rest(200_000 - COMPARED, 200_000 - COMPARED)));
    }
}
