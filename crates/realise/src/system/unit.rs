//! The units of a feature, and what it adds to those of the machine.

use std::collections::BTreeMap;

use domi_model::nixos::check_program;
use domi_model::{
    self as model, Command, Commands, Expr, Reading, Setting, Start, UnitKind, directive, names,
    reserved,
};

use super::build::{About, Builder};
use super::realised::Unit;
use super::section::Section;
use super::unit_file::{Own, render, render_drop_in, variable};
use crate::Datum;
use crate::codes::{NAME_UNUSABLE, NOT_WRITABLE, TWICE};
use crate::escape::exec_part;
use crate::eval::{Fault, Scope};
use crate::written::{Unquoted, Variable, Writer};

impl Builder<'_> {
    pub(super) fn unit(&mut self, part: &model::Unit, scope: &Scope<'_>) {
        let suffix = part.kind.suffix();
        let place = part.place.as_ref();
        let name = scope.text(&part.name);
        let label = part.label();
        let about = About { subject: &label, place };
        let usable = |name: &str| match part.name.fixed_text() {
            Some(_) if part.kind.is_path() => names::mount_point(name),
            Some(_) => names::unit(name, suffix),
            None => names::made_unit(name, suffix),
        };
        let Some(name) = self.text(about, name, NAME_UNUSABLE, usable) else { return };
        let path = part.kind.is_path().then(|| name.clone());
        let name = path.as_deref().map_or(name, names::path_unit);
        let full_name = format!("{name}.{suffix}");
        let about = About { subject: &full_name, place };
        let may_be_the_machines = part.drop_in && !part.adds_to_each();
        if !may_be_the_machines && reserved::unit(&full_name).is_some() {
            self.problem(NAME_UNUSABLE, about, "machines have a unit of this name");
        }
        let wanted_by = self.references(about, &part.wanted_by, scope);
        let none = Vec::new();
        let required_by = part.relations.get("requiredBy").unwrap_or(&none);
        let required_by = self.references(about, required_by, scope);
        let mut unit_section = self.unit_section(part, about, scope);
        self.triggers(&mut unit_section, part, &name, about, scope);
        let mut own_section = self.own_section(part, about, scope);
        if let Some(path) = path {
            own_section.set("Where", vec![path]);
            own_section.forget_empty(&["Type", "Options"]);
        }
        self.warned(part, &own_section, about, scope);
        self.starts(part, &unit_section, &own_section, about);
        let environment = self.environment(part, about, scope);
        let (text, units) = if part.drop_in {
            let text = render_drop_in(part.kind, &unit_section, &environment, &own_section);
            (text, &mut self.system.drop_ins)
        } else {
            let own = Own {
                environment: &environment,
                if_changed: part.changes.if_changed,
                section: &own_section,
            };
            let text = render(part.kind, &unit_section, &own, &wanted_by);
            (text, &mut self.system.units)
        };
        let unit = Unit { text, wanted_by, required_by, aliases: part.aliases.clone() };
        if units.insert(full_name.clone(), unit).is_some() {
            self.problem(TWICE, about, "two units of the feature have this name");
        }
    }

    /// Refuses a service that systemd would not load for what settings make of its commands.
    fn starts(&mut self, part: &model::Unit, unit: &Section, own: &Section, about: About<'_>) {
        let is_refused = own.has("Type") && own.lines("Type").is_empty();
        if part.kind != UnitKind::Service || part.drop_in || !part.commands_vary() || is_refused {
            return;
        }
        let is =
            |key: &str, good: fn(&str) -> bool| own.lines(key).last().is_some_and(|it| good(it));
        let commands = Commands {
            starts: own.lines("ExecStart").len(),
            oneshot: is("Type", |word| word == "oneshot"),
            stops: own.has("ExecStop") && !own.lines("ExecStop").is_empty(),
            remains: is("RemainAfterExit", Commands::is_yes),
            ends_well: unit.has("SuccessAction"),
        };
        if let Some(fault) = commands.fault() {
            self.problem(NOT_WRITABLE, about, fault);
        }
    }

    /// Full names of units.
    fn references(&mut self, about: About<'_>, names: &[Expr], scope: &Scope<'_>) -> Vec<String> {
        let mut references = Vec::new();
        for names in names {
            let names = scope.eval(names).and_then(|names| scope.texts(names));
            for name in self.ok(about, names).unwrap_or_default() {
                let rule = names::unit_reference;
                references.extend(self.text(about, Ok(name), NAME_UNUSABLE, rule));
            }
        }
        references
    }

    /// Full names of units, in which systemd expands specifiers.
    fn relations(&mut self, about: About<'_>, names: &[Expr], scope: &Scope<'_>) -> Vec<String> {
        let mut relations = Vec::new();
        for names in names {
            let names = scope.written(names, &Reading::Units);
            let names = names.and_then(|names| scope.texts(names));
            for name in self.ok(about, names).unwrap_or_default() {
                relations.extend(self.text(about, Ok(name), NAME_UNUSABLE, names::unit_pattern));
            }
        }
        relations
    }

    fn unit_section(&mut self, part: &model::Unit, about: About<'_>, scope: &Scope<'_>) -> Section {
        let mut section = Section::default();
        for (relation, units) in &part.relations {
            let names = self.relations(about, units, scope);
            if relation != "requiredBy" && !names.is_empty() {
                section.set(&capitalised(relation), vec![names.join(" ")]);
            }
        }
        if let Some(expr) = &part.description {
            let mut description = scope.written_text(expr, &DESCRIPTION);
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
        self.settings(&mut section, None, &part.unit_config, about, scope);
        section
    }

    fn own_section(&mut self, part: &model::Unit, about: About<'_>, scope: &Scope<'_>) -> Section {
        let mut section = Section::default();
        self.settings(&mut section, Some(part.kind), &part.config, about, scope);
        for (key, commands) in &part.commands {
            if section.has(key) {
                self.problem(TWICE, about, format!("`{key}` is given twice"));
            }
            let lines =
                commands.iter().filter_map(|c| self.command(key, c, about, scope)).collect();
            section.set(key, lines);
        }
        section
    }

    fn settings(
        &mut self,
        section: &mut Section,
        kind: Option<UnitKind>,
        settings: &BTreeMap<String, Setting>,
        about: About<'_>,
        scope: &Scope<'_>,
    ) {
        for (key, setting) in settings {
            if !self.holds(about, setting.when.as_ref(), scope) {
                continue;
            }
            let reading = match directive(kind, key) {
                Ok(directive) => directive.reading,
                Err(fault) => {
                    self.problem(NOT_WRITABLE, about, fault);
                    continue;
                }
            };
            let value = scope.written(&setting.value, &reading).map_err(|fault| match fault {
                Fault::NotWritable(message) => Fault::NotWritable(format!("{key}: {message}")),
                other => other,
            });
            let values = match self.ok(about, value) {
                Some(Datum::List(items)) => items,
                Some(single) => vec![single],
                None => continue,
            };
            let mut lines = Vec::new();
            for value in values {
                let line = scope.to_text(&value);
                let rule =
                    |line: &str| is_value(reading, line).map_err(|fault| format!("{key}: {fault}"));
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
        let words = |writer: &dyn Writer| -> Result<Vec<String>, Fault> {
            scope.texts(scope.written(&command.argv, writer)?)
        };
        let argv = self.ok(about, words(&Unquoted))?;
        let Some(program) = argv.first() else {
            self.problem(NOT_WRITABLE, about, format!("{key} has no program"));
            return None;
        };
        if let Err(fault) = check_program(program) {
            self.problem(NOT_WRITABLE, about, format!("{key}: {fault}"));
        }
        let args = self.ok(about, words(&Argument))?;
        let args: Vec<_> = args.iter().map(|arg| format!("\"{arg}\"")).collect();
        Some(format!("{}{}", command.prefix, args.join(" ")))
    }

    /// The environment of a service, with what it has by default.
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
        let mut environment = BTreeMap::new();
        if !part.drop_in {
            environment = self.paths.environment(&path);
            self.system.programs.extend(self.paths.programs(&path));
        }
        for (name, setting) in &part.environment {
            if !self.holds(about, setting.when.as_ref(), scope) {
                continue;
            }
            let value = scope.written_text(&setting.value, &Variable);
            let Some(value) = self.ok(about, value) else { continue };
            if name == "PATH" {
                let message = "PATH follows from the unit's `path` and cannot be set";
                self.problem(TWICE, about, message);
            }
            if variable(name, &value).len() >= LONGEST_LINE {
                let message = format!("the line that sets {name} is too long: systemd reads 1 MiB");
                self.problem(NOT_WRITABLE, about, message);
            }
            environment.insert(name.clone(), value);
        }
        environment
    }
}

const DESCRIPTION: Reading = Reading::Line { start: Start::Any, expands: true };

/// Writes words of a command line, each of which then stands in quotes.
struct Argument;

impl Writer for Argument {
    fn fixed(&self, text: &str) -> String {
        exec_part(text)
    }

    fn brought(&self, text: &str, _: bool) -> Result<String, String> {
        Ok(exec_part(text))
    }

    fn takes_booleans(&self) -> bool {
        false
    }
}

/// Whether a line is a value of a directive that is read so.
fn is_value(reading: Reading, line: &str) -> Result<(), String> {
    match reading {
        Reading::Form(form) if !reading.arrival(true).matches(line) => {
            Err(format!("{line:?} is not {}", form.described()))
        }
        _ => names::line(line),
    }
}

fn capitalised(relation: &str) -> String {
    let mut chars = relation.chars();
    chars.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_ascii_uppercase(), chars.as_str())
    })
}

/// A line of this length systemd refuses to read, and NixOS to write.
const LONGEST_LINE: usize = 1 << 20;
