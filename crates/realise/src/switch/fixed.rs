//! What a running machine cannot be switched to.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Problem;
use domi_model::reserved::template_of;

use super::refused::refused;
use super::unit_text::UnitText;
use crate::System;

/// All that differs between two systems and has no effect on a running machine, or not the same on
/// NixOS and on a portable one; nothing where one can be switched to the other.
pub fn unswitchable(old: &System, new: &System) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |subject: String, why: &str| problems.push(refused(subject, why));
    for unit in differing(&old.drop_ins, &new.drop_ins) {
        let (_, kind) = unit.rsplit_once('.').unwrap_or_default();
        let template = template_of(unit);
        let own = |system: &System| {
            let mut names = std::iter::once(unit).chain(template.as_deref());
            names.any(|name| system.units.contains_key(name))
        };
        if !own(old) && !own(new) && !["path", "slice", "socket"].contains(&kind) {
            refuse(
                unit.to_owned(),
                "the machine has this unit anyway, and what is added to it would change: NixOS's \
                 own says what it then does, which a portable machine does not know",
            );
        }
    }
    for path in differing(&old.etc, &new.etc).filter(|path| path.starts_with("systemd/")) {
        refuse(format!("/etc/{path}"), "settings of systemd and its parts would change");
    }
    for (file, folder) in [(old, new), (new, old)] {
        for path in inside(&folder.etc, &file.etc) {
            refuse(format!("/etc/{path}"), "it is a file before or after, and a folder otherwise");
        }
    }
    let stay = |user: &&str| old.users.contains_key(*user) && new.users.contains_key(*user);
    for user in differing(&old.users, &new.users).filter(stay) {
        refuse(format!("user {user}"), "a user that is there before and after would change");
    }
    let stay = |group: &&str| old.groups.contains(*group) && new.groups.contains(*group);
    for group in differing(&old.gids, &new.gids).filter(stay) {
        refuse(format!("group {group}"), "a group that is there before and after would change");
    }
    for unit in new.units_to_start() {
        if UnitText::of(new, unit, unit).is("Unit", "RefuseManualStart", false) {
            refuse(
                unit.to_owned(),
                "it says RefuseManualStart, and a portable machine starts by its name what a target wants",
            );
        }
    }
    problems
}

/// The files of some that have a folder where others are files.
pub(super) fn inside<'a, T>(
    deeper: &'a BTreeMap<String, T>,
    files: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = &'a String> {
    let above = |path: &str| path.match_indices('/').any(|(at, _)| files.contains_key(&path[..at]));
    deeper.keys().filter(move |path| above(path))
}

/// The names of what two maps do not have alike.
fn differing<'a, T: PartialEq>(
    old: &'a BTreeMap<String, T>,
    new: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = &'a str> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EtcFile, Unit, User};

    fn unit(text: &str) -> Unit {
        let wanted_by = vec!["multi-user.target".to_owned()];
        Unit { text: text.to_owned(), wanted_by, ..Unit::default() }
    }

    #[track_caller]
    fn check(old: &System, new: &System, expected: &[&str]) {
        let subjects: Vec<_> = unswitchable(old, new).into_iter().map(|it| it.subject).collect();
        assert_eq!(subjects, expected);
    }

    #[test]
    fn drop_ins_of_the_machines_own_units_stay() {
        let with = |name: &str| {
            let drop_ins = [(name.to_owned(), unit("[Service]\nNice=1\n"))].into();
            System { drop_ins, ..System::default() }
        };
        let plain = System::default();
        check(&plain, &with("systemd-journald.service"), &["systemd-journald.service"]);
        check(&with("getty@tty1.service"), &plain, &["getty@tty1.service"]);
        check(&with("a.service"), &with("a.service"), &[]);
        check(&plain, &with("user.slice"), &[]);
        let mut own = with("a@b.service");
        own.units.insert("a@.service".to_owned(), unit(""));
        check(&plain, &own, &[]);
    }

    #[test]
    fn accounts_and_settings_of_systemd_stay() {
        let user = |home: &str| {
            let user = User { home: home.to_owned(), ..User::default() };
            System { users: [("u".to_owned(), user)].into(), ..System::default() }
        };
        check(&user("/a"), &user("/b"), &["user u"]);
        check(&user("/a"), &System::default(), &[]);
        let group = |gids: &[u32]| System {
            groups: ["g".to_owned()].into(),
            gids: gids.iter().map(|gid| ("g".to_owned(), *gid)).collect(),
            ..System::default()
        };
        check(&group(&[1]), &group(&[]), &["group g"]);
        check(&group(&[1]), &System::default(), &[]);
        let etc = |path: &str| System {
            etc: [(path.to_owned(), EtcFile::default())].into(),
            ..System::default()
        };
        check(&etc("systemd/journald.conf"), &etc("a"), &["/etc/systemd/journald.conf"]);
    }

    #[test]
    fn a_file_does_not_become_a_folder_nor_a_folder_a_file() {
        let etc = |path: &str| System {
            etc: [(path.to_owned(), EtcFile::default())].into(),
            ..System::default()
        };
        check(&etc("foo"), &etc("foo/bar"), &["/etc/foo/bar"]);
        check(&etc("foo/a/b"), &etc("foo"), &["/etc/foo/a/b"]);
        check(&etc("foo"), &etc("foobar/b"), &[]);
        check(&etc("foo/a"), &etc("foo/b"), &[]);
    }

    #[test]
    fn what_cannot_be_started_by_its_name_is_no_part_of_a_switch() {
        let with = |text: &str| {
            let units = [("a.service".to_owned(), unit(text))].into();
            System { units, ..System::default() }
        };
        check(&with(""), &with("[Unit]\nRefuseManualStart=true\n"), &["a.service"]);
    }
}
