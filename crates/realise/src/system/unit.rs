//! Unit files, as NixOS writes them.

use std::collections::BTreeMap;
use std::fmt::Write;

use domi_model::{self as model, Command, Expr, Setting, UnitKind, reserved};

use super::Unit;
use super::build::{About, Builder};
use super::section::Section;
use super::{drop_in, names};
use crate::Datum;
use crate::codes::{NAME_UNUSABLE, NOT_WRITABLE, TWICE};
use crate::escape::{exec_arg, json_string};
use crate::eval::{Fault, Scope};

impl Builder<'_> {
    pub(super) fn unit(&mut self, part: &model::Unit, scope: &Scope<'_>) {
        let suffix = part.kind.suffix();
        let place = part.place.as_ref();
        let name = scope.text(&part.name);
        let about = About { subject: suffix, place };
        let usable = |name: &str| names::unit(name, suffix);
        let Some(name) = self.text(about, name, NAME_UNUSABLE, usable) else { return };
        let full_name = format!("{name}.{suffix}");
        let about = About { subject: &full_name, place };
        if !part.drop_in && reserved::unit(&full_name).is_some() {
            self.problem(NAME_UNUSABLE, about, "machines have a unit of this name");
        }
        let wanted_by = self.references(about, &part.wanted_by, scope);
        let none = Vec::new();
        let required_by = part.relations.get("requiredBy").unwrap_or(&none);
        let required_by = self.references(about, required_by, scope);
        let unit_section = self.unit_section(part, about, scope);
        let own_section = self.own_section(part, about, scope);
        self.warned(part, &own_section, about, scope);
        let environment = self.environment(part, about, scope);
        let (text, units) = if part.drop_in {
            let text = drop_in::render(part.kind, &unit_section, &environment, &own_section);
            (text, &mut self.system.drop_ins)
        } else {
            let text = render(part.kind, &unit_section, &environment, &own_section, &wanted_by);
            (text, &mut self.system.units)
        };
        let unit = Unit { text, wanted_by, required_by };
        if units.insert(full_name.clone(), unit).is_some() {
            self.problem(TWICE, about, "two units of the feature have this name");
        }
    }

    /// Full names of units.
    fn references(&mut self, about: About<'_>, names: &[Expr], scope: &Scope<'_>) -> Vec<String> {
        let mut references = Vec::new();
        for name in names {
            let name = scope.text(name);
            references.extend(self.text(about, name, NAME_UNUSABLE, names::unit_reference));
        }
        references
    }

    fn unit_section(&mut self, part: &model::Unit, about: About<'_>, scope: &Scope<'_>) -> Section {
        let mut section = Section::default();
        for (relation, units) in &part.relations {
            let names = self.references(about, units, scope);
            if relation != "requiredBy" && !names.is_empty() {
                section.set(&capitalised(relation), vec![names.join(" ")]);
            }
        }
        if let Some(expr) = &part.description {
            let mut description = scope.text(expr);
            if let (Expr::Literal(_), Ok(text)) = (expr, &mut description) {
                // NixOS has it as `singleLineStr`, which drops a line break at the end; the module
                // refuses one that settings bring before that.
                text.truncate(text.strip_suffix('\n').unwrap_or(text).len());
            }
            let description = self.text(about, description, NOT_WRITABLE, names::line);
            if let Some(description) = description.filter(|text| !text.is_empty()) {
                section.set("Description", vec![description]);
            }
        }
        self.settings(&mut section, &part.unit_config, about, scope);
        section
    }

    fn own_section(&mut self, part: &model::Unit, about: About<'_>, scope: &Scope<'_>) -> Section {
        let mut section = Section::default();
        self.settings(&mut section, &part.config, about, scope);
        for (key, commands) in &part.commands {
            if section.has(key) {
                self.problem(TWICE, about, format!("`{key}` is given twice"));
            }
            let lines =
                commands.iter().filter_map(|c| self.command(key, c, about, scope)).collect();
            section.set(key, lines);
        }
        if part.kind == UnitKind::Service {
            self.known_word(&section, "Type", &TYPES, about);
            self.known_word(&section, "Restart", &RESTARTS, about);
        }
        section
    }

    fn settings(
        &mut self,
        section: &mut Section,
        settings: &BTreeMap<String, Setting>,
        about: About<'_>,
        scope: &Scope<'_>,
    ) {
        for (key, setting) in settings {
            if !self.holds(about, setting.when.as_ref(), scope) {
                continue;
            }
            let Some(value) = self.ok(about, scope.eval(&setting.value)) else { continue };
            let values = match value {
                Datum::List(items) => items,
                single => vec![single],
            };
            let mut lines = Vec::new();
            for value in values {
                let line = scope.to_text(&value);
                let rule =
                    |line: &str| names::line(line).map_err(|fault| format!("{key}: {fault}"));
                lines.extend(self.text(about, line, NOT_WRITABLE, rule));
            }
            if !section.set(key, lines) {
                self.problem(TWICE, about, format!("`{key}` is given twice"));
            }
        }
    }

    fn command(
        &mut self,
        key: &str,
        command: &Command,
        about: About<'_>,
        scope: &Scope<'_>,
    ) -> Option<String> {
        if !self.holds(about, command.when.as_ref(), scope) {
            return None;
        }
        let argv = self.ok(about, scope.list(&command.argv))?;
        if argv.is_empty() {
            self.problem(NOT_WRITABLE, about, format!("{key} has no program"));
            return None;
        }
        let args: Result<Vec<_>, Fault> =
            argv.iter().map(|arg| Ok(exec_arg(&scope.to_text(arg)?))).collect();
        let args = self.ok(about, args)?;
        Some(format!("{}{}", command.prefix, args.join(" ")))
    }

    /// NixOS refuses other words for these keys.
    fn known_word(&mut self, section: &Section, key: &str, words: &[&str], about: About<'_>) {
        for line in section.lines(key) {
            if !words.contains(&&**line) {
                let message = format!("{key} cannot be {line:?}, only {}", words.join(", "));
                self.problem(NOT_WRITABLE, about, message);
            }
        }
    }

    /// The environment of a service, with what it has by itself.
    fn environment(
        &mut self,
        part: &model::Unit,
        about: About<'_>,
        scope: &Scope<'_>,
    ) -> BTreeMap<String, String> {
        if part.kind != UnitKind::Service {
            return BTreeMap::new();
        }
        let mut path = Vec::new();
        for package in &part.path {
            path.extend(self.ok(about, scope.use_package(package)));
        }
        let mut environment =
            if part.drop_in { BTreeMap::new() } else { self.paths.environment(&path) };
        for (name, setting) in &part.environment {
            if !self.holds(about, setting.when.as_ref(), scope) {
                continue;
            }
            let Some(value) = self.ok(about, scope.text(&setting.value)) else { continue };
            if name == "PATH" {
                let message = "PATH follows from the unit's `path` and cannot be set";
                self.problem(TWICE, about, message);
            }
            environment.insert(name.clone(), value);
        }
        environment
    }
}

