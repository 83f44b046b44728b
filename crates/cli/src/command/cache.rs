//! The binary cache of the workspace: what it has, and how it gets there.

mod history;
mod push;
mod status;
mod wanted;

use domi_model::Problem;
use domi_nix_command::{Cache, Flake, NO_CACHE, Nix, NixFailed, Store};

use crate::Exit;
use crate::args::{self, CacheCommand, CacheWhat, NixArguments};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::nix;

/// Looks after the binary cache that `domi.toml` names.
pub(crate) fn run(context: &Context, arguments: &args::Cache) -> Result<Exit> {
    match &arguments.command {
        CacheCommand::Status { what, verify } => status::run(&Asked::new(context, what)?, *verify),
        CacheCommand::Push { what, all: _ } => push::run(&Asked::new(context, what)?),
    }
}

/// What a command was asked, and what it needs; the cache has answered.
struct Asked<'a> {
    context: &'a Context,
    what: &'a CacheWhat,
    cache: &'a Cache,
    store: Store,
    nix: Nix,
    flake: Flake,
}

impl<'a> Asked<'a> {
    fn new(context: &'a Context, what: &'a CacheWhat) -> Result<Self> {
        let Some(cache) = &context.config.cache else {
            let problem = Problem::error(NO_CACHE, "", "domi.toml names no binary cache")
                .next("write `[cache]` with `url = \"file:///srv/cache\"`, or what yours is");
            return Err(context.problems(Exit::Usage, vec![problem]));
        };
        let missing = |problem| context.problems(Exit::Missing, vec![problem]);
        let arguments = NixArguments { nixpkgs: what.nixpkgs.clone(), builders: None };
        let (nix, flake) = nix::of_any_version(context, &arguments)?.map_err(missing)?;
        if let Some(problem) = cache.missing_folder() {
            return Err(missing(problem));
        }
        let url = cache.url(what.timeout, &context.interrupt)?.map_err(missing)?;
        let store = Store { url, limit: what.timeout };
        let asked = Self { context, what, cache, store, nix, flake };
        let reached = asked.nix.reach(&asked.store, &context.interrupt);
        reached.map_err(|failed| asked.dead(failed))?;
        Ok(asked)
    }

    /// The cache did not answer a question.
    fn dead(&self, failed: NixFailed) -> Failure {
        use domi_host::command::End;
        let why = match &failed {
            NixFailed::Interrupted => return domi_host::Interrupted.into(),
            NixFailed::Ended { end: End::TimedOut, .. } => {
                format!("no answer within {} s", self.what.timeout.as_secs())
            }
            NixFailed::Ended { message, .. } => message.lines().collect::<Vec<_>>().join(" "),
            _ => return anyhow::Error::new(failed).into(),
        };
        let tried = format!("nix {} asked {}: {why}", self.nix.version(), self.store.url);
        self.context.problems(Exit::Missing, vec![self.cache.dead(&tried)])
    }

    /// Nix failed at something that is not about the cache.
    fn failed(&self, failed: NixFailed) -> Failure {
        match failed {
            NixFailed::Interrupted => domi_host::Interrupted.into(),
            failed => match failed.problem() {
                Some(problem) => self.context.problems(Exit::Missing, vec![problem]),
                None => anyhow::Error::new(failed).into(),
            },
        }
    }

    fn say(&self, what: &str) {
        talk!("{}", self.context.paint().faint(what));
    }
}

/// `3 paths`, `1 path`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The name of a path in a store, without the folder and the hash.
fn name(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split_once('-').map_or(file, |(_, name)| name)
}

/// The names of paths, one a line; not more than can be read.
fn listed<'p>(paths: impl Iterator<Item = &'p String>) -> String {
    const MOST: usize = 20;
    let mut names: Vec<&str> = paths.map(|path| name(path)).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(MOST);
    let mut text: String = names.iter().take(MOST).map(|name| format!("  {name}\n")).collect();
    if more > 0 {
        text += &format!("  and {more} more; --json names all\n");
    }
    text
}
