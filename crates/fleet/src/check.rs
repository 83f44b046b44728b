//! What is wrong between the files of a fleet.

mod contexts;
mod domains;
mod homes;
mod inventory;
mod machines;
mod networks;
mod once;
mod overdue;
mod people;
mod procedures;
mod references;
mod relationships;
mod secrets;
mod trials;
mod waves;

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::access::{Access, Lacking};
use crate::addresses::addresses;
use crate::codes::{ID_TWICE, NO_EFFECT};
use crate::cycles::cycles;
use crate::spelling::instead;
use crate::time::Date;
use crate::{About, Fleet, Id, Selector, Standing};

impl Fleet {
    /// Everything that is wrong between files, all at once. What files say of features is
    /// [`Settings`](crate::Settings)' part.
    pub fn check(&self) -> Vec<Problem> {
        self.wrong(true)
    }

    /// The same without what is expected of the fleet and does not change what hosts get: tests of
    /// policies, and waves.
    pub fn contradictions(&self) -> Vec<Problem> {
        self.wrong(false)
    }

    /// What was to be done before a day, and is not done as far as the files say.
    pub fn overdue(&self, today: Date) -> Vec<Problem> {
        overdue::overdue(self, today)
    }

    fn wrong(&self, is_expected: bool) -> Vec<Problem> {
        let mut problems = references::references(self);
        problems.extend(contexts::contexts(self));
        problems.extend(cycles(self));
        problems.extend(ids(self));
        problems.extend(people::people(self));
        problems.extend(inventory::inventory(self));
        problems.extend(once::twice(self));
        problems.extend(machines::machines(self));
        problems.extend(addresses(self));
        problems.extend(networks::networks(self));
        problems.extend(procedures::procedures(self));
        problems.extend(relationships::relationships(self));
        problems.extend(domains::domains(self));
        let access = Access::of(self);
        let mut lacking = Lacking::default();
        let mut held = secrets::Held::of(self);
        let mut homes = homes::Homes::of(self);
        let mut meant = vec![0_usize; self.policies.len()];
        let mut run = vec![0_usize; self.applications.len()];
        for host in self.hosts.values().filter(|host| host.about.is_current()) {
            let standing = Standing::of(self, host);
            access.lacking(&standing, &mut lacking);
            held.host(&standing, &access);
            homes.host(&standing, &access);
            for (count, policy) in meant.iter_mut().zip(self.policies.values()) {
                *count += usize::from(standing.fits(&policy.on));
            }
            for (count, it) in run.iter_mut().zip(self.applications.values()) {
                *count += usize::from(it.on.as_ref().is_some_and(|on| standing.fits(on)));
            }
        }
        problems.append(&mut lacking.problems);
        problems.extend(held.problems());
        problems.extend(homes.problems());
        if is_expected {
            problems.extend(trials::trials(self, &access));
            problems.extend(waves::waves(self));
        }
        let unused = self.policies.values().zip(meant).filter(|(policy, count)| {
            *count == 0 && !self.hosts.is_empty() && policy.about.is_current()
        });
        problems.extend(unused.map(|(policy, _)| no_host(self, &policy.about, &policy.on)));
        let nowhere =
            self.applications.values().zip(run).filter(|(it, count)| {
                *count == 0 && !self.hosts.is_empty() && it.about.is_current()
            });
        problems
            .extend(nowhere.filter_map(|(it, _)| Some(no_host(self, &it.about, it.on.as_ref()?))));
        problems
    }
}

/// A policy that means no host.
fn no_host(fleet: &Fleet, about: &About, on: &Selector) -> Problem {
    let tags = || fleet.hosts.values().flat_map(|host| &host.tags).map(|tag| tag.name.as_str());
    let unknown = on.tags.iter().find(|tag| !tags().any(|other| other == tag.name));
    let (line, message, next) = match unknown {
        Some(tag) => {
            let known = tags().collect::<std::collections::BTreeSet<_>>();
            let message = format!("no host has the tag `{}`", tag.name);
            (tag.line, message, instead(&tag.name, known, "tag"))
        }
        None => {
            let next = "loosen the table `on`, or remove the file";
            (1, "it holds on no host".to_owned(), next.to_owned())
        }
    };
    Problem::warning(NO_EFFECT, "on", message).at(about.at(line)).next(next)
}

fn ids(fleet: &Fleet) -> Vec<Problem> {
    let mut owners: BTreeMap<Id, &About> = BTreeMap::new();
    let mut problems = Vec::new();
    for about in fleet.abouts() {
        let Some(id) = about.id else { continue };
        if let Some(other) = owners.insert(id, about) {
            let message = format!("`{}` has the id {id} already", other.file);
            let problem = Problem::error(ID_TWICE, "id", message).at(about.at(1));
            problems.push(problem.next("take the line away from the newer file"));
        }
    }
    problems
}
