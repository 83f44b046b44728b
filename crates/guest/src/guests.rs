//! Images and layers for one kind of guest: found in the store or made.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use domi_debian::{Apt, Architecture, Distribution};
use domi_host::hash::Key;
use domi_host::{Interrupt, tool};
use domi_store::{Prune, Unfinished};

use crate::accel::{self, Accel, Acceleration};
use crate::disk;
use crate::hardware::Hardware;
use crate::image;
use crate::kept::Kept;
use crate::layer;
use crate::machine::{Machine, Options};
use crate::nix_store::{self, StoreDisk};
use crate::platform::Platform;
use crate::progress::{Listener, Stage, Stages};
use crate::snapshot::Snapshot;
use crate::store::{Entry, Store, Wanted};
use crate::{Error, Result};

/// The kind of guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Number of processors.
    pub cpus: u32,
    /// The guest's architecture.
    pub architecture: Architecture,
    /// The release it is made from.
    pub distribution: Distribution,
}

impl Settings {
    /// Guests of this architecture from the release that this computer runs: 512 MiB, 2
    /// processors.
    pub fn new(architecture: Architecture, distribution: Distribution) -> Self {
        Self { memory_mib: 512, cpus: 2, architecture, distribution }
    }
}

/// The programs that guests of an architecture need and this computer lacks.
pub fn missing_tools(architecture: Architecture) -> Vec<&'static str> {
    let needed = [Platform::of(architecture).qemu, MKE2FS];
    needed.into_iter().filter(|program| tool::find(program).is_none()).collect()
}

/// What makes an empty file system; needed for a new image only.
pub(crate) const MKE2FS: &str = "mke2fs";

/// Guests of one kind, kept in a cache folder.
#[derive(Debug)]
pub struct Guests {
    settings: Settings,
    platform: &'static Platform,
    qemu: String,
    cache: PathBuf,
    store: Store,
    interrupt: Interrupt,
}

impl Guests {
    /// Opens the store below `cache` (see `domi_host::dirs::cache`). Makes nothing yet.
    pub fn open(cache: &Path, settings: Settings, interrupt: Interrupt) -> Result<Self> {
        let platform = Platform::of(settings.architecture);
        let qemu = tool::find(platform.qemu);
        let qemu = qemu.ok_or_else(|| Error::MissingTool { tool: platform.qemu.to_owned() })?;
        Ok(Self {
            qemu: tool::fingerprint(&qemu)?,
            platform,
            settings,
            cache: cache.to_owned(),
            store: Store::open(cache.join("guest"), interrupt.clone())?,
            interrupt,
        })
    }

    /// Whether guests run with KVM or emulated, and why. Trying KVM needs a kernel, so the first
    /// call may fetch packages.
    pub fn acceleration(&self, listener: Listener) -> Result<Acceleration> {
        self.probe(listener, false)
    }

    /// As [`Guests::acceleration`], found out again: a KVM that was silent on a busy day may not be
    /// today.
    pub fn acceleration_again(&self, listener: Listener) -> Result<Acceleration> {
        self.probe(listener, true)
    }

    /// What [`Guests::acceleration`] says, if that takes no trial, or one was made since this
    /// computer started; otherwise nothing.
    pub fn acceleration_known(&self) -> Result<Option<Acceleration>> {
        let untried = Cell::new(false);
        let kernel = || -> Result<(PathBuf, ())> {
            untried.set(true);
            Err(Error::Interrupted)
        };
        match self.probe_with(false, kernel) {
            Err(_) if untried.get() => Ok(None),
            found => found.map(Some),
        }
    }

    fn probe(&self, listener: Listener, again: bool) -> Result<Acceleration> {
        let stages = Stages::new(listener, self.store.root());
        self.probe_with(again, || self.any_kernel(&stages))
    }

    fn probe_with<K>(
        &self,
        again: bool,
        kernel: impl FnOnce() -> Result<(PathBuf, K)>,
    ) -> Result<Acceleration> {
        accel::probe(
            &accel::Probe {
                platform: self.platform,
                folder: self.store.root(),
                tools: &format!("{} {}", self.qemu, self.recipe()),
                again,
            },
            kernel,
            &self.interrupt,
        )
    }

    /// The image without further packages.
    pub fn image(&self, listener: Listener) -> Result<Snapshot> {
        let hardware = self.hardware(self.acceleration(listener)?.accel);
        let stages = Stages::new(listener, self.store.root());
        let key = self.image_key(&hardware)?;
        let room = hardware.memory_bytes() + image::ROOM;
        let wanted = Wanted { key: &key, hardware: &hardware, parent: None, day: None, room };
        self.store.obtain(&wanted, &stages, |folder| {
            if tool::find(MKE2FS).is_none() {
                return Err(Error::MissingTool { tool: MKE2FS.to_owned() });
            }
            let image = image::Image {
                folder,
                hardware: &hardware,
                architecture: self.settings.architecture,
                interrupt: &self.interrupt,
                stages: &stages,
            };
            image.make(&self.apt()?)
        })
    }

