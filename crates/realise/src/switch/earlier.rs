//! What a running machine cannot be switched to for what it had at any time before.

use std::collections::BTreeSet;
use std::fmt;

use domi_model::Problem;

use super::fixed::inside;
use super::refused::refused;
use crate::System;

/// All that a machine cannot be switched to after it has had the systems of `earlier`, in this order.
pub fn unswitchable_after(earlier: &[&System], new: &System) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some((last, before_last)) = earlier.split_last() else { return problems };
    if let Some(gone) = gone(earlier, new) {
        let there = accounts(last);
        for account in accounts(new).difference(&there).filter(|it| !it.is_numbered(new)) {
            // NixOS keeps in mind which number was whose, and gives none of them to another.
            let why = format!(
                "it comes to the machine after {gone} has gone, and has no number of its own: on \
                 NixOS it would get another number than on a portable machine"
            );
            problems.push(refused(account.to_string(), why));
        }
    }
    // A folder stays when the last file in it goes.
    let folders: BTreeSet<_> =
        before_last.iter().flat_map(|it| inside(&it.etc, &new.etc)).collect();
    for path in folders {
        let why = "its folder is still there, where a file would be";
        problems.push(refused(format!("/etc/{path}"), why));
    }
    problems
}

/// A user or a group.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Account<'a> {
    User(&'a str),
    Group(&'a str),
}

impl Account<'_> {
    /// Whether a system says which number it has.
    fn is_numbered(&self, system: &System) -> bool {
        match *self {
            Self::User(name) => system.users.get(name).is_some_and(|user| user.uid.is_some()),
            Self::Group(name) => system.gids.contains_key(name),
        }
    }
}

impl fmt::Display for Account<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user {name}"),
            Self::Group(name) => write!(f, "group {name}"),
        }
    }
}

fn accounts(system: &System) -> BTreeSet<Account<'_>> {
    let users = system.users.keys().map(|name| Account::User(name));
    users.chain(system.groups.iter().map(|name| Account::Group(name))).collect()
}

/// An account that one of the systems has and a later one has not.
fn gone<'a>(earlier: &[&'a System], new: &'a System) -> Option<Account<'a>> {
    let later = earlier.iter().skip(1).chain([&new]);
    let mut pairs = earlier.iter().zip(later);
    pairs.find_map(|(one, next)| {
        let there = accounts(next);
        accounts(one).into_iter().find(|account| !there.contains(account))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EtcFile, User};

    fn users(names: &[&str]) -> System {
        let user = |name: &&str| ((*name).to_owned(), User::default());
        System { users: names.iter().map(user).collect(), ..System::default() }
    }

    #[track_caller]
    fn check(earlier: &[&System], new: &System, expected: &[&str]) {
        let problems = unswitchable_after(earlier, new);
        let subjects: Vec<_> = problems.into_iter().map(|it| it.subject).collect();
        assert_eq!(subjects, expected);
    }

    #[test]
    fn no_account_gets_the_number_of_one_that_has_gone() {
        let (none, a, b) = (users(&[]), users(&["a"]), users(&["b"]));
        check(&[&a], &b, &["user b"]);
        check(&[&a, &none], &b, &["user b"]);
        // Nor is it sure that one that comes back gets its own.
        check(&[&a, &none], &a, &["user a"]);
        check(&[&a, &users(&["a", "b"])], &a, &[]);
        check(&[&none, &a, &users(&["a", "b"])], &none, &[]);
        check(&[&none], &a, &[]);
        check(&[&a], &users(&["a", "b"]), &[]);
        let group = System { groups: ["g".to_owned()].into(), ..System::default() };
        check(&[&a], &group, &["group g"]);
        check(&[&group], &a, &["user a"]);
        let mut numbered = b;
        numbered.users.values_mut().for_each(|user| user.uid = Some(400));
        check(&[&a, &none], &numbered, &[]);
    }

    #[test]
    fn a_folder_outlives_its_files() {
        let etc = |path: &str| System {
            etc: [(path.to_owned(), EtcFile::default())].into(),
            ..System::default()
        };
        check(&[&etc("foo/a"), &System::default()], &etc("foo"), &["/etc/foo/a"]);
        check(&[&etc("foo"), &System::default()], &etc("foo/a"), &[]);
    }
}
