//! Users and groups.

use std::collections::{BTreeMap, BTreeSet};

use domi_evaluate::Evaluated;
use domi_realise::{Content, EtcFile, File, User};

use super::Carrier;

impl Carrier<'_> {
    pub(super) fn users(&mut self, case: &Evaluated) {
        self.out.system.groups = case.groups.keys().cloned().collect();
        let mut members = BTreeSet::new();
        for (group, told) in case.groups.iter().chain(&case.changed_groups) {
            members.extend(told.members.iter().map(|name| format!("m {name} {group}\n")));
        }
        for (group, told) in &case.groups {
            self.out.system.gids.extend(told.gid.map(|gid| (group.clone(), gid)));
        }
        for (name, changes) in &case.user_changes {
            // These come as members of groups.
            for change in changes.iter().filter(|change| *change != "extraGroups") {
                if change == KEYS && has_keys(case, name) {
                    continue;
                }
                let option = format!("users.users.{name}.{change}");
                self.not_carried(&option, "the machine has this user already, and keeps it");
            }
            let user = case.changed_users.get(name);
            let groups = user.into_iter().flat_map(|user| &user.extra_groups);
            members.extend(groups.map(|group| format!("m {name} {group}\n")));
        }
        let numbers = numbers(&case.users);
        for (name, user) in &case.users {
            for other in user.others.iter().filter(|other| *other != SUBORDINATE) {
                if other == KEYS && has_keys(case, name) {
                    continue;
                }
                let option = format!("users.users.{name}.{other}");
                self.not_carried(&option, "users of such machines are system users without it");
            }
            let option = format!("users.users.{name}.shell");
            let shell = match user.shell.as_deref() {
                Some(path) if is_program(path) => Some(self.texts.text(path, &option)),
                Some(_) => {
                    self.not_carried(&option, "only the path of a program of a package is");
                    None
                }
                None => None,
            };
            let ours = User {
                normal: user.is_normal_user,
                extra_groups: user.extra_groups.iter().cloned().collect(),
                create_home: user.create_home,
                shell,
                group: user.group.clone(),
                description: user.description.clone(),
                home: user.home.clone(),
                uid: user.uid.or(numbers.get(name).copied()),
            };
            self.out.system.users.insert(name.clone(), ours);
        }
        self.subordinate(&case.users);
        let members: String = members.into_iter().collect();
        if !members.is_empty() {
            let path = format!("/etc/sysusers.d/domi-{}.members.conf", self.out.system.feature);
            self.out.files.push(File { path, mode: 0o444, content: Content::Text(members) });
        }
    }

    /// The ranges of numbers that users for people have for containers of their own.
    fn subordinate(&mut self, users: &BTreeMap<String, domi_evaluate::User>) {
        let with = users.iter().filter(|(_, user)| user.others.iter().any(|it| it == SUBORDINATE));
        let line = |(at, (name, _)): (u32, (&String, _))| {
            format!("{name}:{}:65536\n", 100_000 + at * 65536)
        };
        let text: String = (0..).zip(with).map(line).collect();
        for path in ["subuid", "subgid"].iter().filter(|_| !text.is_empty()) {
            let mode = Some("0644".to_owned());
            let file = EtcFile { text: text.clone(), mode, ..EtcFile::default() };
            self.out.system.etc.insert((*path).to_owned(), file);
        }
    }
}

/// Whether a path names a program of a package.
fn is_program(path: &str) -> bool {
    let folders = ["/nix/store/", "/run/current-system/sw/bin/"];
    path == "/bin/sh" || folders.iter().any(|folder| path.starts_with(folder))
}

/// Keys of people who may log in as the user.
const KEYS: &str = "openssh.authorizedKeys";

/// Whether a user's keys are in a file that comes with the others.
fn has_keys(case: &Evaluated, user: &str) -> bool {
    let path = format!("ssh/authorized_keys.d/{user}");
    case.etc.values().any(|file| file.enable && file.target == path)
}

/// What users for people have on NixOS by default.
const SUBORDINATE: &str = "autoSubUidGidRange";

/// The numbers that NixOS gives at its first boot to users for people that have none of their own: the first
/// that are free, in the order of the names.
fn numbers(users: &BTreeMap<String, domi_evaluate::User>) -> BTreeMap<&String, u32> {
    let taken: BTreeSet<_> = users.values().filter_map(|user| user.uid).collect();
    let free = (1000..30_000).filter(|number| !taken.contains(number));
    let without = users.iter().filter(|(_, user)| user.is_normal_user && user.uid.is_none());
    without.map(|(name, _)| name).zip(free).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_a_program_of_a_package() {
        for path in ["/bin/sh", "/run/current-system/sw/bin/bash", "/nix/store/1-zsh/bin/zsh"] {
            assert!(is_program(path), "{path}");
        }
        for path in ["/bin/shx", "/bin/sh/x", "/usr/bin/sh"] {
            assert!(!is_program(path), "{path}");
        }
    }

    #[test]
    fn users_for_people_have_the_numbers_of_the_first_boot() {
        let user = |uid: Option<u32>, normal: bool| {
            serde_json::from_value(serde_json::json!({
                "isSystemUser": !normal, "group": "users", "extraGroups": [], "description": "",
                "home": "/home/x", "createHome": false, "uid": uid, "isNormalUser": normal,
                "shell": null, "others": [],
            }))
            .expect("it is as Nix says it")
        };
        let users = [
            ("a".to_owned(), user(None, true)),
            ("b".to_owned(), user(Some(1001), true)),
            ("c".to_owned(), user(None, false)),
            ("d".to_owned(), user(None, true)),
        ];
        let users = users.into();
        let numbers: Vec<_> = numbers(&users).into_iter().collect();
        assert_eq!(numbers, [(&"a".to_owned(), 1000), (&"d".to_owned(), 1002)]);
    }
}
