//! Secrets, and the hosts that hold them.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Problem;

use crate::codes::{NO_EFFECT, NOT_OF_HOST, ONE_FILE};
use crate::{Access, Fleet, Secret, Standing};

/// What is found of secrets, host by host. Each is said once.
#[derive(Debug)]
pub(super) struct Held<'f> {
    fleet: &'f Fleet,
    held: BTreeSet<&'f str>,
    said: BTreeSet<(&'f str, &'f str)>,
    problems: Vec<Problem>,
}

impl<'f> Held<'f> {
    pub(super) fn of(fleet: &'f Fleet) -> Self {
        let (held, said) = (BTreeSet::new(), BTreeSet::new());
        Self { fleet, held, said, problems: Vec::new() }
    }

    /// Adds a host.
    pub(super) fn host(&mut self, standing: &Standing<'f>, access: &Access<'f>) {
        let host = &standing.host.about.name;
        let mut paths: BTreeMap<&str, &Secret> = BTreeMap::new();
        for secret in standing.secrets(self.fleet) {
            let about = &secret.about;
            self.held.insert(&about.name);
            if let Some(other) = paths.insert(&secret.file.path, secret)
                && self.said.insert((&about.name, &other.about.name))
            {
                let message = format!(
                    "host `{host}` has the secret `{}` in {}, too",
                    other.about.name, secret.file.path
                );
                let problem = Problem::error(ONE_FILE, "path", message);
                let next = "write another `path` in one of the two files";
                self.problems.push(problem.at(about.at(secret.path_line)).next(next));
            }
            if let Some(owner) = &secret.owner
                && self.fleet.users.contains_key(&owner.name)
                && !access.logins(standing).iter().any(|login| login.user == owner.name)
                && self.said.insert((&about.name, &owner.name))
            {
                let message = format!("`{}` is no user of host `{host}`", owner.name);
                let problem = Problem::error(NOT_OF_HOST, "owner", message);
                let next = "name another, let them log in there, or narrow the table `on`";
                self.problems.push(problem.at(about.at(owner.line)).next(next));
            }
        }
    }

    /// All that is wrong.
    pub(super) fn problems(mut self) -> Vec<Problem> {
        for secret in self.fleet.secrets.values() {
            let Secret { about, rotate, rotated, .. } = secret;
            if !about.is_current() || !about.readable {
                continue;
            }
            if !self.held.contains(about.name.as_str()) && !self.fleet.hosts.is_empty() {
                let problem = Problem::warning(NO_EFFECT, "on", "no host holds it");
                let next = "select hosts in the table `on`, or remove the file";
                self.problems.push(problem.at(about.at(1)).next(next));
            }
            let lacks = |key: &str| about.lacks(key);
            match (rotate, rotated) {
                (Some((_, line)), None) if lacks("rotated") => {
                    let next =
                        "write the day on which it was made, such as `rotated = \"2026-11-27\"`";
                    self.problems.push(about.missing("rotated", *line, next));
                }
                _ => {}
            }
        }
        self.problems
    }
}
