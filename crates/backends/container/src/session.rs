//! Tests in containers, in a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use domi_container::Image;
use domi_event::{Prepared, Verdict};
use domi_host::hash::Key;
use domi_model::Platform;
use domi_portable_system::{
    Broken, Doing, Ends, Fault, Machines, Provision, Realisers, Setup, StoreParts, Trial,
    machine_kinds, machines_wanted,
};
use domi_runner::{
    Artifacts, BackendKind, Done, Job, Programs, Realiser, Reporter, RunOptions, Session, Unable,
    Weight,
};

use crate::guest::{discard_damaged, unable};
use crate::kept;
use crate::options::ContainerOptions;
use crate::roots::{Root, Roots, Started};

/// What a container takes of this computer's memory, in MiB: systemd, the services, what is written.
const MEMORY: u64 = 128;

/// The backend in a run.
#[derive(Debug)]
pub(crate) struct ContainerSession<'a> {
    options: &'a RunOptions,
    own: &'a ContainerOptions,
    roots: &'a Roots,
    realisers: Realisers<'a>,
    ends: Ends,
}

impl<'a> ContainerSession<'a> {
    pub(crate) fn new(
        jobs: &[Job],
        options: &'a RunOptions,
        own: &'a ContainerOptions,
        roots: &'a Roots,
    ) -> Self {
        roots.begin(options, wanted(jobs));
        let realisers =
            Realisers::new(own.realiser.as_ref(), own.builds.as_deref(), &options.interrupt);
        Self { options, own, roots, realisers, ends: Ends::default() }
    }
}

/// How many machines jobs want of each set of packages; all of this computer's system.
fn wanted(jobs: &[Job]) -> BTreeMap<Vec<String>, usize> {
    let ours = jobs.iter().filter(|job| job.backend == BackendKind::PORTABLE_CONTAINER);
    let wanted = machines_wanted(ours).into_iter();
    wanted.map(|((_, packages), count)| (packages, count)).collect()
}

impl Drop for ContainerSession<'_> {
    fn drop(&mut self) {
        self.ends.wait();
        self.roots.end();
    }
}

impl Session for ContainerSession<'_> {
    fn prepare(&self, _: Platform, _: &Reporter) -> Result<Prepared, Unable> {
        let probes = self.roots.probes()?;
        let controllers = match probes.controllers() {
            [] => "no controllers".to_owned(),
            some => format!("the controllers {}", some.join(", ")),
        };
        Ok(Prepared {
            backend: BackendKind::PORTABLE_CONTAINER.to_string(),
            brief: "this computer's kernel".to_owned(),
            why: format!("containers on this computer's kernel {}, with {controllers}", release()),
            ..Prepared::default()
        })
    }

    fn weight(&self, job: &Job) -> Weight {
        let machines = job.machines() as u64;
        Weight { memory: machines * MEMORY, cores: machines.min(1) }
    }

    fn key(&self, job: &Job, reporter: &Reporter) -> Result<Option<String>, Unable> {
        let provisions = self.realisers.provisions_if_any(job, reporter)?;
        let probes = serde_json::to_vec(&self.roots.probes()?).unwrap_or_default();
        let kernel = rustix::system::uname();
        let mut key = Key::new("container-verdict/1")
            .with(kernel.release().to_bytes())
            .with(kernel.version().to_bytes())
            .with(probes)
            .with(if self.own.cold { "cold" } else { "spare" });
        if job.variant.programs == Programs::Store {
            key.add("programs of Nix's store");
        }
        for (_, packages) in machine_kinds(job, &provisions) {
            let root = self.roots.get(&packages, reporter)?;
            key.add(root.image.key());
            key.add(root.image.digest());
        }
        for provision in provisions {
            provision.copied().for_each(|digest| key.add(digest));
            if job.variant.realiser == Realiser::Nix {
                // What Rust makes of a manifest follows from it.
                key.add(provision.told());
            }
        }
        Ok(Some(format!("{} {}", BackendKind::PORTABLE_CONTAINER, key.finish())))
    }

    fn repeat(&self, job: &Job) -> Vec<String> {
        let mut words = vec!["--backend".to_owned(), job.backend.to_string()];
        words.extend(self.realisers.repeat(job));
        if self.own.cold {
            words.push("--cold".to_owned());
        }
        words
    }

    fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done {
        self.realisers.decide(job, reporter, |run, provisions| {
            let probes = match self.roots.probes() {
                Ok(probes) => probes,
                Err(unable) => return unable.into(),
            };
            // What Nix makes of it is known only now.
            if let Some(why) = kept::not_kept(run, provisions, &probes) {
                return Done { reason: kept::skipped(&why), ..Done::of(Verdict::Skipped) };
            }
            let realiser = self.own.realiser.as_ref();
            let (told, options) = ((folder, reporter), self.options);
            let stores = match StoreParts::built(realiser, job, provisions, options, told) {
                Ok(stores) => stores,
                Err(done) => return *done,
            };
            let trial = Trial { job, run, provisions, options: self.options, folder, reporter };
            let used = self.roots_of(job, provisions, reporter);
            trial.run(&mut InContainers { session: self, trial, used, stores })
        })
    }
}

impl ContainerSession<'_> {
    /// What the machines of a test start from, held so that it can be judged afterwards.
    fn roots_of(&self, job: &Job, provisions: &[Provision], reporter: &Reporter) -> Vec<Arc<Root>> {
        let kinds = machine_kinds(job, provisions).into_iter();
        let found = kinds.map(|(_, packages)| self.roots.get(&packages, reporter));
        // Where there is none, the machine that needs it says why.
        found.filter_map(Result::ok).collect()
    }
}

/// A test in containers.
struct InContainers<'a> {
    session: &'a ContainerSession<'a>,
    trial: Trial<'a>,
    used: Vec<Arc<Root>>,
    stores: Option<StoreParts<'a, Image>>,
}

impl InContainers<'_> {
    fn stores(&self) -> Result<BTreeMap<String, Image>, Unable> {
        let Some(stores) = &self.stores else { return Ok(BTreeMap::new()) };
        let containers = self.session.roots.containers()?;
        stores.images(|folder, entries| {
            containers.store_part(folder, entries, &|_| ()).map_err(|error| unable(&error))
        })
    }
}

impl Doing for InContainers<'_> {
    fn take(&self) -> Result<(Machines, Done), Broken> {
        let Trial { provisions, options, folder, reporter, .. } = self.trial;
        let stores = self.stores().map_err(|unable| Broken::of("", Fault::of(unable)))?;
        let starts = Started { roots: self.session.roots, reporter, stores: &stores };
        self.trial.take_steps(Setup {
            provisions,
            starts,
            artifacts: folder,
            limit: options.test_limit,
        })
    }

    fn damage(&self) -> Result<Option<String>, Unable> {
        let stores = self.stores()?;
        let images = self.used.iter().map(|root| &root.image).chain(stores.values());
        let containers = self.session.roots.containers()?;
        discard_damaged(&containers, images)
    }

    fn forget(&mut self) {
        self.used.clear();
        self.stores.iter().for_each(StoreParts::forget);
        self.session.roots.forget();
    }

    fn ends(&self) -> &Ends {
        &self.session.ends
    }
}

pub(crate) fn release() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}
