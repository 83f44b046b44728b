//! The quoting rules of the files that a system consists of.

use std::fmt::Write;

/// A string as `builtins.toJSON` writes it: quotes, backslashes and control characters escaped,
/// everything else as it is. systemd reads it back as the same string.
pub(crate) fn json_string(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => push(&mut out, format_args!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A part of an argument of a command line of a unit file, as `utils.escapeSystemdExecArg` writes
/// it, without the quotes around all of it: systemd expands neither specifiers nor variables in it.
pub(crate) fn exec_part(arg: &str) -> String {
    let quoted = specifiers(&json_string(arg)).replace('$', "$$");
    quoted[1..quoted.len() - 1].to_owned()
}

/// A text in which systemd finds no specifier.
pub(crate) fn specifiers(text: &str) -> String {
    text.replace('%', "%%")
}

/// A float as `builtins.toJSON` writes it: the fewest digits that read back as the same number,
/// with a fraction or an exponent, so that it stays a float.
pub(crate) fn json_float(x: f64) -> String {
    if x == 0.0 {
        return if x.is_sign_negative() { "-0.0" } else { "0.0" }.to_owned();
    }
    let scientific = format!("{x:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..15).contains(&exponent) {
        // Up to 15 digits before the point, and down to 0.0001, are written out.
        return format!("{x:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// A word of tmpfiles.d or sysusers.d in double quotes: no specifier is expanded in it.
pub(crate) fn quoted_word(word: &str) -> String {
    let mut out = String::from("\"");
    for c in word.chars() {
        match c {
            '%' => out.push_str("%%"),
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_ascii_control() => push(&mut out, format_args!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The argument of a line of tmpfiles.d, as `systemd.tmpfiles.settings` of NixOS writes it since
/// 25.05: all of it arrives, but specifiers such as `%b` are expanded.
pub(crate) fn tmpfiles_argument(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\t' | '\n' | '\r' | ' ' | '\\' => push(&mut out, format_args!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

fn push(out: &mut String, args: std::fmt::Arguments<'_>) {
    out.write_fmt(args).expect("writing to a String cannot fail");
}