    /// The image with packages of its distribution, by their names in any order; without
    /// names, the image itself. Their services are installed but not started.
    pub fn with_packages<N: AsRef<str>>(
        &self,
        packages: &[N],
        listener: Listener,
    ) -> Result<Snapshot> {
        let image = self.image(listener)?;
        let mut names: Vec<&str> = packages.iter().map(AsRef::as_ref).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(image);
        }
        let stages = Stages::new(listener, self.store.root());
        let mut key = Key::new(layer::FORMAT).with(image.key());
        for name in &names {
            key.add(name);
        }
        let key = key.finish();
        let hardware = &image.body().hardware;
        let room = hardware.memory_bytes() + layer::ROOM;
        let wanted = Wanted { key: &key, hardware, parent: Some(&image), day: None, room };
        self.store.obtain(&wanted, &stages, |folder| {
            let layer = layer::Layer {
                folder,
                parent: &image,
                interrupt: &self.interrupt,
                stages: &stages,
            };
            layer.make(&self.apt()?, &names)
        })
    }

    /// The disk of all entries of a closure, by name and with their sizes in bytes. `store` is the folder in which
    /// they really are.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn store_disk(
        &self,
        store: &Path,
        entries: &[(String, u64)],
        listener: Listener,
    ) -> Result<StoreDisk> {
        let stages = Stages::new(listener, self.store.root());
        let hardware = self.hardware(self.acceleration(listener)?.accel);
        let (key, room) = (nix_store::key(entries), entries.iter().map(|(_, size)| size).sum());
        let wanted = Wanted { key: &key, hardware: &hardware, parent: None, day: None, room };
        let made = self.store.obtain(&wanted, &stages, |folder| {
            stages.run(Stage::Store, || nix_store::fill(folder, store, entries, &self.interrupt))
        });
        made.map(StoreDisk)
    }

    /// A machine restored from [`Guests::with_packages`]. A snapshot that turns out to be damaged
    /// then is made again, once.
    pub fn restore<N: AsRef<str>>(
        &self,
        packages: &[N],
        options: &Options,
        listener: Listener,
    ) -> Result<Machine> {
        let snapshot = self.with_packages(packages, listener)?;
        match Machine::restore(&snapshot, options.clone()) {
            Err(Error::Store(domi_store::Error::Damaged { .. })) => {
                self.discard_if_damaged(&snapshot)?;
                Machine::restore(&self.with_packages(packages, listener)?, options.clone())
            }
            other => other,
        }
    }

    /// A kept machine, booted from its disk.
    pub fn boot_kept(&self, kept: &Kept, options: Options, listener: Listener) -> Result<Machine> {
        kept.boot(self.hardware(self.acceleration(listener)?.accel), options)
    }

    /// What is stored, the last used first, of this kind of guest and of others.
    pub fn list(&self) -> Result<Vec<Entry>> {
        self.store.list()
    }

    /// Removes what is stored and not in use; returns what was removed.
    pub fn prune(&self, what: Prune) -> Result<Vec<Entry>> {
        self.store.prune(what)
    }

    /// Reads every byte of what is stored and removes what is damaged; returns what was removed,
    /// and why.
    pub fn verify(&self) -> Result<Vec<(Entry, Error)>> {
        self.store.verify()
    }

    /// Reads every byte of a snapshot and of those it is based on, and removes what is damaged, so
    /// that it is made again at the next use. Returns the first damage.
    pub fn discard_if_damaged(&self, snapshot: &Snapshot) -> Result<Option<Error>> {
        let mut found = None;
        for part in snapshot.chain() {
            let damage = self.store.discard_if_damaged(part)?;
            found = found.or(damage);
        }
        Ok(found)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    pub(crate) fn hardware(&self, accel: Accel) -> Hardware {
        Hardware {
            platform: self.platform,
            memory_mib: self.settings.memory_mib,
            cpus: self.settings.cpus,
            accel,
        }
    }

    fn recipe(&self) -> String {
        domi_debian::recipe(&self.settings.distribution, self.settings.architecture)
    }

    fn apt(&self) -> Result<Apt> {
        let Settings { distribution, architecture, .. } = &self.settings;
        let cache = self.cache.join("debian");
        Ok(Apt::open(&cache, distribution, *architecture, &self.interrupt)?)
    }

    /// Everything that a saved machine depends on, except the versions of its packages.
    fn image_key(&self, hardware: &Hardware) -> Result<String> {
        let arguments = image::boot_arguments(self.settings.architecture);
        let key = Key::new(image::FORMAT).with(self.recipe());
        Ok(self.key_of_hardware(key, hardware, &arguments)?.finish())
    }

    /// A key with what saved memory depends on, whatever is in it.
    pub(crate) fn key_of_hardware(
        &self,
        key: Key,
        hardware: &Hardware,
        arguments: &str,
    ) -> Result<Key> {
        let mut key = key
            .with(&self.qemu)
            .with(hardware.accel.name())
            .with(hardware.accel.processor()?)
            .with(arguments)
            .with(disk::SECOND.to_string());
        for (option, value) in hardware.devices() {
            key.add(option);
            key.add(value);
        }
        for text in domi_console::TAUGHT {
            key.add(text);
        }
        Ok(key)
    }

    /// A kernel to try KVM with: of any stored image of this architecture, else a new one.
    fn any_kernel(&self, stages: &Stages) -> Result<(PathBuf, Option<Unfinished>)> {
        if let Some(kernel) = self.store.kernel(self.settings.architecture.name())? {
            return Ok((kernel, None));
        }
        // Making the image, which comes next, needs this much space. It is better to fail before
        // anything is fetched.
        self.store.make_room(image::ROOM)?;
        let folder = self.store.temporary("probe")?;
        let kernel = folder.path().join("kernel");
        stages.run(Stage::Kernel, || {
            Ok(domi_debian::kernel(&self.apt()?, &kernel, &self.interrupt)?)
        })?;
        Ok((kernel, Some(folder)))
    }
}
