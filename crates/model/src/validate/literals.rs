//! Names and paths that are written in a manifest as they are, checked where they are written.
//! What is made from settings is checked for each of them, by the same rules.

use std::collections::BTreeMap;

use super::Validator;
use super::directives::fixed_texts;
use crate::codes::{BAD_NAME, BAD_SYSTEM, DUPLICATE};
use crate::{Expr, Place, Scope, System, TmpfilesRule, Unit, UnitKind, names};

/// Types of rules of tmpfiles.d that put something else than a folder at their path.
const FILES: [char; 7] = ['f', 'F', 'w', 'L', 'p', 'b', 'c'];

/// A part of a system, for a problem.
struct Part<'a> {
    subject: String,
    place: Option<&'a Place>,
}

impl Validator<'_> {
    pub(super) fn literals(&mut self) {
        let system = &self.manifest.system;
        system.units.iter().for_each(|unit| self.unit_names(unit));
        self.twice(system);
        self.files(system);
        for user in &system.users {
            let part = Part { subject: user.label(), place: None };
            self.rule(&part, &user.name, names::user);
            self.rule(&part, &user.group, names::user);
            for text in user.description.iter().chain(&user.home) {
                self.rule(&part, text, names::passwd_field);
            }
            if let Some(home) = &user.home {
                self.rule(&part, home, names::path);
            }
        }
        for group in &system.groups {
            let part = Part { subject: group.label(), place: None };
            self.rule(&part, &group.name, names::user);
        }
    }

    fn rule(&mut self, part: &Part<'_>, text: &Expr, rule: fn(&str) -> Result<(), String>) {
        if let Some(fault) = text.fixed_text().and_then(|text| rule(&text).err()) {
            self.add_at(BAD_NAME, &part.subject, fault, part.place);
        }
    }

    fn unit_names(&mut self, unit: &Unit) {
        let suffix = unit.kind.suffix();
        let part = Part { subject: unit.label(), place: unit.place.as_ref() };
        if let Some(name) = unit.name.fixed_text().filter(|_| !unit.kind.is_path())
            && let Err(fault) = names::written_unit(&name, suffix)
        {
            self.add_at(BAD_NAME, &part.subject, fault, part.place);
        }
        let related = unit.wanted_by.iter().chain(unit.relations.values().flatten());
        for name in related.flat_map(fixed_texts) {
            if let Err(fault) = names::unit_reference(&name) {
                self.add_at(BAD_NAME, &part.subject, fault, part.place);
            }
        }
        for name in unit.environment.keys() {
            if let Err(fault) = names::variable(name) {
                self.add_at(BAD_NAME, &part.subject, fault, part.place);
            }
        }
        if !unit.drop_in
            && let Some(fault) = lacks(unit)
        {
            self.add_at(BAD_SYSTEM, &part.subject, fault.to_owned(), part.place);
        }
    }

    /// Parts that are always there, with one name.
    fn twice(&mut self, system: &System) {
        let mut units = BTreeMap::new();
        for unit in system.units.iter().filter(|unit| unit.scope.is_plain()) {
            let Some(name) = unit.fixed_name() else { continue };
            if units.insert((unit.drop_in, name), ()).is_some() {
                let message = "two units of the feature have this name".to_owned();
                self.add_at(DUPLICATE, &unit.label(), message, unit.place.as_ref());
            }
        }
        // Parts of one user, or one rule, are merged; only what both say must be the same.
        let mut users: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for user in &system.users {
            let Some(name) = fixed(&user.scope, &user.name) else { continue };
            let fields = [
                ("group", Some(&user.group)),
                ("description", user.description.as_ref()),
                ("home", user.home.as_ref()),
            ];
            let given = users.entry(name).or_default();
            let kind = if user.normal { "normal" } else { "system" };
            let uid = user.uid.map(|uid| uid.to_string());
            for field in differing(given, [("kind", Some(kind.to_owned())), ("uid", uid)]) {
                let message = format!("two parts of the feature give it another `{field}`");
                self.add(DUPLICATE, user.label(), message);
            }
            for field in differing(given, fields.map(|(field, e)| (field, e.and_then(text)))) {
                let message = format!("two parts of the feature give it another `{field}`");
                self.add(DUPLICATE, user.label(), message);
            }
        }
        let mut rules: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for rule in &system.tmpfiles {
            let Some(path) = fixed(&rule.scope, &rule.path) else { continue };
            let kind = &rule.kind;
            let fields = [
                ("mode", rule.mode.clone()),
                ("user", rule.user.as_ref().and_then(text)),
                ("group", rule.group.as_ref().and_then(text)),
                ("age", rule.age.as_ref().and_then(text)),
                ("argument", rule.argument.as_ref().and_then(text)),
            ];
            for field in differing(rules.entry((path, kind)).or_default(), fields) {
                let message =
                    format!("two rules of type `{kind}` give this path another `{field}`");
                self.add(DUPLICATE, rule.label(), message);
            }
        }
    }

    /// Files of etc among each other, and with rules of tmpfiles.d.
    fn files(&mut self, system: &System) {
        let mut files: Vec<String> = Vec::new();
        for file in &system.etc {
            let part = Part { subject: file.label(), place: None };
            self.rule(&part, &file.path, names::etc_path);
            let Some(path) = fixed(&file.scope, &file.path) else { continue };
            if files.contains(&path) {
                let message = "two parts of the feature write this file";
                self.add(DUPLICATE, &part.subject, message);
            }
            for other in &files {
                let (file, within) =
                    if other.len() < path.len() { (other, &path) } else { (&path, other) };
                if is_within(file, within) {
                    let message = format!("`{file}` is a file, and a folder with `{within}` in it");
                    self.add(DUPLICATE, &part.subject, message);
                }
            }
            files.push(path);
        }
        for rule in &system.tmpfiles {
            self.tmpfiles_rule(rule, &files);
        }
    }

    fn tmpfiles_rule(&mut self, rule: &TmpfilesRule, files: &[String]) {
        let part = Part { subject: rule.label(), place: None };
        if let Some(path) = written(&rule.path)
            && let Err(fault) = names::tmpfiles_path(&path)
        {
            self.add_at(BAD_NAME, &part.subject, fault, part.place);
        }
        let Some(path) = fixed(&rule.scope, &rule.path) else { return };
        let Some(below) = path.strip_prefix("/etc/").map(|path| path.trim_end_matches('/')) else {
            return;
        };
        for file in files {
            let fault = if file == below || is_within(file, below) {
                format!("`/etc/{file}` is a file of the feature, which a rule must leave alone")
            } else if is_within(below, file) && rule.kind.starts_with(FILES) {
                format!("`{path}` is a folder with the feature's `{file}` in it")
            } else {
                continue;
            };
            self.add(BAD_SYSTEM, &part.subject, fault);
        }
    }
}

