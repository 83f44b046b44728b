//! What programs print.

use std::process::Output;

/// All that a program printed: its standard output, then its standard error.
pub(crate) fn said(output: &Output) -> String {
    let (stdout, stderr) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr))
}
