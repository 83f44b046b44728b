//! Scripts for a shell, and environment files.

use domi_model::{Expr, Script, environment_line, shell_word};

use crate::eval::{Fault, Scope};

impl Scope<'_> {
    /// The path of a script.
    pub(crate) fn script(&self, script: &Script) -> Result<String, Fault> {
        let mut out = format!("#!{}\n{}", self.shell(), Script::BEGINS);
        for (name, value) in &script.values {
            let text = self.text(value)?;
            let word = if is_path(value) { text } else { shell_word(&text) };
            out += &format!("{name}={word}\n");
        }
        for (name, list) in &script.lists {
            let words: Vec<_> =
                self.texts(self.eval(list)?)?.iter().map(|text| shell_word(text)).collect();
            out += &format!("{name}=({})\n", words.join(" "));
        }
        Ok(self.executable(&script.name, out + &script.text + "\n"))
    }

    /// The lines of an environment file.
    pub(crate) fn environment(&self, variables: &Expr) -> Result<String, Fault> {
        let mut out = String::new();
        for (name, value) in self.attrs(variables)? {
            let value = self.to_text(&value)?;
            out += &environment_line(&name, &value).map_err(Fault::NotWritable)?;
        }
        Ok(out)
    }
}

/// Whether it is the path of a file that the feature or one of its packages has: it needs no quotes.
fn is_path(value: &Expr) -> bool {
    match value {
        Expr::PackagePath(path) => shell_word(&path.path) == path.path,
        Expr::SettingsFile(_) | Expr::TextFile(_) | Expr::Script(_) => true,
        _ => false,
    }
}
