//! Standard output, for data. A reader that is gone (`… | head`) stops no work and is no failure;
//! a disk that is full is one.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

use anyhow::Context as _;
use schemars::JsonSchema;
use serde::Serialize;

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

/// Rows whose cells stand below each other, two spaces apart.
pub(crate) fn table<R: AsRef<[String]>>(rows: &[R]) -> String {
    let columns = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or_default();
    let widths = (0..columns).map(|column| {
        let cells = rows.iter().filter_map(|row| row.as_ref().get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    });
    let widths: Vec<usize> = widths.collect();
    let line = |row: &R| {
        let cells = row.as_ref().iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Writes a document to standard output: as JSON for programs, or as this text for people.
pub(crate) fn document<T: Serialize>(
    document: &T,
    json: bool,
    text: impl FnOnce(&T) -> String,
) -> Result<()> {
    if json {
        data!("{}", serde_json::to_string_pretty(document)?)
    } else {
        data(format_args!("{}", text(document)))
    }
}

/// The JSON Schema of a document: the contract for programs that read it.
pub(crate) fn schema<T: JsonSchema>(title: &str) -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::default().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema.to_value()
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
