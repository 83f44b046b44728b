use std::collections::BTreeSet;

use super::Validator;
use super::directives::Owner;
use crate::codes::{BAD_NAME, BAD_SYSTEM, DUPLICATE};
use crate::context::Context;
use crate::reserved;
use crate::shape::Shape;
use crate::{Content, Expansion, Expr, Place, Scope, Unit, UnitKind};

impl Validator<'_> {
    pub(super) fn system(&mut self, context: &Context<'_>) {
        let system = &self.manifest.system;
        let mut commands = BTreeSet::new();
        for installed in &system.packages {
            let subject = installed.label();
            let inner = self.scope(&subject, None, &installed.scope, context);
            let fits = match &installed.package {
                Expr::Script(_) if installed.scope.each.is_some() => {
                    Err("a command has one name, and is never one of many".to_owned())
                }
                Expr::Script(script) if !commands.insert(&script.name) => {
                    Err("there is another command of this name".to_owned())
                }
                Expr::Script(script) => inner.expect_command(script),
                package => inner.expect_package(package),
            };
            self.typed(&subject, None, fits);
        }
        for unit in &system.units {
            self.unit(unit, context);
        }
        self.names();
        for file in &system.etc {
            let subject = file.label();
            let inner = self.scope(&subject, None, &file.scope, context);
            self.typed(&subject, None, inner.expect_text(&file.path));
            self.mode(&subject, file.mode.as_deref());
            self.owner_of(file, &inner);
            match &file.content {
                Content::Text(text) => self.typed(&subject, None, inner.expect_text(text)),
                Content::Settings { format, value } => {
                    self.typed(&subject, None, inner.expect_written(*format, value));
                }
            }
        }
        self.accounts(context);
        for rule in &system.tmpfiles {
            let subject = rule.label();
            let inner = self.scope(&subject, None, &rule.scope, context);
            let mut letters = rule.kind.chars();
            let known = letters.next().is_some_and(|c| "fFwdDevqQpLcbCxXrRzZtThHaA".contains(c));
            if !known || !letters.all(|c| "+!-=~^$".contains(c)) {
                self.add(
                    BAD_SYSTEM,
                    subject.as_str(),
                    format!("{:?} is no type of tmpfiles.d", rule.kind),
                );
            }
            self.mode(&subject, rule.mode.as_deref());
            for text in [&rule.user, &rule.group, &rule.age].into_iter().flatten() {
                self.typed(&subject, None, inner.expect_text(text));
            }
            let expanding = inner.expanding(Some(Expansion::Tmpfiles));
            self.typed(&subject, None, expanding.expect_text(&rule.path));
            if let Some(argument) = &rule.argument {
                let inner = if rule.expands_argument() { &expanding } else { &inner };
                self.typed(&subject, None, inner.expect_text(argument));
            }
        }
        for sysctl in &system.sysctl {
            let subject = format!("kernel parameter `{}`", sysctl.name);
            let inner = self.scope(&subject, None, &sysctl.scope, context);
            let good = |c: char| c.is_ascii_alphanumeric() || "._-/*".contains(c);
            if sysctl.name.is_empty() || !sysctl.name.chars().all(good) {
                self.add(BAD_NAME, subject.as_str(), "no kernel parameter has this name");
            }
            let fault = if reserved::is_count(&sysctl.name) {
                inner.expect_count(&sysctl.value)
            } else {
                inner.expect_text(&sysctl.value)
            };
            self.typed(&subject, None, fault);
        }
        for ports in &system.firewall {
            let subject = ports.label();
            let inner = self.scope(&subject, None, &ports.scope, context);
            self.typed(&subject, None, inner.expect_int_list(&ports.ports));
        }
        self.claims(context);
    }

    /// Checks when and how often a part is there; returns what its expressions stand in.
    pub(super) fn scope<'c>(
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
        const RELATIONS: [&str; 11] = [
            "after",
            "before",
            "bindsTo",
            "conflicts",
            "onFailure",
            "onSuccess",
            "partOf",
            "requiredBy",
            "requires",
            "requisite",
            "wants",
        ];
        let subject = unit.label();
        let place = unit.place.as_ref();
        let inner = self.scope(&subject, place, &unit.scope, context);
        self.typed(&subject, place, inner.expect_text(&unit.name));
        self.owner(unit, &subject);
        self.warned(unit, &subject);
        self.aliases(unit, &subject);
        self.changes(unit, &subject, &inner);
        if unit.kind.is_path() {
            self.mount(unit, &subject);
        }
        if let Some(text) = &unit.description {
            let inner = inner.expanding(Some(Expansion::Value));
            self.typed(&subject, place, inner.expect_text(text));
        }
        for names in &unit.wanted_by {
            self.typed(&subject, place, inner.expect_names(names));
        }
        for (relation, names) in &unit.relations {
            if !RELATIONS.contains(&&**relation) {
                let known = RELATIONS.join(", ");
                let message = format!("`{relation}` is no relation; there are {known}");
                self.add_at(BAD_SYSTEM, &subject, message, place);
            }
            let inner = inner.expanding(Some(Expansion::UnitName));
            for names in names {
                self.typed(&subject, place, inner.expect_names(names));
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
        let owner = Owner { subject: &subject, place };
        self.section(owner, None, &unit.unit_config, &inner);
        self.environment(owner, &unit.environment, &inner);
        self.section(owner, Some(unit.kind), &unit.config, &inner);
        for (key, commands) in &unit.commands {
            if unit.config.contains_key(key) {
                self.add_at(DUPLICATE, &subject, format!("`{key}` is given twice"), place);
            }
            commands.iter().for_each(|c| self.command(owner, key, c, &inner));
        }
    }

    pub(super) fn mode(&mut self, subject: &str, mode: Option<&str>) {
        let octal =
            |m: &str| (3..=4).contains(&m.len()) && m.chars().all(|c| ('0'..='7').contains(&c));
        if let Some(mode) = mode.filter(|mode| !octal(mode)) {
            self.add(BAD_SYSTEM, subject, format!("{mode:?} is no mode such as 0640"));
        }
    }
}
