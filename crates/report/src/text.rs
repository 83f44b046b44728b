//! The look of text: colours, durations, text from outside.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use domi_event::Counts;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR`, `CLICOLOR` or `TERM` say otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Paints text, or leaves it as it is. Colour is never the only sign of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// For standard output.
    pub fn stdout(colour: Colour) -> Self {
        Self::of(colour, || anstream::AutoStream::choice(&std::io::stdout()))
    }

    /// For standard error.
    pub fn stderr(colour: Colour) -> Self {
        Self::of(colour, || anstream::AutoStream::choice(&std::io::stderr()))
    }

    /// Without colours.
    pub fn plain() -> Self {
        Self { on: false }
    }

    fn of(colour: Colour, auto: impl Fn() -> anstream::ColorChoice) -> Self {
        let on = match colour {
            Colour::Auto => auto() != anstream::ColorChoice::Never,
            Colour::Always => true,
            Colour::Never => false,
        };
        Self { on }
    }

    /// What went well.
    pub fn good(self, text: impl Display) -> String {
        self.with(Style::new().fg_color(Some(AnsiColor::Green.into())), text)
    }

    /// What went wrong.
    pub fn bad(self, text: impl Display) -> String {
        self.with(Style::new().fg_color(Some(AnsiColor::Red.into())).bold(), text)
    }

    /// What deserves attention.
    pub fn odd(self, text: impl Display) -> String {
        self.with(Style::new().fg_color(Some(AnsiColor::Yellow.into())), text)
    }

    /// What stands out.
    pub fn strong(self, text: impl Display) -> String {
        self.with(Style::new().bold(), text)
    }

    /// What can be skipped.
    pub fn faint(self, text: impl Display) -> String {
        self.with(Style::new().dimmed(), text)
    }

    fn with(self, style: Style, text: impl Display) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

/// A duration as people say it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took(pub(crate) u64);

impl Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A recording may contain any number.
        let tenths = self.0.saturating_add(50) / 100;
        let seconds = self.0.saturating_add(500) / 1000;
        match tenths {
            0..100 => write!(f, "{}.{} s", tenths / 10, tenths % 10),
            _ if seconds < 60 => write!(f, "{seconds} s"),
            _ => write!(f, "{} min {:02} s", seconds / 60, seconds % 60),
        }
    }
}

impl From<Duration> for Took {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The first line of a reason, shown beside a verdict, and the rest, shown below.
pub(crate) fn first_line(reason: &str) -> (&str, &str) {
    reason.split_once('\n').unwrap_or((reason, ""))
}

/// How many jobs have which verdict, the worst first.
pub(crate) fn counted(counts: &Counts) -> String {
    let said: Vec<_> = [
        (counts.failed, "failed"),
        (counts.different, "different between lanes"),
        (counts.flaky, "flaky"),
        (counts.overdue, "overdue"),
        (counts.errors, "undecided"),
        (counts.interrupted, "not finished"),
        (counts.passed.saturating_add(counts.refused), "passed"),
        (counts.quarantined, "failed in quarantine"),
        (counts.cached, "passed before and not run"),
        (counts.skipped, "skipped"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if said.is_empty() { "nothing to run".to_owned() } else { said.join(", ") }
}

/// Text from outside (a guest, a feature), safe to show: control characters are spelled out, so
/// that none of them reaches the terminal; tabs and line breaks stay.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        let hides = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if (c.is_control() && c != '\n' && c != '\t') || hides {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Text from outside on one line, as much of it as someone reads.
pub(crate) fn on_one_line(text: &str) -> String {
    short(&whole_on_one_line(text)).into_owned()
}

/// Text from outside on one line, to be copied.
pub(crate) fn whole_on_one_line(text: &str) -> String {
    shown(text.trim()).replace('\n', "⏎")
}

/// The most characters of a line that are shown.
const LONGEST: usize = 1000;

/// The beginning of a line, and how much is left out; all of it where it is not too long.
pub(crate) fn short(line: &str) -> Cow<'_, str> {
    match line.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(line),
        Some((end, _)) => {
            let more = line[end..].chars().count();
            Cow::Owned(format!("{}… {more} more characters", &line[..end]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(millis: u64, expected: &str) {
        assert_eq!(Took(millis).to_string(), expected);
    }

    #[test]
    fn a_duration_is_as_exact_as_it_matters() {
        check(0, "0.0 s");
        check(1449, "1.4 s");
        check(9949, "9.9 s");
        check(9950, "10 s");
        check(59_499, "59 s");
        check(59_500, "1 min 00 s");
        check(3_725_000, "62 min 05 s");
        check(u64::MAX, "307445734561825 min 51 s");
    }

    #[test]
    fn text_from_outside_cannot_speak_to_the_terminal() {
        assert_eq!(shown("a\u{1b}[2Jb\u{7}\tc\r\nd\u{202e}"), "a\\u{1b}[2Jb\\u{7}\tc\nd\\u{202e}");
        assert_eq!(on_one_line("a\nb\n"), "a⏎b");
    }

    #[test]
    fn a_line_is_as_long_as_someone_reads() {
        let line = |length| "ä".repeat(length);
        assert_eq!(on_one_line(&line(LONGEST)), line(LONGEST));
        let cut = format!("{}… 7 more characters", line(LONGEST));
        assert_eq!(on_one_line(&line(LONGEST + 7)), cut);
        assert_eq!(whole_on_one_line(&line(LONGEST + 7)), line(LONGEST + 7));
    }
}
