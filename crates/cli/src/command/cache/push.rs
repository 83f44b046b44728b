//! `cache push`: what was built here is copied to the cache.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use domi_host::command::{Outcome, Program};
use domi_model::Problem;
use domi_nix_command::{Had, NOT_COPIED, NixFailed, PathInfo, Said, Store, signing};
use serde_json::json;

use super::asked::Asked;
use super::words::{counted, listed};
use super::{status, wanted};
use crate::Exit;
use crate::failure::{Failure, Result};

/// The environment variable that names the file of the key that signs what is copied.
const KEY: &str = "DOMI_CACHE_KEY_FILE";
/// How long copying may take.
const LIMIT: Duration = Duration::from_secs(6 * 60 * 60);
/// How many paths one call of a cache's own client is given.
const AT_ONCE: usize = 500;

/// Copies what is wanted and has been built here, with all that it refers to.
pub(super) fn run(asked: &Asked<'_>) -> Result<Exit> {
    let context = asked.context;
    // Find what is missing before the long evaluation.
    let pusher = asked.cache.pusher().transpose();
    let pusher = pusher.map_err(|problem| context.problems(Exit::Missing, vec![*problem]))?;
    let store = signed(asked)?;

    let wanted = wanted::find(asked)?;
    let here = asked.nix.has_here(&wanted.paths, false, &context.interrupt);
    let here = here.map_err(|failed| asked.failed(failed))?;
    let not_built: Vec<&String> =
        wanted.paths.iter().filter(|path| !here.contains_key(*path)).collect();
    let roots: BTreeSet<String> = here.into_keys().collect();
    let all = asked.nix.has_here(&roots, true, &context.interrupt);
    let all = all.map_err(|failed| asked.failed(failed))?;
    let had = has(asked, &all)?;
    let lacking: BTreeMap<&String, &PathInfo> =
        all.iter().filter(|(path, _)| !had.paths.contains_key(*path)).collect();

    if !lacking.is_empty() {
        let paths = counted(lacking.len(), "path");
        asked.say(&format!("copying {paths}, {}", size(&lacking)));
        let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
        let copied = match &pusher {
            None => by_nix(asked, &store, &roots),
            Some(pusher) => by_client(asked, pusher, &roots),
        };
        match copied {
            Ok(()) => {}
            Err(NixFailed::Interrupted) => {
                talk!(
                    "interrupted: what was copied until now is whole and stays; the same command \
                     copies the rest"
                );
                return Ok(Exit::Interrupted);
            }
            Err(failed) => return Err(not_copied(asked, failed)),
        }
        // Cachix and Attic leave out what another cache has already.
        if pusher.is_none() {
            check(asked, &all)?;
        }
    }
    show(asked, &lacking, all.len() - lacking.len(), &not_built, &wanted)?;
    context.show(wanted.broken.iter().map(wanted::Broken::problem).collect());
    Ok(Exit::Pass)
}

/// The cache, with the key that the environment names.
fn signed(asked: &Asked<'_>) -> Result<Store> {
    let Some(key) = std::env::var_os(KEY).filter(|key| !key.is_empty()).map(PathBuf::from) else {
        return Ok(asked.store.clone());
    };
    match std::path::absolute(&key).ok().filter(|key| key.is_file()) {
        Some(key) => Ok(Store { url: signing(&asked.store.url, &key), ..asked.store }),
        None => {
            // Somebody may have put the key itself there.
            let message = format!("no file has the path that {KEY} gives");
            let problem = Problem::error(NOT_COPIED, KEY, message)
                .next("give it the path of the file with the secret key, or unset it");
            Err(asked.context.problems(Exit::Usage, vec![problem]))
        }
    }
}

/// What the cache has already. What is damaged there would stop Nix half way.
fn has(asked: &Asked<'_>, all: &BTreeMap<String, PathInfo>) -> Result<Had> {
    let paths = all.keys().cloned().collect();
    let had = asked.nix.has(&asked.store, &paths, &asked.context.interrupt);
    let had = had.map_err(|failed| asked.dead(failed))?;
    if had.damaged.is_empty() {
        return Ok(had);
    }
    Err(asked.context.problems(Exit::Missing, status::problems(&had.damaged)))
}

