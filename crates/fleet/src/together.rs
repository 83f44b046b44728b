//! What is wrong with the settings of all hosts, said once.

use std::collections::{BTreeMap, HashSet};

use domi_model::{Place, Problem};
use domi_realise::Firewall;

use crate::beside::{Answer, Answers};
use crate::codes::NO_EFFECT;
use crate::features::Features;
use crate::merge::Merged;
use crate::settings::Chosen;
use crate::{About, Mode};

/// What is wrong with the settings of hosts. What holds for several of them is said once.
#[derive(Debug, Default)]
pub struct Together {
    /// Problems, with the hosts that have them.
    problems: BTreeMap<Key, (Problem, Vec<String>)>,
    /// What features say of settings.
    answers: Answers,
    /// Removals, and whether they ever had an effect.
    removals: BTreeMap<(Place, String), bool>,
}

/// What makes two problems one.
type Key = (&'static str, Option<Place>, String, String);

impl Together {
    /// Adds what a host gets. Returns the ports that its features let everybody reach.
    pub fn add(&mut self, host: &About, chosen: &Chosen, features: &Features) -> Firewall {
        let merged = chosen.settings.values().chain([&chosen.features]);
        for problem in merged.flat_map(|it| &it.problems).chain(&chosen.problems) {
            self.problem(problem.clone(), &host.name);
        }
        let of_set = chosen.features.steps.iter().map(|step| ("", step));
        let of_options = chosen
            .settings
            .iter()
            .flat_map(|(name, merged)| merged.steps.iter().map(move |step| (name.as_str(), step)));
        for (feature, step) in of_set.chain(of_options).filter(|(_, it)| it.mode == Mode::Remove) {
            let option = format!("{feature}.{}", step.option);
            let option = option.trim_start_matches('.').to_owned();
            *self.removals.entry((step.place.clone(), option)).or_default() |= step.effective;
        }
        for (place, feature) in &chosen.without_effect {
            let message = "is set for a host that does not have the feature";
            let problem = Problem::warning(NO_EFFECT, feature, message);
            let next = format!("write `features = [\"{feature}\"]`, or take the setting away");
            self.problem(problem.at(Some(place.clone())).next(next), &host.name);
        }
        self.refused(host, chosen, features)
    }

    /// What features say of the settings as a whole: values that are missing, assertions, names. And
    /// what they cannot have together.
    fn refused(&mut self, host: &About, chosen: &Chosen, features: &Features) -> Firewall {
        let Answer { each, together, open } = self.answers.of(chosen, features);
        for ((name, merged, _), found) in each {
            for problem in found {
                self.of_feature(host, name, merged, problem);
            }
        }
        for problem in together {
            // Not of a file: other hosts have the same features together.
            let key = (problem.code.0, None, problem.subject.clone(), problem.message.clone());
            self.keep(key, problem.at(host.at(1)), &host.name);
        }
        open
    }

    /// Adds what a feature of a host says.
    fn of_feature(&mut self, host: &About, feature: &str, merged: &Merged, problem: Problem) {
        let said = |it: &&crate::Step| it.option.to_string() == problem.subject;
        let step = merged.steps.iter().rev().find(said);
        let place = step.map_or_else(|| host.at(1), |step| Some(step.place.clone()));
        let subject = match &*problem.subject {
            "" => feature.to_owned(),
            subject => format!("{feature}.{subject}"),
        };
        self.problem(Problem { subject, ..problem }.at(place), &host.name);
    }

    fn problem(&mut self, problem: Problem, host: &str) {
        let Problem { code, place, subject, message, .. } = &problem;
        let key = (code.0, place.clone(), subject.clone(), message.clone());
        self.keep(key, problem, host);
    }

    fn keep(&mut self, key: Key, problem: Problem, host: &str) {
        let (_, hosts) = self.problems.entry(key).or_insert_with(|| (problem, Vec::new()));
        hosts.push(host.to_owned());
    }

    /// Adds what others found of other hosts.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        for (key, (problem, mut more)) in other.problems {
            let (_, hosts) = self.problems.entry(key).or_insert_with(|| (problem, Vec::new()));
            hosts.append(&mut more);
        }
        for (removal, effective) in other.removals {
            *self.removals.entry(removal).or_default() |= effective;
        }
        self
    }

    /// All that is wrong, each with the hosts that it concerns.
    pub fn problems(self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (problem, hosts) in self.problems.into_values() {
            let hosts: HashSet<String> = hosts.into_iter().collect();
            let first = hosts.iter().min().map_or("", String::as_str);
            let own =
                problem.place.as_ref().is_some_and(|it| it.file == format!("hosts/{first}.toml"));
            let of = match hosts.len() {
                1 if own => String::new(),
                1 => format!(" (on host `{first}`)"),
                number => format!(" (on {number} hosts, such as `{first}`)"),
            };
            problems.push(Problem { message: problem.message.clone() + &of, ..problem });
        }
        for ((place, option), _) in self.removals.into_iter().filter(|(_, effective)| !effective) {
            let message = "nothing is removed here: no level further away says it";
            let problem = Problem::warning(NO_EFFECT, option, message).at(Some(place));
            problems.push(problem.next("take the line away"));
        }
        problems
    }
}
