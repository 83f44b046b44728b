//! What is known while features are watched, and what a save makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use camino::Utf8PathBuf;
use domi_backend_portable::PortableOptions;
use domi_host::Interrupt;
use domi_plugin::{BuiltFrom, Workspace};
use domi_runner::{Backends, RunOptions};

use super::inbox::{Inbox, Saved};
use super::last::Last;
use super::round::{Round, stop_for_what_is_newer};
use super::seen::{Seen, is_of_cargo, texts};
use crate::affected::{self, Affected};
use crate::config::Config;
use crate::context::Context;
use crate::failure::Result;
use crate::jobs;
use crate::nix;
use crate::request::RunRequest;
use crate::required::{Gathered, Needs};

/// How a request is made of what `domi.toml` says.
type Ask<'a> = dyn Fn(&Config) -> RunRequest + 'a;

/// The features that are watched, and what is known of them.
pub(super) struct Watching<'a> {
    ask: &'a Ask<'a>,
    context: Context,
    request: RunRequest,
    /// What runs tests. Machines wait in it from one round to the next.
    backends: Backends,
    options: RunOptions,
    seen: Arc<Seen>,
    /// Features whose last round was not brought to its end.
    unfinished: BTreeSet<String>,
    /// What was saved and could not be looked at, as something else was broken.
    waiting: Saved,
    /// Whether it could not.
    is_broken: bool,
    last: Option<Last>,
}

impl<'a> Watching<'a> {
    pub(super) fn new(context: &Context, config: &Config, ask: &'a Ask<'a>) -> Result<Self> {
        let request = ask(config);
        let workspace = context.workspace()?;
        let context = context.until(context.interrupt.clone());
        let (backends, options) = ready(&context, &request, &workspace)?;
        let texts = texts(&workspace.root);
        let seen = Arc::new(Seen {
            workspace,
            texts,
            made_from: BTreeMap::new(),
            needs: Needs::default(),
        });
        Ok(Self {
            ask,
            context,
            request,
            backends,
            options,
            seen,
            unfinished: BTreeSet::new(),
            waiting: Saved::default(),
            is_broken: false,
            last: None,
        })
    }

    pub(super) fn workspace(&self) -> &Workspace {
        &self.seen.workspace
    }

    pub(super) fn made_from(&self) -> &BTreeMap<String, BuiltFrom> {
        &self.seen.made_from
    }

    /// The names of the features that are watched.
    pub(super) fn chosen(&self) -> Vec<String> {
        let named = &self.request.choice.features;
        let all = self.seen.workspace.features.iter().map(|feature| &feature.name);
        all.filter(|name| named.is_empty() || named.contains(name)).cloned().collect()
    }

    /// Tests everything that is chosen; with `--affected`, what a change touches.
    ///
    /// # Errors
    /// When that is not possible, so that there is nothing to watch.
    pub(super) fn first(&mut self, inbox: &Inbox) -> Result<()> {
        let choice = &self.request.choice;
        // What is named and not there is said by who loads it.
        let names = match &choice.features[..] {
            [] => self.chosen(),
            named => named.to_vec(),
        };
        let others = self.seen.workspace.problems.iter();
        let others = others.filter(|problem| !names.contains(&problem.subject));
        self.context.show(others.cloned().collect());
        let Some(base) = choice.affected.clone() else {
            let names = names.into_iter().collect();
            return self.round(&names, None, &Affected::everything(), None, inbox);
        };
        let change = affected::change(&self.context, &self.seen.workspace, base.as_deref())?;
        // All of them, so that it is known what a save touches of those that are left out now.
        let gathered = match &names[..] {
            [] => Gathered::default(),
            names => Arc::make_mut(&mut self.seen).gather(&self.context, names, &|_| ())?,
        };
        let (workspace, explain) = (&self.seen.workspace, self.request.choice.explain);
        let affected = Affected::find(&self.context, workspace, &change, &gathered, explain)?;
        let names: BTreeSet<_> = names.into_iter().filter(|name| affected.touches(name)).collect();
        if names.is_empty() {
            talk!("there are no tests to run");
        }
        let gathered = gathered.only(|name| names.contains(name));
        self.round(&names, Some(gathered), &affected, None, inbox)
    }

    /// Tests everything that is chosen.
    pub(super) fn everything(&mut self, inbox: &Inbox) -> Result<()> {
        let all = self.chosen().into_iter().collect();
        self.round(&all, None, &Affected::everything(), None, inbox)
    }

    /// Tests what files that were saved touch; says whether that is anything.
    pub(super) fn saved(&mut self, saved: Saved, inbox: &Inbox) -> Result<bool> {
        let began = saved.began();
        self.waiting.join(saved);
        let (names, affected) = match self.look() {
            Ok(touched) => touched,
            Err(failure) => {
                self.is_broken = true;
                return Err(failure);
            }
        };
        self.waiting = Saved::default();
        let fixed = std::mem::take(&mut self.is_broken);
        if fixed {
            talk!("{}", self.context.paint().good("fixed; going on"));
        }
        let touches = !names.is_empty();
        self.round(&names, None, &affected, began, inbox)?;
        Ok(fixed || touches)
    }