fn by_nix(asked: &Asked<'_>, store: &Store, roots: &[&str]) -> Result<(), NixFailed> {
    asked.nix.copy(store, roots, LIMIT, &asked.context.interrupt, |said| match said {
        Said::Doing(text) if text.starts_with("copying path ") => asked.say(&text),
        Said::Warning(text) => talk!("{}: {text}", asked.context.paint().odd("warning")),
        _ => {}
    })
}

/// Its own client finds out what its service lacks, and has the token.
fn by_client(asked: &Asked<'_>, pusher: &Program, roots: &[&str]) -> Result<(), NixFailed> {
    for roots in roots.chunks(AT_ONCE) {
        let program = pusher.clone().args(roots).time_limit(LIMIT).show_stderr();
        let outcome = program.run(&asked.context.interrupt);
        let Outcome { end, .. } = outcome.map_err(NixFailed::not_run)?;
        if end != domi_host::command::End::Exit(0) {
            let message = format!("`{pusher} …` failed; what it said is above");
            let said = String::new();
            return Err(NixFailed::Ended { command: program.to_string(), end, message, said });
        }
    }
    Ok(())
}

/// Looks at the cache again: what was copied is there.
fn check(asked: &Asked<'_>, all: &BTreeMap<String, PathInfo>) -> Result<()> {
    let had = has(asked, all)?;
    let gone: Vec<&String> = all.keys().filter(|path| !had.paths.contains_key(*path)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let message =
        format!("{} not there, although nix copied without an error", counted(gone.len(), "path"));
    let problem = Problem::error(NOT_COPIED, asked.cache.to_string(), message)
        .next("check whether something removes new paths from the cache, then push again");
    Err(asked.context.problems(Exit::Missing, vec![problem]))
}

fn not_copied(asked: &Asked<'_>, failed: NixFailed) -> Failure {
    let NixFailed::Ended { message, .. } = &failed else { return asked.failed(failed) };
    let message = message.lines().collect::<Vec<_>>().join(" ");
    let problem = Problem::error(NOT_COPIED, asked.cache.to_string(), message)
        .next("fix what the message says and push again; what was already copied is complete");
    asked.context.problems(Exit::Missing, vec![problem])
}

fn show(
    asked: &Asked<'_>,
    copied: &BTreeMap<&String, &PathInfo>,
    there: usize,
    not_built: &[&String],
    wanted: &wanted::Wanted,
) -> Result<()> {
    if asked.what.json {
        let report = json!({
            "cache": asked.cache.to_string(),
            "what": wanted.what,
            "copied": copied.keys().collect::<Vec<_>>(),
            "bytes": copied.values().map(|info| info.nar_size).sum::<u64>(),
            "there": there,
            "notBuilt": not_built,
            "notEvaluated": wanted.broken,
        });
        return data!("{report:#}");
    }
    match copied.len() {
        0 if there == 0 => data!("nothing copied to {}: nothing of it is here", asked.cache)?,
        0 => data!("nothing copied to {}: {}", asked.cache, already(there))?,
        many => {
            let paths = counted(many, "path");
            data!("copied {paths} to {} ({}): {}", asked.cache, size(copied), already(there))?;
            crate::out::data(format_args!("{}", listed(copied.keys().copied())))?;
        }
    }
    if !not_built.is_empty() {
        data!("not built here\n{}", listed(not_built.iter().copied()).trim_end())?;
    }
    Ok(())
}

fn already(there: usize) -> String {
    match there {
        0 => "nothing was there already".to_owned(),
        1 => "1 was there already".to_owned(),
        there => format!("{there} were there already"),
    }
}

/// How large they are, unpacked.
fn size(paths: &BTreeMap<&String, &PathInfo>) -> String {
    let bytes: u64 = paths.values().map(|info| info.nar_size).sum();
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
