//! Whether both sides are sound, and every host gets what it got.

use std::collections::BTreeMap;

use domi_fleet::{Halves, NOT_SPLIT};
use domi_fleet_files::{HostFacts, load_changed, load_texts};
use domi_model::{Problem, Severity};
use serde_json::Value;

use super::super::shared::features;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::Known;
use crate::request::FleetRequest;

type Texts = BTreeMap<String, Option<String>>;

/// Everything that would be wrong, and whatever hosts would get otherwise.
pub(super) fn judged(
    context: &Context,
    request: &FleetRequest,
    now: &Known,
    halves: &Halves,
    (part, rest): (&Texts, &Texts),
) -> Result<Vec<Problem>> {
    let sides = [
        (&halves.part.name, load_texts(part)),
        (&halves.rest.name, load_changed(&request.root, rest)),
    ];
    let features = features(context, &now.fleet)?;
    let mut wrong = Vec::new();
    let mut then: BTreeMap<String, HostFacts> = BTreeMap::new();
    for (name, mut loaded) in sides {
        loaded.problems.extend(loaded.fleet.check());
        loaded.problems.extend(loaded.fleet.stale());
        let known = Known::of(loaded, request, &features);
        let all = known.problems.iter().chain(&known.projected.problems).cloned();
        let all = all.chain(known.projected.unmet(&known.fleet));
        let all = all.filter(|problem| problem.severity == Severity::Error);
        wrong.extend(all.map(|problem| Problem {
            message: format!("{}; in `{name}`, as it would be then", problem.message),
            ..problem
        }));
        then.extend(known.projected.hosts.into_iter().map(|it| (it.name.clone(), it)));
    }
    if !wrong.is_empty() {
        return Ok(wrong);
    }
    for host in &now.projected.hosts {
        let about = now.fleet.hosts.get(&host.name).map(|it| &it.about);
        let at = about.and_then(|it| it.at(1));
        let problem = |message: String| {
            let problem = Problem::error(NOT_SPLIT, &host.name, message).at(at.clone());
            problem.next("say what it gets in files that go, or stay, as the host does")
        };
        let Some(new) = then.get(&host.name) else {
            wrong.push(problem("would be on neither side".to_owned()));
            continue;
        };
        let (old, new) = (said(host), said(new));
        let keys: Vec<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
        let mut other: Vec<&str> =
            keys.into_iter().filter(|it| old.get(*it) != new.get(*it)).collect();
        other.sort_unstable();
        other.dedup();
        if !other.is_empty() {
            let shown = |of: &serde_json::Map<String, Value>, key: &str| match of.get(key) {
                None => "nothing".to_owned(),
                Some(value) => domi_report::shown(&value.to_string()),
            };
            let other = other.iter().map(|key| {
                format!("`{key}` is {} and would be {}", shown(&old, key), shown(&new, key))
            });
            let other: Vec<String> = other.collect();
            wrong.push(problem(format!("would get something else: {}", other.join("; "))));
        }
    }
    Ok(wrong)
}

/// What is said of a host, with people of both fleets under one name.
fn said(host: &HostFacts) -> serde_json::Map<String, Value> {
    let mut said = match serde_json::to_value(host) {
        Ok(Value::Object(said)) => said,
        _ => serde_json::Map::new(),
    };
    let logins = said.get_mut("logins").and_then(Value::as_array_mut);
    for login in logins.into_iter().flatten() {
        let name = login["principal"].as_str().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default().to_owned();
        login["principal"] = Value::from(name);
    }
    said
}
