//! Standard error, for what a person is told while a command works. Nobody can be told that the
//! terminal is gone, so a failure to write is no failure.

use std::fmt::Arguments;
use std::io::{self, Write};

/// Says a line.
macro_rules! talk {
    ($($words:tt)*) => {
        $crate::talk::talk(format_args!("{}\n", format_args!($($words)*)))
    };
}

/// Writes a text as it is.
pub(crate) fn talk(text: Arguments<'_>) {
    let _ = io::stderr().write_fmt(text);
}
