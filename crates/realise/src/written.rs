//! How values are written where systemd expands and splits what it reads.

use domi_model::{Arrival, Expr, Quoting, Reading, Value, is_plain_word};

use crate::Datum;
use crate::escape::specifiers;
use crate::eval::{Evaluated, Fault, Scope};

/// What is done to the parts that a value is made of.
pub(crate) trait Writer {
    /// A part that the author has written.
    fn fixed(&self, text: &str) -> String;

    /// A part that settings bring, at the beginning of the value or behind something else.
    ///
    /// # Errors
    /// Says why it cannot be written there.
    fn brought(&self, text: &str, at_start: bool) -> Result<String, String>;

    /// A part that is a path of a package, or of a file that the feature makes.
    ///
    /// # Errors
    /// Says why it cannot be written there.
    fn owned(&self, path: &str, at_start: bool) -> Result<String, String> {
        self.brought(path, at_start)
    }

    /// Whether a boolean can be written, as a word.
    fn takes_booleans(&self) -> bool {
        true
    }
}

impl Scope<'_> {
    /// A value as a writer writes its parts: a text, or a list of texts.
    pub(crate) fn written(&self, expr: &Expr, writer: &dyn Writer) -> Evaluated {
        self.part(expr, writer, true)
    }

    /// A value that is one text, as a writer writes its parts.
    pub(crate) fn written_text(&self, expr: &Expr, writer: &dyn Writer) -> Result<String, Fault> {
        self.to_text(&self.written(expr, writer)?)
    }

    fn part(&self, expr: &Expr, writer: &dyn Writer, at_start: bool) -> Evaluated {
        Ok(match expr {
            Expr::Specifier(specifier) => Datum::Str(specifier.clone()),
            Expr::CommandVariable(name) => Datum::Str(format!("${{{name}}}")),
            Expr::Literal(Value::List(items)) => {
                let fixed = |item: &Value| Ok(writer.fixed(&self.to_text(&Datum::from(item))?));
                strings(items.iter().map(fixed))?
            }
            Expr::Literal(Value::Bool(_)) if !writer.takes_booleans() => return Err(no_word()),
            Expr::Literal(value) => Datum::Str(writer.fixed(&self.to_text(&Datum::from(value))?)),
            Expr::Text(parts) => {
                let (mut text, mut at_start) = (String::new(), at_start);
                for part in parts {
                    text += &self.to_text(&self.part(part, &Within(writer), at_start)?)?;
                    at_start &= is_nothing(part);
                }
                Datum::Str(text)
            }
            Expr::If(branch) => {
                let taken =
                    if self.bool(&branch.condition)? { &branch.then } else { &branch.otherwise };
                self.part(taken, writer, at_start)?
            }
            Expr::Match(choice) => {
                let (scope, body) = self.arm(choice)?;
                scope.part(body, writer, at_start)?
            }
            Expr::List(items) => {
                let items = items.iter().map(|item| self.part(item, writer, at_start));
                Datum::List(items.collect::<Result<_, _>>()?)
            }
            Expr::Concat(lists) => {
                let mut all = Vec::new();
                for list in lists {
                    match self.part(list, writer, at_start)? {
                        Datum::List(items) => all.extend(items),
                        single => all.push(single),
                    }
                }
                Datum::List(all)
            }
            Expr::MapList(map) => {
                let each = self
                    .list(&map.over)?
                    .into_iter()
                    .map(|item| self.bind(&map.item, item).part(&map.body, writer, at_start));
                Datum::List(each.collect::<Result<_, _>>()?)
            }
            Expr::AttrsToList(map) => {
                let each = self.attrs(&map.over)?.into_iter().map(|(name, value)| {
                    let scope = self.bind(&map.name, Datum::Str(name)).bind(&map.value, value);
                    scope.part(&map.body, writer, at_start)
                });
                Datum::List(each.collect::<Result<_, _>>()?)
            }
            other => {
                let owned = is_owned(other);
                let write = |value: &Datum| {
                    if matches!(value, Datum::Bool(_)) && !writer.takes_booleans() {
                        return Err(no_word());
                    }
                    let text = self.to_text(value)?;
                    let written = if owned || matches!(value, Datum::Package(_)) {
                        writer.owned(&text, at_start)
                    } else {
                        writer.brought(&text, at_start)
                    };
                    written.map_err(Fault::NotWritable)
                };
                match self.eval(other)? {
                    Datum::List(items) => strings(items.iter().map(write))?,
                    single => Datum::Str(write(&single)?),
                }
            }
        })
    }
}

