//! The parts of a system that are not units.

use std::collections::BTreeSet;

use domi_model::{self as model, Protocol, names, reserved};

use super::build::{About, Builder, parameter};
use super::fields::Fields;
use super::realised::{EtcFile, Firewall, User};
use crate::codes::{NAME_UNUSABLE, NOT_WRITABLE, TWICE};
use crate::escape::{specifiers, tmpfiles_argument};
use crate::eval::{Fault, Scope};
use crate::written::Writer;
use crate::{Datum, formats};

impl Builder<'_> {
    pub(super) fn etc(&mut self, part: &model::EtcFile, scope: &Scope<'_>) {
        let label = part.label();
        let about = About::new(&label);
        let feature = self.system.feature.clone();
        let usable = |path: &str| {
            names::etc_path(path)?;
            names::free(path, "file of /etc", reserved::etc(path, &feature))
        };
        let path = self.text(about, scope.text(&part.path), NAME_UNUSABLE, usable);
        let text = match &part.content {
            model::Content::Text(text) => scope.text(text),
            model::Content::Settings { format, value } => scope.eval(value).and_then(|value| {
                formats::render(*format, &scope.plain(&value)).map_err(Fault::NotWritable)
            }),
        };
        let subject = path.as_ref().map_or(label, |path| format!("/etc/{path}"));
        let about = About::new(&subject);
        let (Some(path), Some(text)) = (path, self.ok(about, text)) else { return };
        let mut owner = |expr: &Option<model::Expr>| {
            let name = scope.text(expr.as_ref()?);
            self.text(about, name, NAME_UNUSABLE, names::user).filter(|name| name != "root")
        };
        let (user, group) = (owner(&part.user), owner(&part.group));
        let file = EtcFile { text, mode: part.mode.clone(), user, group };
        if self.system.etc.insert(path, file).is_some() {
            self.problem(TWICE, about, "two parts of the feature write this file");
        }
    }

    pub(super) fn user(&mut self, part: &model::User, scope: &Scope<'_>) {
        let label = part.label();
        let about = About::new(&label);
        let name = self.text(about, scope.text(&part.name), NAME_UNUSABLE, names::new_user);
        let group = self.text(about, scope.text(&part.group), NAME_UNUSABLE, names::user);
        let (Some(name), Some(group)) = (name, group) else { return };
        let subject = format!("user `{name}`");
        let about = About::new(&subject);
        let mut fields = Fields::default();
        for (field, expr) in [("description", &part.description), ("home", &part.home)] {
            let Some(expr) = expr else { continue };
            let text = self.text(about, scope.text(expr), NOT_WRITABLE, names::passwd_field);
            if let ("home", Some(Err(fault))) = (field, text.as_deref().map(names::path)) {
                self.problem(NAME_UNUSABLE, about, format!("its home {fault}"));
            }
            fields.give(field, text);
        }
        let known = self.system.groups.contains(&group) || reserved::common_group(&group);
        if !known {
            let message = format!("its group `{group}` is one that nobody makes");
            self.problem(NAME_UNUSABLE, about, message);
        }
        fields.give("group", Some(group));
        fields.give("kind", Some(if part.normal { "normal" } else { "system" }.to_owned()));
        fields.give("uid", part.uid.map(|uid| uid.to_string()));
        fields.give("createHome", part.create_home.then(|| "true".to_owned()));
        if let Some(shell) = &part.shell {
            fields.give("shell", self.text(about, scope.text(shell), NOT_WRITABLE, names::path));
        }
        let mut groups = BTreeSet::new();
        for group in &part.extra_groups {
            let group = scope.text(group);
            groups.extend(self.text(about, group, NAME_UNUSABLE, names::user));
        }
        self.extra_groups.entry(name.clone()).or_default().extend(groups);
        for field in self.users.entry(name).or_default().merge(fields) {
            let message = format!("two parts of the feature give it another `{field}`");
            self.problem(TWICE, about, message);
        }
    }

    pub(super) fn tmpfiles(&mut self, part: &model::TmpfilesRule, scope: &Scope<'_>) {
        let label = part.label();
        let path = scope.written_text(&part.path, &TmpfilesPath);
        let path = self.text(About::new(&label), path, NOT_WRITABLE, names::single_quoted);
        let Some(path) = path else { return };
        let subject = format!("tmpfiles rule `{path}`");
        let about = About::new(&subject);
        if let Err(fault) = names::tmpfiles_path(&path) {
            self.problem(NAME_UNUSABLE, about, fault);
        }
        if reserved::makes(&part.kind) && reserved::tmpfiles(&path) {
            let message = "machines have a rule of tmpfiles.d for this path already";
            self.problem(NAME_UNUSABLE, about, message);
        }
        let mut fields = Fields::default();
        fields.give("mode", part.mode.clone());
        for (field, expr) in [("user", &part.user), ("group", &part.group), ("age", &part.age)] {
            let Some(expr) = expr else { continue };
            fields.give(
                field,
                self.text(about, scope.text(expr), NOT_WRITABLE, names::single_quoted),
            );
        }
        if let Some(argument) = &part.argument {
            let writer = TmpfilesArgument { expands: part.expands_argument() };
            fields.give("argument", self.ok(about, scope.written_text(argument, &writer)));
        }
        let kind = &part.kind;
        for field in self.tmpfiles.entry((path.clone(), kind.clone())).or_default().merge(fields) {
            let message = format!("two rules of type `{kind}` give this path another `{field}`");
            self.problem(TWICE, about, message);
        }
    }

    /// Makes what several parts may have said together.
    pub(super) fn join_parts(&mut self) {
        for (name, fields) in std::mem::take(&mut self.users) {
            let field = |field: &str, otherwise: &str| fields.get(field, otherwise).to_owned();
            let normal = fields.get("kind", "") == "normal";
            let home = if normal { format!("/home/{name}") } else { "/var/empty".to_owned() };
            let user = User {
                normal,
                group: field("group", ""),
                description: field("description", ""),
                extra_groups: self.extra_groups.remove(&name).unwrap_or_default(),
                home: field("home", &home),
                create_home: normal || fields.get("createHome", "") == "true",
                shell: Some(field("shell", "")).filter(|shell| !shell.is_empty()),
                uid: field("uid", "").parse().ok(),
            };
            self.system.users.insert(name, user);
        }
        for ((path, kind), fields) in std::mem::take(&mut self.tmpfiles) {
            let [mode, user, group, age] =
                ["mode", "user", "group", "age"].map(|field| fields.get(field, "-"));
            let argument = fields.get("argument", "");
            self.system.tmpfiles.push(format!(
                "'{kind}' '{path}' '{mode}' '{user}' '{group}' '{age}' {argument}\n"
            ));
        }
    }

    pub(super) fn sysctl(&mut self, part: &model::Sysctl, scope: &Scope<'_>) {
        let subject = parameter(part);
        let about = About::new(&subject);
        let is_count = reserved::is_count(&part.name);
        let value = scope.eval(&part.value).and_then(|value| match value {
            other if is_count && !matches!(other, Datum::Int(0..)) => {
                let message = format!("{} is no number of bytes", other.to_value());
                Err(Fault::NotWritable(message))
            }
            // The kernel knows no words for them.
            Datum::Bool(b) => Ok(i32::from(b).to_string()),
            other => scope.to_text(&other),
        });
        let Some(value) = self.text(about, value, NOT_WRITABLE, names::line) else { return };
        let before = self.system.sysctl.insert(part.name.clone(), value.clone());
        if before.is_some() {
            self.problem(TWICE, about, "two parts of the feature set this kernel parameter");
        }
    }

    pub(super) fn firewall(&mut self, part: &model::FirewallPorts, scope: &Scope<'_>) {
        let subject = part.label();
        let about = About::new(&subject);
        let Some(ports) = self.ok(about, scope.list(&part.ports)) else { return };
        for port in ports {
            let number = match port {
                Datum::Int(n) => u16::try_from(n).ok(),
                _ => None,
            };
            let Some(number) = number else {
                self.problem(NAME_UNUSABLE, about, format!("{} is no port", port.to_value()));
                continue;
            };
            let Firewall { tcp, udp } = &mut self.system.firewall;
            match part.protocol {
                Protocol::Tcp => tcp.insert(number),
                Protocol::Udp => udp.insert(number),
            };
        }
    }
}

/// Writes the path of a rule of tmpfiles.d, which stands in single quotes.
struct TmpfilesPath;

impl Writer for TmpfilesPath {
    fn fixed(&self, text: &str) -> String {
        specifiers(text)
    }

    fn brought(&self, text: &str, _: bool) -> Result<String, String> {
        Ok(specifiers(text))
    }
}

/// Writes the argument of a rule of tmpfiles.d, as `systemd.tmpfiles.settings` of NixOS writes it
/// since 25.05, but so that no specifier is found in it.
struct TmpfilesArgument {
    /// Whether systemd looks for specifiers.
    expands: bool,
}

impl Writer for TmpfilesArgument {
    fn fixed(&self, text: &str) -> String {
        let text = tmpfiles_argument(text);
        if self.expands { specifiers(&text) } else { text }
    }

    fn brought(&self, text: &str, _: bool) -> Result<String, String> {
        Ok(self.fixed(text))
    }
}
