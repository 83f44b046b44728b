//! Who may log in where, as the authorisations say.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::Problem;
use serde::Serialize;

use crate::codes::{NO_KEY, NO_USER};
use crate::{Fleet, Foreign, Home, Person, Policy, Ref, Right, Standing, Trial, User};

/// Somebody who may log in to a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The user on the machine.
    pub user: String,
    /// The person or agent whose user it is.
    pub principal: String,
    /// What they may do.
    pub may: Right,
    /// The authorisation that says so, by the path of its file.
    pub because: String,
}

impl Login {
    /// How somebody of whom a test asks may log in, of all who may on its host: what allows most.
    pub fn best<'l>(all: &'l [Self], trial: &Trial) -> Option<&'l Self> {
        let is_meant = |login: &&Self| {
            trial.who.as_ref().is_some_and(|who| who.name == login.principal)
                && trial.user.as_ref().is_none_or(|user| user.name == login.user)
        };
        all.iter().filter(is_meant).max_by_key(|login| login.may)
    }
}

/// What the policies of a fleet say, made ready to be asked for each host.
#[derive(Debug)]
pub struct Access<'f> {
    /// Authorisations with those whom they mean.
    grants: Vec<(&'f Policy, Right, Vec<&'f Person>)>,
    /// Policies that ask for a key.
    keyed: Vec<&'f Policy>,
    /// Users by the name of whose they are.
    users: BTreeMap<&'f str, Vec<&'f User>>,
}

impl<'f> Access<'f> {
    /// Reads the policies of a fleet.
    pub fn of(fleet: &'f Fleet) -> Self {
        let mut users: BTreeMap<&str, Vec<&User>> = BTreeMap::new();
        for user in fleet.users.values().filter(|user| user.about.is_current()) {
            users.entry(&user.of.name).or_default().push(user);
        }
        let policies = || fleet.policies.values().filter(|policy| policy.about.is_current());
        let grants = policies().filter_map(|it| Some((it, it.may?, meant(fleet, it)))).collect();
        Self { grants, keyed: policies().filter(|policy| policy.key).collect(), users }
    }

    /// Who may log in to a host, by the names of users. Where several authorisations say it, the
    /// one that allows most counts.
    pub fn logins(&self, standing: &Standing<'f>) -> Vec<Login> {
        let mut logins: BTreeMap<&str, Login> = BTreeMap::new();
        for (policy, may, people) in self.grants.iter().filter(|it| standing.fits(&it.0.on)) {
            for person in people {
                let name = person.about.name.as_str();
                for user in self.users.get(name).into_iter().flatten() {
                    let login = Login {
                        user: user.about.name.clone(),
                        principal: name.to_owned(),
                        may: *may,
                        because: policy.about.file.clone(),
                    };
                    let there = logins.entry(&user.about.name).or_insert_with(|| login.clone());
                    if there.may < *may {
                        *there = login;
                    }
                }
            }
        }
        logins.into_values().collect()
    }

    /// The homes on a host: those that mean it, of users who may log in, as `logins` says.
    pub fn homes(
        fleet: &'f Fleet,
        standing: &Standing<'f>,
        logins: &[Login],
    ) -> impl Iterator<Item = &'f Home> {
        let current = fleet.homes.values().filter(|it| it.about.is_current());
        let meant = current.filter(|it| it.on.as_ref().is_none_or(|on| standing.fits(on)));
        meant.filter(|it| logins.iter().any(|login| login.user == it.user.name))
    }

    /// Who may log in to a host and cannot, as they have no user or no key. Each is said once.
    pub(crate) fn lacking(&self, standing: &Standing<'f>, said: &mut Lacking<'f>) {
        let keyed = self.keyed.iter().find(|policy| standing.fits(&policy.on));
        for (policy, _, people) in self.grants.iter().filter(|it| standing.fits(&it.0.on)) {
            for person in people {
                let name = person.about.name.as_str();
                if !self.users.contains_key(name) && said.users.insert(name) {
                    let message = format!("may log in by `{}`, and has no user", policy.about.file);
                    let problem = Problem::error(NO_USER, name, message).at(person.about.at(1));
                    let next = match Foreign::of(name) {
                        None => format!("write users/{name}.toml with a `uid`"),
                        Some(_) => {
                            format!("write a file of users with `of = \"{name}\"` and a `uid`")
                        }
                    };
                    said.problems.push(problem.next(next));
                }
                if let Some(keyed) = keyed
                    && person.keys.is_empty()
                    && said.keys.insert(name)
                {
                    let message = format!(
                        "may log in to `{}`, where `{}` asks for a key, and has none",
                        standing.host.about.name, keyed.about.file
                    );
                    let problem = Problem::error(NO_KEY, name, message).at(person.about.at(1));
                    let next = match Foreign::of(name) {
                        None => "write `keys = [\"ssh-ed25519 …\"]`",
                        Some(_) => "have their fleet publish the key: `keys` of a view",
                    };
                    said.problems.push(problem.next(next));
                }
            }
        }
    }
}

/// What was said already of those who lack something.
#[derive(Debug, Default)]
pub(crate) struct Lacking<'f> {
    users: BTreeSet<&'f str>,
    keys: BTreeSet<&'f str>,
    pub(crate) problems: Vec<Problem>,
}

/// Whom an authorisation means, by name, each once.
fn meant<'f>(fleet: &'f Fleet, policy: &Policy) -> Vec<&'f Person> {
    let is_named = |person: &Person| policy.who.iter().any(|it| it.name == person.about.name);
    let is_member = |person: &Person| person.units.iter().any(|it| is_in(fleet, it, &policy.units));
    let groups = policy.groups.iter().filter_map(|it| fleet.groups.get(&it.name));
    let in_groups: BTreeSet<&str> = groups.flat_map(|group| group.everybody(fleet)).collect();
    let is_in_group = |person: &Person| in_groups.contains(person.about.name.as_str());
    let people = fleet.people.values().chain(fleet.guests.values());
    let current = people.filter(|person| person.about.is_current());
    current.filter(|it| is_named(it) || is_member(it) || is_in_group(it)).collect()
}

/// Whether a unit is one of these, or within one.
fn is_in(fleet: &Fleet, unit: &Ref, units: &[Ref]) -> bool {
    let mut next = Some(unit);
    for _ in 0..crate::levels::DEEPEST {
        let Some(unit) = next else { return false };
        if units.iter().any(|it| it.name == unit.name) {
            return true;
        }
        next = fleet.organizations.get(&unit.name).and_then(|it| it.within.as_ref());
    }
    false
}
