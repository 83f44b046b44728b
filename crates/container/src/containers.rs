//! Images and layers for one distribution: found in the store or made.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use domi_debian::{Apt, Architecture, BASE_PACKAGES, Deb, Distribution, unpack};
use domi_host::Interrupt;
use domi_host::hash::Key;
use domi_store::Prune;
use fs_err as fs;

use crate::disk::{Disk, Upper};
use crate::ids::Mapping;
use crate::job::{Job, Root};
use crate::probe::{FOLDER, Probes};
use crate::progress::{Listener, Progress, Stage};
use crate::store::Store;
use crate::stored::{Image, Manifest, ROOT, STATUS};
use crate::{Error, Result, cgroup};

/// Raised when roots are made in another way.
const FORMAT: &str = "container-1";
/// How long a root may take to configure itself.
const CONFIGURE: Duration = Duration::from_secs(10 * 60);
/// What is not printed anywhere else while a root is made.
pub(crate) const LOG: &str = "make.log";

/// Containers of one distribution, kept in a cache folder.
#[derive(Debug)]
pub struct Containers {
    distribution: Distribution,
    architecture: Architecture,
    cache: PathBuf,
    mapping: Mapping,
    probes: Probes,
    upper: Upper,
    store: Store,
    interrupt: Interrupt,
}

impl Containers {
    /// Opens the store below `cache` (see `domi_host::dirs::cache`), and removes what tools that
    /// were killed have left. Makes nothing yet.
    ///
    /// # Errors
    /// [`Error::Missing`] where this computer lacks what containers need.
    pub fn open(cache: &Path, distribution: Distribution, interrupt: Interrupt) -> Result<Self> {
        let probes = Probes::known(cache)?;
        if let Some(missing) = probes.missing() {
            return Err(Error::Missing(missing));
        }
        let mapping = Mapping::find().map_err(Error::Missing)?;
        let architecture = Architecture::from_name(std::env::consts::ARCH)
            .with_context(|| format!("no containers for {}", std::env::consts::ARCH))?;
        cgroup::sweep()?;
        let store = Store::open(cache.join(FOLDER), mapping.clone(), interrupt.clone())?;
        store.sweep_disks()?;
        let cache = cache.to_owned();
        let upper = probes.upper();
        Ok(Self { distribution, architecture, cache, mapping, probes, upper, store, interrupt })
    }

    /// The image without further packages.
    pub fn image(&self, listener: Listener) -> Result<Image> {
        let key = Key::new(FORMAT)
            .with(domi_debian::recipe(&self.distribution, self.architecture))
            .with(domi_debian::configure_without_kernel())
            .with(self.mapping.key())
            .finish();
        self.store.obtain(&key, None, listener, |folder| self.make_image(folder, listener))
    }

