//! Homes, and the hosts that they are on.

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::codes::{NO_EFFECT, NOT_AT_HOME, TWO_HOMES};
use crate::{Access, Fleet, Home, Standing};

/// What is found of homes, host by host. Each is said once.
#[derive(Debug)]
pub(super) struct Homes<'f> {
    fleet: &'f Fleet,
    /// The hosts that each home is on, and those of its table `on` where its user cannot log in.
    seen: BTreeMap<&'f str, (usize, Vec<&'f str>)>,
    /// Homes of one user on one host, each two with the first host.
    twice: BTreeMap<(&'f str, &'f str), &'f str>,
}

impl<'f> Homes<'f> {
    pub(super) fn of(fleet: &'f Fleet) -> Self {
        Self { fleet, seen: BTreeMap::new(), twice: BTreeMap::new() }
    }

    /// Adds a host.
    pub(super) fn host(&mut self, standing: &Standing<'f>, access: &Access<'f>) {
        let host = standing.host.about.name.as_str();
        let mut users: BTreeMap<&str, &Home> = BTreeMap::new();
        if self.fleet.homes.is_empty() {
            return;
        }
        for home in Access::homes(self.fleet, standing, &access.logins(standing)) {
            self.seen.entry(&home.about.name).or_default().0 += 1;
            if let Some(other) = users.insert(&home.user.name, home) {
                self.twice.entry((&other.about.name, &home.about.name)).or_insert(host);
            }
        }
        let all = self.fleet.homes.values().filter(|it| it.about.is_current());
        for home in all {
            let is_meant = home.on.as_ref().is_some_and(|on| standing.fits(on));
            let is_there = || users.contains_key(&*home.user.name);
            if is_meant && !is_there() && self.fleet.users.contains_key(&home.user.name) {
                self.seen.entry(&home.about.name).or_default().1.push(host);
            }
        }
    }

    /// All that is wrong.
    pub(super) fn problems(self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for home in self.fleet.homes.values().filter(|it| it.about.is_current()) {
            let Home { about, user, .. } = home;
            if home.state_version.is_empty() && about.readable && about.lacks("state_version") {
                let next = "write the release with which the home begins, such as \"26.05\"";
                problems.push(about.missing("state_version", 1, next));
            }
            let (there, elsewhere) = self.seen.get(&*about.name).cloned().unwrap_or_default();
            if let Some(first) = elsewhere.first() {
                let of = match elsewhere.len() {
                    1 => format!("host `{first}`"),
                    number => format!("{number} hosts, such as `{first}`"),
                };
                let message = format!("`{}` may not log in to {of}", user.name);
                let problem = Problem::error(NOT_AT_HOME, "on", message).at(about.at(user.line));
                let next = "let them log in there by an authorisation, or narrow the table `on`";
                problems.push(problem.next(next));
            } else if there == 0 && !self.fleet.hosts.is_empty() && about.readable {
                let (message, next) = match home.on {
                    Some(_) => ("it is on no host", "loosen the table `on`, or remove the file"),
                    None => (
                        "its user may log in to no host",
                        "let them log in somewhere by an authorisation, or remove the file",
                    ),
                };
                let problem = Problem::warning(NO_EFFECT, "on", message).at(about.at(user.line));
                problems.push(problem.next(next));
            }
        }
        for ((one, other), host) in self.twice {
            let Some(home) = self.fleet.homes.get(other) else { continue };
            let message =
                format!("`{one}` is a home of `{}` on host `{host}`, too", home.user.name);
            let problem = Problem::error(TWO_HOMES, "on", message).at(home.about.at(1));
            problems
                .push(problem.next("narrow the table `on` of one of the two, or make them one"));
        }
        problems
    }
}
