//! How a step ended.

use domi_console::Output;

use super::judge::{Did, Failure};
use crate::driven::Fault;

/// How a step ended the test.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It did not do what it must.
    Failed(Failure),
    /// Its machine did not get that far.
    Broken(Fault),
}

/// What a script did, by what came of it.
pub(crate) fn did(output: &Output) -> Did {
    Did {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        truncated: output.truncated,
        cut: output.cut,
    }
}
