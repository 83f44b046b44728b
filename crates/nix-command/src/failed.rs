use domi_host::command::{self, End, Outcome, Program};
use domi_model::Problem;

use crate::codes::{BUILDER_DEAD, FLAKES_OFF, NO_BUILDER, NO_ROOM, OFFLINE};

/// What Nix begins with when it says that a remote builder cannot be used.
pub(crate) const NO_ANSWER: &str = "cannot build on '";

/// Why `nix` did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NixFailed {
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// It could not be started.
    #[error("nix cannot be started: {0:#}")]
    NotStarted(#[source] anyhow::Error),
    /// It did not end with exit code 0: it failed, was killed, or reached a limit of time or
    /// output.
    #[error("nix failed ({end}): {message}")]
    Ended {
        /// The call, as a line for a shell.
        command: String,
        /// How it ended.
        end: End,
        /// The error itself, without Nix's trace.
        message: String,
        /// Everything it printed, without colours: the trace, warnings, logs.
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
    /// It did not end on its own.
    pub fn not_run(error: command::Error) -> Self {
        match error {
            command::Error::Interrupted(_) => Self::Interrupted,
            error => Self::NotStarted(error.into()),
        }
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

    /// Whether Nix read all its input, and refused it. A kill, a missing network or a full disk is
    /// something else.
    pub fn is_refusal(&self) -> bool {
        self.refusal().is_some()
    }

    /// What Nix says of its input, if it read all of that and refused it.
    pub fn refusal(&self) -> Option<&str> {
        match self {
            Self::Ended { end: End::Exit(1), message, .. } if self.problem().is_none() => {
                Some(message)
            }
            _ => None,
        }
    }

    /// What Nix was at when it refused its input, as far as a text begins so: the outermost first.
    pub fn contexts<'s>(&'s self, begins: &'s str) -> impl Iterator<Item = &'s str> {
        let said = match self {
            Self::Ended { said, .. } => said.as_str(),
            _ => "",
        };
        let contexts = said.lines().filter_map(|line| line.trim_start().strip_prefix("… "));
        contexts.filter(move |context| context.starts_with(begins))
    }

    /// Whether it is refused as the flake does not have what was asked for.
    pub fn lacks_attribute(&self) -> bool {
        self.refusal().is_some_and(|message| message.contains("does not provide attribute"))
    }

    /// The problem, if the user can fix it.
    pub fn problem(&self) -> Option<Problem> {
        let Self::Ended { message, said, .. } = self else { return None };
        if let Some(feature) = between(message, "experimental Nix feature '", "' is disabled") {
            let message = format!("this nix does not allow the feature `{feature}`");
            return Some(
                Problem::error(FLAKES_OFF, "nix", message)
                    .next("add `extra-experimental-features = nix-command flakes` to its nix.conf"),
            );
        }
        let known = dead_builder(message, said).or_else(|| no_builder(message, said));
        if let Some(problem) = known.or_else(|| no_room(message)) {
            return Some(problem);
        }
        let signs = ["resolve host", "unable to download", "Network is unreachable"];
        let what = message.lines().find(|line| signs.iter().any(|sign| line.contains(sign)))?;
        Some(
            Problem::error(OFFLINE, "nix", what.trim())
                .next("fix the network connection, or take the input from somewhere else"),
        )
    }
}

/// A disk that Nix met full. What a builder printed stands behind `>`: it may speak of another disk,
/// such as that of a machine in it.
fn no_room(message: &str) -> Option<Problem> {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let own = || message.lines().map(str::trim).filter(|line| !line.starts_with('>'));
    let full = |line: &&str| {
        line.ends_with("database or disk is full")
            || domi_host::met_by_program(line).is_some_and(|met| {
                matches!(met.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
            })
    };
    Some(Problem::error(NO_ROOM, "nix", own().find(full)?).next(
        "make room where Nix writes: in its store, in the folder that TMPDIR names, in that of \
         XDG_CACHE_HOME",
    ))
}

/// Whether Nix gave up because nobody takes a build.
fn nobody_builds(message: &str) -> bool {
    let signs = ["nable to start any build", "is required to build", "system or feature not"];
    signs.iter().any(|sign| message.contains(sign))
}

/// A remote builder that might have taken the build, and cannot be reached.
fn dead_builder(message: &str, said: &str) -> Option<Problem> {
    if !nobody_builds(message) {
        return None;
    }
    let (_, rest) = said.split_once(NO_ANSWER)?;
    let (uri, why) = rest.lines().next()?.split_once("': ")?;
    // The message of ssh is the better reason.
    let signs = ["ssh: ", "Host key verification failed", "Connection "];
    let of_ssh = |line: &&str| {
        signs.iter().any(|sign| line.starts_with(sign)) || line.contains(": Permission denied (")
    };
    let by_ssh = said.lines().find(of_ssh);
    let why = by_ssh.unwrap_or(why).trim_start_matches("error: ").trim();
    let host = uri.split_once("://").map_or(uri, |(_, host)| host);
    let host = host.split(['?', '/']).next().unwrap_or(host);
    let message = format!("the builder cannot be reached: {why}");
    Some(Problem::error(BUILDER_DEAD, uri, message).next(format!(
        "see that `ssh {host} nix-store --version` works as the user that nix builds as, and asks \
         for nothing"
    )))
}

/// What a build needs that neither this computer nor a builder has.
fn no_builder(message: &str, said: &str) -> Option<Problem> {
    if !nobody_builds(message) {
        return None;
    }
    let Some((system, features)) = required(message).or_else(|| required(said)) else {
        let what = "this computer may build nothing itself (max-jobs = 0), and has no builders";
        return Some(
            Problem::error(NO_BUILDER, "nix", what)
                .next("name a builder with --builders, or allow builds here"),
        );
    };
    let (with, given) = match &features[..] {
        [] => (String::new(), String::new()),
        features => {
            let features = features.join(",");
            (format!(" with {}", features.replace(',', ", ")), format!(" - 1 1 {features}"))
        }
    };
    let message =
        format!("neither this computer nor any builder that nix knows can build for it{with}");
    Some(
        Problem::error(NO_BUILDER, &system, message)
            .next(format!("name a builder: --builders 'ssh://host {system}{given}'")),
    )
}

/// The system and the system features that a build requires, in what Nix says of it.
fn required(text: &str) -> Option<(String, Vec<String>)> {
    let listed = |list: &str| {
        let words = list.split([',', ' ']).map(|word| word.trim_matches(['[', ']']));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    if let Some(tuple) = between(text, "required (system, features): (", ")") {
        let (system, features) = tuple.split_once(',').unwrap_or((tuple, ""));
        return Some((system.to_owned(), listed(features)));
    }
    // `a 'x86_64-linux' with features {kvm} is required`, `Required system: '…' with features {…}`.
    let (before, after) = text.split_once("' with features {")?;
    let system = before.rsplit('\'').next()?;
    Some((system.to_owned(), listed(after.split('}').next()?)))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(between, _)| between)
}

/// The last error of the output, which is the cause of those before it; the whole output if no line
/// is marked as an error.
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
        let download = "unable to download 'https://x/': Couldn't resolve host name (6)";
        check(&format!("error: {download}"), download, Some("D0806"));
        check(
            &format!("warning: error: {download}; retrying in 9 ms\nerror: it is broken"),
            "it is broken",
            None,
        );
    }

    #[test]
    fn a_full_disk_is_no_refusal_unless_it_is_that_of_a_builder() {
        let full = "writing to file: No space left on device";
        check(&format!("error:\n  … while x\n\n error: {full}\n"), full, Some("D0809"));
        let full = "executing SQLite statement: database or disk is full";
        check(&format!("error: {full}\n"), full, Some("D0809"));
        let failed = "builder for '/x.drv' failed with exit code 1;\nlast 1 log lines:\n\
                      > dd: No space left on device";
        check(&format!("error: {failed}\n"), failed, None);
    }

    #[track_caller]
    fn check_builder(said: &str, expected: &str) {
        let failed = NixFailed::Ended {
            command: "nix".to_owned(),
            end: End::Exit(1),
            message: last_error(said),
            said: said.to_owned(),
        };
        assert_eq!(failed.problem().map(|it| it.to_string()).unwrap_or_default(), expected);
        assert!(!failed.is_refusal());
    }

    #[test]
    fn what_a_builder_would_need_is_named_whatever_the_version_of_nix() {
        let expected = |with: &str, given: &str| {
            format!(
                "error[D0805]: aarch64-linux: neither this computer nor any \
                 builder that nix knows can build for it{with}\n  next: name a builder: --builders 'ssh://host aarch64-linux{given}'"
            )
        };
        let with_kvm = expected(" with kvm, nixos-test", " - 1 1 kvm,nixos-test");
        check_builder(
            "error: a 'aarch64-linux' with features {} is required to build '/nix/store/x.drv', \
             but I am a 'x86_64-linux' with features {kvm}",
            &expected("", ""),
        );
        check_builder(
            "error: Cannot build '/nix/store/x.drv'.\n       Reason: required system or feature not \
             available\n       Required system: 'aarch64-linux' with features {kvm, nixos-test}\n       \
             Current system: 'x86_64-linux' with features {}",
            &with_kvm,
        );
        for features in ["kvm, nixos-test", "[kvm, nixos-test]"] {
            check_builder(
                &format!(
                    "Failed to find a machine for remote build!\nderivation: x.drv\nrequired \
                     (system, features): (aarch64-linux, {features})\n1 available machines:\nerror: \
                     unable to start any build; remote machines may not have all required system \
                     features.\n       https://example.org/"
                ),
                &with_kvm,
            );
        }
        check_builder(
            "error: Unable to start any build; either increase '--max-jobs' or enable remote builds.",
            "error[D0805]: nix: this computer may build nothing itself (max-jobs = 0), and has no \
             builders\n  next: name a builder with --builders, or allow builds here",
        );
    }

    #[test]
    fn a_builder_that_does_not_answer_is_named_with_the_reason_of_ssh() {
        check_builder(
            "ssh: connect to host build.example port 22: Connection refused\ncannot build on \
             'ssh-ng://nix@build.example?compress=true': error: cannot open connection to remote \
             store: error: unexpected end-of-file\nerror: unable to start any build; remote \
             machines may not have all required system features.",
            "error[D0808]: ssh-ng://nix@build.example?compress=true: the builder cannot be reached: \
             ssh: connect to host build.example port 22: Connection refused\n  next: see that `ssh \
             nix@build.example nix-store --version` works as the user that nix builds as, and asks \
             for nothing",
        );
    }
}
