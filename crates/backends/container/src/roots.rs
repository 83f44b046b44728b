//! Images, layers and booted containers for jobs: each is made once in a run, however many jobs
//! need it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domi_container::{Containers, Error, Image, Machine, Options, Probes, Progress, Spares};
use domi_model::Platform;
use domi_portable_system::{Fault, Starts, Wanted};
use domi_runner::{Reporter, RunOptions, Stage, Unable};

use crate::guest::{Guest, driven, fault, unable};
use crate::options::ContainerOptions;

/// How many containers wait for their tests.
const WAITING: usize = 2;

type Slot = Arc<Mutex<Option<Result<Arc<Root>, Unable>>>>;

/// The images and layers of a run, and what waits of them.
#[derive(Debug)]
pub(crate) struct Roots<'a> {
    options: &'a RunOptions,
    own: &'a ContainerOptions,
    containers: Mutex<Option<Result<Arc<Containers>, Unable>>>,
    slots: Mutex<BTreeMap<Vec<String>, Slot>>,
    /// How many machines jobs want of each set of packages.
    wanted: BTreeMap<Vec<String>, usize>,
}

/// What machines with certain packages start from.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) image: Image,
    containers: Arc<Containers>,
    spares: Mutex<Option<Arc<Spares>>>,
    /// How many of its machines have not been asked for.
    left: AtomicUsize,
}

impl<'a> Roots<'a> {
    pub(crate) fn new(
        options: &'a RunOptions,
        own: &'a ContainerOptions,
        wanted: BTreeMap<Vec<String>, usize>,
    ) -> Self {
        Self { options, own, containers: Mutex::default(), slots: Mutex::default(), wanted }
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
            Ok(Arc::new(Root {
                image: image.map_err(|error| unable(&error))?,
                containers,
                spares: Mutex::default(),
                left: AtomicUsize::new(self.wanted.get(packages).copied().unwrap_or(0)),
            }))
        })
        .clone()
    }

    /// Removes what of an image is damaged; says what is wrong with it.
    pub(crate) fn discard_if_damaged(&self, image: &Image) -> Result<Option<Error>, Unable> {
        self.containers()?.discard_if_damaged(image).map_err(|error| unable(&error))
    }

    /// Asks the store again for what was found.
    pub(crate) fn forget(&self) {
        lock(&self.slots).retain(|_, slot| {
            // One that is held is being made right now.
            !slot.try_lock().is_ok_and(|slot| matches!(*slot, Some(Ok(_))))
        });
    }

    fn containers(&self) -> Result<Arc<Containers>, Unable> {
        let open = || {
            let RunOptions { cache, interrupt, .. } = self.options;
            Containers::open(cache, self.own.distribution.clone(), interrupt.clone())
                .map(Arc::new)
                .map_err(|error| unable(&error))
        };
        lock(&self.containers).get_or_insert_with(open).clone()
    }
}

impl Root {
    /// A container that waits, where one does or is about to; else one that boots now.
    fn machine(&self, options: &Options, cold: bool) -> Result<Machine, Error> {
        if !cold && self.one_less() {
            match self.spares()?.take(options) {
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

    fn spares(&self) -> Result<Arc<Spares>, Error> {
        let mut spares = lock(&self.spares);
        if let Some(spares) = &*spares {
            return Ok(Arc::clone(spares));
        }
        let most = self.left.load(Ordering::SeqCst) + 1;
        let booted = Spares::boot_at_most(&self.containers, &self.image, WAITING.min(most), most)?;
        Ok(Arc::clone(spares.insert(Arc::new(booted))))
    }
}

/// Who starts the containers of a test.
#[derive(Debug)]
pub(crate) struct Started<'a> {
    pub(crate) roots: &'a Roots<'a>,
    pub(crate) reporter: &'a Reporter,
}

impl Starts for Started<'_> {
    type Machine = Guest;

    fn start(&self, wanted: &Wanted<'_>) -> Result<Guest, Fault> {
        let root = self.roots.get(wanted.packages, self.reporter).map_err(Fault::of)?;
        let options = Options {
            name: wanted.name.to_owned(),
            console_log: wanted.log.clone(),
            network: wanted.network.clone(),
            interrupt: self.roots.options.interrupt.clone(),
        };
        root.machine(&options, self.roots.own.cold).map(driven).map_err(fault)
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
