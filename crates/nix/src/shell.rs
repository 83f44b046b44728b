//! Scripts for a shell, and environment files.

use domi_model::{Expr, Script, Value, shell_word};

use crate::arriving::is_plain;
use crate::ast::{Nix, Part};
use crate::expr::file_name;
use crate::names::ENVIRONMENT_LINES;
use crate::scope::Scope;

impl Scope<'_> {
    /// A script, as a file that may be run.
    pub(crate) fn script(&self, script: &Script) -> Nix {
        self.shell_script(script, "writeShellScript")
    }

    /// A script as a package that has it as a command.
    pub(crate) fn command(&self, script: &Script) -> Nix {
        self.shell_script(script, "writeShellScriptBin")
    }

    fn shell_script(&self, script: &Script, writer: &str) -> Nix {
        let mut parts = vec![Part::Text(Script::BEGINS.to_owned())];
        for (name, value) in &script.values {
            push(&mut parts, &format!("{name}="));
            match self.shell_value(value) {
                Part::Text(text) => push(&mut parts, &text),
                other => parts.push(other),
            }
            push(&mut parts, "\n");
        }
        for (name, list) in &script.lists {
            push(&mut parts, &format!("{name}=("));
            parts.push(Part::Interpolation(Nix::lib_call("escapeShellArgs", [self.expr(list)])));
            push(&mut parts, ")\n");
        }
        push(&mut parts, &script.text);
        Nix::ident("pkgs").dot(writer).call(file_name(&script.name)).call(Nix::Str(parts))
    }

    /// A value as one word of a shell.
    fn shell_value(&self, value: &Expr) -> Part {
        if let Some(text) = value.fixed_text() {
            return Part::Text(shell_word(&text));
        }
        match value {
            Expr::Literal(value @ (Value::Int(_) | Value::Bool(_))) => {
                return Part::Text(value.to_string());
            }
            // The store has names that need no quotes.
            Expr::SettingsFile(_) | Expr::TextFile(_) | Expr::Script(_) => {
                return Part::Interpolation(self.expr(value));
            }
            Expr::PackagePath(path) if shell_word(&path.path) == path.path => {
                return Part::Interpolation(self.expr(value));
            }
            _ => {}
        }
        let text = self.string(value);
        if is_plain(self.type_of(value).as_ref(), &|text| shell_word(text) == text) {
            return match text {
                Nix::Str(parts) if parts.len() == 1 => {
                    parts.into_iter().next().unwrap_or_else(none)
                }
                other => Part::Interpolation(other),
            };
        }
        Part::Interpolation(Nix::lib_call("escapeShellArg", [text]))
    }

    /// The lines of an environment file.
    pub(crate) fn environment(&self, variables: &Expr) -> Nix {
        Nix::ident(ENVIRONMENT_LINES).call(self.expr(variables))
    }
}

fn none() -> Part {
    Part::Text(String::new())
}

fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}
