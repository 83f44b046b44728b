//! Reads a file of settings, and finds all that is wrong with it at once.

use std::io::ErrorKind;
use std::ops::Range;

use camino::Utf8Path;
use domi_fleet::{TOO_DEEP, nested_too_deep};
use domi_model::{Code, Place, Problem, Severity};
use toml_edit::{Document, Item, TableLike, Value};

use crate::codes::{CONFIG_SYNTAX, CONFIG_UNKNOWN, CONFIG_VALUE};
use crate::failure::Located;
use crate::spelling::closest;

/// The text of a file of settings at the workspace root; nothing where there is none.
pub(crate) fn text(root: &Utf8Path, file: &str) -> Result<Option<String>, Box<Problem>> {
    let path = root.join(file);
    let unusable = |why: String| {
        let problem = Problem::error(CONFIG_SYNTAX, file, why);
        Box::new(problem.next("make it a TOML file, or remove it"))
    };
    match std::fs::metadata(&path) {
        Ok(facts) if !facts.is_file() => return Err(unusable("it is not a file".to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => return Ok(None),
        _ => {}
    }
    let bytes =
        std::fs::read(path).map_err(|error| unusable(format!("it cannot be read: {error}")))?;
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        let place = Place { file: file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) };
        Box::new(unusable("it is not UTF-8".to_owned()).at(Some(place)))
    })
}

/// Reads a file of settings, and finds all that is wrong with it.
pub(crate) struct Reader<'a> {
    /// Its name.
    file: &'a str,
    text: &'a str,
    problems: Vec<Located>,
}

impl<'a> Reader<'a> {
    /// Reads the text of a file: what `take` makes of it, and warnings; or at least one error.
    pub(crate) fn read<T>(
        file: &'a str,
        text: &'a str,
        take: impl FnOnce(&mut Self, &dyn TableLike) -> T,
    ) -> Result<(T, Vec<Located>), Vec<Located>> {
        let mut reader = Self::new(file, text);
        if reader.is_too_deep() {
            return Err(reader.problems);
        }
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                reader.problem(CONFIG_SYNTAX, Severity::Error, &span, error.message().trim(), "");
                return Err(reader.problems);
            }
        };
        let taken = take(&mut reader, document.as_table());
        if reader.problems.iter().any(|located| located.problem.severity == Severity::Error) {
            return Err(reader.problems);
        }
        Ok((taken, reader.problems))
    }

    /// For a text that is read in another way, and whose problems are found here.
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, problems: Vec::new() }
    }

    /// Whether the text must not be given to the parser, which would end the process; that is a problem.
    pub(crate) fn is_too_deep(&mut self) -> bool {
        let span = nested_too_deep(self.text);
        if let Some(span) = &span {
            self.problem(CONFIG_SYNTAX, Severity::Error, span, TOO_DEEP, "");
        }
        span.is_some()
    }

    /// What was found.
    pub(crate) fn found(self) -> Vec<Located> {
        self.problems
    }

    pub(super) fn table<'t>(
        &mut self,
        of: &'t dyn TableLike,
        key: &str,
    ) -> Option<&'t dyn TableLike> {
        self.table_at(of.get(key)?, key)
    }

    pub(super) fn table_at<'t>(&mut self, item: &'t Item, key: &str) -> Option<&'t dyn TableLike> {
        let table = item.as_table_like();
        if table.is_none() {
            self.wrong(item, key, "a table");
        }
        table
    }

    pub(crate) fn value<T>(
        &mut self,
        of: &dyn TableLike,
        key: &str,
        want: &str,
        read: fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let item = of.get(key)?;
        let value = item.as_value().and_then(read);
        if value.is_none() {
            self.wrong(item, key, want);
        }
        value
    }

    pub(crate) fn wrong(&mut self, item: &Item, key: &str, want: &str) {
        let span = item.span().unwrap_or(0..0);
        let message = format!("`{key}` must be {want}");
        self.problem(CONFIG_VALUE, Severity::Error, &span, &message, "");
    }

    /// Warns of unknown keys.
    pub(crate) fn known(&mut self, table: &dyn TableLike, path: &str, known: &[&str]) {
        for (name, _) in table.iter().filter(|(name, _)| !known.contains(name)) {
            let span = table.key(name).and_then(toml_edit::Key::span).unwrap_or(0..0);
            let message = format!("there is no key `{path}{name}`");
            let next = match closest(name, known.iter().copied()) {
                Some(close) => format!("did you mean `{path}{close}`?"),
                None => format!("remove it; the keys are {}", known.join(", ")),
            };
            self.problem(CONFIG_UNKNOWN, Severity::Warning, &span, &message, &next);
        }
    }

    /// Where something is in the file, that begins at this byte.
    pub(crate) fn place(&self, start: usize) -> Place {
        let before = self.text.get(..start).unwrap_or(self.text);
        let line = 1 + before.matches('\n').count();
        Place { file: self.file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) }
    }

    pub(crate) fn problem(
        &mut self,
        code: Code,
        severity: Severity,
        span: &Range<usize>,
        message: &str,
        next: &str,
    ) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let start = before[line_start..].chars().count();
        let marked = self.text.get(span.clone()).unwrap_or_default();
        let length = marked.lines().next().unwrap_or_default().chars().count();
        let place = self.place(span.start);
        let message = message.replace('\n', ", ");
        let problem = Problem { severity, ..Problem::error(code, "", message) };
        self.problems.push(Located {
            problem: problem.at(Some(place)).next(next),
            columns: Some(start..start + length),
        });
    }
}
