//! Writes a tree as Nix text that means exactly the tree. Layout is left to nixfmt, except for
//! what it takes from its input: empty lines, and which attribute sets stand on lines of their
//! own.

mod level;

use self::level::{Level, has_no_literal};
use crate::ast::{Binding, Bound, Key, Nix, Op, Param, Part, is_identifier};
use crate::text;

/// The tree as a formatted file, with a comment at its top.
pub(crate) fn file(header: &str, nix: &Nix) -> String {
    let mut printer = Printer::default();
    printer.comment(header);
    printer.expr(nix, Level::Lowest);
    printer.out.push('\n');
    format(printer.out)
}

/// The tree as formatted text without a final newline, for a documentation's code.
pub(crate) fn fragment(nix: &Nix) -> String {
    let mut printer = Printer::default();
    printer.expr(nix, Level::Lowest);
    if is_short(nix) {
        return printer.out;
    }
    printer.out.push('\n');
    format(printer.out).trim_end_matches('\n').to_owned()
}

/// What nixfmt makes of it, and of that again until it changes nothing more: seldom, a line that it
/// has broken it would join the next time. The text's meaning is right without formatting too, so what
/// nixfmt fails at stays as it is.
fn format(text: String) -> String {
    let mut text = text;
    for _ in 0..PASSES {
        // It counts columns without care, and panics on some of the longest lines where overflow is
        // checked.
        match std::panic::catch_unwind(|| nixfmt_rs::format(&text)) {
            Ok(Ok(formatted)) if formatted != text => text = formatted,
            _ => break,
        }
    }
    text
}

/// How often nixfmt is asked at the most. Two passes were enough for whatever was tried.
const PASSES: usize = 4;

#[derive(Default)]
struct Printer {
    out: String,
}

impl Printer {
    fn expr(&mut self, nix: &Nix, wanted: Level) {
        if Level::of(nix) < wanted {
            self.out.push('(');
            self.bare(nix);
            self.out.push(')');
        } else {
            self.bare(nix);
        }
    }

    fn bare(&mut self, nix: &Nix) {
        match nix {
            Nix::Ident(name) => self.out.push_str(name),
            Nix::Int(i64::MIN) => self.out.push_str(&format!("-{} - 1", i64::MAX)),
            Nix::Int(n) => self.out.push_str(&n.to_string()),
            Nix::Float(x) => self.out.push_str(&float(*x)),
            Nix::Str(parts) => self.string(parts),
            Nix::Path(path) => self.path(path),
            Nix::List(items) => self.list(items),
            Nix::Attrs(bindings) => self.attrs(bindings),
            Nix::Select { base, path, default } => {
                self.expr(base, Level::Atom);
                self.out.push('.');
                self.attr_path(path);
                if let Some(default) = default {
                    self.out.push_str(" or ");
                    self.expr(default, Level::Select.above());
                }
            }
            Nix::HasAttr { base, path } => {
                self.expr(base, Level::HasAttr.above());
                self.out.push_str(" ? ");
                self.attr_path(path);
            }
            Nix::Apply(function, argument) => {
                self.expr(function, Level::Apply);
                self.out.push(' ');
                self.expr(argument, Level::Select);
            }
            Nix::Lambda(param, body) => {
                self.param(param);
                self.out.push_str(": ");
                self.expr(body, Level::Lowest);
            }
            Nix::Let(bindings, body) => {
                self.out.push_str("let\n");
                self.bindings(bindings);
                self.out.push_str("in\n");
                self.expr(body, Level::Lowest);
            }
            Nix::If(parts) => {
                self.out.push_str("if ");
                self.expr(&parts[0], Level::Lowest);
                self.out.push_str(" then ");
                self.expr(&parts[1], Level::Lowest);
                self.out.push_str(" else ");
                self.expr(&parts[2], Level::Lowest);
            }
            Nix::Assert(parts) => {
                self.out.push_str("assert ");
                self.expr(&parts[0], Level::Lowest);
                self.out.push_str(";\n");
                self.expr(&parts[1], Level::Lowest);
            }
            Nix::Not(inner) => {
                self.out.push('!');
                self.expr(inner, Level::Not);
            }
            Nix::Binary(op, sides) => self.binary(*op, &sides[0], &sides[1]),
        }
    }

    fn binary(&mut self, op: Op, left: &Nix, right: &Nix) {
        let level = Level::of_op(op);
        // `//` and `++` lean to the right, `==` and `<` to no side at all.
        let (left_level, right_level) = match op {
            Op::Update | Op::Concat => (level.above(), level),
            Op::Or | Op::And | Op::Add | Op::Subtract | Op::Multiply | Op::Divide => {
                (level, level.above())
            }
            _ => (level.above(), level.above()),
        };
        self.expr(left, left_level);
        self.out.push_str(match op {
            Op::Or => " || ",
            Op::And => " && ",
            Op::Equal => " == ",
            Op::NotEqual => " != ",
            Op::Less => " < ",
            Op::LessOrEqual => " <= ",
            Op::Greater => " > ",
            Op::GreaterOrEqual => " >= ",
            Op::Update => " // ",
            Op::Add => " + ",
            Op::Subtract => " - ",
            Op::Multiply => " * ",
            Op::Divide => " / ",
            Op::Concat => " ++ ",
        });
        self.expr(right, right_level);
    }

