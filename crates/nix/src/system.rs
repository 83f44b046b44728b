//! The system that a feature makes, as definitions of NixOS options.

mod added;
mod claims;
mod nixos;
mod settings;
mod start;
mod unit;

use domi_model::{
    Content, Each, EtcFile, Expr, FirewallPorts, Group, InstalledPackage, Protocol, Sysctl, System,
    TmpfilesRule, User, reserved,
};

use crate::arriving::{Place, holds_specifier};
use crate::ast::{Binding, Key, Nix};
use crate::expr::file_name;
use crate::guard::{self, Form};
use crate::library::{self, patterns};
use crate::scope::Scope;
use crate::taken::is_own_name;
use crate::tree::{Segment, Tree, when};
use crate::value::format_attribute;
use crate::{infer, names};

/// Defines everything that a system has.
pub(crate) fn define(scope: &Scope<'_>, system: &System, tree: &mut Tree) {
    let mut definer = Definer { scope, tree };
    system.packages.iter().for_each(|package| definer.package(package));
    system.etc.iter().for_each(|file| definer.etc(file));
    system.units.iter().for_each(|unit| match &unit.scope.each {
        Some(each) if unit.adds_to_each() => definer.added(unit, each),
        _ => definer.unit(unit),
    });
    system.tmpfiles.iter().for_each(|rule| definer.tmpfiles(rule));
    system.users.iter().for_each(|user| definer.user(user));
    system.groups.iter().for_each(|group| definer.group(group));
    system.sysctl.iter().for_each(|sysctl| definer.sysctl(sysctl));
    system.firewall.iter().for_each(|ports| definer.firewall(ports));
    definer.nixos(&system.nixos);
    definer.settings(scope.manifest);
    definer.together(scope.manifest);
}

struct Definer<'a, 'm> {
    scope: &'a Scope<'m>,
    tree: &'a mut Tree,
}

