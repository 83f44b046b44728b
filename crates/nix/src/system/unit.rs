//! systemd units.

use std::collections::BTreeMap;

use domi_model::{
    Changes, Command, Expr, IfChanged, Reading, Setting, Type, Unit, UnitKind, directive, reserved,
};

use super::{Definer, start};
use crate::arriving::{DESCRIPTION, Place, holds_specifier};
use crate::ast::{Binding, Key, Nix, Part};
use crate::guard::{self, Form};
use crate::library::{self, patterns};
use crate::lists::concat;
use crate::names;
use crate::scope::Scope;
use crate::tree::{Segment, when};
use crate::value::string_list;

impl Definer<'_, '_> {
    pub(super) fn unit(&mut self, unit: &Unit) {
        let kind = format!("{}s", unit.kind.suffix());
        if unit.kind.is_path() {
            // NixOS has these in lists, and names them by their paths.
            let keys = ["systemd", &kind].map(Key::from);
            let list = Nix::List(vec![definition(self.scope, unit)]);
            let when = unit.scope.when.as_ref().map(|e| self.scope.expr(e));
            self.tree.extend(keys, Segment { list, when });
            return;
        }
        let name = (Form::Unit(unit.kind), &unit.name);
        self.named(&["systemd", &kind], &unit.scope, name, |scope| definition(scope, unit));
    }
}

fn definition(scope: &Scope<'_>, unit: &Unit) -> Nix {
    let mut lines = Vec::new();
    if unit.drop_in && unit.name.fixed_text().is_some_and(|name| is_instance(unit, &name)) {
        // NixOS takes an instance for a unit of its own unless it is told.
        lines.push(Binding::new("overrideStrategy", Nix::str("asDropin")));
    }
    if unit.kind.is_path() {
        lines.push(Binding::new("where", scope.string(&unit.name)));
    }
    for (key, name) in OPTIONS_OF_MOUNTS {
        let Some(setting) = mount_config(unit, key) else { continue };
        let written = scope.arriving(&setting.value, Place::Description);
        let condition = setting.when.as_ref().map(|e| scope.expr(e));
        lines.push(Binding::new(name, when(condition, written)));
    }
    if !unit.aliases.is_empty() {
        lines.push(Binding::new("aliases", string_list(&unit.aliases)));
    }
    let description = unit.description.as_ref();
    let written = description.map(|e| scope.arriving(e, Place::Description));
    lines.extend(written.map(|written| Binding::new("description", written)));
    if !unit.wanted_by.is_empty() {
        lines.push(Binding::new("wantedBy", units(scope, &unit.wanted_by)));
    }
    for (relation, others) in &unit.relations {
        lines.push(Binding::new(relation.as_str(), relations(scope, others)));
    }
    lines.extend(section(
        "unitConfig",
        settings(scope, &unit.unit_config, &|key| directive_place(None, key)),
    ));
    lines.extend(section("environment", settings(scope, &unit.environment, &|_| Place::Variable)));
    if !unit.path.is_empty() {
        lines.push(Binding::new("path", list(scope, &unit.path)));
    }
    lines.extend(changes(scope, unit));
    lines.extend(own_section(scope, unit));
    Nix::attrs(lines)
}

/// What becomes of the unit when something changes.
fn changes(scope: &Scope<'_>, unit: &Unit) -> Vec<Binding> {
    let Changes { restart_triggers, reload_triggers, if_changed } = &unit.changes;
    let mut lines = Vec::new();
    for (name, triggers) in
        [("restartTriggers", restart_triggers), ("reloadTriggers", reload_triggers)]
    {
        if !triggers.is_empty() {
            let list = triggers.iter().map(|trigger| scope.string(trigger)).collect();
            lines.push(Binding::new(name, Nix::List(list)));
        }
    }
    lines.extend(if_changed.map(|it| match it {
        IfChanged::Restart => Binding::new("stopIfChanged", Nix::ident("false")),
        IfChanged::Reload => Binding::new("reloadIfChanged", Nix::ident("true")),
        IfChanged::Stay => Binding::new("restartIfChanged", Nix::ident("false")),
    }));
    lines
}

