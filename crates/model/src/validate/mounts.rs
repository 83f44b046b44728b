//! Mounts, whose names follow from where they are, and other names of units.

use super::Validator;
use crate::codes::{BAD_NAME, BAD_SYSTEM, DUPLICATE, RESERVED_NAME};
use crate::{Unit, names, reserved};

impl Validator<'_> {
    pub(super) fn mount(&mut self, unit: &Unit, subject: &str) {
        let place = unit.place.as_ref();
        match unit.name.fixed_text().map(|path| names::mount_point(&path)) {
            None => {
                let message = "where something is mounted must be fixed".to_owned();
                self.add_at(BAD_SYSTEM, subject, message, place);
            }
            Some(Err(fault)) => self.add_at(BAD_NAME, subject, fault, place),
            Some(Ok(())) => {}
        }
        let mut wrong = |message: &str| self.add_at(BAD_SYSTEM, subject, message.into(), place);
        if unit.config.contains_key("Where") {
            wrong("its `Where` is the path that names it");
        }
        if unit.drop_in || unit.scope.each.is_some() {
            wrong("a mount is a unit of its own, and there once");
        }
        if unit.config.get("What").is_some_and(|what| what.when.is_some()) {
            wrong("a mount always has a `What`; give the unit itself the condition");
        }
    }

    /// Other names are fixed, so that they are known to be free.
    pub(super) fn aliases(&mut self, unit: &Unit, subject: &str) {
        let place = unit.place.as_ref();
        if !unit.aliases.is_empty()
            && (unit.drop_in || unit.scope.each.is_some() || unit.kind.is_path())
        {
            let message = "a drop-in, a mount and one of several units have no other names";
            self.add_at(BAD_SYSTEM, subject, message.to_owned(), place);
        }
        for (at, alias) in unit.aliases.iter().enumerate() {
            let suffix = format!(".{}", unit.kind.suffix());
            let stem = alias.strip_suffix(&suffix).unwrap_or_default();
            if let Err(fault) = names::made_unit(stem, unit.kind.suffix()) {
                let message =
                    format!("its other name {alias:?}, which ends with `{suffix}`: {fault}");
                self.add_at(BAD_NAME, subject, message, place);
            }
            if reserved::unit(alias).is_some() {
                let message = format!("machines have a unit `{alias}`");
                self.add_at(RESERVED_NAME, subject, message, place);
            }
            let units = &self.manifest.system.units;
            let named = units.iter().filter(|other| other.fixed_name().as_ref() == Some(alias));
            let others = units.iter().flat_map(|other| &other.aliases);
            let twice = unit.aliases[..at].contains(alias);
            if twice || named.count() > 0 || others.filter(|other| *other == alias).count() > 1 {
                let message = format!("another unit of the feature is called `{alias}` too");
                self.add_at(DUPLICATE, subject, message, place);
            }
            if units.iter().any(|other| other.kind == unit.kind && other.fixed_name().is_none()) {
                let message = format!(
                    "a setting may name another unit `{alias}`: the feature has one of the kind \
                     whose name settings make"
                );
                self.add_at(BAD_SYSTEM, subject, message, place);
            }
        }
    }
}