/// A text as it is written where specifiers are expanded, if no setting decides on it.
fn written(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Specifier(specifier) => Some(specifier.clone()),
        Expr::Text(parts) => parts.iter().map(written).collect(),
        other => other.fixed_text().map(|text| text.replace('%', "%%")),
    }
}

fn text(expr: &Expr) -> Option<String> {
    expr.fixed_text()
}

/// The fields of which a part says something else than those before it.
fn differing<const N: usize>(
    given: &mut BTreeMap<&'static str, String>,
    fields: [(&'static str, Option<String>); N],
) -> Vec<&'static str> {
    let mut differing = Vec::new();
    for (field, value) in fields {
        let Some(value) = value else { continue };
        if given.get(field).is_some_and(|other| *other != value) {
            differing.push(field);
        }
        given.entry(field).or_insert(value);
    }
    differing
}

/// The text of a part that is there once and always.
fn fixed(scope: &Scope, text: &Expr) -> Option<String> {
    text.fixed_text().filter(|_| scope.is_plain())
}

fn is_within(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Why systemd would refuse a unit, for what it has not.
fn lacks(unit: &Unit) -> Option<&'static str> {
    const TIMES: [&str; 8] = [
        "OnActiveSec",
        "OnBootSec",
        "OnCalendar",
        "OnClockChange",
        "OnStartupSec",
        "OnTimezoneChange",
        "OnUnitActiveSec",
        "OnUnitInactiveSec",
    ];
    const WATCHED: [&str; 5] =
        ["DirectoryNotEmpty", "PathChanged", "PathExists", "PathExistsGlob", "PathModified"];
    let has_any = |keys: &[&str]| keys.iter().any(|key| unit.config.contains_key(*key));
    match unit.kind {
        UnitKind::Service => unit.commands_at_best().fault(),
        UnitKind::Timer if !has_any(&TIMES) => {
            Some("a timer needs a time, such as `OnCalendar`, or systemd refuses it")
        }
        UnitKind::Socket if !unit.config.keys().any(|key| key.starts_with("Listen")) => Some(
            "a socket needs something to listen on, such as `ListenStream`, or systemd refuses it",
        ),
        UnitKind::Path if !has_any(&WATCHED) => {
            Some("a path unit needs a path, such as `PathExists`, or systemd refuses it")
        }
        UnitKind::Mount if !has_any(&["What"]) => {
            Some("a mount needs a `What`, or systemd refuses it")
        }
        _ => None,
    }
}
