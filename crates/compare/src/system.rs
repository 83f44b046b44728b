//! What a system has, in parts. Each struct of the model is taken apart whole: one that gets another
//! field does not compile before that is said.

use std::collections::BTreeMap;

use domi_model::{
    Claim, Content, EtcFile, Expr, FirewallPorts, Group, InstalledPackage, NeighbourSetting,
    NixosSetting, Setting, Sysctl, System, TmpfilesRule, Unit, UnitKind, User, Value,
};

use crate::Effect;
use crate::parts::{Part, json, named};

/// All parts of a system.
pub(crate) fn parts(system: &System) -> Vec<Part> {
    let System {
        packages,
        units,
        etc,
        users,
        groups,
        tmpfiles,
        sysctl,
        firewall,
        claims,
        settings,
        nixos,
    } = system;
    let mut parts = Vec::new();
    parts.extend(packages.iter().map(command));
    units.iter().for_each(|it| unit(it, &mut parts));
    parts.extend(etc.iter().map(file));
    users.iter().for_each(|it| user(it, &mut parts));
    parts.extend(groups.iter().map(group));
    parts.extend(tmpfiles.iter().map(tmpfile));
    parts.extend(sysctl.iter().map(parameter));
    firewall.iter().for_each(|it| ports(it, &mut parts));
    claims.iter().for_each(|it| claim(it, &mut parts));
    parts.extend(settings.iter().map(setting));
    parts.extend(nixos.iter().map(option_of_nixos));
    parts
}

fn command(InstalledPackage { package, scope }: &InstalledPackage) -> Part {
    let new = |name| Part::new(Effect::CommandRemoved, Effect::CommandAdded, name);
    let part = match package {
        Expr::Script(script) => {
            new(format!("command {}", script.name)).with(Effect::CommandChanged, script)
        }
        Expr::Package(name) => new(format!("package {name}")),
        other => new(format!("package {}", named(other))),
    };
    part.scope(scope)
}

/// Keys that name folders which systemd makes.
const FOLDERS: [&str; 5] = [
    "CacheDirectory",
    "ConfigurationDirectory",
    "LogsDirectory",
    "RuntimeDirectory",
    "StateDirectory",
];

/// Keys that say who a service is.
const ACCOUNT: [&str; 3] = ["DynamicUser", "Group", "User"];

fn unit(unit: &Unit, parts: &mut Vec<Part>) {
    let Unit {
        kind,
        name,
        aliases,
        drop_in,
        scope,
        description,
        wanted_by,
        relations,
        unit_config,
        environment,
        path,
        commands,
        config,
        changes,
        place: _,
    } = unit;
    let sort = if *drop_in { "drop-in" } else { "unit" };
    let id = format!("{sort} {}.{}", named(name), kind.suffix());
    let new = |name| Part::new(Effect::UnitRemoved, Effect::UnitAdded, name);
    let is_socket = *kind == UnitKind::Socket;
    let listens = |key: &str| is_socket && key.starts_with("Listen");
    let (mut account, mut listening, mut others) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (key, value) in config {
        let of = match key.as_str() {
            key if ACCOUNT.contains(&key) => &mut account,
            key if listens(key) => &mut listening,
            key if FOLDERS.contains(&key) => continue,
            _ => &mut others,
        };
        of.insert(key, value);
    }
    let work = (unit_config, environment, path, commands, others, changes, relations);
    parts.push(
        new(id.clone())
            .scope(scope)
            .with(Effect::AccountChanged, &account)
            .with(Effect::ListenChanged, &listening)
            .with(Effect::DocumentationChanged, description)
            .with(Effect::UnitChanged, &work),
    );
    parts.extend(aliases.iter().map(|alias| new(format!("unit {alias} as {id}")).of(&id)));
    for other in wanted_by.iter().flat_map(items) {
        let name = format!("{id} wanted by {}", named(&other));
        parts.push(Part::new(Effect::StartRemoved, Effect::StartAdded, name).of(&id));
    }
    for (key, Setting { value, when }) in
        config.iter().filter(|(key, _)| FOLDERS.contains(&key.as_str()))
    {
        for folder in words(value) {
            let name = format!("{key} {folder} of {id}");
            let part = Part::new(Effect::FolderRemoved, Effect::FolderAdded, name);
            parts.push(part.when(when.as_ref()).of(&id));
        }
    }
}

/// The words of a fixed text, or an expression as it is written.
fn words(value: &Expr) -> Vec<String> {
    match value.fixed_text() {
        Some(text) => text.split_whitespace().map(str::to_owned).collect(),
        None => items(value).iter().map(named).collect(),
    }
}

