//! What can be known of a unit's values before there are settings.

use std::collections::BTreeMap;

use super::Validator;
use crate::codes::{BAD_NAME, BAD_SYSTEM};
use crate::context::Context;
use crate::directive::{Reading, Start, directive};
use crate::nixos::{check_program, foreign_program_in};
use crate::shape::Shape;
use crate::specifier::Ran;
use crate::{Command, Expansion, Expr, Place, Setting, UnitKind, Value};

/// What a unit's values are part of.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) subject: &'a str,
    pub(super) place: Option<&'a Place>,
}

impl Validator<'_> {
    /// The values of the section of a unit's kind, or of `[Unit]` where there is no kind.
    pub(super) fn section(
        &mut self,
        owner: Owner<'_>,
        kind: Option<UnitKind>,
        settings: &BTreeMap<String, Setting>,
        context: &Context<'_>,
    ) {
        for (key, setting) in settings {
            let (reading, repeats) = match directive(kind, key) {
                Ok(directive) => (directive.reading, directive.repeats),
                Err(message) => {
                    self.add_at(BAD_NAME, owner.subject, message, owner.place);
                    // The author may mean anything by it.
                    (Reading::Line { start: Start::Any, expands: true }, true)
                }
            };
            if reading == Reading::Command {
                let message = format!("`{key}` is a command: give it as one, word by word");
                self.add_at(BAD_SYSTEM, owner.subject, message, owner.place);
            }
            let expansion = match reading {
                Reading::Units => Some(Expansion::UnitName),
                _ => reading.expands().then_some(Expansion::Value),
            };
            let context = context.expanding(expansion);
            self.setting(owner, key, setting, &context);
            if !repeats && matches!(context.shape(&setting.value), Ok(Shape::List(_))) {
                let message = format!("`{key}` has one value; of a list the last would win");
                self.add_at(BAD_SYSTEM, owner.subject, message, owner.place);
            }
            for text in texts(&setting.value) {
                if let Err(fault) = text.fits(key, reading) {
                    let message = format!("{key}: {fault}");
                    self.add_at(BAD_SYSTEM, owner.subject, message, owner.place);
                }
            }
        }
    }

    /// The variables of a service's environment.
    pub(super) fn environment(
        &mut self,
        owner: Owner<'_>,
        variables: &BTreeMap<String, Setting>,
        context: &Context<'_>,
    ) {
        let context = context.expanding(Some(Expansion::Value));
        for (name, setting) in variables {
            self.setting(owner, name, setting, &context);
            for text in texts(&setting.value) {
                self.programs_in(owner, name, &text.text);
            }
        }
    }

    fn setting(&mut self, owner: Owner<'_>, key: &str, setting: &Setting, context: &Context<'_>) {
        let Owner { subject, place } = owner;
        let inner = match &setting.when {
            Some(when) => {
                self.typed(subject, place, context.expanding(None).expect_bool(when));
                context.assuming(when)
            }
            None => context.clone(),
        };
        let result =
            inner.expect_setting(&setting.value).map_err(|fault| format!("{key}: {fault}"));
        self.typed(subject, place, result);
    }

    pub(super) fn command(
        &mut self,
        owner: Owner<'_>,
        key: &str,
        command: &Command,
        context: &Context<'_>,
    ) {
        let Owner { subject, place } = owner;
        match directive(Some(UnitKind::Service), key).map(|directive| directive.reading) {
            Ok(Reading::Command) => {}
            Ok(_) => {
                self.add_at(BAD_SYSTEM, subject, format!("`{key}` takes no command"), place);
            }
            Err(message) => self.add_at(BAD_NAME, subject, message, place),
        }
        if !is_prefix(&command.prefix) {
            let message = format!("{:?} is no prefix of a command", command.prefix);
            self.add_at(BAD_SYSTEM, subject, message, place);
        }
        if command.prefix.contains(':') {
            let message = format!("{key}: nothing in a command is expanded; leave the `:` out");
            self.add_at(BAD_SYSTEM, subject, message, place);
        }
        let mut inner = context.clone();
        if let Some(when) = &command.when {
            self.typed(subject, place, context.expect_bool(when));
            inner = context.assuming(when);
        }
        if matches!(&command.argv, Expr::List(items) if items.is_empty()) {
            self.add_at(BAD_SYSTEM, subject, format!("{key} has no program"), place);
        }
        let words =
            inner.expanding(Some(Expansion::Argument(Ran::of(key)))).expect_words(&command.argv);
        self.typed(subject, place, words.map_err(|fault| format!("{key}: {fault}")));
        for program in first_words(&command.argv) {
            let fault = match program.fixed_text() {
                Some(program) => check_program(&program).err(),
                None if holds_specifier(program) => {
                    let message = "a program is found by its path, without a specifier or variable";
                    Some(message.to_owned())
                }
                None => None,
            };
            if let Some(fault) = fault {
                self.add_at(BAD_SYSTEM, subject, format!("{key}: {fault}"), place);
            }
        }
        for text in texts(&command.argv).iter().skip(1) {
            self.programs_in(owner, key, &text.text);
        }
    }

    /// Programs that a text names, for a shell or as the value of a variable.
    fn programs_in(&mut self, owner: Owner<'_>, key: &str, text: &str) {
        if let Some(program) = foreign_program_in(text) {
            let name = program.rsplit('/').next().unwrap_or(program);
            let message = format!(
                "{key}: NixOS has no `{program}`; declare the package that brings it, and name its \
                 `bin/{name}`"
            );
            self.add_at(BAD_SYSTEM, owner.subject, message, owner.place);
        }
    }
}

