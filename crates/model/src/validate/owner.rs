//! What is a feature's own, and what machines have already: units can be added to, and no other
//! name may be taken.

use super::Validator;
use crate::codes::{BAD_SYSTEM, RESERVED_NAME};
use crate::reserved::{self, UnitOwner};
use crate::{Expr, Problem, Unit, UnitKind};

impl Validator<'_> {
    /// Checks that a unit of the feature's own has a free name, and that a drop-in adds to a unit
    /// that every machine has.
    pub(super) fn owner(&mut self, unit: &Unit, subject: &str) {
        let full_name = unit.fixed_name();
        if unit.adds_to_each() {
            self.adds_to_each(unit, subject);
            return;
        }
        if unit.drop_in {
            match full_name {
                Some(name) => self.drop_in(unit, &name),
                None => {
                    let message = "the name of a drop-in's unit must be fixed".to_owned();
                    self.add_at(BAD_SYSTEM, subject, message, unit.place.as_ref());
                }
            }
            return;
        }
        let Some((name, owner)) = full_name.and_then(|n| Some((n.clone(), reserved::unit(&n)?)))
        else {
            return;
        };
        let (whose, next) = match owner {
            UnitOwner::Shared => {
                ("every machine", "add to it with a drop-in, or choose another name")
            }
            UnitOwner::One => ("the system", "choose another name"),
        };
        let message = format!("{whose} has a unit of this name");
        let problem = Problem::error(RESERVED_NAME, name, message).at(unit.place.clone());
        self.problems.push(problem.next(next));
    }

    /// Checks that names which are fixed are free.
    pub(super) fn names(&mut self) {
        let manifest = self.manifest;
        let system = &manifest.system;
        let users = system.users.iter().map(|user| &user.name);
        self.free("user", users, reserved::user);
        self.free("group", system.groups.iter().map(|group| &group.name), reserved::group);
        let paths = system.etc.iter().map(|file| &file.path);
        self.free("file of /etc", paths, |path| reserved::etc(path, &manifest.feature.name));
        let creating = system.tmpfiles.iter().filter(|rule| reserved::makes(&rule.kind));
        let paths = creating.map(|rule| &rule.path);
        self.free("rule of tmpfiles.d", paths, reserved::tmpfiles);
        for sysctl in system.sysctl.iter().filter(|sysctl| reserved::sysctl(&sysctl.name)) {
            self.add(RESERVED_NAME, &sysctl.name, "NixOS itself sets this kernel parameter");
        }
    }

    fn free<'e>(
        &mut self,
        what: &str,
        names: impl Iterator<Item = &'e Expr>,
        taken: impl Fn(&str) -> bool,
    ) {
        for name in names.filter_map(Expr::fixed_text).filter(|name| taken(name)) {
            let message = format!("machines have a {what} of this name");
            let problem = Problem::error(RESERVED_NAME, name, message);
            self.problems.push(problem.next("choose another name"));
        }
    }

    /// Checks what is added to each service that settings name. Whose these are is known where the
    /// settings are, and of the machine's own none is taken.
    fn adds_to_each(&mut self, unit: &Unit, subject: &str) {
        let place = unit.place.as_ref();
        let mut wrong = |message: &str| self.add_at(BAD_SYSTEM, subject, message.to_owned(), place);
        if unit.kind != UnitKind::Service {
            wrong("only services can be added to by names that are set");
        }
        if !unit.has_keys_alone() || unit.config.contains_key("ExecStart") {
            wrong(
                "what is added to services that are set is keys of their section `[Service]` alone",
            );
        } else if unit.config.is_empty() {
            wrong("the drop-in adds nothing");
        }
        let all = self.manifest.system.units.iter().filter(|unit| unit.adds_to_each());
        if all.count() > 1 {
            let message = "a feature adds to services that are set in one place: another one could \
                           add to the same service";
            self.add_at(BAD_SYSTEM, subject, message.to_owned(), place);
        }
    }

    fn drop_in(&mut self, unit: &Unit, name: &str) {
        let place = unit.place.as_ref();
        if reserved::unit(name) != Some(UnitOwner::Shared) {
            let message = "a drop-in adds to a unit that NixOS and portable guests both have, and \
                           this is none of them"
                .to_owned();
            self.add_at(RESERVED_NAME, name, message, place);
        }
        let mut wrong = |message: &str| self.add_at(BAD_SYSTEM, name, message.to_owned(), place);
        if unit.scope.each.is_some() {
            wrong("a drop-in is there once; `each` would make it many times");
        }
        if unit.commands.contains_key("ExecStart") || unit.config.contains_key("ExecStart") {
            wrong("a drop-in only adds, and its unit has an ExecStart; write a service of its own");
        }
        if !unit.path.is_empty() {
            wrong("a drop-in cannot add to the PATH of its unit; name programs by their paths");
        }
        if unit.has_keys_alone() && unit.config.is_empty() {
            wrong("the drop-in adds nothing");
        }
        let section = unit.kind.section().unwrap_or_default();
        let given = [
            ("Unit", &unit.unit_config),
            ("Environment", &unit.environment),
            (section, &unit.config),
        ];
        for (section, settings) in given {
            for key in settings.keys().filter(|key| reserved::is_given(name, section, key)) {
                let message = format!("NixOS itself gives `{key}` to this unit");
                self.add_at(RESERVED_NAME, name, message, place);
            }
        }
    }
}
