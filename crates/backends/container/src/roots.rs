//! Images, layers and booted containers for jobs: each is made once in a run, however many jobs
//! need it. What was booted and not used serves the next run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domi_container::{Containers, Error, Image, Machine, Options, Probes, Progress, Spares};
use domi_host::Interrupt;
use domi_model::Platform;
use domi_portable_system::{Fault, Starts, Wanted};
use domi_runner::{Reporter, RunOptions, Stage, Unable};

use crate::guest::{Guest, driven, fault, unable};
use crate::options::ContainerOptions;

/// How many containers wait for their tests.
const WAITING: usize = 2;
/// Of how many sets of packages containers wait between runs, the last used.
const SETS: usize = 4;

type Slot = Arc<Mutex<Option<Result<Arc<Root>, Unable>>>>;

/// Images and layers, and what waits of them.
#[derive(Debug)]
pub(crate) struct Roots {
    own: ContainerOptions,
    run: Mutex<Run>,
    slots: Mutex<BTreeMap<Vec<String>, Slot>>,
    /// What earlier runs have left, the last used first. It is used again where the store still has
    /// the same for these packages.
    earlier: Mutex<Vec<(Vec<String>, Arc<Root>)>>,
}

/// The run that goes on.
#[derive(Debug, Default)]
struct Run {
    options: Option<RunOptions>,
    containers: Option<Result<Arc<Containers>, Unable>>,
    /// How many machines jobs want of each set of packages.
    wanted: BTreeMap<Vec<String>, usize>,
}

/// What machines with certain packages start from.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) image: Image,
    containers: Arc<Containers>,
    spares: Mutex<Option<Arc<Spares>>>,
    /// How many of its machines have not been asked for in this run.
    left: AtomicUsize,
}

impl Roots {
    pub(crate) fn new(own: ContainerOptions) -> Self {
        let (run, slots, earlier) = Default::default();
        Self { own, run, slots, earlier }
    }

    /// Begins a run. What could not be made in an earlier one is tried again, and what was found is
    /// looked for again.
    pub(crate) fn begin(&self, options: &RunOptions, wanted: BTreeMap<Vec<String>, usize>) {
        let slots = std::mem::take(&mut *lock(&self.slots));
        let found = slots.into_iter().filter_map(|(packages, slot)| match &*lock(&slot) {
            Some(Ok(root)) => Some((packages, Arc::clone(root))),
            _ => None,
        });
        let mut earlier = lock(&self.earlier);
        let all: Vec<_> = found.chain(earlier.drain(..)).collect();
        *earlier = all.into_iter().filter(|(_, root)| lock(&root.spares).is_some()).collect();
        earlier.truncate(SETS);
        *lock(&self.run) = Run { options: Some(options.clone()), containers: None, wanted };
    }

    /// Ends a run. Now that no test needs this computer, containers are booted for the next run, if
    /// there will be one.
    pub(crate) fn end(&self) {
        if !self.own.runs_again || self.own.cold {
            return;
        }
        let wanted = lock(&self.run).wanted.clone();
        let roots = lock(&self.slots);
        for (packages, wanted) in wanted.into_iter().take(SETS) {
            if let Some(Some(Ok(root))) = roots.get(&packages).map(|slot| lock(slot).clone()) {
                // Where that fails, the next run says it.
                let _ = root.order(wanted.min(WAITING));
            }
        }
    }

    pub(crate) fn probes(&self) -> Result<Probes, Unable> {
        Ok(self.containers()?.probes().clone())
    }

    /// What a machine with these packages starts from. Made where it is not there, by one job
    /// while the others that need it wait; where that has failed, it is not tried again.
    pub(crate) fn get(
        &self,
        packages: &[String],
        reporter: &Reporter,
    ) -> Result<Arc<Root>, Unable> {
        let slot = lock(&self.slots).entry(packages.to_vec()).or_default().clone();
        let mut slot = lock(&slot);
        slot.get_or_insert_with(|| {
            let containers = self.containers()?;
            let image = containers.with_packages(packages, &listener(reporter));
            let image = image.map_err(|error| unable(&error))?;
            let left = lock(&self.run).wanted.get(packages).copied().unwrap_or(0);
            if let Some(root) = self.of_earlier(packages, &image) {
                root.left.store(left, Ordering::SeqCst);
                return Ok(root);
            }
            let (spares, left) = (Mutex::default(), AtomicUsize::new(left));
            Ok(Arc::new(Root { image, containers, spares, left }))
        })
        .clone()
    }

