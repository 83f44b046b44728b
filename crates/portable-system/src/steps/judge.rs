//! Whether what a step's script did is what the step wants. Pure.

use domi_console::Cut;
use domi_model::output::{self, trimmed};
use domi_model::{Action, Expectation};

use super::script::{LATE, UNIT_FAILED, UNIT_INACTIVE};

/// What a script did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Did {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Whether it printed more than was kept.
    pub(crate) truncated: bool,
    /// Why it did not come to its own end, if it did not.
    pub(crate) cut: Option<Cut>,
}

/// Why a step failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    /// In one sentence without a full stop.
    pub(crate) message: String,
    pub(crate) expected: Option<String>,
    pub(crate) got: Option<String>,
    /// Whether `got` had to be `expected` itself.
    pub(crate) exact: bool,
    /// What was said beside it.
    pub(crate) said: String,
    /// Whether time ran out.
    pub(crate) late: bool,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}

/// Judges a step that ran as a script.
pub(crate) fn judge(action: &Action, did: &Did) -> Result<(), Failure> {
    if let Some(cut) = did.cut {
        return Err(Failure { late: cut == Cut::Late, ..failed(cut_short(cut), did) });
    }
    match action {
        Action::WaitForUnit(unit) => waited_for_unit(unit, did),
        Action::WaitForPort(port) => in_time(did, &format!("port {port} did not open in time")),
        Action::WaitForFile(path) => in_time(did, &format!("{path} was not there in time")),
        Action::Eventually(_) => in_time(did, "the command did not succeed in time"),
        Action::Fail(_) if did.status == 0 => {
            Err(failed("the command succeeded, and must fail", did))
        }
        Action::Fail(_) => Ok(()),
        Action::Output { expect, .. } => succeeded(did).and_then(|()| printed(expect, did)),
        _ => succeeded(did),
    }
}

fn cut_short(cut: Cut) -> &'static str {
    match cut {
        Cut::Late => "the step took longer than its time limit",
        Cut::LeftOpen => {
            "the command has ended, but what it left in the background had its standard output \
             open until the step's time limit; redirect that, as in `program >/dev/null &`"
        }
        Cut::Shell => "the command ended with the shell that ran it, which was killed",
    }
}

fn failed(message: impl Into<String>, did: &Did) -> Failure {
    let got = Some(did.stdout.clone()).filter(|text| !text.trim().is_empty());
    Failure { got, said: did.stderr.clone(), ..Failure::new(message) }
}

fn succeeded(did: &Did) -> Result<(), Failure> {
    match did.status {
        0 => Ok(()),
        status => Err(failed(format!("the command failed with exit status {status}"), did)),
    }
}

fn in_time(did: &Did, message: &str) -> Result<(), Failure> {
    if did.status != LATE {
        return succeeded(did);
    }
    Err(Failure { late: true, ..failed(message, did) })
}

fn waited_for_unit(unit: &str, did: &Did) -> Result<(), Failure> {
    let state = did.stdout.trim();
    let message = match did.status {
        UNIT_FAILED => format!("{unit} has failed"),
        UNIT_INACTIVE => format!("{unit} is inactive, and nothing is about to start it"),
        LATE => format!("{unit} did not become active in time; it is {state}"),
        _ => return succeeded(did),
    };
    Err(Failure { late: did.status == LATE, ..Failure::new(message) })
}