impl Definer<'_, '_> {
    /// Defines an attribute of the set that a path has, once or for each of many. The name comes
    /// with the form that it must have.
    fn named(
        &mut self,
        path: &[&str],
        scope: &domi_model::Scope,
        name: (Form<'_>, &Expr),
        value: impl Fn(&Scope<'_>) -> Nix,
    ) {
        self.nested(path, scope, name, &[], value);
    }

    /// Like [`Self::named`], with fixed names between the attribute and its value.
    fn nested(
        &mut self,
        path: &[&str],
        scope: &domi_model::Scope,
        (form, name): (Form<'_>, &Expr),
        within: &[&str],
        value: impl Fn(&Scope<'_>) -> Nix,
    ) {
        let keys = path.iter().map(|name| Key::from(*name));
        let within = || within.iter().map(|name| Key::from(*name));
        if let Some(what) = form.unique() {
            self.tree.keep_unique(keys.clone(), what);
        }
        let Some(each) = &scope.each else {
            let key = Key::from_nix(self.scope.fitting(form, name));
            let condition = scope.when.as_ref().map(|e| self.scope.expr(e));
            match (key, condition) {
                // Nix looks at a name whatever the `mkIf` behind it says.
                (key @ Key::Dynamic(_), Some(condition)) => {
                    let path = std::iter::once(key).chain(within()).collect();
                    let set = Nix::attrs([Binding::at(path, value(self.scope))]);
                    self.tree.spread(keys, Nix::lib_call("optional", [condition, set]));
                }
                (key, condition) => {
                    let path = keys.chain([key]).chain(within());
                    self.tree.set(path, when(condition, value(self.scope)));
                }
            }
            return;
        };
        let (inner, param, item) = self.scope.bind_entry(&each.name, &each.value, &each.over);
        let between: Vec<Key> = within().collect();
        if !is_own_name(name, each) {
            let key = Key::from_nix(inner.fitting(form, name));
            let path = std::iter::once(key).chain(between).collect();
            let set = Nix::attrs([Binding::at(path, value(&inner))]);
            let one = Nix::lambda2(&param, &item, set);
            let sets = Nix::lib_call("mapAttrsToList", [one, self.chosen(each, scope)]);
            self.tree.spread(keys, sets);
            return;
        }
        let wrapped = |body: Nix| match between.is_empty() {
            true => body,
            false => Nix::attrs([Binding::at(between.clone(), body)]),
        };
        let name = inner.fitting(form, name);
        let set = if name == Nix::ident(&param) {
            let condition = scope.when.as_ref().map(|e| inner.expr(e));
            let body = wrapped(when(condition, value(&inner)));
            let over = self.scope.expr(&each.over);
            Nix::lib_call("mapAttrs", [Nix::lambda2(&param, &item, body), over])
        } else {
            let pair = Nix::lib_call("nameValuePair", [name, wrapped(value(&inner))]);
            let one = Nix::lambda2(&param, &item, pair);
            Nix::lib_call("mapAttrs'", [one, self.chosen(each, scope)])
        };
        self.tree.set(keys, set);
    }

    /// The attributes for each of which a part is there.
    fn chosen(&self, each: &Each, scope: &domi_model::Scope) -> Nix {
        let over = self.scope.expr(&each.over);
        let Some(condition) = &scope.when else { return over };
        let (inner, name, item) = self.scope.bind_entry(&each.name, &each.value, &each.over);
        let chosen = Nix::lambda2(&name, &item, inner.expr(condition));
        Nix::lib_call("filterAttrs", [chosen, over])
    }

    /// Defines a part of the list that a path has; `value` is a list too.
    fn listed(&mut self, path: &[&str], scope: &domi_model::Scope, value: &Expr) {
        self.extended(path, scope, |inner| inner.expr(value));
    }

    /// Like [`Self::listed`], with the list as Nix.
    fn extended(
        &mut self,
        path: &[&str],
        scope: &domi_model::Scope,
        list: impl Fn(&Scope<'_>) -> Nix,
    ) {
        let keys = path.iter().map(|name| Key::from(*name));
        let segment = match &scope.each {
            None => Segment {
                list: list(self.scope),
                when: scope.when.as_ref().map(|e| self.scope.expr(e)),
            },
            Some(each) => Segment { list: self.for_each(each, scope, list), when: None },
        };
        self.tree.extend(keys, segment);
    }

    fn for_each(
        &self,
        each: &Each,
        scope: &domi_model::Scope,
        list: impl Fn(&Scope<'_>) -> Nix,
    ) -> Nix {
        let (inner, name, item) = self.scope.bind_entry(&each.name, &each.value, &each.over);
        let over = self.chosen(each, scope);
        let map = |body| Nix::lib_call("mapAttrsToList", [Nix::lambda2(&name, &item, body), over]);
        match list(&inner) {
            Nix::List(mut items) if items.len() == 1 => map(items.remove(0)),
            list => Nix::lib_call("concatLists", [map(list)]),
        }
    }

    fn package(&mut self, package: &InstalledPackage) {
        self.extended(&["environment", "systemPackages"], &package.scope, |scope| {
            Nix::List(vec![match &package.package {
                Expr::Script(script) => scope.command(script),
                package => scope.expr(package),
            }])
        });
    }

    fn etc(&mut self, file: &EtcFile) {
        let scope = &file.scope;
        if let (Content::Text(text), None, true) = (&file.content, &file.mode, scope.is_plain()) {
            let path = &["environment", "etc"];
            self.nested(path, scope, (Form::EtcPath, &file.path), &["text"], |scope| {
                scope.string(text)
            });
            return;
        }
        let name = (Form::EtcPath, &file.path);
        self.named(&["environment", "etc"], scope, name, |scope| {
            let mut lines = vec![content(scope, &file.path, &file.content)];
            lines.extend(file.mode.as_ref().map(|mode| Binding::new("mode", Nix::str(mode))));
            for (name, owner) in [("user", &file.user), ("group", &file.group)] {
                let fitting = |e| scope.fitting(Form::Matching(guard::USER), e);
                lines.extend(owner.as_ref().map(|e| Binding::new(name, fitting(e))));
            }
            Nix::attrs(lines)
        });
    }

    fn tmpfiles(&mut self, rule: &TmpfilesRule) {
        let file = format!("10-{}", self.scope.manifest.feature.name);
        let path = ["systemd", "tmpfiles", "settings", &file];
        let name = (Form::TmpfilesPath { makes: reserved::makes(&rule.kind) }, &rule.path);
        let argument = Place::Tmpfiles(rule.expands_argument());
        self.nested(&path, &rule.scope, name, &[&rule.kind], |scope| {
            let word = |name: &str, e: &Option<Expr>| {
                e.as_ref()
                    .map(|e| Binding::new(name, scope.fitting(Form::Matching(guard::QUOTED), e)))
            };
            let fields = [
                rule.mode.as_ref().map(|mode| Binding::new("mode", Nix::str(mode))),
                word("user", &rule.user),
                word("group", &rule.group),
                word("age", &rule.age),
                rule.argument
                    .as_ref()
                    .map(|e| Binding::new("argument", scope.arriving(e, argument))),
            ];
            Nix::attrs(fields.into_iter().flatten())
        });
    }

    fn user(&mut self, user: &User) {
        self.named(&["users", "users"], &user.scope, (Form::NewUser, &user.name), |scope| {
            let kind = if user.normal { "isNormalUser" } else { "isSystemUser" };
            let name = |e| scope.fitting(Form::Matching(guard::USER), e);
            let mut lines = vec![Binding::new(kind, Nix::ident("true"))];
            lines.extend(user.uid.map(|uid| Binding::new("uid", Nix::Int(uid.into()))));
            lines.push(Binding::new("group", name(&user.group)));
            if !user.extra_groups.is_empty() {
                let groups = Nix::List(user.extra_groups.iter().map(name).collect());
                lines.push(Binding::new("extraGroups", groups));
            }
            let optional = [
                ("description", Form::Matching(guard::FIELD), &user.description),
                ("home", Form::Matching(patterns::HOME_PATH), &user.home),
            ];
            for (name, form, value) in optional {
                let value = value.as_ref().map(|e| scope.fitting(form, e));
                lines.extend(value.map(|value| Binding::new(name, value)));
            }
            if user.create_home {
                lines.push(Binding::new("createHome", Nix::ident("true")));
            }
            lines.extend(user.shell.as_ref().map(|e| Binding::new("shell", scope.string(e))));
            Nix::attrs(lines)
        });
    }

    fn group(&mut self, group: &Group) {
        self.named(&["users", "groups"], &group.scope, (Form::NewGroup, &group.name), |_| {
            Nix::attrs(group.gid.map(|gid| Binding::new("gid", Nix::Int(gid.into()))))
        });
    }

    fn sysctl(&mut self, sysctl: &Sysctl) {
        let name = Expr::Literal(sysctl.name.as_str().into());
        let value = |scope: &Scope<'_>| match scope.type_of(&sysctl.value) {
            Some(ty) if infer::may_be_package(&ty) => {
                scope.one_line(&Expr::Text(vec![sysctl.value.clone()]))
            }
            _ => scope.one_line(&sysctl.value),
        };
        let path = &["boot", "kernel", "sysctl"];
        self.named(path, &sysctl.scope, (Form::Sysctl, &name), value);
    }

    fn firewall(&mut self, ports: &FirewallPorts) {
        let option = match ports.protocol {
            Protocol::Tcp => "allowedTCPPorts",
            Protocol::Udp => "allowedUDPPorts",
        };
        self.listed(&["networking", "firewall", option], &ports.scope, &ports.ports);
    }
}

impl Scope<'_> {
    /// The path of a rule of tmpfiles.d.
    pub(crate) fn tmpfiles_path(&self, path: &Expr) -> Nix {
        if guard::is_fixed(path) {
            self.arriving(path, Place::Tmpfiles(true))
        } else if holds_specifier(path) {
            library::fitting(patterns::RULE_PATTERN, self.arriving(path, Place::Tmpfiles(true)))
        } else {
            let fitting = library::fitting(patterns::RULE_PATH, self.string(path));
            Nix::ident(names::ESCAPE_SPECIFIERS).call(fitting)
        }
    }
}

fn content(scope: &Scope<'_>, path: &Expr, content: &Content) -> Binding {
    match content {
        Content::Text(text) => Binding::new("text", scope.string(text)),
        Content::Settings { format, value } => {
            let path = scope.expr(path);
            let name = match path.as_text().and_then(|path| path.rsplit('/').next()) {
                Some(name) => name.to_owned(),
                None => format!("{}.{}", scope.manifest.feature.name, format_attribute(*format)),
            };
            let (generate, value) = scope.generate(*format, value);
            Binding::new("source", generate.call(file_name(&name)).call(value))
        }
    }
}
