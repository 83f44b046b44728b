//! Scripts for a shell, and environment files: when they are sound, and what a shell reads of a
//! word.

use crate::context::{Context, Fault, file_name};
use crate::nixos::foreign_program_in;
use crate::shape::Shape;
use crate::{Expr, Manifest, Script, Value};

/// A text as one word of a shell, as `lib.escapeShellArg` of nixpkgs writes it.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ",._+:@%/-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// All scripts of a feature, wherever in the manifest they are made, each once: the name of the
/// file, and a text that a judge of scripts can read. Files of a fixed text are among them if their
/// names end in `.sh`.
pub fn scripts(manifest: &Manifest) -> Vec<(String, String)> {
    let json = serde_json::to_value(manifest).unwrap_or_default();
    let mut out = Vec::new();
    let mut waiting = vec![&json];
    while let Some(json) = waiting.pop() {
        match json {
            serde_json::Value::Array(items) => waiting.extend(items.iter().rev()),
            serde_json::Value::Object(map) => {
                if let Some(found) = script_of(json, map).filter(|found| !out.contains(found)) {
                    out.push(found);
                }
                waiting.extend(map.values().rev());
            }
            _ => {}
        }
    }
    out
}

fn script_of(
    json: &serde_json::Value,
    map: &serde_json::Map<String, serde_json::Value>,
) -> Option<(String, String)> {
    if !map.contains_key("script") && !map.contains_key("textFile") {
        return None;
    }
    match serde_json::from_value(json.clone()).ok()? {
        Expr::Script(script) => Some((script.name.clone(), script.sample())),
        Expr::TextFile(file) if file.name.ends_with(".sh") => match file.text {
            Expr::Literal(Value::Str(text)) => Some((file.name, text)),
            _ => None,
        },
        _ => None,
    }
}

/// How a variable of a script is called: what is all in capitals means something to the shell or
/// to systemd.
fn variable(name: &str) -> Result<(), Fault> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(good) {
        return Ok(());
    }
    Err(format!(
        "{name:?} is no variable of a script, which has small letters, digits and `_`, and begins \
         with a letter"
    ))
}

impl Context<'_> {
    pub(crate) fn script(&self, script: &Script) -> Result<Shape, Fault> {
        let Script { name, values, lists, text } = script;
        file_name(name)?;
        let about = |name: &str, fault| format!("{name}: {fault}");
        for (name, value) in values {
            variable(name)?;
            self.expect_text(value).map_err(|fault| about(name, fault))?;
        }
        for (name, list) in lists {
            variable(name)?;
            if values.contains_key(name) {
                return Err(format!("the variable `{name}` is given twice"));
            }
            self.expect_shell_words(list).map_err(|fault| about(name, fault))?;
        }
        if text.contains(['\0', '\r']) || text.trim().is_empty() {
            return Err("a script has a text, with line feeds alone between its lines".to_owned());
        }
        if let Some(program) = foreign_program_in(text) {
            let name = program.rsplit('/').next().unwrap_or(program);
            return Err(format!(
                "NixOS has no `{program}`; put the package that brings `{name}` on the `path` of the \
                 service, or give the script its `bin/{name}` as a value"
            ));
        }
        Ok(Shape::Stored)
    }

    /// A script that everyone calls by its name.
    pub(crate) fn expect_command(&self, script: &Script) -> Result<(), Fault> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = &script.name;
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(good) {
            return Err(format!(
                "{name:?} is no name of a command, which has small letters, digits and `-`, and \
                 begins with a letter"
            ));
        }
        self.script(script).map(drop)
    }

    fn expect_shell_words(&self, list: &Expr) -> Result<(), Fault> {
        match self.list(list)? {
            Shape::Unknown => Err("an element may be of no fixed type".to_owned()),
            _ => self.expect_words(list),
        }
    }

    /// The lines of an environment file.
    pub(crate) fn environment(&self, variables: &Expr) -> Result<Shape, Fault> {
        self.expect_variables(variables, false)?;
        let stored = self.shape(variables)?.may_be_stored();
        Ok(if stored { Shape::Stored } else { Shape::Str })
    }

    /// An attribute set of texts; null may be among them where it is left out.
    fn expect_variables(&self, expr: &Expr, nulls: bool) -> Result<(), Fault> {
        match expr {
            Expr::Merge(sets) => {
                return sets.iter().try_for_each(|set| self.expect_variables(set, nulls));
            }
            Expr::WithoutNulls(inner) => return self.expect_variables(inner, true),
            _ => {}
        }
        let text = |name: &str, shape: &Shape| match shape {
            Shape::Null if nulls => Ok(()),
            Shape::Nullable(inner) if nulls && inner.is_text() => Ok(()),
            shape if shape.is_text() => Ok(()),
            other => Err(format!(
                "{name}: a variable is a string, integer, boolean or path, but this is {}",
                other.described()
            )),
        };
        match self.shape(expr)? {
            Shape::Record(fields) => fields.iter().try_for_each(|(name, shape)| {
                environment_name(name)?;
                text(name, shape)
            }),
            Shape::Attrs(inner) => text("<name>", &inner),
            other => Err(format!(
                "an environment file is made of an attribute set, but this is {}",
                other.described()
            )),
        }
    }
}

/// The pattern of the name of a variable in an environment file.
pub const ENVIRONMENT_NAME: &str = "[A-Za-z_][A-Za-z0-9_]*";

/// Whether systemd takes a line of an environment file for one of this variable.
///
/// # Errors
/// Says what is wrong with the name.
pub(crate) fn environment_name(name: &str) -> Result<(), String> {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.starts_with(start) && name.chars().all(good) {
        return Ok(());
    }
    Err(format!(
        "{name:?} is no environment variable: systemd takes letters, digits and `_`, and no digit at \
         the beginning"
    ))
}

/// What is escaped in a value of an environment file, which stands in double quotes.
pub const ENVIRONMENT_ESCAPED: [char; 4] = ['\\', '"', '$', '`'];

/// A line of an environment file, as systemd and shells read it.
///
/// # Errors
/// Says why systemd would pass over the line.
pub fn environment_line(name: &str, value: &str) -> Result<String, String> {
    environment_name(name)?;
    if value.chars().any(|c| c.is_ascii_control() && !"\t\n".contains(c)) {
        return Err(format!(
            "{name}: {value:?} has a control character in it, and systemd would pass over the line"
        ));
    }
    let mut out = format!("{name}=\"");
    for c in value.chars() {
        if ENVIRONMENT_ESCAPED.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(out + "\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_shell_is_one_word() {
        for (text, expected) in [
            ("a-b,c.d+e:f@g%h/i_1", "a-b,c.d+e:f@g%h/i_1"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's $x `y`\n", "'it'\\''s $x `y`\n'"),
            ("é", "'é'"),
            ("a=b", "'a=b'"),
        ] {
            assert_eq!(shell_word(text), expected);
        }
    }

    #[test]
    fn a_line_of_an_environment_file_is_what_systemd_reads() {
        let check = |value: &str, expected: &str| {
            assert_eq!(environment_line("A_1", value).unwrap(), format!("A_1={expected}\n"));
        };
        check("", "\"\"");
        check("a b", "\"a b\"");
        check("two\nlines\t", "\"two\nlines\t\"");
        check("\\ \" $x `y` '", "\"\\\\ \\\" \\$x \\`y\\` '\"");
        for (name, value) in [("1A", ""), ("", ""), ("A-B", ""), ("A", "\r"), ("A", "\u{7f}")] {
            assert!(environment_line(name, value).is_err(), "{name} {value:?}");
        }
    }
}
