//! `cache status`: how much of what is wanted the cache has.

use std::collections::BTreeMap;

use domi_model::Problem;
use domi_nix_command::CACHE_DAMAGED;
use jiff::Timestamp;
use serde_json::json;

use super::asked::Asked;
use super::history::{self, Entry};
use super::wanted;
use super::words::{counted, listed};
use crate::Exit;
use crate::failure::Result;

/// How many earlier answers are shown.
const SHOWN: usize = 3;

/// Asks the cache, and adds the answer to the history.
pub(super) fn run(asked: &Asked<'_>, verify: bool) -> Result<Exit> {
    let context = asked.context;
    let wanted = wanted::find(asked)?;
    asked.say(&format!("asking {} about {}", asked.cache, counted(wanted.paths.len(), "path")));
    let had = asked.nix.has(&asked.store, &wanted.paths, &context.interrupt);
    let had = had.map_err(|failed| asked.dead(failed))?;
    let mut damaged = had.damaged;
    if verify {
        asked.say(&format!("reading {}", counted(had.paths.len(), "path")));
        let found = asked.nix.verify(&asked.store, had.paths.keys(), &context.interrupt);
        damaged.extend(found.map_err(|failed| asked.dead(failed))?);
    }
    let good = |path: &&String| had.paths.contains_key(*path) && !damaged.contains_key(*path);
    let entry = Entry {
        time: Timestamp::now(),
        cache: asked.cache.to_string(),
        what: wanted.what.clone(),
        wanted: wanted.paths.len(),
        has: wanted.paths.iter().filter(good).count(),
    };
    let before = history::read(context, &entry);
    if entry.wanted > 0 {
        history::add(context, &entry)?;
    }
    let lacking: Vec<&String> = wanted.paths.iter().filter(|path| !good(path)).collect();
    if asked.what.json {
        let report = json!({
            "cache": entry.cache,
            "what": entry.what,
            "wanted": entry.wanted,
            "has": entry.has,
            "percent": entry.percent(),
            "lacking": lacking,
            "damaged": damaged,
            "notEvaluated": wanted.broken,
            "before": before,
        });
        data!("{report:#}")?;
    } else {
        crate::out::data(format_args!("{}", text(&entry, &before, &lacking)))?;
    }
    context.show(wanted.broken.iter().map(wanted::Broken::problem).collect());
    if damaged.is_empty() {
        return Ok(Exit::Pass);
    }
    Err(context.problems(Exit::Missing, problems(&damaged)))
}

/// `file:///srv/cache has 66 %: 2 of 3 paths of the checks for x86_64-linux (3 days ago: 33 %)`
fn text(entry: &Entry, before: &[Entry], lacking: &[&String]) -> String {
    let Entry { cache, what, wanted, has, .. } = entry;
    if *wanted == 0 {
        return format!("{cache} answers; there is nothing to look for in {what}\n");
    }
    let of = counted(*wanted, "path");
    let mut text = format!("{cache} has {} %: {has} of {of} of {what}\n", entry.percent());
    if !before.is_empty() {
        let before: Vec<String> =
            before.iter().take(SHOWN).map(|before| before.shown(entry.time)).collect();
        text += &format!("before: {}\n", before.join(", "));
    }
    if !lacking.is_empty() {
        text += &format!("it lacks\n{}", listed(lacking.iter().copied()));
    }
    text
}

/// That paths of the cache cannot be used.
pub(super) fn problems(damaged: &BTreeMap<String, String>) -> Vec<Problem> {
    let problem = |(path, why): (&String, &String)| {
        let why = why.lines().collect::<Vec<_>>().join(" ");
        Problem::error(CACHE_DAMAGED, path, why).next("remove it from the cache and push it again")
    };
    damaged.iter().map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: usize, has: usize, before: &[(usize, i64)], expected: &str) {
        let at = |second: i64| Timestamp::from_second(second).expect("a time");
        let entry = |has: usize, time: Timestamp| Entry {
            time,
            cache: "cachix:ours".to_owned(),
            what: "the checks for x86_64-linux".to_owned(),
            wanted,
            has,
        };
        let before: Vec<Entry> =
            before.iter().map(|(has, ago)| entry(*has, at(1_000_000 - ago))).collect();
        let paths: Vec<String> =
            (has..wanted).map(|n| format!("/nix/store/0000-lacking-{n}")).collect();
        let lacking: Vec<&String> = paths.iter().collect();
        assert_eq!(text(&entry(has, at(1_000_000)), &before, &lacking), expected);
    }

    #[test]
    fn what_is_there_is_compared_with_what_was() {
        check(
            3,
            2,
            &[(1, 86_400), (0, 3 * 86_400), (0, 4 * 86_400), (3, 5 * 86_400)],
            "cachix:ours has 66 %: 2 of 3 paths of the checks for x86_64-linux\nbefore: 33 % 1 day \
             ago, 0 % 3 days ago, 0 % 4 days ago\nit lacks\n  lacking-2\n",
        );
        check(1, 1, &[], "cachix:ours has 100 %: 1 of 1 path of the checks for x86_64-linux\n");
        check(
            0,
            0,
            &[],
            "cachix:ours answers; there is nothing to look for in the checks for x86_64-linux\n",
        );
    }

    #[test]
    fn a_long_list_is_cut() {
        let paths: Vec<String> = (0..23).rev().map(|n| format!("/nix/store/0-n{n:02}")).collect();
        let text = listed(paths.iter());
        assert!(text.ends_with("  n19\n  and 3 more; --json names all\n"), "{text}");
    }
}
