use domi_host::Interrupted;
use domi_host::command::{End, Outcome, Program};
use domi_model::Problem;

use crate::codes::{FLAKES_OFF, NO_BUILDER, OFFLINE};

/// Why `nix` did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NixFailed {
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// It could not be started.
    #[error("nix cannot be started: {0:#}")]
    NotStarted(anyhow::Error),
    /// It ended otherwise than with 0: by itself, killed, or at a limit of time or output.
    #[error("nix failed ({end}): {message}")]
    Ended {
        /// The call, as a line for a shell.
        command: String,
        /// How it ended.
        end: End,
        /// The error itself, without the way that led to it.
        message: String,
        /// All that it said, without colours: the way that led to the error, warnings, logs.
        said: String,
    },
    /// What it printed is not what was asked for.
    #[error("what `{command}` printed cannot be read: {reason}")]
    Unreadable {
        /// The call, as a line for a shell.
        command: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl NixFailed {
    /// It did not get as far as ending by itself.
    pub(crate) fn not_run(program: &Program, error: anyhow::Error) -> Self {
        if error.is::<Interrupted>() {
            return Self::Interrupted;
        }
        Self::NotStarted(error.context(program.to_string()))
    }

    /// It ended, and not with 0.
    pub(crate) fn ended(program: &Program, outcome: &Outcome) -> Self {
        let said = without_colours(&String::from_utf8_lossy(&outcome.stderr));
        Self::Ended {
            command: program.to_string(),
            end: outcome.end,
            message: last_error(&said),
            said,
        }
    }

    /// Whether Nix read everything that it was given, and refused it: no failure of the way
    /// there, such as a kill, a missing network or a full disk.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Ended { end: End::Exit(1), .. }) && self.problem().is_none()
    }

    /// What the user can mend, where it is that.
    pub fn problem(&self) -> Option<Problem> {
        let Self::Ended { message, .. } = self else { return None };
        if let Some(feature) = between(message, "experimental Nix feature '", "' is disabled") {
            let message = format!("this nix does not grant the feature `{feature}`");
            return Some(Problem::error(FLAKES_OFF, "nix", message).next(
                "have `extra-experimental-features = nix-command flakes` put into its nix.conf",
            ));
        }
        if message.contains("is required to build") {
            return Some(no_builder(message));
        }
        let signs = ["resolve host", "unable to download", "Network is unreachable"];
        let what = message.lines().find(|line| signs.iter().any(|sign| line.contains(sign)))?;
        Some(
            Problem::error(OFFLINE, "nix", what.trim())
                .next("mend the connection, or give the input from somewhere else"),
        )
    }
}

fn no_builder(message: &str) -> Problem {
    let system = message.split('\'').nth(1).unwrap_or_default();
    Problem::error(NO_BUILDER, system, message.lines().next().unwrap_or(message))
        .next(format!("name a builder: --builders 'ssh://host {system}'"))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(between, _)| between)
}

/// The last error of what was said, which is the cause of those before it; all of what was said
/// where none is marked as one.
pub(crate) fn last_error(said: &str) -> String {
    let mark = "error:";
    let at_line_start = |at: &usize| {
        let line = said[..*at].rfind('\n').map_or(0, |newline| newline + 1);
        said[line..*at].trim().is_empty()
    };
    let last = said.match_indices(mark).map(|(at, _)| at).filter(at_line_start).last();
    let text = last.map_or(said, |at| &said[at + mark.len()..]);
    dedent(text.trim())
}

/// Without the indent that Nix gives to the lines after the first.
fn dedent(text: &str) -> String {
    let rest = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let indent = rest().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let mut lines = text.lines();
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        out.push_str(line.get(indent..).unwrap_or_default());
    }
    out
}

/// Text without the escape sequences that colour a terminal.
pub(crate) fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        let end = after.find(|c: char| ('\u{40}'..='\u{7e}').contains(&c));
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, message: &str, code: Option<&str>) {
        let failed = NixFailed::Ended {
            command: "nix".to_owned(),
            end: End::Exit(1),
            message: last_error(&without_colours(said)),
            said: without_colours(said),
        };
        let NixFailed::Ended { message: got, .. } = &failed else { unreachable!() };
        assert_eq!(got, message);
        assert_eq!(failed.problem().map(|problem| problem.code.0), code);
        assert_eq!(failed.is_refusal(), code.is_none());
    }

    #[test]
    fn the_error_is_the_last_one_without_the_way_that_led_to_it() {
        check("error: it is broken\n", "it is broken", None);
        check(
            "warning: old\n\u{1b}[31;1merror:\u{1b}[0m\n       … while calling the 'throw' builtin\n         \
             at flake.nix:6:9\n\n       \u{1b}[31;1merror:\u{1b}[0m it is\n       broken\n         here\n",
            "it is\nbroken\n  here",
            None,
        );
        check("no error is marked", "no error is marked", None);
    }

    #[test]
    fn what_can_be_mended_is_known() {
        check(
            "error: experimental Nix feature 'flakes' is disabled; add '--extra…'\n",
            "experimental Nix feature 'flakes' is disabled; add '--extra…'",
            Some("D0803"),
        );
        let builder = "a 'aarch64-linux' with features {} is required to build '/nix/store/x.drv', \
                       but I am a 'x86_64-linux' with features {kvm}";
        check(&format!("error: {builder}"), builder, Some("D0805"));
        let download = "unable to download 'https://x/': Couldn't resolve host name (6)";
        check(&format!("error: {download}"), download, Some("D0806"));
        check(
            &format!("warning: error: {download}; retrying in 9 ms\nerror: it is broken"),
            "it is broken",
            None,
        );
    }
}
