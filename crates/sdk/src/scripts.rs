//! Scripts for a shell, and environment files.

use domi_model::{Expr as Untyped, Place, Script as Model, TextFile};

use crate::command::CommandLine;
use crate::fault;
use crate::place::here;
use crate::{AbsolutePath, Argv, Expr, IntoAny, IntoExpr, IntoText, Textual};

/// A script for bash, as [`script`] makes it.
///
/// It is a command line where one is wanted: `.start(script(…))`. Elsewhere, [`file`](Self::file)
/// is its path.
#[derive(Debug, Clone)]
#[must_use]
pub struct Script {
    model: Model,
    given: Vec<(String, Option<Place>)>,
}

/// A script for bash: `script("fetch", r#"curl --fail "$url" | jq ."#).value("url", cfg.url())`.
///
/// Values come into it as variables with names of small letters, so that nothing of an option is
/// ever read as shell. The script ends where a command fails (`set -e`), as a `script` of NixOS
/// does. Its PATH is that of the service: coreutils, findutils, grep, sed, systemd and what
/// [`path`](crate::Service::path) adds. Spaces that all lines begin with are left out. Everyone can
/// read it: no secrets.
///
/// `cargo xtask scripts --check` has shellcheck judge all scripts.
pub fn script(name: &str, text: &str) -> Script {
    let (values, lists) = ([].into(), [].into());
    let model = Model { name: name.to_owned(), values, lists, text: dedented(text) };
    Script { model, given: Vec::new() }
}

impl Script {
    /// Sets a variable to a string, number, path or boolean (`true` or `false`), which the script
    /// has as `"$name"`.
    #[track_caller]
    pub fn value(mut self, name: &str, value: impl IntoText) -> Self {
        if self.once(name) {
            self.model.values.insert(name.to_owned(), value.into_text());
        }
        self
    }

    /// Sets an array, which the script has as `"${name[@]}"`.
    #[track_caller]
    pub fn list<T: Textual>(mut self, name: &str, list: impl IntoExpr<Vec<T>>) -> Self {
        if self.once(name) {
            self.model.lists.insert(name.to_owned(), list.into_expr().into_model());
        }
        self
    }

    /// The path of the file, which may be run.
    pub fn file(&self) -> Expr<AbsolutePath> {
        Expr::from_model(Untyped::Script(Box::new(self.model.clone())))
    }

    #[track_caller]
    fn once(&mut self, name: &str) -> bool {
        let place = here();
        match self.given.iter().find(|(known, _)| known == name) {
            Some((_, first)) => {
                let script = format!("script `{}`", self.model.name);
                let thing = format!("the variable `{name}`");
                fault::note(fault::twice(&script, &thing, first.as_ref(), place));
                false
            }
            None => {
                self.given.push((name.to_owned(), place));
                true
            }
        }
    }
}

impl CommandLine for Script {
    fn into_argv(self) -> Argv {
        Argv::of(vec![self.file().into_model()])
    }
}

impl CommandLine for &Script {
    fn into_argv(self) -> Argv {
        self.clone().into_argv()
    }
}

/// A text without the spaces that all of its lines begin with, and without empty lines around it.
fn dedented(text: &str) -> String {
    let lines: Vec<&str> =
        text.lines().map(|line| if line.trim().is_empty() { "" } else { line }).collect();
    let spaces = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let least = lines.iter().filter(|line| !line.is_empty()).map(spaces).min().unwrap_or(0);
    let lines: Vec<&str> = lines.iter().map(|line| line.get(least..).unwrap_or_default()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// Variables as the lines of an environment file, for a file under `/etc`:
/// `system.etc("web.env", environment_lines(attrs! { "PORT": cfg.port() }))`.
///
/// A value is a string, number, path or boolean. It arrives as it is: systemd and shells expand
/// nothing in it.
pub fn environment_lines(variables: impl IntoAny) -> Expr<String> {
    Expr::from_model(Untyped::ToEnvironment(Box::new(variables.into_any())))
}

/// The path of a file of environment variables, for
/// [`environment_file`](crate::Service::environment_file) and other programs that read such files.
/// Everyone can read it: no secrets.
pub fn environment_file(name: &str, variables: impl IntoAny) -> Expr<AbsolutePath> {
    let (name, text) = (name.to_owned(), environment_lines(variables).into_model());
    Expr::from_model(Untyped::TextFile(Box::new(TextFile { name, text })))
}

#[cfg(test)]
mod tests {
    use super::dedented;

    #[test]
    fn spaces_that_all_lines_begin_with_are_left_out() {
        for (text, expected) in [
            ("a", "a"),
            ("  a\n    b\n", "a\n  b"),
            ("\n    a\n\n      b\n    ", "a\n\n  b"),
            ("a\n  b", "a\n  b"),
            ("\tb\n", "\tb"),
            ("", ""),
        ] {
            assert_eq!(dedented(text), expected, "{text:?}");
        }
    }
}
