//! Standard output, for data. A reader that is gone (`… | head`) stops no work and is no failure;
//! a disk that is full is one.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

use anyhow::Context as _;

use crate::failure::Result;

/// Prints a line of data; gives what came of it.
macro_rules! data {
    ($($words:tt)*) => {
        $crate::out::data(format_args!("{}\n", format_args!($($words)*)))
    };
}

/// Writes a text to standard output as it is.
pub(crate) fn data(text: Arguments<'_>) -> Result<()> {
    let mut out = io::stdout().lock();
    written(out.write_fmt(text).and_then(|()| out.flush()))
}

/// The result of writing to standard output.
pub(crate) fn written(result: io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result.context("cannot write to standard output")?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_is_gone_is_no_failure_and_a_full_disk_is() {
        written(Ok(())).expect("it is written");
        written(Err(ErrorKind::BrokenPipe.into())).expect("nobody reads it");
        written(Err(ErrorKind::StorageFull.into())).expect_err("it is lost");
    }
}
