//! Tests on NixOS under QEMU, in a run.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use domi_event::Prepared;
use domi_guest::{Error, Machine, NIXOS_MEMORY_MIB, Options, Snapshot, System};
use domi_host::hash::Key;
use domi_model::Platform;
use domi_portable_system::nixos::{Built, Images, OnNixos, Outputs, OwnNix, Systems};
use domi_portable_system::{Ends, Fault, Wanted};
use domi_runner::{
    Artifacts, BackendKind, Done, Job, Reporter, RunOptions, Session, Unable, Weight,
};

use crate::guest::{Guest, driven, fault, unable};
use crate::kinds::{Kinds, listener, lock};
use crate::options::NixosOptions;
use crate::session::prepared;

/// The outputs of the flake.
const OUTPUTS: Outputs = Outputs { kind: BackendKind::NIXOS_SNAPSHOT, set: "snapshotTests" };

/// The backend in a run.
pub(super) struct SnapshotSession<'a>(OnNixos<'a, InMachines<'a>>);

impl<'a> SnapshotSession<'a> {
    pub(super) fn new(
        nix: &'a OwnNix,
        own: &'a NixosOptions,
        jobs: &[Job],
        options: &'a RunOptions,
    ) -> Self {
        Self(OnNixos {
            options,
            systems: Systems::new(OUTPUTS, nix, jobs, options),
            images: InMachines {
                cold: own.cold,
                memory_mib: own.guest.memory_mib.max(NIXOS_MEMORY_MIB),
                kinds: Kinds::new(options, &own.guest),
                unsettled: Mutex::default(),
            },
            ends: Ends::default(),
        })
    }
}

impl Session for SnapshotSession<'_> {
    fn prepare(&self, system: Platform, reporter: &Reporter) -> Result<Prepared, Unable> {
        let acceleration = self.0.images.kinds.acceleration(system, reporter)?;
        Ok(prepared(BackendKind::NIXOS_SNAPSHOT, acceleration))
    }

    fn weight(&self, job: &Job) -> Weight {
        let machines = job.machines() as u64;
        Weight { memory: machines * u64::from(self.0.images.memory_mib), cores: machines }
    }

    fn key(&self, job: &Job, reporter: &Reporter) -> Result<Option<String>, Unable> {
        let Ok(drvs) = self.0.systems.of(job, reporter) else { return Ok(None) };
        let InMachines { kinds, cold, .. } = &self.0.images;
        let guests = kinds.guests(job.system)?;
        let of_machines = guests.key_of_nixos(&listener(reporter, job.system));
        let mut key = Key::new("snapshot-verdict/1")
            .with(of_machines.map_err(|error| unable(&error))?)
            .with(if *cold { "cold" } else { "restored" });
        drvs.values().for_each(|drv| key.add(drv));
        Ok(Some(format!("{} {}", BackendKind::NIXOS_SNAPSHOT, key.finish())))
    }

    fn key_is_work(&self) -> bool {
        true
    }

    fn repeat(&self, _: &Job) -> Vec<String> {
        self.0.images.cold.then(|| "--cold".to_owned()).into_iter().collect()
    }

    fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done {
        self.0.run(job, folder, reporter)
    }
}

/// What runs under QEMU.
struct InMachines<'a> {
    cold: bool,
    /// What a machine has.
    memory_mib: u32,
    kinds: Kinds<'a>,
    /// The keys of systems whose units did not all start: each of their machines boots.
    unsettled: Mutex<BTreeSet<String>>,
}

/// What a machine starts from.
#[derive(Debug, Clone)]
struct Disks {
    platform: Platform,
    nixos: Snapshot,
    /// It booted and saved, once a machine was restored from that.
    booted: Arc<Mutex<Option<Snapshot>>>,
}

impl InMachines<'_> {
    /// What a machine that may be restored is restored from; nothing where its units do not all start.
    fn booted(&self, disks: &Disks, reporter: &Reporter) -> Result<Option<Snapshot>, Error> {
        if lock(&self.unsettled).contains(disks.nixos.key()) {
            return Ok(None);
        }
        let guests = self.kinds.guests_or_error(disks.platform)?;
        match guests.booted(&disks.nixos, &listener(reporter, disks.platform)) {
            Ok(booted) => {
                *lock(&disks.booted) = Some(booted.clone());
                Ok(Some(booted))
            }
            Err(error @ Error::Unsettled { .. }) => {
                lock(&self.unsettled).insert(disks.nixos.key().to_owned());
                reporter.note(None, format!("{error}; it is not saved, and boots for each test"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn started(
        &self,
        disks: &Disks,
        wanted: &Wanted<'_>,
        reporter: &Reporter,
    ) -> Result<Machine, Error> {
        let options = Options {
            name: wanted.name.to_owned(),
            serial_log: wanted.log.clone(),
            network: wanted.network.clone(),
            store: None,
            interrupt: self.kinds.options.interrupt.clone(),
        };
        let may_be_restored = !self.cold && wanted.network.is_none();
        match if may_be_restored { self.booted(disks, reporter)? } else { None } {
            Some(booted) => Machine::restore(&booted, options),
            None => Machine::boot(&disks.nixos, options),
        }
    }
}

impl Images for InMachines<'_> {
    type Image = Disks;
    type Machine = Guest;

    fn image(&self, built: &Built<'_>, reporter: &Reporter) -> Result<Disks, Unable> {
        let Built { platform, path, store, entries } = *built;
        let system = System { path, store, entries };
        let nixos = self.kinds.guests(platform)?.nixos(&system, &listener(reporter, platform));
        let nixos = nixos.map_err(|error| unable(&error))?;
        Ok(Disks { platform, nixos, booted: Arc::default() })
    }

    fn start(
        &self,
        disks: &Disks,
        wanted: &Wanted<'_>,
        reporter: &Reporter,
    ) -> Result<Guest, Fault> {
        self.started(disks, wanted, reporter).map(driven).map_err(fault)
    }

    fn discard_damaged(&self, images: Vec<Disks>) -> Result<Option<String>, Unable> {
        let mut found = None;
        for Disks { platform, nixos, booted } in images {
            let snapshot = lock(&booted).take().unwrap_or(nixos);
            let damage = self.kinds.discard_if_damaged(platform, &snapshot)?;
            found = found.or(damage.map(|damage| damage.to_string()));
        }
        Ok(found)
    }
}
