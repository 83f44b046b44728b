//! Settings in the file formats of programs.

use std::fmt::Write;

use domi_model::{Format, Value, ini, key_value};

use crate::escape::{json_float, json_string};

/// A value as a file of the format, ending in a newline. Attributes are sorted, so that the same
/// value is always the same text.
///
/// # Errors
/// Says what the format cannot hold.
pub(crate) fn render(format: Format, value: &Value) -> Result<String, String> {
    match format {
        Format::Json => Ok(json(value)),
        Format::Yaml => Ok(yaml(value)),
        Format::Toml => toml(value),
        Format::Ini => ini(value),
        Format::KeyValue => key_values(value),
    }
}

fn json(value: &Value) -> String {
    let mut out = String::new();
    json_value(&mut out, value, 0);
    out.push('\n');
    out
}

fn json_value(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::List(items) if !items.is_empty() => {
            block(out, depth, ['[', ']'], items, |out, item| json_value(out, item, depth + 1));
        }
        Value::Attrs(attrs) if !attrs.is_empty() => {
            block(out, depth, ['{', '}'], attrs, |out, (name, value)| {
                out.push_str(&json_string(name));
                out.push_str(": ");
                json_value(out, value, depth + 1);
            });
        }
        scalar => out.push_str(&inline(scalar)),
    }
}

/// Items on lines of their own between brackets, with commas.
fn block<T>(
    out: &mut String,
    depth: usize,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut item: impl FnMut(&mut String, T),
) {
    out.push(open);
    for (i, it) in items.into_iter().enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        item(out, it);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(close);
}

/// A scalar, or an empty list or set: the same text in JSON and YAML.
fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(x) => json_float(*x),
        Value::Str(s) => json_string(s),
        Value::List(_) => "[]".to_owned(),
        Value::Attrs(_) => "{}".to_owned(),
    }
}

/// Block YAML that version 1.1 and 1.2 read alike: every string is in double quotes, so that
/// none of the words, dates and numbers that one of them takes for something else can appear.
fn yaml(value: &Value) -> String {
    let mut out = String::new();
    yaml_value(&mut out, value, 0);
    if out.starts_with('\n') {
        out.remove(0);
    }
    out.push('\n');
    out
}

/// Writes a value after `key:`, `-`, or at the start.
fn yaml_value(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::List(items) if !items.is_empty() => {
            for item in items {
                new_line(out, depth);
                out.push('-');
                yaml_value(out, item, depth + 1);
            }
        }
        Value::Attrs(attrs) if !attrs.is_empty() => {
            for (name, value) in attrs {
                new_line(out, depth);
                let key = yaml_key(name);
                if key.len() > LONGEST_KEY {
                    out.push_str("? ");
                    out.push_str(&key);
                    new_line(out, depth);
                } else {
                    out.push_str(&key);
                }
                out.push(':');
                yaml_value(out, value, depth + 1);
            }
        }
        scalar => {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&yaml_scalar(scalar));
        }
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}

/// A key before its colon has at most 1024 characters.
const LONGEST_KEY: usize = 1000;

fn yaml_key(name: &str) -> String {
    // Words that YAML 1.1 reads as booleans or null.
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && !WORDS.contains(&&*name.to_ascii_lowercase());
    if plain { name.to_owned() } else { yaml_string(name) }
}

fn yaml_scalar(value: &Value) -> String {
    match value {
        Value::Str(s) => yaml_string(s),
        Value::Float(x) => {
            let text = json_float(*x);
            // `1e+20` is a string to YAML 1.1, which wants a point.
            match text.split_once('e') {
                Some((digits, exponent)) if !digits.contains('.') => {
                    format!("{digits}.0e{exponent}")
                }
                _ => text,
            }
        }
        other => inline(other),
    }
}

/// As in JSON, and what YAML does not let through as it is escaped too.
fn yaml_string(s: &str) -> String {
    let mut out = String::new();
    for c in json_string(s).chars() {
        let code = c as u32;
        match code {
            0x7f..=0x9f | 0x2028 | 0x2029 | 0xfeff | 0xfffe | 0xffff => {
                write!(out, "\\u{code:04x}").expect("writing to a String cannot fail");
            }
            _ => out.push(c),
        }
    }
    out
}