const TYPES: [&str; 8] =
    ["exec", "simple", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"];

const RESTARTS: [&str; 6] = ["no", "on-success", "on-failure", "on-abnormal", "on-abort", "always"];

fn capitalised(relation: &str) -> String {
    let mut chars = relation.chars();
    chars.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_ascii_uppercase(), chars.as_str())
    })
}

/// The lines that set environment variables.
pub(super) fn variables(environment: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    for (name, value) in environment {
        let variable = json_string(&format!("{name}={value}"));
        writeln!(out, "Environment={variable}").expect("writing to a String cannot fail");
    }
    out
}

fn render(
    kind: UnitKind,
    unit: &Section,
    environment: &BTreeMap<String, String>,
    own: &Section,
    wanted_by: &[String],
) -> String {
    let mut out = format!("[Unit]\n{}\n", unit.render());
    let Some(section) = kind.section() else {
        // NixOS leaves out `[Install]` for a target; the links in `.wants` say it anyway.
        return out;
    };
    writeln!(out, "[{section}]").expect("writing to a String cannot fail");
    out.push_str(&variables(environment));
    out.push_str(&own.render());
    // What NixOS leaves behind the section: nothing for services, and for sockets also the lines
    // of two lists that are empty here.
    out.push_str(match kind {
        UnitKind::Service => "",
        UnitKind::Socket => "\n\n\n",
        _ => "\n",
    });
    if !wanted_by.is_empty() {
        let names = wanted_by.join(" ");
        write!(out, "\n[Install]\nWantedBy={names}\n").expect("writing to a String cannot fail");
    }
    out
}