    /// What an earlier run has left, where it is of this very image.
    fn of_earlier(&self, packages: &[String], image: &Image) -> Option<Arc<Root>> {
        let mut earlier = lock(&self.earlier);
        let at = earlier.iter().position(|(of, _)| of == packages)?;
        let (_, root) = earlier.remove(at);
        let same = (root.image.key(), root.image.digest()) == (image.key(), image.digest());
        same.then_some(root)
    }

    /// Asks the store again for what was found, and lets nothing be used that waits of it.
    pub(crate) fn forget(&self) {
        lock(&self.earlier).clear();
        lock(&self.slots).retain(|_, slot| {
            // One that is held is being made right now.
            !slot.try_lock().is_ok_and(|slot| matches!(*slot, Some(Ok(_))))
        });
    }

    /// The containers of this run.
    pub(crate) fn containers(&self) -> Result<Arc<Containers>, Unable> {
        let mut run = lock(&self.run);
        let Run { options, containers, .. } = &mut *run;
        let open = || {
            let options = options.as_ref().ok_or_else(no_run)?;
            let distribution = self.own.distribution.clone();
            Containers::open(&options.cache, distribution, options.interrupt.clone())
                .map(Arc::new)
                .map_err(|error| unable(&error))
        };
        containers.get_or_insert_with(open).clone()
    }

    fn interrupt(&self) -> Interrupt {
        let run = lock(&self.run);
        run.options.as_ref().map(|options| options.interrupt.clone()).unwrap_or_default()
    }
}

fn no_run() -> Unable {
    Unable::Failed("no run has begun".to_owned())
}

impl Root {
    /// A container that waits, where one does or is about to; else one that boots now, as one does that has a
    /// part of Nix's store.
    fn machine(
        &self,
        options: &Options,
        store: Option<&Image>,
        cold: bool,
    ) -> Result<Machine, Error> {
        if store.is_some() {
            return Machine::boot_with(&self.containers, &self.image, store, options.clone());
        }
        if !cold && self.one_less() {
            let spares = self.order(self.left.load(Ordering::SeqCst) + 1)?;
            match spares.take(options) {
                Err(Error::Interrupted) => return Err(Error::Interrupted),
                Ok(machine) => return Ok(machine),
                // One that boots now says what is wrong.
                Err(_) => {}
            }
        }
        Machine::boot(&self.containers, &self.image, options.clone())
    }

    /// Whether jobs want one more than were asked for; that one is asked for now.
    fn one_less(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }

    /// Sees to it that so many wait or will.
    fn order(&self, count: usize) -> Result<Arc<Spares>, Error> {
        let mut spares = lock(&self.spares);
        let spares = match &mut *spares {
            Some(spares) => spares,
            none => none.insert(Arc::new(Spares::none(&self.containers, &self.image, WAITING)?)),
        };
        spares.boot_more(count.saturating_sub(spares.to_come()));
        Ok(Arc::clone(spares))
    }
}

/// Who starts the containers of a test.
#[derive(Debug)]
pub(crate) struct Started<'a> {
    pub(crate) roots: &'a Roots,
    pub(crate) reporter: &'a Reporter,
    /// What machines have of Nix's store, by their names.
    pub(crate) stores: &'a BTreeMap<String, Image>,
}

impl Starts for Started<'_> {
    type Machine = Guest;

    fn start(&self, wanted: &Wanted<'_>) -> Result<Guest, Fault> {
        let root = self.roots.get(wanted.packages, self.reporter).map_err(Fault::of)?;
        let options = Options {
            name: wanted.name.to_owned(),
            console_log: wanted.log.clone(),
            network: wanted.network.clone(),
            interrupt: self.roots.interrupt(),
        };
        let store = self.stores.get(wanted.name);
        root.machine(&options, store, self.roots.own.cold).map(driven).map_err(fault)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reports what making an image does. A stage ends when the next begins, or with what this returns.
fn listener(reporter: &Reporter) -> impl Fn(Progress) + Sync {
    let listening = Mutex::new((reporter.clone(), None::<Stage>));
    let system: Option<Platform> = domi_runner::host_system();
    move |progress| {
        let (reporter, stage) = &mut *lock(&listening);
        match progress {
            Progress::Store(told) => reporter.note(None, told.to_string()),
            Progress::Started(begun) => {
                drop(stage.take());
                *stage = Some(reporter.stage(begun.to_string(), system, None));
            }
            _ => {}
        }
    }
}
