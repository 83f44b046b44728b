use std::collections::BTreeMap;

use super::Validator;
use crate::codes::{BAD_NAME, BAD_SYSTEM, DUPLICATE};
use crate::reserved;
use crate::shape::{Context, Shape};
use crate::{Command, Content, Expr, Place, Scope, Setting, Unit, UnitKind, Value};

impl Validator<'_> {
    pub(super) fn system(&mut self, context: &Context<'_>) {
        let system = &self.manifest.system;
        for installed in &system.packages {
            let inner = self.scope("packages", None, &installed.scope, context);
            self.typed("packages", None, inner.expect_package(&installed.package));
        }
        for unit in &system.units {
            self.unit(unit, context);
        }
        self.names();
        for file in &system.etc {
            let inner = self.scope("etc", None, &file.scope, context);
            self.typed("etc", None, inner.expect_text(&file.path));
            self.mode("etc", file.mode.as_deref());
            match &file.content {
                Content::Text(text) => self.typed("etc", None, inner.expect_text(text)),
                Content::Settings { format, value } => {
                    self.typed("etc", None, inner.expect_written(*format, value));
                }
            }
        }
        for user in &system.users {
            let inner = self.scope("users", None, &user.scope, context);
            for text in
                [Some(&user.name), Some(&user.group), user.description.as_ref(), user.home.as_ref()]
                    .into_iter()
                    .flatten()
            {
                self.typed("users", None, inner.expect_text(text));
            }
        }
        for group in &system.groups {
            let inner = self.scope("groups", None, &group.scope, context);
            self.typed("groups", None, inner.expect_text(&group.name));
        }
        for rule in &system.tmpfiles {
            let inner = self.scope("tmpfiles", None, &rule.scope, context);
            let mut letters = rule.kind.chars();
            let known = letters.next().is_some_and(|c| "fFwdDevqQpLcbCxXrRzZtThHaA".contains(c));
            if !known || !letters.all(|c| "+!-=~^$".contains(c)) {
                self.add(
                    BAD_SYSTEM,
                    "tmpfiles",
                    format!("{:?} is no type of tmpfiles.d", rule.kind),
                );
            }
            self.mode("tmpfiles", rule.mode.as_deref());
            for text in [
                Some(&rule.path),
                rule.user.as_ref(),
                rule.group.as_ref(),
                rule.age.as_ref(),
                rule.argument.as_ref(),
            ]
            .into_iter()
            .flatten()
            {
                self.typed("tmpfiles", None, inner.expect_text(text));
            }
        }
        for sysctl in &system.sysctl {
            let inner = self.scope("sysctl", None, &sysctl.scope, context);
            let good = |c: char| c.is_ascii_alphanumeric() || "._-/*".contains(c);
            if sysctl.name.is_empty() || !sysctl.name.chars().all(good) {
                self.add(BAD_NAME, "sysctl", format!("{:?} is no kernel parameter", sysctl.name));
            }
            let fault = if reserved::is_count(&sysctl.name) {
                inner.expect_count(&sysctl.value)
            } else {
                inner.expect_text(&sysctl.value)
            };
            self.typed("sysctl", None, fault.map_err(|fault| format!("{}: {fault}", sysctl.name)));
        }
        for ports in &system.firewall {
            let inner = self.scope("firewall", None, &ports.scope, context);
            self.typed("firewall", None, inner.expect_int_list(&ports.ports));
        }
    }

    /// Checks when and how often a part is there; returns what its expressions stand in.
    fn scope<'c>(
        &mut self,
        subject: &str,
        place: Option<&Place>,
        scope: &Scope,
        context: &Context<'c>,
    ) -> Context<'c> {
        let mut inner = context.clone();
        if let Some(each) = &scope.each {
            match context.attrs(&each.over) {
                Ok(value) => {
                    inner = inner.bind(&each.name, Shape::Str).bind(&each.value, value);
                }
                Err(fault) => self.typed(subject, place, Err(fault)),
            }
        }
        if let Some(when) = &scope.when {
            self.typed(subject, place, inner.expect_bool(when));
            inner = inner.assuming(when);
        }
        inner
    }

    fn unit(&mut self, unit: &Unit, context: &Context<'_>) {
        const RELATIONS: [&str; 9] = [
            "after",
            "before",
            "bindsTo",
            "conflicts",
            "partOf",
            "requiredBy",
            "requires",
            "requisite",
            "wants",
        ];
        let subject = match &unit.name {
            Expr::Literal(Value::Str(name)) => format!("{name}.{}", unit.kind.suffix()),
            _ => format!("a {}", unit.kind.suffix()),
        };
        let place = unit.place.as_ref();
        let inner = self.scope(&subject, place, &unit.scope, context);
        self.typed(&subject, place, inner.expect_text(&unit.name));
        self.owner(unit, &subject);
        self.warned(unit, &subject);
        for text in unit.description.iter().chain(&unit.wanted_by) {
            self.typed(&subject, place, inner.expect_text(text));
        }
        for (relation, names) in &unit.relations {
            if !RELATIONS.contains(&&**relation) {
                let known = RELATIONS.join(", ");
                let message = format!("`{relation}` is no relation; there are {known}");
                self.add_at(BAD_SYSTEM, &subject, message, place);
            }
            for name in names {
                self.typed(&subject, place, inner.expect_text(name));
            }
        }
        let like_service =
            !(unit.environment.is_empty() && unit.path.is_empty() && unit.commands.is_empty());
        if like_service && unit.kind != UnitKind::Service {
            let message = "only a service has an environment, a path and commands".to_owned();
            self.add_at(BAD_SYSTEM, &subject, message, place);
        }
        if unit.kind.section().is_none() && !unit.config.is_empty() {
            let message = "a target has no section of its own".to_owned();
            self.add_at(BAD_SYSTEM, &subject, message, place);
        }
        for package in &unit.path {
            self.typed(&subject, place, inner.expect_package(package));
        }
        for settings in [&unit.unit_config, &unit.environment, &unit.config] {
            self.settings(&subject, place, settings, &inner);
        }
        for (key, commands) in &unit.commands {
            if unit.config.contains_key(key) {
                self.add_at(DUPLICATE, &subject, format!("`{key}` is given twice"), place);
            }
            commands.iter().for_each(|c| self.command(&subject, place, key, c, &inner));
        }
    }

    fn settings(
        &mut self,
        subject: &str,
        place: Option<&Place>,
        settings: &BTreeMap<String, Setting>,
        context: &Context<'_>,
    ) {
        for (key, setting) in settings {
            let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if key.is_empty() || !key.chars().all(good) {
                self.add_at(BAD_NAME, subject, format!("{key:?} is no key"), place);
            }
            let inner = match &setting.when {
                Some(when) => {
                    self.typed(subject, place, context.expect_bool(when));
                    context.assuming(when)
                }
                None => context.clone(),
            };
            let result =
                inner.expect_setting(&setting.value).map_err(|fault| format!("{key}: {fault}"));
            self.typed(subject, place, result);
        }
    }

    fn command(
        &mut self,
        subject: &str,
        place: Option<&Place>,
        key: &str,
        command: &Command,
        context: &Context<'_>,
    ) {
        if !key.starts_with("Exec") {
            self.add_at(BAD_SYSTEM, subject, format!("`{key}` takes no command"), place);
        }
        if !is_prefix(&command.prefix) {
            let message = format!("{:?} is no prefix of a command", command.prefix);
            self.add_at(BAD_SYSTEM, subject, message, place);
        }
        let mut inner = context.clone();
        if let Some(when) = &command.when {
            self.typed(subject, place, context.expect_bool(when));
            inner = context.assuming(when);
        }
        if matches!(&command.argv, Expr::List(items) if items.is_empty()) {
            self.add_at(BAD_SYSTEM, subject, format!("{key} has no program"), place);
        }
        let result = inner.expect_words(&command.argv).map_err(|fault| format!("{key}: {fault}"));
        self.typed(subject, place, result);
    }

    pub(super) fn mode(&mut self, subject: &str, mode: Option<&str>) {
        let octal =
            |m: &str| (3..=4).contains(&m.len()) && m.chars().all(|c| ('0'..='7').contains(&c));
        if let Some(mode) = mode.filter(|mode| !octal(mode)) {
            self.add(BAD_SYSTEM, subject, format!("{mode:?} is no mode such as 0640"));
        }
    }
}

/// Whether systemd takes these characters before a command: each once, and only one of those
/// that say which privileges it has.
fn is_prefix(prefix: &str) -> bool {
    let rest = prefix.replacen("!!", "!", 1);
    let privileges = rest.chars().filter(|c| "+!".contains(*c)).count();
    let once = |c: char| rest.matches(c).count() <= 1;
    rest.chars().all(|c| "@-:+!".contains(c) && once(c)) && privileges <= 1
}

#[cfg(test)]
mod tests {
    use super::is_prefix;

    #[test]
    fn a_prefix_is_one_that_systemd_takes() {
        for prefix in ["", "-", "+", "!", "!!", "-!!", "@-:+"] {
            assert!(is_prefix(prefix), "{prefix:?}");
        }
        for prefix in ["+!", "--", "!!!", "x", "|"] {
            assert!(!is_prefix(prefix), "{prefix:?}");
        }
    }
}