    fn list(&mut self, items: &[Nix]) {
        let lines = items.len() > 1 && items.iter().any(|item| !is_short(item));
        self.out.push('[');
        for item in items {
            self.out.push(if lines { '\n' } else { ' ' });
            self.expr(item, Level::Select);
        }
        self.out.push_str(if lines { "\n]" } else { " ]" });
    }

    fn attrs(&mut self, bindings: &[Binding]) {
        match bindings {
            [] => self.out.push_str("{ }"),
            [only] if !only.gap && only.comment.is_none() && fits_a_line(only) => {
                self.out.push_str("{ ");
                self.binding(only);
                self.out.push_str(" }");
            }
            _ => {
                self.out.push_str("{\n");
                self.bindings(bindings);
                self.out.push('}');
            }
        }
    }

    fn bindings(&mut self, bindings: &[Binding]) {
        for (i, binding) in bindings.iter().enumerate() {
            if binding.gap && i > 0 {
                self.out.push('\n');
            }
            if let Some(comment) = &binding.comment {
                self.comment(comment);
            }
            self.binding(binding);
            self.out.push('\n');
        }
    }

    fn binding(&mut self, binding: &Binding) {
        match &binding.bound {
            Bound::Value(path, value) => {
                self.attr_path(path);
                self.out.push_str(" = ");
                self.expr(value, Level::Lowest);
            }
            Bound::Inherit(from, names) => {
                self.out.push_str("inherit");
                if let Some(from) = from {
                    self.out.push_str(" (");
                    self.expr(from, Level::Lowest);
                    self.out.push(')');
                }
                for name in names {
                    self.out.push(' ');
                    self.out.push_str(name);
                }
            }
        }
        self.out.push(';');
    }

    fn attr_path(&mut self, path: &[Key]) {
        for (i, key) in path.iter().enumerate() {
            if i > 0 {
                self.out.push('.');
            }
            match key {
                Key::Name(name) if is_identifier(name) => self.out.push_str(name),
                Key::Name(name) => self.out.push_str(&text::quoted(name)),
                Key::Dynamic(Nix::Str(parts)) => self.quoted(parts),
                Key::Dynamic(nix) => self.interpolation(nix),
            }
        }
    }

    fn param(&mut self, param: &Param) {
        match param {
            Param::Ident(name) => self.out.push_str(name),
            Param::Formals(names) if names.is_empty() => self.out.push('_'),
            Param::Exactly(names) => {
                self.out.push_str(&format!("{{ {} }}", names.join(", ")));
            }
            Param::Formals(names) => {
                self.out.push_str("{ ");
                for name in names {
                    self.out.push_str(name);
                    self.out.push_str(", ");
                }
                self.out.push_str("... }");
            }
        }
    }

    /// A path literal; one that the syntax of paths has no room for is put together from a
    /// string.
    fn path(&mut self, path: &str) {
        let plain =
            path.split('/').all(|name| !name.is_empty() && name.chars().all(is_path_character));
        if plain {
            self.out.push_str(path);
        } else {
            self.out.push_str("(./. + ");
            self.out.push_str(&text::quoted(&format!("/{path}")));
            self.out.push(')');
        }
    }

    fn string(&mut self, parts: &[Part]) {
        if text::reads_well_indented(parts) {
            self.indented(parts);
        } else {
            self.quoted(parts);
        }
    }

    fn quoted(&mut self, parts: &[Part]) {
        self.out.push('"');
        for part in parts {
            match part {
                Part::Text(text) => self.out.push_str(&text::escaped(text)),
                Part::Interpolation(nix) => self.interpolation(nix),
            }
        }
        self.out.push('"');
    }

    fn indented(&mut self, parts: &[Part]) {
        self.out.push_str("''\n");
        for part in parts {
            match part {
                Part::Text(text) => self.out.push_str(&text::escaped_indented(text)),
                Part::Interpolation(nix) => self.interpolation(nix),
            }
        }
        self.out.push_str("''");
    }

    fn interpolation(&mut self, nix: &Nix) {
        self.out.push_str("${");
        self.expr(nix, Level::Lowest);
        self.out.push('}');
    }

    fn comment(&mut self, comment: &str) {
        for line in comment.lines() {
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            self.out.push_str("# ");
            self.out.push_str(line.trim());
            self.out.push('\n');
        }
    }
}

fn is_path_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+')
}

/// A float as Nix reads it: always with a point, and with an exponent where it is far from one.
///
/// What has no literal is read from JSON, which may hold it.
fn float(x: f64) -> String {
    if has_no_literal(x) {
        return format!("builtins.fromJSON \"{x:?}\"");
    }
    let plain = format!("{x:?}");
    match plain.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => plain,
    }
}

/// Whether several of its kind read well on one line.
fn is_short(nix: &Nix) -> bool {
    match nix {
        Nix::Ident(_) | Nix::Int(_) | Nix::Float(_) => true,
        Nix::Str(_) => nix.as_text().is_some_and(|text| text.len() < 40 && !text.contains('\n')),
        _ => false,
    }
}

fn fits_a_line(binding: &Binding) -> bool {
    match &binding.bound {
        Bound::Value(_, value) => match value {
            Nix::Select { .. } => true,
            other => is_short(other),
        },
        Bound::Inherit(..) => true,
    }
}

#[cfg(test)]
mod roundtrip;
