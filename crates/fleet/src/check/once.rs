//! What only one file may say.

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::codes::TWICE;
use crate::{About, Fleet};

/// Files that are about one thing, kind by kind.
pub(super) fn twice(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut once = Once::new("address", &mut problems);
    for it in fleet.repositories.values().filter(|it| it.about.is_current()) {
        if let Some(address) = &it.address {
            let text = address.name.trim_end_matches('/').trim_end_matches(".git");
            once.add(text.to_lowercase(), &address.name, &it.about, address.line);
        }
    }
    let mut once = Once::new("builds", &mut problems);
    for it in fleet.repositories.values().filter(|it| it.about.is_current()) {
        for made in &it.builds {
            once.add(made.name.clone(), &made.name, &it.about, made.line);
        }
    }
    let mut once = Once::new("login", &mut problems);
    for it in fleet.accounts.values().filter(|it| it.about.is_current()) {
        if let Some(login) = &it.login {
            let key = format!("{}\n{}", it.provider.to_lowercase(), login.name.to_lowercase());
            let shown = format!("{} of {}", login.name, it.provider);
            once.add(key, &shown, &it.about, login.line);
        }
    }
    let mut once = Once::new("serial", &mut problems);
    for it in fleet.equipment.values().filter(|it| it.about.is_current()) {
        if let Some(serial) = &it.serial {
            let key = format!("{}\n{}", it.model.to_lowercase(), serial.name);
            once.add(key, &serial.name, &it.about, serial.line);
        }
    }
    let mut once = Once::new("synonyms", &mut problems);
    for it in fleet.terms.values().filter(|it| it.about.is_current()) {
        for (word, line) in it.words() {
            once.add(word.to_lowercase(), word, &it.about, line);
        }
    }
    problems
}

/// What was said already, and where.
struct Once<'f, 'p> {
    key: &'static str,
    seen: BTreeMap<String, &'f About>,
    problems: &'p mut Vec<Problem>,
}

impl<'f, 'p> Once<'f, 'p> {
    fn new(key: &'static str, problems: &'p mut Vec<Problem>) -> Self {
        Self { key, seen: BTreeMap::new(), problems }
    }

    /// Adds what a file says; `is` tells it from others.
    fn add(&mut self, is: String, shown: &str, about: &'f About, line: u32) {
        if let Some(other) = self.seen.insert(is, about) {
            let message = format!("`{}` says {shown:?} already", other.file);
            let problem = Problem::error(TWICE, self.key, message).at(about.at(line));
            self.problems.push(problem.next("say it in one of the two files alone"));
        }
    }
}