/// The elements of a list, or all of an expression.
fn items(value: &Expr) -> Vec<Expr> {
    match value {
        Expr::List(items) => items.clone(),
        Expr::Literal(Value::List(items)) => items.iter().cloned().map(Expr::Literal).collect(),
        other => vec![other.clone()],
    }
}

fn file(EtcFile { path, content, mode, user, group, scope }: &EtcFile) -> Part {
    let (format, held) = match content {
        Content::Text(text) => (None, text),
        Content::Settings { format, value } => (Some(format), value),
    };
    Part::new(Effect::FileRemoved, Effect::FileAdded, format!("file /etc/{}", named(path)))
        .scope(scope)
        .with(Effect::FormatChanged, &format)
        .with(Effect::FileChanged, held)
        .with(Effect::AccessChanged, &(mode, user, group))
}

fn tmpfile(rule: &TmpfilesRule) -> Part {
    let TmpfilesRule { kind, path, mode, user, group, age, argument, scope } = rule;
    let name = format!("tmpfiles {kind} {}", named(path));
    Part::new(Effect::TmpfileRemoved, Effect::TmpfileAdded, name)
        .scope(scope)
        .with(Effect::AccessChanged, &(mode, user, group))
        .with(Effect::TmpfileChanged, &(age, argument))
}

fn user(user: &User, parts: &mut Vec<Part>) {
    let User {
        name,
        normal,
        uid,
        group,
        extra_groups,
        description,
        home,
        create_home,
        shell,
        scope,
    } = user;
    let id = format!("user {}", named(name));
    let new = |name| Part::new(Effect::UserRemoved, Effect::UserAdded, name);
    parts.push(
        new(id.clone())
            .scope(scope)
            .with(Effect::UserChanged, &(normal, uid, group, home, create_home, shell))
            .with(Effect::DocumentationChanged, description),
    );
    let in_group = |other: &Expr| new(format!("{id} in group {}", named(other))).of(&id);
    parts.extend(extra_groups.iter().map(in_group));
}

fn group(Group { name, gid, scope }: &Group) -> Part {
    Part::new(Effect::GroupRemoved, Effect::GroupAdded, format!("group {}", named(name)))
        .scope(scope)
        .with(Effect::GroupChanged, gid)
}

fn parameter(Sysctl { name, value, scope }: &Sysctl) -> Part {
    Part::new(Effect::SysctlRemoved, Effect::SysctlAdded, format!("kernel parameter {name}"))
        .scope(scope)
        .with(Effect::SysctlChanged, value)
}

fn ports(FirewallPorts { protocol, ports, scope }: &FirewallPorts, parts: &mut Vec<Part>) {
    let protocol = json(protocol);
    let protocol = protocol.as_str().unwrap_or_default();
    parts.extend(items(ports).iter().map(|port| {
        let name = format!("firewall {protocol} {}", written(port));
        Part::new(Effect::PortRemoved, Effect::PortAdded, name).scope(scope)
    }));
}

fn claim(claim: &Claim, parts: &mut Vec<Part>) {
    let Claim { kind, values, scope, place: _ } = claim;
    let kind = json(kind);
    let kind = kind.as_str().unwrap_or_default();
    parts.extend(items(values).iter().map(|value| {
        let name = format!("claim of {kind} {}", written(value));
        Part::new(Effect::ClaimRemoved, Effect::ClaimAdded, name).scope(scope)
    }));
}

/// A port or a path as people write it, or the option that it is.
fn written(value: &Expr) -> String {
    match value {
        Expr::Literal(Value::Int(port)) => port.to_string(),
        Expr::Option(path) => format!("of option {path}"),
        other => named(other),
    }
}

fn setting(setting: &NeighbourSetting) -> Part {
    let NeighbourSetting { feature, option, value, priority, when, place: _ } = setting;
    let name = format!("option {option} of {feature}");
    Part::new(Effect::SettingRemoved, Effect::SettingAdded, name)
        .when(when.as_ref())
        .with(Effect::SettingChanged, &(value, priority))
}

fn option_of_nixos(setting: &NixosSetting) -> Part {
    let NixosSetting { option, value, priority, when, place: _ } = setting;
    Part::new(Effect::NixosRemoved, Effect::NixosAdded, format!("option {option} of NixOS"))
        .when(when.as_ref())
        .with(Effect::NixosChanged, &(value, priority))
}
