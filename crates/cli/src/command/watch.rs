mod files;
mod inbox;
mod keyboard;
mod last;
mod round;
mod seen;
mod watching;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use domi_runner::BackendKind;

use self::files::Files;
use self::inbox::{Came, Inbox};
use self::keyboard::Keyboard;
use self::watching::Watching;
use crate::Exit;
use crate::arguments::{Choice, Conduct, Install, NixArguments};
use crate::config::Config;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::request::RunRequest;
use crate::start::{Run, Start};
use crate::values::duration;

/// Test again what a saved file touches, until it is ended
#[derive(Debug, Clone, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    choice: Choice,
    /// The backend; docs/backends.md lists all [default: the strongest]
    #[arg(long, value_name = "NAME")]
    backend: Option<BackendKind>,
    /// Let NixOS machines be emulated where there is no KVM
    #[arg(long)]
    allow_tcg: bool,
    #[command(flatten)]
    nix: NixArguments,
    /// Also run tests that passed before and that no change affects
    #[arg(long)]
    no_cache: bool,
    /// How often to try a failed test again [default: 0]
    #[arg(long, value_name = "TIMES", default_value_t = 0, hide_default_value = true)]
    retries: u32,
    /// How long one test may take, such as 90s or 5m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// How many machines may run at once
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    install: Install,
}

impl Watch {
    /// What is asked for, where `domi.toml` says this. It may say something else later on.
    fn request(&self, config: &Config) -> RunRequest {
        let conduct = Conduct {
            backend: self.backend,
            allow_tcg: self.allow_tcg,
            nix: self.nix.clone(),
            no_cache: self.no_cache,
            retries: self.retries,
            timeout: self.timeout,
            jobs: self.jobs,
            install: self.install,
            ..Conduct::default()
        };
        RunRequest::new(self.choice.clone(), conduct, config)
    }
}

impl Run for Watch {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let inbox = Arc::new(Inbox::default());
        let ask = |config: &Config| self.request(config);
        let mut watching = Watching::new(context, config, &ask)?;
        // Before anything is read: what is saved from now on is seen.
        let mut files = Files::watch(context, watching.workspace(), &inbox)?;
        Keyboard::with(&inbox, |keyboard| {
            watch(context, &mut watching, &mut files, &inbox, keyboard)
        })
    }
}

/// Tests everything that is chosen, and from then on what is touched.
fn watch(
    context: &Context,
    watching: &mut Watching<'_>,
    files: &mut Files,
    inbox: &Inbox,
    keyboard: &Keyboard,
) -> Result<Exit> {
    watching.first(inbox)?;
    let mut said = true;
    loop {
        files.follow(watching.made_from())?;
        if context.interrupt.is_set() {
            return Ok(Exit::Interrupted);
        }
        if said && !inbox.has_something() {
            talk!("{}", context.paint().faint(hint(&watching.chosen(), keyboard.is_there())));
            said = false;
        }
        let Ok(came) = inbox.next(&context.interrupt) else { return Ok(Exit::Interrupted) };
        let done = match came {
            Came::Saved(mut saved) => {
                files.enter(&mut saved)?;
                watching.saved(saved, inbox)
            }
            Came::Key(b'a') => watching.everything(inbox).map(|()| true),
            Came::Key(b's') => keyboard.away(|| watching.shell()).map(|()| true),
            Came::Key(b'j') => watching.journal().map(|()| true),
            Came::Key(key) if inbox::quits(key) => return Ok(Exit::Pass),
            Came::Key(_) => Ok(true),
        };
        said |= done.unwrap_or_else(|failure| {
            show(context, failure);
            true
        });
    }
}

/// Shows a failure that stops nothing: the next save may be what fixes it.
fn show(context: &Context, failure: Failure) {
    if !context.interrupt.is_set() {
        failure.explained(&context.root, Some(&context.target())).show(&context.global);
    }
}

/// What is watched, and what a person can do, in one line.
fn hint(chosen: &[String], has_keys: bool) -> String {
    let what = match chosen {
        [] => "no feature".to_owned(),
        [..] if chosen.len() <= 3 => chosen.join(", "),
        many => format!("{} features", many.len()),
    };
    let how = if has_keys {
        "a: run all · s: shell · j: journal · q: quit"
    } else {
        "a signal, such as Ctrl-C, ends it"
    };
    format!("watching {what} · {how}")
}