fn printed(expect: &Expectation, did: &Did) -> Result<(), Failure> {
    let out = &did.stdout;
    let (good, expected, message, exact) = match expect {
        Expectation::Equals(text) => {
            let same = !did.truncated && trimmed(out) == trimmed(text);
            (same, text.clone(), "the output is not what was expected", true)
        }
        Expectation::Contains(text) => {
            let expected = format!("somewhere in it: {text}");
            (out.contains(text), expected, "the output does not contain what was expected", false)
        }
        Expectation::Matches(pattern) => {
            let regex = output::compile(pattern).map_err(|fault| {
                Failure::new(format!("the step's pattern cannot be read: {fault}"))
            })?;
            let expected = format!("something that matches {pattern}");
            (
                regex.is_match(trimmed(out)),
                expected,
                "the output does not match what was expected",
                false,
            )
        }
    };
    if good {
        return Ok(());
    }
    let more = if did.truncated { ", as far as it was kept (it is longer)" } else { "" };
    Err(Failure {
        message: format!("{message}{more}"),
        expected: Some(expected),
        got: Some(out.clone()),
        exact,
        said: did.stderr.clone(),
        ..Failure::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn did(status: i32, stdout: &str) -> Did {
        Did { status, stdout: stdout.to_owned(), ..Did::default() }
    }

    fn output(expect: Expectation) -> Action {
        Action::Output { command: "x".to_owned(), expect }
    }

    /// The message of the failure; empty where there is none.
    #[track_caller]
    fn check(action: &Action, did: &Did, expected: &str) {
        let got = judge(action, did).err().map(|failure| failure.message);
        assert_eq!(got.unwrap_or_default(), expected);
    }

    #[test]
    fn a_command_must_succeed_or_fail_as_the_step_says() {
        let (succeed, fail) = (Action::Succeed("x".into()), Action::Fail("x".into()));
        check(&succeed, &did(0, ""), "");
        check(&succeed, &did(7, ""), "the command failed with exit status 7");
        check(&fail, &did(7, ""), "");
        check(&fail, &did(0, ""), "the command succeeded, and must fail");
        check(&fail, &did(124, ""), "");
        for (cut, expected) in [
            (Cut::Late, "the step took longer than its time limit"),
            (Cut::LeftOpen, cut_short(Cut::LeftOpen)),
            (Cut::Shell, "the command ended with the shell that ran it, which was killed"),
        ] {
            check(&fail, &Did { cut: Some(cut), ..did(124, "") }, expected);
            check(&succeed, &Did { cut: Some(cut), ..did(0, "") }, expected);
        }
    }

    #[test]
    fn output_is_compared_as_the_step_says() {
        let equals = output(Expectation::Equals("a\nb\n".into()));
        check(&equals, &did(0, "a\nb"), "");
        check(&equals, &did(0, "a\nb\n \n"), "");
        check(&equals, &did(0, " a\nb"), "the output is not what was expected");
        check(&equals, &did(1, "a\nb"), "the command failed with exit status 1");
        let cut = Did { truncated: true, ..did(0, "a\nb") };
        let longer = "the output is not what was expected, as far as it was kept (it is longer)";
        check(&equals, &cut, longer);
        let contains = output(Expectation::Contains("b".into()));
        check(&contains, &did(0, "abc"), "");
        check(&contains, &did(0, ""), "the output does not contain what was expected");
        let matches = output(Expectation::Matches("^b+$".into()));
        check(&matches, &did(0, "bb"), "");
        check(&matches, &did(0, "bb\n"), "");
        check(&matches, &did(0, "abb"), "the output does not match what was expected");
    }

    #[test]
    fn a_wait_says_what_it_waited_for() {
        let unit = Action::WaitForUnit("a.service".into());
        check(&unit, &did(0, ""), "");
        check(&unit, &did(UNIT_FAILED, ""), "a.service has failed");
        check(
            &unit,
            &did(UNIT_INACTIVE, ""),
            "a.service is inactive, and nothing is about to start it",
        );
        check(
            &unit,
            &did(LATE, "activating\n"),
            "a.service did not become active in time; it is activating",
        );
        check(&Action::WaitForPort(80), &did(LATE, ""), "port 80 did not open in time");
        let eventually = Action::Eventually("x".into());
        check(&eventually, &did(LATE, "no\n"), "the command did not succeed in time");
    }

    #[test]
    fn whether_time_ran_out_is_known() {
        let late = |action: &Action, did: Did| judge(action, &did).unwrap_err().late;
        let unit = Action::WaitForUnit("a.service".into());
        assert!(late(&unit, did(LATE, "activating\n")) && !late(&unit, did(UNIT_FAILED, "")));
        let port = Action::WaitForPort(80);
        assert!(late(&port, did(LATE, "")) && !late(&port, did(1, "")));
        let cut = |cut| Did { cut: Some(cut), ..did(0, "") };
        assert!(late(&port, cut(Cut::Late)) && !late(&port, cut(Cut::Shell)));
    }
}
