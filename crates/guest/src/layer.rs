//! Making a layer: packages installed in a restored machine, which is then saved again.

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use domi_console::{Drive, Request};
use domi_debian::{Apt, Deb};
use domi_host::{Interrupt, sparse};
use fs_err as fs;

use crate::Result;
use crate::disk::{self, Top};
use crate::image::{installed, settle};
use crate::machine::{Machine, Options};
use crate::progress::{Progress, Stage, Stages};
use crate::snapshot::{Kind, LAYER_DISK, Manifest, RAM, STATE, STATUS, Snapshot};

/// Increased when layers are made in another way.
pub(crate) const FORMAT: &str = "layer-2";
/// What making a layer takes on the host's disk besides the guest's memory.
pub(crate) const ROOM: u64 = 512 << 20;
/// How long a guest may take to install packages.
const INSTALL: Duration = Duration::from_secs(15 * 60);
/// Where the packages are put in the guest.
const ARRIVAL: &str = "var/tmp/domi-packages";

/// A layer to be made in a folder.
pub(crate) struct Layer<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) parent: &'a Snapshot,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) stages: &'a Stages<'a>,
}

impl Layer<'_> {
    pub(crate) fn make(&self, apt: &Apt, packages: &[&str]) -> Result<Manifest> {
        let debs = self.stages.run(Stage::LayerPackages, || self.fetch(apt, packages))?;
        let machine = self.stages.run(Stage::Installing, || self.install(&debs))?;
        self.stages.run(Stage::Saving, || {
            machine.save(&self.folder.join(STATE))?;
            self.describe(packages, &debs)
        })
    }

    fn fetch(&self, apt: &Apt, packages: &[&str]) -> Result<Vec<Deb>> {
        let status = self.parent.folder().join(STATUS);
        Ok(apt.download(packages, Some(&status), self.interrupt, &|bytes| {
            let text = format!("{} KiB to fetch", bytes.div_ceil(1024));
            self.stages.report(Progress::Note { text: &text });
        })?)
    }

    fn install(&self, debs: &[Deb]) -> Result<Machine> {
        let memory = self.folder.join(RAM);
        sparse::copy(&self.parent.ram(), &memory, self.interrupt)?;
        let path = self.folder.join(LAYER_DISK);
        let disk = disk::make_thin(&path, self.parent.manifest().disk_bytes)?;
        let options = Options {
            name: "machine".to_owned(),
            serial_log: self.folder.join("layer.log"),
            network: None,
            store: None,
            interrupt: self.interrupt.clone(),
        };
        let mut machine = Machine::new(self.parent.body().clone(), Top::Thin(disk), options);
        let resumed = machine.resume(&memory, &self.parent.state());
        resumed.map_err(|error| self.parent.blame(error))?;
        self.install_in(&mut machine, debs)?;
        settle(&mut machine)?;
        fs::write(self.folder.join(STATUS), installed(&mut machine, INSTALL)?)?;
        Ok(machine)
    }

    /// Installs packages in the order given, and starts none of their services: only the test's
    /// system says what runs in a test.
    fn install_in(&self, machine: &mut Machine, debs: &[Deb]) -> Result<()> {
        if debs.is_empty() {
            return Ok(());
        }
        machine.push(archive(debs)?)?.succeeded("cannot copy packages into the guest")?;
        let command = format!(
            "exec 2>&1\n\
             cd /{ARRIVAL}\n\
             {}\
             cd /; rm -rf /{ARRIVAL}\n\
             test -z \"$(dpkg --audit | tee /dev/stderr)\"\n\
             systemctl daemon-reload",
            domi_debian::install_calls(debs)
        );
        let log = fs::File::create(self.folder.join("install.log"))?;
        let installing = RefCell::new(Installing::new(debs.len()));
        let heard = |bytes: &[u8]| {
            // If the log cannot be written, the installation still continues.
            let _ = log.file().write_all(bytes);
            if let Some(text) = installing.borrow_mut().hear(bytes, Instant::now()) {
                self.stages.report(Progress::Note { text: &text });
            }
        };
        let output = machine.exchange(&Request {
            command: &command,
            limit: INSTALL,
            heard: Some(&heard),
            ..Request::default()
        })?;
        if output.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let last: Vec<&str> = said.lines().rev().take(30).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        Err(anyhow!("the guest could not install packages:\n{}", last.join("\n")).into())
    }

    fn describe(&self, packages: &[&str], debs: &[Deb]) -> Result<Manifest> {
        let parent = self.parent.manifest();
        let mut made_with = parent.made_with.clone();
        made_with.extend(debs.iter().map(|deb| (deb.name.clone(), deb.version.clone())));
        let mut manifest = Manifest {
            kind: Kind::Layer,
            parent: Some(self.parent.as_parent()),
            packages: packages.iter().map(|name| (*name).to_owned()).collect(),
            made_with,
            files: Default::default(),
            ..parent.clone()
        };
        manifest.describe(self.folder)?;
        Ok(manifest)
    }
}

/// An archive with the packages' files.
fn archive(debs: &[Deb]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for deb in debs {
        let mut header = tar::Header::new_gnu();
        let content = fs::read(&deb.path)?;
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let path = format!("{ARRIVAL}/{}", deb.file_name());
        archive.append_data(&mut header, path, &*content).context("cannot archive a package")?;
    }
    Ok(archive.into_inner().context("cannot archive packages")?)
}

/// How far an installation is, judged by what dpkg prints.
#[derive(Debug)]
struct Installing {
    packages: usize,
    unpacked: usize,
    set_up: usize,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    told: Option<Instant>,
}

impl Installing {
    /// How often progress is reported.
    const PAUSE: Duration = Duration::from_secs(10);

    fn new(packages: usize) -> Self {
        Self { packages, unpacked: 0, set_up: 0, begun: Vec::new(), told: None }
    }

    /// Takes what was printed, and returns the progress if it was not reported just now.
    fn hear(&mut self, bytes: &[u8], now: Instant) -> Option<String> {
        self.begun.extend(bytes);
        while let Some(end) = self.begun.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            self.unpacked += usize::from(line.starts_with(b"Unpacking "));
            self.set_up += usize::from(line.starts_with(b"Setting up "));
        }
        let told = *self.told.get_or_insert(now);
        if now.saturating_duration_since(told) < Self::PAUSE {
            return None;
        }
        self.told = Some(now);
        let Self { packages, unpacked, set_up, .. } = self;
        Some(format!("of {packages} packages, {unpacked} are unpacked and {set_up} set up"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_an_installation_is_is_told_now_and_then() {
        let begun = Instant::now();
        let mut installing = Installing::new(3);
        let mut hear = |text: &str, seconds| {
            installing.hear(text.as_bytes(), begun + Duration::from_secs(seconds))
        };
        assert_eq!(hear("Preparing to unpack a.deb ...\nUnpacking a (1)", 0), None);
        assert_eq!(hear(" ...\nUnpacking b (1) ...\nUnpacking c", 9), None);
        let told = "of 3 packages, 2 are unpacked and 0 set up";
        assert_eq!(hear("", 10).as_deref(), Some(told));
        assert_eq!(hear(" (1) ...\nSetting up a (1) ...\nab Setting up\n", 19), None);
        let told = "of 3 packages, 3 are unpacked and 1 set up";
        assert_eq!(hear("", 20).as_deref(), Some(told));
    }
}