/// Writes a part of a text, which is no word alone.
struct Within<'w>(&'w dyn Writer);

impl Writer for Within<'_> {
    fn fixed(&self, text: &str) -> String {
        self.0.fixed(text)
    }

    fn brought(&self, text: &str, at_start: bool) -> Result<String, String> {
        self.0.brought(text, at_start)
    }

    fn owned(&self, path: &str, at_start: bool) -> Result<String, String> {
        self.0.owned(path, at_start)
    }
}

fn no_word() -> Fault {
    Fault::NotWritable("a boolean is no word of a command".to_owned())
}

fn is_owned(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::PackagePath(_) | Expr::SettingsFile(_) | Expr::TextFile(_) | Expr::Script(_)
    )
}

fn strings(texts: impl Iterator<Item = Result<String, Fault>>) -> Evaluated {
    Ok(Datum::List(texts.map(|text| Ok(Datum::Str(text?))).collect::<Result<_, Fault>>()?))
}

fn is_nothing(part: &Expr) -> bool {
    matches!(part, Expr::Literal(Value::Str(text)) if text.is_empty())
}

/// Writes values of a directive that is read in a certain way.
impl Writer for Reading {
    fn fixed(&self, text: &str) -> String {
        if self.expands() { specifiers(text) } else { text.to_owned() }
    }

    fn brought(&self, text: &str, at_start: bool) -> Result<String, String> {
        if let Self::Form(_) = self {
            // Only the whole value has a form.
            return Ok(text.to_owned());
        }
        arriving(self.arrival(at_start), text)
    }
}

fn arriving(arrival: Arrival, text: &str) -> Result<String, String> {
    if text.contains(['\n', '\r']) {
        return Err(format!("{text:?} has a line break in it, which would begin another line"));
    }
    if !arrival.matches(text) {
        return Err(format!("{text:?} cannot stand where it would"));
    }
    if arrival.quoting == Quoting::Word {
        return Ok(word(&specifiers(text)));
    }
    if text.ends_with('\\') {
        return Err(format!("{text:?} ends with a backslash, which would take in the next line"));
    }
    if text.trim_matches([' ', '\t']) != text {
        return Err(format!("{text:?} begins or ends with a blank, which would be lost"));
    }
    Ok(match arrival.quoting {
        Quoting::Specifiers => specifiers(text),
        _ => text.to_owned(),
    })
}

/// One of several words, in quotes where it needs them.
fn word(text: &str) -> String {
    if is_plain_word(text) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Writes the value of an environment variable, which is quoted as a whole.
pub(crate) struct Variable;

impl Writer for Variable {
    fn fixed(&self, text: &str) -> String {
        specifiers(text)
    }

    fn brought(&self, text: &str, _: bool) -> Result<String, String> {
        Ok(specifiers(text))
    }
}

/// Writes the words of a command as they are, but for paths of packages, which are sound.
pub(crate) struct Unquoted;

impl Writer for Unquoted {
    fn fixed(&self, text: &str) -> String {
        text.to_owned()
    }

    fn brought(&self, text: &str, _: bool) -> Result<String, String> {
        Ok(text.to_owned())
    }

    fn owned(&self, _: &str, _: bool) -> Result<String, String> {
        Ok("/package".to_owned())
    }

    fn takes_booleans(&self) -> bool {
        false
    }
}
