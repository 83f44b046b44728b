//! Names that a feature had, and what they must not be.

use crate::codes::{BAD_NAME, BAD_RENAME, MISFIT};
use crate::{Feature, FormerName, Manifest, Place, Problem, names};

impl Feature {
    /// What is wrong with its former names, as far as it knows itself.
    pub(crate) fn bad_former_names(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (nth, FormerName { name, taken: _ }) in self.formerly.iter().enumerate() {
            if let Err(message) = names::feature(name) {
                problems.push(Problem::error(BAD_NAME, name, message));
            }
            let fault = if *name == self.name {
                "the former name of the feature is its name"
            } else if self.formerly[..nth].iter().any(|it| it.name == *name) {
                "the former name of the feature is given twice"
            } else {
                continue;
            };
            problems.push(Problem::error(BAD_RENAME, name, fault));
        }
        problems
    }
}

/// Where features on one machine take a name for different ones: one that a feature had is another
/// one's, or a feature knows another one by a name that it had.
pub(crate) fn conflicts(features: &[&Manifest]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (nth, manifest) in features.iter().enumerate() {
        for former in &manifest.feature.formerly {
            let is_other = |it: &&&Manifest| {
                it.feature.name == former.name
                    || it.feature.formerly.iter().any(|other| other.name == former.name)
            };
            if let Some(other) = features[..nth].iter().chain(&features[nth + 1..]).find(is_other) {
                let other = &other.feature.name;
                let message = if *other == former.name {
                    format!("`{other}`, its former name, is the name of another feature")
                } else {
                    format!(
                        "`{}`, its former name, is a former name of `{other}`, too",
                        former.name
                    )
                };
                let problem = Problem::error(BAD_RENAME, &manifest.feature.name, message);
                problems.push(problem.next("take it out of `formerly` of one of them"));
            }
        }
        for (name, place) in known(manifest) {
            if features.iter().any(|it| it.feature.name == name) {
                continue;
            }
            let now =
                features.iter().find(|it| it.feature.formerly.iter().any(|it| it.name == name));
            if let Some(now) = now {
                let now = &now.feature.name;
                let message = format!("it names the feature {now} by its former name `{name}`");
                let problem = Problem::error(MISFIT, &manifest.feature.name, message);
                problems.push(problem.at(place.cloned()).next("name it as it is called now"));
            }
        }
    }
    problems
}

/// The names by which a feature knows other ones.
fn known(manifest: &Manifest) -> impl Iterator<Item = (&str, Option<&Place>)> {
    let Manifest { requires, wants, conflicts, neighbours, .. } = manifest;
    let others = requires.iter().chain(wants).chain(conflicts);
    let others = others.map(|it| (&*it.feature, it.place.as_ref()));
    let beside = manifest.tests.iter();
    let beside = beside.flat_map(|it| it.beside().map(|name| (&**name, it.place.as_ref())));
    let known = neighbours.iter().map(|(name, it)| (&**name, it.place.as_ref()));
    others.chain(known).chain(beside)
}