    /// The image with packages of its distribution, by their names in any order; without names, the
    /// image itself. Their services are installed but not started.
    pub fn with_packages<N: AsRef<str>>(
        &self,
        packages: &[N],
        listener: Listener,
    ) -> Result<Image> {
        let image = self.image(listener)?;
        let mut names: Vec<&str> = packages.iter().map(AsRef::as_ref).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(image);
        }
        let mut key = Key::new(FORMAT).with("layer").with(image.key());
        for name in &names {
            key.add(name);
        }
        let make = |folder: &Path| self.make_layer(folder, &image, &names, listener);
        self.store.obtain(&key.finish(), Some(&image), listener, make)
    }

    /// Reads every byte of images and of what they stand on, and removes what of it is damaged:
    /// asked for again, that is made again. Returns what was wrong first.
    pub fn discard_damaged<'a>(
        &self,
        images: impl IntoIterator<Item = &'a Image>,
    ) -> Result<Option<Error>> {
        Ok(self.store.discard_damaged(images)?.map(Error::from))
    }

    /// Removes what is stored and not in use; returns the keys of what is gone.
    pub fn prune(&self, what: Prune) -> Result<Vec<String>> {
        self.store.prune(what)
    }

    /// Has containers keep their disks in folders of the cache, where they may be large, instead of in
    /// memory.
    #[must_use]
    pub fn with_disks_in_folders(mut self) -> Self {
        self.upper = Upper::Folder;
        self
    }

    /// What this computer lets a container have.
    pub fn probes(&self) -> &Probes {
        &self.probes
    }

    /// A new disk for a container.
    pub(crate) fn disk(&self) -> Result<Disk> {
        Disk::make(self.upper, &self.store, &self.mapping)
    }

    /// The folder that everything of ours is below.
    pub(crate) fn base(&self) -> &Path {
        self.store.root()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    fn make_image(&self, folder: &Path, listener: Listener) -> Result<Manifest> {
        listener(Progress::Started(Stage::Packages));
        let debs = self.apt()?.download(&BASE_PACKAGES, None, &self.interrupt, &|_| ())?;
        listener(Progress::Started(Stage::Unpacking));
        let archive = folder.join("root.tar");
        unpack(&debs, self.architecture, &archive, &self.interrupt)?;
        let root = folder.join(ROOT);
        self.mapping.make_folder(&root)?;
        let log = folder.join(LOG);
        self.job(&log).unpack(&archive, &root)?;
        fs::remove_file(&archive)?;
        listener(Progress::Started(Stage::Configuring));
        let (nothing, files) = (folder.join("nothing"), folder.join("files"));
        fs::create_dir(&nothing)?;
        fs::create_dir(&files)?;
        let script = domi_debian::configure_without_kernel();
        self.configure(folder, &nothing, &script, &files)?;
        fs::remove_dir(&nothing)?;
        listener(Progress::Started(Stage::Saving));
        self.describe(folder, None, &[], &debs)
    }

    fn make_layer(
        &self,
        folder: &Path,
        image: &Image,
        names: &[&str],
        listener: Listener,
    ) -> Result<Manifest> {
        listener(Progress::Started(Stage::Packages));
        let status = image.folder().join(STATUS);
        let debs = self.apt()?.download(names, Some(&status), &self.interrupt, &|_| ())?;
        listener(Progress::Started(Stage::Configuring));
        let files = folder.join("files");
        fs::create_dir(&files)?;
        for deb in &debs {
            fs::copy(&deb.path, files.join(deb.file_name()))?;
        }
        self.mapping.make_folder(&folder.join(ROOT))?;
        let script = format!(
            "set -e\ncd /run/files\n{}test -z \"$(dpkg --audit | tee /dev/stderr)\"\n",
            domi_debian::install_calls(&debs)
        );
        let script = if debs.is_empty() { ":" } else { &script };
        self.configure(folder, &image.folder().join(ROOT), script, &files)?;
        listener(Progress::Started(Stage::Saving));
        self.describe(folder, Some(image), names, &debs)
    }

    /// Runs a script in the root that is made, over what is below it; `files` are gone after that.
    fn configure(&self, folder: &Path, below: &Path, script: &str, files: &Path) -> Result<()> {
        let (above, work, log) = (folder.join(ROOT), folder.join("work"), folder.join(LOG));
        self.mapping.make_folder(&work)?;
        let job = self.job(&log);
        let base = self.store.root();
        job.script(&Root { below: &[below], above: &above, work: &work, base }, script, files)?;
        job.empty(&work)?;
        fs::remove_dir(&work)?;
        Ok(fs::remove_dir_all(files)?)
    }

    fn describe(
        &self,
        folder: &Path,
        below: Option<&Image>,
        names: &[&str],
        debs: &[Deb],
    ) -> Result<Manifest> {
        const LIST: &str = "var/lib/dpkg/status";
        let (list, kept) = (folder.join(ROOT).join(LIST), folder.join(STATUS));
        match below {
            // A layer without a package of its own has no list of its own.
            Some(image) if !list.exists() => fs::copy(image.folder().join(STATUS), kept)?,
            _ => fs::copy(list, kept)?,
        };
        let mut made_with = below.map(|image| image.made_with().clone()).unwrap_or_default();
        made_with.insert("distribution".to_owned(), self.distribution.name().to_owned());
        made_with.insert("architecture".to_owned(), self.architecture.name().to_owned());
        made_with.extend(debs.iter().map(|deb| (deb.name.clone(), deb.version.clone())));
        let manifest = Manifest {
            parent: below.map(Image::as_parent),
            packages: names.iter().map(|name| (*name).to_owned()).collect(),
            made_with,
            ..Manifest::default()
        };
        manifest.describe(folder)
    }

    pub(crate) fn job<'a>(&'a self, log: &'a Path) -> Job<'a> {
        self.job_of(log, CONFIGURE)
    }

    pub(crate) fn job_of<'a>(&'a self, log: &'a Path, limit: Duration) -> Job<'a> {
        Job { mapping: &self.mapping, log, limit, interrupt: &self.interrupt }
    }

    /// A new disk in a folder.
    pub(crate) fn folder(&self) -> Result<Disk> {
        Disk::make(Upper::Folder, &self.store, &self.mapping)
    }

    fn apt(&self) -> Result<Apt> {
        let cache = self.cache.join("debian");
        Ok(Apt::open(&cache, &self.distribution, self.architecture, &self.interrupt)?)
    }
}