/// A text that an author has written, as far as it is fixed.
struct Written {
    text: String,
    /// Whether it is all of a value, and not what stands around an expression.
    whole: bool,
}

impl Written {
    /// Whether systemd takes it for a value that is read so.
    fn fits(&self, key: &str, reading: Reading) -> Result<(), String> {
        let text = &*self.text;
        if text.contains(['\n', '\r', '\0']) {
            return Err(format!("{text:?} has a line break in it, which would begin another line"));
        }
        if let Reading::Line { start: Start::Credential, .. } = reading {
            return credential(text, self.whole);
        }
        if !self.whole {
            return Ok(());
        }
        if text.ends_with('\\') || text.trim() != text {
            return Err(format!("{text:?} begins or ends with a blank, or ends with a backslash"));
        }
        match reading {
            Reading::Form(form) if !reading.arrival(true).matches(text) => {
                Err(format!("{text:?} is not {}", form.described()))
            }
            Reading::Line { start: Start::Root, .. } => {
                let path = text.strip_prefix('-').unwrap_or(text);
                let home = key == "WorkingDirectory" && path == "~";
                if path.starts_with('/') || home {
                    Ok(())
                } else {
                    Err(format!("{text:?} is no absolute path"))
                }
            }
            Reading::Words(Start::Root) => match words(text)?.iter().find(|word| !is_path(word)) {
                Some(word) if *word != text => Err(format!(
                    "{text:?} is read as several words, of which {word:?} is no absolute path; \
                     quote a path that has blanks in it"
                )),
                Some(word) => Err(format!("{word:?} is no absolute path")),
                None => Ok(()),
            },
            Reading::Words(_) => words(text).map(drop),
            Reading::Names { start: Start::Below, .. } => {
                let bad = |part: &str| matches!(part, "" | "." | "..");
                let leads_out = |word: &str| word.split(':').any(|path| path.split('/').any(bad));
                match text.split_whitespace().find(|word| leads_out(word)) {
                    Some(word) => Err(format!("{word:?} is no folder within another")),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

fn is_path(word: &str) -> bool {
    word.trim_start_matches(['-', '+']).starts_with('/')
}

/// A credential's name and its path, or what of them is fixed.
fn credential(text: &str, whole: bool) -> Result<(), String> {
    let name = |name: &str| !name.is_empty() && !name.contains(['/', ' ']);
    match text.split_once(':') {
        Some((id, path)) if name(id) && (path.is_empty() && !whole || path.starts_with('/')) => {
            Ok(())
        }
        Some((id, path)) if name(id) && whole && name(path) && !path.contains(':') => Ok(()),
        None if name(text) => Ok(()),
        _ => Err(format!("{text:?} is no name of a credential with a colon and a path")),
    }
}

/// The words of a text, without their quotes.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    let (mut within, mut quote, mut chars) = (false, None, text.chars());
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            within = false;
            continue;
        }
        if !within {
            words.push(String::new());
            within = true;
        }
        let word = words.last_mut().map(|word| |c: char| word.push(c));
        match (c, quote, word) {
            ('\\', _, Some(mut push)) => match chars.next() {
                Some(next) => push(next),
                None => return Err(format!("{text:?} ends with a backslash")),
            },
            ('"' | '\'', None, _) => quote = Some(c),
            (c, Some(open), _) if c == open => quote = None,
            (c, _, Some(mut push)) => push(c),
            _ => {}
        }
    }
    match quote {
        Some(_) => Err(format!("{text:?} has a quote that nothing closes")),
        None => Ok(words),
    }
}

/// The strings that a value is written to be or to hold, each as a whole.
pub(super) fn fixed_texts(expr: &Expr) -> Vec<String> {
    texts(expr).into_iter().filter(|it| it.whole).map(|it| it.text).collect()
}

/// The texts that are written in a value.
fn texts(expr: &Expr) -> Vec<Written> {
    let whole = |text: String| vec![Written { text, whole: true }];
    if let Some(text) = expr.fixed_text() {
        return whole(text);
    }
    match expr {
        Expr::Literal(Value::Int(n)) => whole(n.to_string()),
        Expr::Literal(Value::Bool(b)) => whole(b.to_string()),
        Expr::Literal(Value::List(items)) => {
            let item = |item: &Value| texts(&Expr::Literal(item.clone()));
            items.iter().flat_map(item).collect()
        }
        Expr::Text(parts) => {
            let fixed = parts.iter().filter_map(Expr::fixed_text);
            fixed.map(|text| Written { text, whole: false }).collect()
        }
        Expr::List(parts) | Expr::Concat(parts) => parts.iter().flat_map(texts).collect(),
        Expr::If(branch) => [&branch.then, &branch.otherwise].into_iter().flat_map(texts).collect(),
        Expr::Match(choice) => choice.arms.iter().flat_map(|arm| texts(&arm.body)).collect(),
        Expr::MapList(map) => texts(&map.body),
        Expr::AttrsToList(map) => texts(&map.body),
        _ => Vec::new(),
    }
}

/// What the first word of a command can be.
fn first_words(argv: &Expr) -> Vec<&Expr> {
    match argv {
        Expr::List(items) => items.first().map(alternatives).unwrap_or_default(),
        Expr::Concat(lists) => lists.first().map(first_words).unwrap_or_default(),
        Expr::If(branch) => {
            [&branch.then, &branch.otherwise].into_iter().flat_map(first_words).collect()
        }
        _ => Vec::new(),
    }
}

/// What a word can be.
fn alternatives(word: &Expr) -> Vec<&Expr> {
    match word {
        Expr::If(branch) => {
            [&branch.then, &branch.otherwise].into_iter().flat_map(alternatives).collect()
        }
        Expr::Match(choice) => choice.arms.iter().flat_map(|arm| alternatives(&arm.body)).collect(),
        other => vec![other],
    }
}

fn holds_specifier(expr: &Expr) -> bool {
    match expr {
        Expr::Specifier(_) | Expr::CommandVariable(_) => true,
        Expr::Text(parts) => parts.iter().any(holds_specifier),
        _ => false,
    }
}

/// Whether systemd takes these characters before a command: each once, and only one of those
/// that say which privileges it has.
fn is_prefix(prefix: &str) -> bool {
    let rest = prefix.replacen("!!", "!", 1);
    let privileges = rest.chars().filter(|c| "+!".contains(*c)).count();
    let once = |c: char| rest.matches(c).count() <= 1;
    rest.chars().all(|c| "@-:+!".contains(c) && once(c)) && privileges <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_one_that_systemd_takes() {
        for prefix in ["", "-", "+", "!", "!!", "-!!", "@-:+"] {
            assert!(is_prefix(prefix), "{prefix:?}");
        }
        for prefix in ["+!", "--", "!!!", "x", "|"] {
            assert!(!is_prefix(prefix), "{prefix:?}");
        }
    }

    #[test]
    fn words_are_those_that_systemd_reads() {
        let check = |text: &str, expected: &[&str]| assert_eq!(words(text).unwrap(), expected);
        check("/a /b", &["/a", "/b"]);
        check(r#""/a b" '/c d' /e\ f"#, &["/a b", "/c d", "/e f"]);
        check(r#""":"/x y""#, &[":/x y"]);
        assert!(words("\"/a").is_err());
        assert!(words("/a\\").is_err());
    }
}
