//! Users and groups, and what they own: what NixOS and Debian would make differently is refused.

use std::collections::BTreeMap;

use super::Validator;
use crate::codes::{BAD_SYSTEM, DUPLICATE};
use crate::context::Context;
use crate::{EtcFile, Expr, NORMAL_IDS, SYSTEM_IDS, Scope, User, reserved};

impl Validator<'_> {
    pub(super) fn accounts(&mut self, context: &Context<'_>) {
        let system = &self.manifest.system;
        let mut uids = BTreeMap::new();
        for user in &system.users {
            let subject = user.label();
            let inner = self.scope(&subject, None, &user.scope, context);
            let texts = [user.description.as_ref(), user.home.as_ref()].into_iter().flatten();
            for text in [&user.name, &user.group].into_iter().chain(texts) {
                self.typed(&subject, None, inner.expect_text(text));
            }
            for group in &user.extra_groups {
                self.typed(&subject, None, inner.expect_text(group));
                let known = |name: &str| name == "root" || reserved::common_group(name);
                let made = system.groups.iter().map(|it| (&it.name, &it.scope));
                if !is_there(group, &user.scope, made, known) {
                    let message = "it is in a group that is neither one of the feature's, there \
                                   whenever the user is, nor one that NixOS and Debian both have";
                    self.add(BAD_SYSTEM, subject.as_str(), message);
                }
            }
            self.number(&subject, "uid", user.uid, (&user.name, &user.scope), &mut uids);
            self.kind_of(user, &subject);
            if let Some(shell) = &user.shell {
                self.typed(&subject, None, inner.expect_text(shell));
                if !matches!(shell, Expr::PackagePath(_)) {
                    let message = "its shell is no program of a package of the feature";
                    self.add(BAD_SYSTEM, subject.as_str(), message);
                }
            }
        }
        let mut gids = BTreeMap::new();
        for group in &system.groups {
            let subject = group.label();
            let inner = self.scope(&subject, None, &group.scope, context);
            self.typed(&subject, None, inner.expect_text(&group.name));
            self.number(&subject, "gid", group.gid, (&group.name, &group.scope), &mut gids);
        }
    }

    fn kind_of(&mut self, user: &User, subject: &str) {
        let message = match user.uid {
            None if user.normal => {
                "a user for people has a fixed uid: Debian would give it another one than NixOS"
            }
            Some(uid) if SYSTEM_IDS.contains(&uid) && user.normal => {
                "the uid is one of a system user, and this one is for people"
            }
            Some(uid) if NORMAL_IDS.contains(&uid) && !user.normal => {
                "the uid is one of a user for people, and this is a system user"
            }
            _ if user.create_home && !user.normal && user.home.is_none() => {
                "its home is to be made, but it has none"
            }
            _ => return,
        };
        self.add(BAD_SYSTEM, subject, message);
    }

    /// Checks a fixed number of a user or group, and that no other one has it.
    fn number<'e>(
        &mut self,
        subject: &str,
        what: &str,
        number: Option<u32>,
        (name, scope): (&'e Expr, &Scope),
        seen: &mut BTreeMap<u32, &'e Expr>,
    ) {
        let Some(number) = number else { return };
        if !SYSTEM_IDS.contains(&number) && !NORMAL_IDS.contains(&number) {
            let message = format!(
                "the {what} {number} may be taken on some machine; free are {} to {}, and {} to \
                 {} for people",
                SYSTEM_IDS.start(),
                SYSTEM_IDS.end(),
                NORMAL_IDS.start(),
                NORMAL_IDS.end()
            );
            self.add(BAD_SYSTEM, subject, message);
        }
        if scope.each.is_some() {
            let message = format!("each of several would have the {what} {number}");
            self.add(BAD_SYSTEM, subject, message);
        }
        if seen.insert(number, name).is_some_and(|other| other != name) {
            self.add(DUPLICATE, subject, format!("another one has the {what} {number} too"));
        }
    }

    /// Checks the owner and group of a file below `/etc`.
    pub(super) fn owner_of(&mut self, file: &EtcFile, context: &Context<'_>) {
        let subject = file.label();
        let system = &self.manifest.system;
        for text in [&file.user, &file.group].into_iter().flatten() {
            self.typed(&subject, None, context.expect_text(text));
        }
        if file.mode.is_none() && (file.user.is_some() || file.group.is_some()) {
            let message = "it has an owner, but no mode: a link belongs to root";
            self.add(BAD_SYSTEM, subject.as_str(), message);
        }
        let users = system.users.iter().map(|it| (&it.name, &it.scope));
        let groups = system.groups.iter().map(|it| (&it.name, &it.scope));
        let message = |what: &str| {
            format!(
                "its {what} is none of the feature's that is there whenever the file is, nor one \
                 that NixOS and Debian both have"
            )
        };
        if let Some(user) = &file.user
            && !is_there(user, &file.scope, users, |name| name == "root")
        {
            self.add(BAD_SYSTEM, subject.as_str(), message("owner"));
        }
        if let Some(group) = &file.group
            && !is_there(group, &file.scope, groups, reserved::common_group)
        {
            self.add(BAD_SYSTEM, subject.as_str(), message("group"));
        }
    }
}

/// Whether a name is one that machines have, or that the feature makes wherever the scope holds.
fn is_there<'e>(
    name: &Expr,
    scope: &Scope,
    mut made: impl Iterator<Item = (&'e Expr, &'e Scope)>,
    known: impl Fn(&str) -> bool,
) -> bool {
    name.fixed_text().is_some_and(|name| known(&name))
        || made.any(|(other, its)| other == name && (its.is_plain() || its == scope))
}