fn toml(value: &Value) -> Result<String, String> {
    if !matches!(value, Value::Attrs(_)) {
        return Err(format!("TOML holds an attribute set, not {}", value.described()));
    }
    if let Some(at) = null_within(value, "") {
        return Err(format!("`{at}` is null, which TOML cannot hold"));
    }
    toml_edit::ser::to_string_pretty(value).map_err(|error| error.to_string())
}

/// The path of a null.
fn null_within(value: &Value, at: &str) -> Option<String> {
    let within = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    match value {
        Value::Null => Some(at.to_owned()),
        Value::List(items) => items
            .iter()
            .enumerate()
            .find_map(|(i, item)| null_within(item, &within(&format!("[{i}]")))),
        Value::Attrs(attrs) => {
            attrs.iter().find_map(|(name, value)| null_within(value, &within(name)))
        }
        _ => None,
    }
}

/// Exactly as `lib.generators.toINI { }` writes it, whose escapes no name here needs.
fn ini(value: &Value) -> Result<String, String> {
    let Value::Attrs(sections) = value else {
        return Err(format!("INI holds sections, not {}", value.described()));
    };
    let mut texts = Vec::new();
    for (name, keys) in sections {
        let Value::Attrs(keys) = keys else {
            return Err(format!("`{name}` must be a section, not {}", keys.described()));
        };
        if !ini::is_section(name) {
            return Err(format!("{name:?} cannot be the name of a section of INI"));
        }
        let mut text = format!("[{name}]\n");
        for (key, value) in keys {
            if !ini::is_key(key) {
                return Err(format!("{key:?} cannot be a key of INI"));
            }
            let value = ini_value(value).map_err(|fault| format!("`{name}.{key}` {fault}"))?;
            writeln!(text, "{key}={value}").expect("writing to a String cannot fail");
        }
        texts.push(text);
    }
    Ok(texts.join("\n"))
}

fn ini_value(value: &Value) -> Result<String, String> {
    match value {
        Value::Str(s) if s.contains(['\n', '\r']) => {
            Err("has a line break, which INI cannot hold".into())
        }
        Value::Str(s) if s.ends_with('\\') => {
            Err("ends with a backslash, which would take in the next line".into())
        }
        Value::Str(s) => Ok(s.clone()),
        Value::Float(x) => Ok(format!("{x:.6}")),
        Value::List(_) | Value::Attrs(_) => {
            Err(format!("is {}, which INI cannot hold", value.described()))
        }
        scalar => Ok(inline(scalar)),
    }
}

/// Exactly as the function of the generated modules writes it.
fn key_values(value: &Value) -> Result<String, String> {
    let Value::Attrs(lines) = value else {
        return Err(format!("lines have keys, but this is {}", value.described()));
    };
    let mut out = String::new();
    for (key, value) in lines {
        if !key_value::is_key(key) {
            return Err(format!("{key:?} cannot be the key of a line"));
        }
        let values = match value {
            Value::List(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values {
            let value = line_value(value).map_err(|fault| format!("`{key}` {fault}"))?;
            writeln!(out, "{key} {value}").expect("writing to a String cannot fail");
        }
    }
    Ok(out)
}

fn line_value(value: &Value) -> Result<String, String> {
    match value {
        Value::Bool(true) => Ok("yes".to_owned()),
        Value::Bool(false) => Ok("no".to_owned()),
        Value::Str(s) if s.is_empty() => Ok("\"\"".to_owned()),
        Value::Str(s) => key_value::value(s).map(|()| s.clone()).map_err(str::to_owned),
        Value::Float(x) => Ok(format!("{x:.6}")),
        Value::Int(n) => Ok(n.to_string()),
        Value::Null | Value::List(_) | Value::Attrs(_) => {
            Err(format!("is {}, which no line can hold", value.described()))
        }
    }
}