    /// What is touched by what waits; with what was not finished before.
    fn look(&mut self) -> Result<(BTreeSet<String>, Affected)> {
        let files = self.seen.files(&self.waiting);
        let mut seen = Seen::clone(&self.seen);
        let texts = texts(&seen.workspace.root);
        if texts.get("domi.toml") != seen.texts.get("domi.toml") {
            let (context, config) = self.context.again()?;
            let request = (self.ask)(&config);
            let (backends, options) = ready(&context, &request, &seen.workspace)?;
            talk!("{}", self.context.paint().faint("domi.toml is read again"));
            (self.context, self.request) = (context, request);
            (self.backends, self.options) = (backends, options);
        }
        if self.waiting.and_more || files.iter().any(|path| is_of_cargo(path)) {
            let known = std::mem::take(&mut seen.workspace.problems);
            seen.workspace = self.context.workspace()?;
            let new = seen.workspace.problems.iter().filter(|problem| !known.contains(problem));
            self.context.show(new.cloned().collect());
        }
        let (names, affected) = if self.waiting.and_more {
            (self.chosen().into_iter().collect(), Affected::everything())
        } else {
            let touched = seen.touched(files.clone())?;
            let (names, of_the_runner) = seen.touched_by(&touched);
            if let Some(file) = of_the_runner {
                talk!(
                    "{}: {file} is part of what runs tests here; end this and start it again to \
                     test with it",
                    self.context.paint().odd("not used")
                );
            }
            (names, Affected::by(touched, seen.needs.clone()))
        };
        seen.texts = texts;
        self.seen = Arc::new(seen);
        let chosen = self.chosen();
        let names: BTreeSet<_> = names.into_iter().filter(|name| chosen.contains(name)).collect();
        self.tell(&files, &names);
        if self.unfinished.is_empty() {
            return Ok((names, affected));
        }
        let unfinished = self.unfinished.iter().filter(|name| chosen.contains(name));
        let all = names.iter().chain(unfinished).cloned().collect();
        Ok((all, Affected::everything()))
    }

    /// Says what was saved, where that touches anything; otherwise only who asks for more hears it.
    fn tell(&self, files: &BTreeSet<Utf8PathBuf>, names: &BTreeSet<String>) {
        if files.is_empty() || (names.is_empty() && self.context.global.verbose == 0) {
            return;
        }
        let what = match (files.len(), files.first()) {
            (1, Some(file)) => self.seen.workspace.place(file).into_string(),
            (many, _) => format!("{many} files"),
        };
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let touched = match names.len() {
            0 => "no feature".to_owned(),
            1..=5 => names.join(", "),
            many => format!("{many} features"),
        };
        talk!("{} {what} → {touched}", self.context.paint().strong("saved"));
    }

    /// Builds features, unless they were gathered, and runs their tests; stops when something is saved
    /// that makes this old.
    fn round(
        &mut self,
        names: &BTreeSet<String>,
        gathered: Option<Gathered>,
        affected: &Affected,
        began: Option<Instant>,
        inbox: &Inbox,
    ) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let stop = Interrupt::default();
        let (seen, user) = (Arc::clone(&self.seen), self.context.interrupt.clone());
        let over = Interrupt::default();
        self.unfinished.extend(names.iter().cloned());
        let done = std::thread::scope(|scope| {
            let _over = Over(&over);
            scope.spawn(|| stop_for_what_is_newer(inbox, &seen, &user, &stop, &over));
            let names: Vec<_> = names.iter().cloned().collect();
            let round = Round {
                context: &self.context.until(stop.clone()),
                request: &self.request,
                backends: &self.backends,
                options: &self.options,
                names,
                gathered,
                affected,
                began,
                is_first: self.last.is_none(),
            };
            round.run(Arc::make_mut(&mut self.seen))
        });
        if stop.is_set() {
            if !self.context.interrupt.is_set() && !inbox.quits() {
                talk!(
                    "{}",
                    self.context.paint().odd("saved again; this was not what is there now")
                );
            }
            return Ok(());
        }
        if let Some(last) = done? {
            self.last = Some(last);
        }
        self.unfinished.retain(|name| !names.contains(name));
        Ok(())
    }
}

impl Watching<'_> {
    /// Runs a test of the last round again, and opens a shell in its machine.
    pub(super) fn shell(&self) -> Result<()> {
        match &self.last {
            Some(last) => last.shell(&self.context, &self.options),
            None => {
                talk!("nothing has been run yet");
                Ok(())
            }
        }
    }

    /// Shows the journal of the first test that failed in the last round.
    pub(super) fn journal(&self) -> Result<()> {
        match &self.last {
            Some(last) => last.journal(&self.context, &self.options.runs),
            None => {
                talk!("nothing has been run yet");
                Ok(())
            }
        }
    }
}

/// Ends who looks whether a round is old, however that ends.
struct Over<'a>(&'a Interrupt);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// What runs tests, and how.
fn ready(
    context: &Context,
    request: &RunRequest,
    workspace: &Workspace,
) -> Result<(Backends, RunOptions)> {
    let options = jobs::options(context, request, &workspace.target)?;
    let portable = PortableOptions { runs_again: true, ..jobs::portable(context, request)? };
    let backends = jobs::ready(nix::backends(context, request)?, &options, portable);
    Ok((backends, options))
}