/// The section of a unit's own kind.
fn own_section(scope: &Scope<'_>, unit: &Unit) -> Option<Binding> {
    let mut config = settings(scope, &unit.config, &|key| directive_place(Some(unit.kind), key));
    config.retain(|key, _| mount_config(unit, key).is_none());
    let apart = start::apart(scope, unit, &mut config);
    for (key, commands) in &unit.commands {
        config.insert(key, self::commands(scope, commands));
    }
    let name = format!("{}Config", unit.kind.suffix());
    let lasting = (unit.kind == UnitKind::Service && !unit.drop_in && unit.commands_vary())
        .then(|| start::checked(scope, unit));
    if apart.is_empty() && lasting.is_none() {
        return section(&name, config);
    }
    let lines = config.into_iter().map(|(key, value)| Binding::new(key, value));
    let mut value = Nix::attrs(lines);
    if !apart.is_empty() {
        let all = std::iter::once(value).chain(apart).collect();
        value = Nix::lib_call("mkMerge", [Nix::List(all)]);
    }
    if let Some(checked) = lasting {
        value = checked.call(value);
    }
    Some(Binding::new(name, value))
}

/// Keys of the section of a mount for which NixOS has options.
const OPTIONS_OF_MOUNTS: [(&str, &str); 3] =
    [("What", "what"), ("Type", "type"), ("Options", "options")];

/// A key of a mount for which NixOS has an option.
fn mount_config<'u>(unit: &'u Unit, key: &str) -> Option<&'u Setting> {
    let is_one = OPTIONS_OF_MOUNTS.iter().any(|(name, _)| *name == key);
    unit.config.get(key).filter(|_| unit.kind == UnitKind::Mount && is_one)
}

fn is_instance(unit: &Unit, name: &str) -> bool {
    reserved::is_instance(&format!("{name}.{}", unit.kind.suffix()))
}

fn list(scope: &Scope<'_>, items: &[Expr]) -> Nix {
    Nix::List(items.iter().map(|item| scope.expr(item)).collect())
}

/// Full names of units.
fn units(scope: &Scope<'_>, items: &[Expr]) -> Nix {
    names(scope, items, &|item| {
        if is_list(scope, item) {
            library::fitting(patterns::UNIT_REFERENCE, scope.expr(item))
        } else {
            scope.fitting(Form::Matching(patterns::UNIT_REFERENCE), item)
        }
    })
}

/// Full names of units, in which systemd expands specifiers.
fn relations(scope: &Scope<'_>, items: &[Expr]) -> Nix {
    names(scope, items, &|item| {
        if holds_specifier(item) && !guard::is_fixed(item) {
            let written = scope.arriving(item, Place::Directive(Reading::Units));
            library::fitting(patterns::UNIT_PATTERN, written)
        } else if is_list(scope, item) {
            library::fitting(patterns::UNIT_REFERENCE, scope.expr(item))
        } else {
            scope.fitting(Form::Matching(patterns::UNIT_REFERENCE), item)
        }
    })
}

/// Names, and what is in lists of names.
fn names(scope: &Scope<'_>, items: &[Expr], one: &dyn Fn(&Expr) -> Nix) -> Nix {
    concat(items.iter().map(|item| match is_list(scope, item) {
        true => one(item),
        false => Nix::List(vec![one(item)]),
    }))
}

fn is_list(scope: &Scope<'_>, item: &Expr) -> bool {
    match item {
        Expr::List(_) | Expr::Concat(_) | Expr::MapList(_) | Expr::AttrsToList(_) => true,
        Expr::If(e) => is_list(scope, &e.then) || is_list(scope, &e.otherwise),
        item => {
            let ty = scope.type_of(item);
            matches!(ty, Some(Type::ListOf(_) | Type::NonEmptyListOf(_)))
        }
    }
}

/// How the value of a directive is read. One that systemd does not know, which validation refuses,
/// is taken for a text.
pub(super) fn directive_place(kind: Option<UnitKind>, key: &str) -> Place {
    Place::Directive(directive(kind, key).map_or(DESCRIPTION, |directive| directive.reading))
}

