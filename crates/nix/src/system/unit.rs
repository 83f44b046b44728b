//! systemd units.

use std::collections::BTreeMap;

use domi_model::{Command, Expr, Setting, Unit, reserved};

use super::Definer;
use crate::ast::{Binding, Nix, Part};
use crate::expr::concat;
use crate::guard::{self, Form};
use crate::scope::Scope;
use crate::tree::when;

impl Definer<'_, '_> {
    pub(super) fn unit(&mut self, unit: &Unit) {
        let kind = format!("{}s", unit.kind.suffix());
        let pattern = guard::unit_name(unit.kind.suffix());
        let name = (Form::Matching(&pattern), &unit.name);
        self.named(&["systemd", &kind], &unit.scope, name, |scope| definition(scope, unit));
    }
}

fn definition(scope: &Scope<'_>, unit: &Unit) -> Nix {
    let mut lines = Vec::new();
    if unit.drop_in && unit.name.fixed_text().is_some_and(|name| is_instance(unit, &name)) {
        // NixOS takes an instance for a unit of its own unless it is told.
        lines.push(Binding::new("overrideStrategy", Nix::str("asDropin")));
    }
    lines.extend(unit.description.as_ref().map(|e| Binding::new("description", scope.one_line(e))));
    if !unit.wanted_by.is_empty() {
        lines.push(Binding::new("wantedBy", units(scope, &unit.wanted_by)));
    }
    for (relation, others) in &unit.relations {
        lines.push(Binding::new(relation.as_str(), units(scope, others)));
    }
    lines.extend(section("unitConfig", settings(scope, &unit.unit_config, Scope::one_line)));
    lines.extend(section("environment", settings(scope, &unit.environment, Scope::expr)));
    if !unit.path.is_empty() {
        lines.push(Binding::new("path", list(scope, &unit.path)));
    }
    let mut config = settings(scope, &unit.config, Scope::one_line);
    for (key, commands) in &unit.commands {
        config.insert(key, self::commands(scope, commands));
    }
    lines.extend(section(&format!("{}Config", unit.kind.suffix()), config));
    Nix::attrs(lines)
}

fn is_instance(unit: &Unit, name: &str) -> bool {
    reserved::is_instance(&format!("{name}.{}", unit.kind.suffix()))
}

fn list(scope: &Scope<'_>, items: &[Expr]) -> Nix {
    Nix::List(items.iter().map(|item| scope.expr(item)).collect())
}

/// Full names of units.
fn units(scope: &Scope<'_>, items: &[Expr]) -> Nix {
    let unit = |item| scope.fitting(Form::Matching(guard::UNIT_REFERENCE), item);
    Nix::List(items.iter().map(unit).collect())
}

fn settings<'u, 'm>(
    scope: &Scope<'m>,
    settings: &'u BTreeMap<String, Setting>,
    print: fn(&Scope<'m>, &Expr) -> Nix,
) -> BTreeMap<&'u str, Nix> {
    let value = |setting: &Setting| {
        when(setting.when.as_ref().map(|e| scope.expr(e)), print(scope, &setting.value))
    };
    settings.iter().map(|(key, setting)| (key.as_str(), value(setting))).collect()
}

fn section(name: &str, lines: BTreeMap<&str, Nix>) -> Option<Binding> {
    if lines.is_empty() {
        return None;
    }
    let lines = lines.into_iter().map(|(key, value)| Binding::new(key, value));
    Some(Binding::new(name, Nix::attrs(lines)).flattened())
}

/// The commands of a key: one as itself, several as a list.
fn commands(scope: &Scope<'_>, commands: &[Command]) -> Nix {
    let condition = |command: &Command| command.when.as_ref().map(|e| scope.expr(e));
    if let [only] = commands {
        return when(condition(only), command(scope, only));
    }
    concat(commands.iter().map(|each| {
        let line = Nix::List(vec![command(scope, each)]);
        match condition(each) {
            Some(condition) => Nix::if_else(condition, line, Nix::List(Vec::new())),
            None => line,
        }
    }))
}

fn command(scope: &Scope<'_>, command: &Command) -> Nix {
    let line = Nix::ident("utils").dot("escapeSystemdExecArgs").call(scope.expr(&command.argv));
    if command.prefix.is_empty() {
        return line;
    }
    Nix::Str(vec![Part::Text(command.prefix.clone()), Part::Interpolation(line)])
}
