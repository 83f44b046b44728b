//! What features say of the settings that a host gets, and whether the host can have them together.

use std::collections::HashMap;

use domi_model::{Manifest, Problem};
use domi_realise::{DebianPaths, Firewall, Given, Member, Realised, compose, realise_together};

use crate::features::Features;
use crate::merge::Merged;
use crate::settings::Chosen;

/// A feature of a host, with its settings.
pub(crate) type Had<'a> = (&'a String, &'a Merged, &'a Manifest);

/// What features say of settings. What several hosts have in common is asked once.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// By features, and the text of their settings.
    groups: HashMap<(String, String), Group>,
    /// What decides whether features can be together.
    parts: Vec<Realised>,
    /// The places of the parts, by their text.
    numbers: HashMap<String, usize>,
    /// What is wrong with parts together, by their places.
    composed: HashMap<Vec<usize>, Vec<Problem>>,
}

/// What some features of a host say.
#[derive(Debug, Clone, Default)]
struct Group {
    /// What is wrong with all of them together, before anything can be said of one.
    of_all: Vec<Problem>,
    /// What each of them says of its settings.
    of_each: Vec<Vec<Problem>>,
    /// Their parts; none where one of them is refused.
    parts: Option<Vec<usize>>,
}

/// What is wrong with the features of a host.
#[derive(Debug, Default)]
pub(crate) struct Answer<'a> {
    /// What each of them says of its settings.
    pub(crate) each: Vec<(Had<'a>, Vec<Problem>)>,
    /// What is wrong with them together. What they claim is not compared while one is refused.
    pub(crate) together: Vec<Problem>,
    /// The ports that they let everybody reach.
    pub(crate) open: Firewall,
}

impl Answers {
    /// What the features of a host say.
    pub(crate) fn of<'a>(&mut self, chosen: &'a Chosen, features: &'a Features) -> Answer<'a> {
        let mut answer = Answer::default();
        let mut all = Vec::new();
        for had in groups(chosen, features) {
            let Group { of_all, of_each, parts } = self.group(&had);
            for part in parts.iter().flatten() {
                let Firewall { tcp, udp } = &self.parts[*part].system.firewall;
                answer.open.tcp.extend(tcp);
                answer.open.udp.extend(udp);
            }
            answer.together.extend(of_all);
            answer.each.extend(had.into_iter().zip(of_each));
            all.push(parts);
        }
        if let Some(all) = all.into_iter().collect::<Option<Vec<_>>>() {
            answer.together.extend(self.together(all.concat()));
        }
        answer
    }

    fn group(&mut self, had: &[Had<'_>]) -> Group {
        let names: Vec<&str> = had.iter().map(|(name, ..)| name.as_str()).collect();
        let settings: Vec<_> = had.iter().map(|(_, merged, _)| &merged.settings).collect();
        let key = (names.join("+"), serde_json::to_string(&settings).unwrap_or_default());
        if let Some(group) = self.groups.get(&key) {
            return group.clone();
        }
        let group = match realised(had) {
            Err(of_all) => Group { of_all, ..Group::default() },
            Ok(each) => self.said(each),
        };
        self.groups.insert(key, group.clone());
        group
    }

    fn said(&mut self, each: Vec<Result<Realised, Vec<Problem>>>) -> Group {
        let said = each.into_iter().map(|realised| match realised {
            Ok(mut realised) => (std::mem::take(&mut realised.warnings), Some(self.part(realised))),
            Err(problems) => (problems, None),
        });
        let (of_each, parts): (Vec<_>, Vec<_>) = said.unzip();
        Group { of_all: Vec::new(), of_each, parts: parts.into_iter().collect() }
    }

    /// Keeps of a feature what decides whether others can be beside it. Most of what depends on a
    /// host's own settings is in its units and files below `/etc`, which are claimed by name.
    fn part(&mut self, mut realised: Realised) -> usize {
        realised.system.units.clear();
        realised.system.drop_ins.clear();
        realised.system.etc.clear();
        realised.system.tmpfiles.clear();
        let next = self.parts.len();
        let number = *self.numbers.entry(format!("{realised:?}")).or_insert(next);
        if number == next {
            self.parts.push(realised);
        }
        number
    }

    fn together(&mut self, parts: Vec<usize>) -> Vec<Problem> {
        let Self { parts: all, composed, .. } = self;
        let compose = |parts: &Vec<usize>| {
            let parts = parts.iter().map(|part| all[*part].clone()).collect();
            compose(parts).map_or_else(|problems| problems, |together| together.warnings)
        };
        composed.entry(parts).or_insert_with_key(compose).clone()
    }
}

/// The features of a host: each alone, or all together where one of them sets or reads options of
/// another.
fn groups<'a>(chosen: &'a Chosen, features: &'a Features) -> Vec<Vec<Had<'a>>> {
    let had = chosen.settings.iter();
    let had: Vec<Had<'_>> =
        had.filter_map(|(name, merged)| Some((name, merged, features.get(name)?))).collect();
    let is_beside = |(_, _, manifest): &Had<'_>| {
        manifest.neighbours.keys().any(|other| chosen.settings.contains_key(other))
    };
    if had.iter().any(is_beside) { vec![had] } else { had.into_iter().map(|it| vec![it]).collect() }
}

/// What each of the features comes to; else what is wrong with all of them together.
fn realised(group: &[Had<'_>]) -> Result<Vec<Result<Realised, Vec<Problem>>>, Vec<Problem>> {
    let paths: Vec<_> = group.iter().map(|(_, _, manifest)| DebianPaths::new(manifest)).collect();
    let each = group.iter().zip(&paths);
    let members: Vec<Member<'_>> = each
        .map(|((_, merged, manifest), paths)| Member {
            manifest,
            given: Given::Settings(&merged.settings),
            paths,
        })
        .collect();
    realise_together(&members)
}
