//! Names and paths that are written in a manifest as they are, checked where they are written.
//! What is made from settings is checked for each of them, by the same rules.

use std::collections::BTreeMap;

use super::Validator;
use crate::codes::{BAD_NAME, BAD_SYSTEM, DUPLICATE};
use crate::{Expr, Place, Scope, System, TmpfilesRule, Unit, UnitKind, Value, names};

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
            let part = Part { subject: named("user", &user.name), place: None };
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
            let part = Part { subject: named("group", &group.name), place: None };
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
        let part = Part { subject: unit_subject(unit), place: unit.place.as_ref() };
        if let Some(name) = unit.name.fixed_text()
            && let Err(fault) = names::written_unit(&name, suffix)
        {
            self.add_at(BAD_NAME, &part.subject, fault, part.place);
        }
        for name in unit.wanted_by.iter().chain(unit.relations.values().flatten()) {
            self.rule(&part, name, names::unit_reference);
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
            let Some(name) = unit.name.fixed_text() else { continue };
            if units.insert((unit.kind, unit.drop_in, name), ()).is_some() {
                let message = "two units of the feature have this name".to_owned();
                self.add_at(DUPLICATE, &unit_subject(unit), message, unit.place.as_ref());
            }
        }
        let mut users = BTreeMap::new();
        for user in &system.users {
            let Some(name) = fixed(&user.scope, &user.name) else { continue };
            if users.insert(name, user).is_some_and(|other| other != user) {
                let message = "two different users of the feature have this name";
                self.add(DUPLICATE, named("user", &user.name), message);
            }
        }
    }

    /// Files of etc among each other, and with rules of tmpfiles.d.
    fn files(&mut self, system: &System) {
        let mut files: Vec<String> = Vec::new();
        for file in &system.etc {
            let part = Part { subject: named("etc file", &file.path), place: None };
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
        let part = Part { subject: named("tmpfiles rule", &rule.path), place: None };
        if let Some(path) = rule.path.fixed_text()
            && let Err(fault) = names::path(path.strip_prefix('%').map_or(&path, |_| "/"))
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

/// The text of a part that is there once and always.
fn fixed(scope: &Scope, text: &Expr) -> Option<String> {
    text.fixed_text().filter(|_| scope.is_plain())
}

fn is_within(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// What a part is called in a problem.
fn named(kind: &str, name: &Expr) -> String {
    match name.fixed_text() {
        Some(name) => format!("{kind} `{name}`"),
        None => format!("a {kind}"),
    }
}

fn unit_subject(unit: &Unit) -> String {
    match unit.name.fixed_text() {
        Some(name) => format!("{name}.{}", unit.kind.suffix()),
        None => format!("a {}", unit.kind.suffix()),
    }
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
        UnitKind::Service => service_lacks(unit),
        UnitKind::Timer if !has_any(&TIMES) => {
            Some("a timer needs a time, such as `OnCalendar`, or systemd refuses it")
        }
        UnitKind::Socket if !unit.config.keys().any(|key| key.starts_with("Listen")) => Some(
            "a socket needs something to listen on, such as `ListenStream`, or systemd refuses it",
        ),
        UnitKind::Path if !has_any(&WATCHED) => {
            Some("a path unit needs a path, such as `PathExists`, or systemd refuses it")
        }
        _ => None,
    }
}

fn service_lacks(unit: &Unit) -> Option<&'static str> {
    let commands = |key: &str| unit.commands.get(key).map_or(0, Vec::len);
    let start = unit.commands.get("ExecStart").map_or(&[][..], Vec::as_slice);
    let ends_well = unit.unit_config.contains_key("SuccessAction");
    let oneshot = match unit.config.get("Type").map(|setting| &setting.value) {
        Some(Expr::Literal(Value::Str(word))) => word == "oneshot",
        Some(_) => true,
        None => false,
    };
    if start.is_empty() && !oneshot {
        return Some(
            "a service needs an `ExecStart`, or to be of the type `oneshot`: systemd refuses it",
        );
    }
    if start.is_empty() && commands("ExecStop") == 0 && !ends_well {
        return Some("a service needs an `ExecStart` or an `ExecStop`: systemd refuses it");
    }
    if start.is_empty() && !unit.config.contains_key("RemainAfterExit") && !ends_well {
        return Some(
            "a service without an `ExecStart` needs `RemainAfterExit`: systemd refuses it",
        );
    }
    let always = start.iter().filter(|command| command.when.is_none()).count();
    (always > 1 && !oneshot)
        .then_some("only a service of the type `oneshot` has several commands in `ExecStart`")
}
