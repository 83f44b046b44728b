//! What NixOS and systemd want of the type and the commands of a service, where settings decide.

use std::collections::BTreeMap;

use domi_model::{
    Command, Commands, Expr, Reading, Setting, Type, Unit, UnitKind, Value, directive,
};

use crate::arriving::Place;
use crate::ast::{Binding, Nix, Op};
use crate::names::STARTABLE;
use crate::scope::Scope;
use crate::tree::when;
use crate::value::string_list;

/// Takes the settings out of a service's section that NixOS would look at although they are not
/// there: it wants the word of a `Type` to be one that it knows, whatever the `mkIf` around it
/// says. Each becomes a definition of its own.
pub(super) fn apart(scope: &Scope<'_>, unit: &Unit, config: &mut BTreeMap<&str, Nix>) -> Vec<Nix> {
    let mut apart = Vec::new();
    for key in ["Type", "Restart"] {
        let Some(Setting { value, when: Some(condition) }) = unit.config.get(key) else { continue };
        let known = matches!(value, Expr::Literal(_))
            || matches!(scope.type_of(value), Some(Type::Enum(_)));
        if unit.kind != UnitKind::Service || known {
            continue;
        }
        config.remove(key);
        let line = Binding::new(key, scope.arriving(value, place(key)));
        apart.push(when(Some(scope.expr(condition)), Nix::attrs([line])));
    }
    apart
}

/// The function that refuses the section of a service which systemd would not load.
pub(super) fn checked(scope: &Scope<'_>, unit: &Unit) -> Nix {
    let none: &[Command] = &[];
    let commands = |key: &str| unit.commands.get(key).map_or(none, Vec::as_slice);
    let there = |command: &Command| condition(scope, command.when.as_ref());
    let starts = Nix::List(commands("ExecStart").iter().map(there).collect());
    let stops = commands("ExecStop").iter().map(there).fold(no(), or);
    let remains = flag(scope, unit.config.get("RemainAfterExit"), is_yes);
    let ends_well = flag(scope, unit.unit_config.get("SuccessAction"), |_, _| yes());
    let oneshot = flag(scope, unit.config.get("Type"), is_oneshot);
    let lasts = or(ends_well, and(stops, remains));
    Nix::ident(STARTABLE).call(oneshot).call(starts).call(lasts)
}

fn place(key: &str) -> Place {
    let reading = directive(Some(UnitKind::Service), key).map(|directive| directive.reading);
    Place::Directive(reading.unwrap_or(Reading::Units))
}

fn condition(scope: &Scope<'_>, when: Option<&Expr>) -> Nix {
    when.map_or_else(yes, |when| scope.expr(when))
}

/// Whether a setting is there and says something.
fn flag(
    scope: &Scope<'_>,
    setting: Option<&Setting>,
    says: impl Fn(&Scope<'_>, &Expr) -> Nix,
) -> Nix {
    setting.map_or_else(no, |setting| {
        and(condition(scope, setting.when.as_ref()), says(scope, &setting.value))
    })
}

fn is_oneshot(scope: &Scope<'_>, value: &Expr) -> Nix {
    match value {
        Expr::Literal(Value::Str(word)) => boolean(word == "oneshot"),
        value => Nix::binary(Op::Equal, scope.expr(value), Nix::str("oneshot")),
    }
}

fn is_yes(scope: &Scope<'_>, value: &Expr) -> Nix {
    match value {
        Expr::Literal(value) => match value {
            Value::Str(word) => boolean(Commands::is_yes(word)),
            other => boolean(Commands::is_yes(&other.to_string())),
        },
        value if scope.type_of(value) == Some(Type::Bool) => scope.expr(value),
        value => {
            let word = Nix::lib_call("toLower", [scope.string(value)]);
            Nix::lib_call("elem", [word, string_list(&Commands::YES.map(str::to_owned))])
        }
    }
}

fn boolean(value: bool) -> Nix {
    Nix::ident(if value { "true" } else { "false" })
}

fn yes() -> Nix {
    boolean(true)
}

fn no() -> Nix {
    boolean(false)
}

fn and(left: Nix, right: Nix) -> Nix {
    match (left, right) {
        (left, right) if left == no() || right == yes() => left,
        (left, right) if right == no() || left == yes() => right,
        (left, right) => Nix::binary(Op::And, left, right),
    }
}

fn or(left: Nix, right: Nix) -> Nix {
    match (left, right) {
        (left, right) if left == yes() || right == no() => left,
        (left, right) if right == yes() || left == no() => right,
        (left, right) => Nix::binary(Op::Or, left, right),
    }
}
