//! Tests on NixOS in containers, in a run.

use std::sync::OnceLock;

use domi_container::{Closure, Containers, Image, Machine, Options};
use domi_debian::Distribution;
use domi_event::Prepared;
use domi_host::hash::Key;
use domi_model::Platform;
use domi_portable_system::nixos::{Built, Images, OnNixos, Outputs, OwnNix, Systems};
use domi_portable_system::{Ends, Fault, Wanted};
use domi_runner::{
    Artifacts, BackendKind, Done, Job, Reporter, RunOptions, Session, Unable, Weight,
};

use crate::guest::{Guest, discard_damaged, driven, fault, unable};

/// What a container with a NixOS takes of this computer's memory, in MiB.
const MEMORY: u64 = 192;
/// The outputs of the flake.
const OUTPUTS: Outputs = Outputs { kind: BackendKind::NIXOS_NATIVE, set: "nativeTests" };

/// The backend in a run.
pub(super) struct NativeSession<'a>(OnNixos<'a, InContainers<'a>>);

impl<'a> NativeSession<'a> {
    pub(super) fn new(nix: &'a OwnNix, jobs: &[Job], options: &'a RunOptions) -> Self {
        Self(OnNixos {
            options,
            systems: Systems::new(OUTPUTS, nix, jobs, options),
            images: InContainers { options, containers: OnceLock::new() },
            ends: Ends::default(),
        })
    }
}

impl Session for NativeSession<'_> {
    fn prepare(&self, _: Platform, _: &Reporter) -> Result<Prepared, Unable> {
        self.0.images.containers()?;
        Ok(Prepared {
            backend: BackendKind::NIXOS_NATIVE.to_string(),
            brief: "this computer's kernel".to_owned(),
            why: format!("containers on this computer's kernel {}", crate::session::release()),
            ..Prepared::default()
        })
    }

    fn weight(&self, job: &Job) -> Weight {
        let machines = job.machines() as u64;
        // A job without a machine only waits for Nix.
        Weight { memory: machines * MEMORY, cores: u64::from(machines > 0) }
    }

    fn key(&self, job: &Job, reporter: &Reporter) -> Result<Option<String>, Unable> {
        let Ok(drvs) = self.0.systems.of(job, reporter) else { return Ok(None) };
        let kernel = rustix::system::uname();
        let probes = serde_json::to_vec(self.0.images.containers()?.probes()).unwrap_or_default();
        let mut key = Key::new("native-verdict/2")
            .with(kernel.release().to_bytes())
            .with(kernel.version().to_bytes())
            .with(probes);
        drvs.values().for_each(|drv| key.add(drv));
        Ok(Some(format!("{} {}", BackendKind::NIXOS_NATIVE, key.finish())))
    }

    fn key_is_work(&self) -> bool {
        true
    }

    fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done {
        self.0.run(job, folder, reporter)
    }
}

/// What boots in containers.
struct InContainers<'a> {
    options: &'a RunOptions,
    containers: OnceLock<Result<Containers, Unable>>,
}

impl InContainers<'_> {
    /// The containers of this run.
    fn containers(&self) -> Result<&Containers, Unable> {
        let open = || {
            // Nothing of Debian is in these containers; only images of it would be of this release.
            let debian = Distribution::named("debian", "trixie")
                .map_err(|error| Unable::Failed(error.to_string()))?;
            let RunOptions { cache, interrupt, .. } = self.options;
            Containers::open(cache, debian, interrupt.clone()).map_err(|error| unable(&error))
        };
        self.containers.get_or_init(open).as_ref().map_err(Clone::clone)
    }
}

impl Images for InContainers<'_> {
    type Image = Image;
    type Machine = Guest;

    fn image(&self, built: &Built<'_>, _: &Reporter) -> Result<Image, Unable> {
        let Built { path: system, store, entries, .. } = *built;
        let closure = Closure { system, store, entries };
        self.containers()?.closure(&closure, &|_| ()).map_err(|error| unable(&error))
    }

    fn start(&self, image: &Image, wanted: &Wanted<'_>, _: &Reporter) -> Result<Guest, Fault> {
        let containers = self.containers().map_err(Fault::of)?;
        let options = Options {
            name: wanted.name.to_owned(),
            console_log: wanted.log.clone(),
            network: wanted.network.clone(),
            interrupt: self.options.interrupt.clone(),
        };
        Machine::boot(containers, image, options).map(driven).map_err(fault)
    }

    fn discard_damaged(&self, images: Vec<Image>) -> Result<Option<String>, Unable> {
        discard_damaged(self.containers()?, &images)
    }
}
