//! What is known while features are watched, and what a save makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use domi_affected::{Change, LOOKED_INTO, Lane, Touched, touched};
use domi_backend_portable::PortableOptions;
use domi_host::Interrupt;
use domi_plugin::{BuiltFrom, FeatureCrate, Workspace};
use domi_runner::{Backends, RunOptions};

use super::inbox::{Inbox, Saved};
use super::last::Last;
use super::round::{Round, stop_for_what_is_newer};
use crate::Exit;
use crate::affected::Affected;
use crate::config::Config;
use crate::context::Context;
use crate::failure::Result;
use crate::jobs;
use crate::nix;
use crate::request::RunRequest;

/// How a request is made of what `domi.toml` says.
type Ask<'a> = dyn Fn(&Config) -> RunRequest + 'a;

/// The files that say what features there are and how they are built.
const OF_CARGO: [&str; 4] = ["Cargo.toml", "Cargo.lock", "plugin.toml", "config.toml"];

/// The features that are watched, and what is known of them.
pub(super) struct Watching<'a> {
    ask: &'a Ask<'a>,
    pub(super) context: Context,
    pub(super) request: RunRequest,
    /// What runs tests. Machines wait in it from one round to the next.
    pub(super) backends: Backends,
    pub(super) options: RunOptions,
    pub(super) seen: Arc<Seen>,
    /// Features whose last round was not brought to its end.
    unfinished: BTreeSet<String>,
    /// What was saved and could not be looked at, as something else was broken.
    waiting: Saved,
    /// Whether it could not.
    is_broken: bool,
    pub(super) last: Option<Last>,
}

/// What was there when it was last looked at.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) workspace: Workspace,
    /// The content of files that are looked into.
    texts: BTreeMap<&'static str, String>,
    /// What features are made from, by name; nothing where one was not built yet.
    pub(super) made_from: BTreeMap<String, BuiltFrom>,
}

impl<'a> Watching<'a> {
    pub(super) fn new(context: &Context, config: &Config, ask: &'a Ask<'a>) -> Result<Self> {
        let request = ask(config);
        let workspace = context.workspace()?;
        let context = context.until(context.interrupt.clone());
        let (backends, options) = ready(&context, &request, &workspace)?;
        let texts = texts(&workspace.root);
        let seen = Arc::new(Seen { workspace, texts, made_from: BTreeMap::new() });
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
        let since = choice.affected.as_ref().map(Option::as_deref);
        let workspace = &self.seen.workspace;
        let affected = Affected::find(&self.context, workspace, since, choice.explain)?;
        // What is named and not there is said by who loads it.
        let names = match &choice.features[..] {
            [] => self.chosen(),
            named => named.to_vec(),
        };
        let names = names.into_iter().filter(|name| affected.may_touch(workspace, name)).collect();
        self.context.show(workspace.problems.clone());
        self.round(names, &affected, None, inbox)
    }

    /// Tests everything that is chosen.
    pub(super) fn everything(&mut self, inbox: &Inbox) -> Result<()> {
        self.round(self.chosen().into_iter().collect(), &Affected::everything(), None, inbox)
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
        let mended = std::mem::take(&mut self.is_broken);
        if mended {
            talk!("{}", self.context.paint().good("mended; going on"));
        }
        let touches = !names.is_empty();
        self.round(names, &affected, began, inbox)?;
        Ok(mended || touches)
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
        let of_cargo =
            |path: &Utf8PathBuf| path.file_name().is_some_and(|name| OF_CARGO.contains(&name));
        if self.waiting.and_more || files.iter().any(of_cargo) {
            let known = std::mem::take(&mut seen.workspace.problems);
            seen.workspace = self.context.workspace()?;
            let new = seen.workspace.problems.iter().filter(|problem| !known.contains(problem));
            self.context.show(new.cloned().collect());
        }
        let (names, affected) = if self.waiting.and_more {
            (self.chosen().into_iter().collect(), Affected::everything())
        } else {
            let touched = seen.touched(files.clone())?;
            let (names, of_the_runner) = touched_by(&seen.workspace, &touched);
            if let Some(file) = of_the_runner {
                talk!(
                    "{}: {file} is part of what runs tests here; end this and start it again to \
                     test with it",
                    self.context.paint().odd("not used")
                );
            }
            (names, Affected::by(touched))
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

    /// Builds features and runs their tests; stops when something is saved that makes this old.
    fn round(
        &mut self,
        names: BTreeSet<String>,
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
            Round { names, affected, began, stop: stop.clone() }.run(self)
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
        done?;
        self.unfinished.retain(|name| !names.contains(name));
        Ok(())
    }
}

/// Ends who looks whether a round is old, however that ends.
struct Over<'a>(&'a Interrupt);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.set();
    }
}

impl Seen {
    /// The files that differ from what was seen.
    pub(super) fn files(&self, saved: &Saved) -> BTreeSet<Utf8PathBuf> {
        let known = |path: &Utf8Path| self.made_from.values().any(|from| from.paths.contains(path));
        let mut files = saved.files(&known);
        let now = texts(&self.workspace.root);
        for name in LOOKED_INTO {
            if now.get(name) == self.texts.get(name) {
                files.remove(&self.workspace.root.join(name));
            }
        }
        files
    }

    /// The features that files touch, as far as is known without building anything.
    fn touched(&self, files: BTreeSet<Utf8PathBuf>) -> Result<Touched> {
        if files.is_empty() {
            return Ok(Touched::default());
        }
        let change = Change::seen(&self.workspace, files, &self.texts).map_err(|problems| {
            crate::failure::Failure::problems(Exit::Usage, &self.workspace.root, problems)
        })?;
        let mut known = |features: &[&FeatureCrate]| {
            let of = |feature: &&FeatureCrate| {
                let from = self.made_from.get(&feature.name).cloned();
                (feature.name.clone(), from.unwrap_or_else(BuiltFrom::unknown))
            };
            Ok(features.iter().map(of).collect())
        };
        Ok(touched(&self.workspace, &change, &mut known)?)
    }

    /// Whether what is saved makes a round old that goes on.
    pub(super) fn is_old_after(&self, saved: &Saved) -> bool {
        let mut files = self.files(saved);
        // cargo writes it as it builds. Where a person does, it is looked at after the round.
        files.remove(&self.workspace.root.join("Cargo.lock"));
        let of_cargo = |path: &Utf8PathBuf| path.file_name().is_some_and(|n| OF_CARGO.contains(&n));
        saved.and_more
            || files.iter().any(of_cargo)
            || self
                .touched(files)
                .is_ok_and(|touched| !touched_by(&self.workspace, &touched).0.is_empty())
    }
}

/// The features that are touched, and a file that only touches them as part of what runs tests: of
/// this very process, which no file changes any more.
fn touched_by(workspace: &Workspace, touched: &Touched) -> (BTreeSet<String>, Option<Utf8PathBuf>) {
    let (mut names, mut of_the_runner) = (BTreeSet::new(), None);
    for feature in &workspace.features {
        for reason in Lane::ALL.iter().flat_map(|lane| touched.why(&feature.name, *lane)) {
            if reason.is_of_the_runner() {
                of_the_runner = Some(reason.file.clone());
            } else {
                names.insert(feature.name.clone());
            }
        }
    }
    (names, of_the_runner)
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

/// The content of the files that are looked into; of one that is not there, nothing.
fn texts(root: &Utf8Path) -> BTreeMap<&'static str, String> {
    let text = |name| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    LOOKED_INTO.into_iter().map(|name| (name, text(name))).collect()
}