fn settings<'u>(
    scope: &Scope<'_>,
    settings: &'u BTreeMap<String, Setting>,
    place: &dyn Fn(&str) -> Place,
) -> BTreeMap<&'u str, Nix> {
    let value = |key: &str, setting: &Setting| {
        let written = scope.arriving(&setting.value, place(key));
        when(setting.when.as_ref().map(|e| scope.expr(e)), written)
    };
    settings.iter().map(|(key, setting)| (key.as_str(), value(key, setting))).collect()
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
    let line = line(scope, &command.argv);
    if command.prefix.is_empty() {
        return line;
    }
    Nix::Str(vec![Part::Text(command.prefix.clone()), Part::Interpolation(line)])
}

fn line(scope: &Scope<'_>, argv: &Expr) -> Nix {
    if holds_specifier(argv) {
        return Nix::lib_call("concatStringsSep", [Nix::str(" "), arguments(scope, argv)]);
    }
    let mut words = scope.expr(argv);
    if !is_sure(scope, argv) {
        words = Nix::ident(names::COMMAND_LINE).call(words);
    }
    Nix::ident("utils").dot("escapeSystemdExecArgs").call(words)
}

/// The arguments of a command, each written for systemd, where one holds a specifier.
fn arguments(scope: &Scope<'_>, argv: &Expr) -> Nix {
    let escape = || Nix::ident("utils").dot("escapeSystemdExecArg");
    match argv {
        Expr::Concat(lists) => concat(lists.iter().map(|list| arguments(scope, list))),
        Expr::List(items) => Nix::List(
            items
                .iter()
                .enumerate()
                .map(|(at, item)| match item {
                    item if holds_specifier(item) => {
                        let written = scope.arriving(item, Place::Argument);
                        in_quotes(written)
                    }
                    item if at == 0 && !is_sure_word(scope, item) => {
                        let words = Nix::List(vec![scope.expr(item)]);
                        let checked = Nix::ident(names::COMMAND_LINE).call(words);
                        Nix::ident("utils").dot("escapeSystemdExecArgs").call(checked)
                    }
                    item => escape().call(scope.expr(item)),
                })
                .collect(),
        ),
        Expr::If(e) => Nix::if_else(
            scope.expr(&e.condition),
            arguments(scope, &e.then),
            arguments(scope, &e.otherwise),
        ),
        other => {
            let quoted =
                |scope: &Scope<'_>, item: &Expr| in_quotes(scope.arriving(item, Place::Argument));
            match other {
                Expr::MapList(map) if holds_specifier(&map.body) => {
                    let (inner, item) = scope.bind(&map.item, scope.element(&map.over));
                    let body = Nix::lambda(&item, quoted(&inner, &map.body));
                    Nix::ident("map").call(body).call(scope.expr(&map.over))
                }
                list => Nix::ident("map").call(escape()).call(scope.expr(list)),
            }
        }
    }
}

fn in_quotes(nix: Nix) -> Nix {
    let mut parts = vec![Part::Text("\"".to_owned())];
    match nix {
        Nix::Str(within) => parts.extend(within),
        other => parts.push(Part::Interpolation(other)),
    }
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push('"'),
        _ => parts.push(Part::Text("\"".to_owned())),
    }
    Nix::Str(parts)
}

/// Whether validation has seen that a command begins with a program that systemd finds.
fn is_sure(scope: &Scope<'_>, argv: &Expr) -> bool {
    match argv {
        Expr::List(items) => items.first().is_some_and(|item| is_sure_word(scope, item)),
        Expr::Concat(lists) => lists.first().is_some_and(|list| is_sure(scope, list)),
        Expr::If(e) => is_sure(scope, &e.then) && is_sure(scope, &e.otherwise),
        _ => false,
    }
}

fn is_sure_word(scope: &Scope<'_>, word: &Expr) -> bool {
    match word {
        Expr::PackagePath(_) | Expr::Script(_) => true,
        Expr::If(e) => is_sure_word(scope, &e.then) && is_sure_word(scope, &e.otherwise),
        Expr::Text(parts) => match parts.first() {
            Some(first) if scope.type_of(first) == Some(Type::Package) => {
                parts[1..].iter().all(guard::is_fixed)
            }
            _ => guard::is_fixed(word),
        },
        word => guard::is_fixed(word),
    }
}
