//! What a command of the cache is asked, and what it needs for the answer.

use std::time::Duration;

use clap::Args;
use domi_model::{Platform, Problem};
use domi_nix_command::{Cache, Flake, NO_CACHE, Nix, NixFailed, Store};

use crate::Exit;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::nix;
use crate::request::NixRequest;
use crate::values::{duration, given, system};

/// What is looked for in the cache, or copied to it.
#[derive(Debug, Args)]
pub(super) struct CacheWhat {
    /// Flake outputs or store paths [default: the flake's checks]
    #[arg(value_name = "INSTALLABLE", value_parser = installable)]
    pub(super) installables: Vec<String>,
    /// The systems of the checks [default: this computer's]
    #[arg(
        long,
        value_name = "SYSTEM",
        value_parser = system,
        conflicts_with = "installables"
    )]
    pub(super) system: Vec<Platform>,
    /// Also everything that they are built from
    #[arg(long)]
    pub(super) closure: bool,
    /// How long the cache may take to answer
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    timeout: Duration,
    /// Print one JSON document
    #[arg(long)]
    pub(super) json: bool,
    /// Use this nixpkgs, a folder or a flake reference [default: the flake's]
    #[arg(long, value_name = "REF", value_parser = given)]
    nixpkgs: Option<String>,
}

/// What Nix cannot take for a flag.
fn installable(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with('-') {
        return Err("give a flake output or a store path, such as .#hello".to_owned());
    }
    Ok(text.to_owned())
}

/// What a command was asked, and what it needs; the cache has answered.
pub(super) struct Asked<'a> {
    pub(super) context: &'a Context,
    pub(super) what: &'a CacheWhat,
    pub(super) cache: &'a Cache,
    pub(super) store: Store,
    pub(super) nix: Nix,
    pub(super) flake: Flake,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        context: &'a Context,
        cache: Option<&'a Cache>,
        what: &'a CacheWhat,
    ) -> Result<Self> {
        let Some(cache) = cache else {
            let problem = Problem::error(NO_CACHE, "", "domi.toml names no binary cache")
                .next("add it there: `[cache]`, with a line such as `url = \"file:///srv/cache\"`");
            return Err(context.problems(Exit::Usage, vec![problem]));
        };
        let missing = |problem| context.problems(Exit::Missing, vec![problem]);
        let request = NixRequest::with_nixpkgs(what.nixpkgs.clone());
        let (nix, flake) = nix::of_any_version(context, &request)?.map_err(missing)?;
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
    pub(super) fn dead(&self, failed: NixFailed) -> Failure {
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
    pub(super) fn failed(&self, failed: NixFailed) -> Failure {
        match failed {
            NixFailed::Interrupted => domi_host::Interrupted.into(),
            failed => match failed.problem() {
                Some(problem) => self.context.problems(Exit::Missing, vec![problem]),
                None => anyhow::Error::new(failed).into(),
            },
        }
    }

    pub(super) fn say(&self, what: &str) {
        talk!("{}", self.context.paint().faint(what));
    }
}
