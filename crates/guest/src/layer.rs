//! Making a layer: packages installed in a restored machine, which is then saved again.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow};
use domi_debian::{Apt, Deb};
use domi_host::command::shell_word;
use domi_host::{Interrupt, sparse};
use fs_err as fs;

use crate::Result;
use crate::disk::{self, Top};
use crate::image::settle;
use crate::machine::{Machine, Options};
use crate::progress::{Progress, Stage, Stages};
use crate::snapshot::{Kind, LAYER_DISK, Manifest, RAM, STATE, STATUS, Snapshot};

/// Raised when layers are made in another way.
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
            self.stages.tell(Progress::Note { text: &text });
        })?)
    }

    fn install(&self, debs: &[Deb]) -> Result<Machine> {
        let memory = self.folder.join(RAM);
        sparse::copy(&self.parent.ram(), &memory, self.interrupt)?;
        let path = self.folder.join(LAYER_DISK);
        let disk = fs::OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        let mut disk = disk.into_parts().0;
        disk::write_thin(&mut disk, self.parent.manifest().disk_bytes)?;
        let options = Options {
            name: "machine".to_owned(),
            serial_log: self.folder.join("layer.log"),
            network: None,
            interrupt: self.interrupt.clone(),
        };
        let mut machine = Machine::new(self.parent.body().clone(), Top::Thin(disk), options);
        let resumed = machine.resume(&memory, &self.parent.state());
        resumed.map_err(|error| self.parent.blame(error))?;
        install(&mut machine, debs)?;
        settle(&mut machine)?;
        let status = machine.execute("cat /var/lib/dpkg/status; sync", INSTALL)?;
        fs::write(self.folder.join(STATUS), status.stdout)?;
        Ok(machine)
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
        for name in [LAYER_DISK, RAM, STATE, STATUS] {
            manifest.describe(self.folder, name)?;
        }
        Ok(manifest)
    }
}

/// Installs packages in the order given, and starts none of their services: what runs in a test
/// is what the test's system says.
fn install(machine: &mut Machine, debs: &[Deb]) -> Result<()> {
    if debs.is_empty() {
        return Ok(());
    }
    let pushed = machine.push(archive(debs)?)?;
    if !pushed.success() {
        let said = String::from_utf8_lossy(&pushed.stderr).into_owned();
        return Err(anyhow!("cannot bring packages into the guest: {}", said.trim()).into());
    }
    let command = format!(
        "cd /{ARRIVAL}\n\
         {}\
         cd /; rm -rf /{ARRIVAL}\n\
         test -z \"$(dpkg --audit | tee /dev/stderr)\"\n\
         systemctl daemon-reload",
        calls(debs)
    );
    let output = machine.execute(&command, INSTALL)?;
    if output.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let last: Vec<&str> = said.lines().rev().take(30).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(anyhow!("the guest could not install packages:\n{}", last.join("\n")).into())
}

/// The calls of dpkg that install packages, a line each: one, unless some must be configured
/// before others are unpacked.
fn calls(debs: &[Deb]) -> String {
    let call = |words: &str| format!("/usr/local/lib/domi/dpkg {words} >&2\n");
    let mut calls = String::new();
    let mut files: Vec<String> = Vec::new();
    for deb in debs {
        if !deb.after.is_empty() {
            if !files.is_empty() {
                calls += &call(&format!("--unpack {}", files.join(" ")));
                files.clear();
            }
            let after: Vec<String> = deb.after.iter().map(|name| shell_word(name)).collect();
            calls += &call(&format!("--configure {}", after.join(" ")));
        }
        files.push(shell_word(&file_name(deb)));
    }
    let files = files.join(" ");
    if calls.is_empty() {
        return call(&format!("--install {files}"));
    }
    calls + &call(&format!("--unpack {files}")) + &call("--configure --pending")
}

/// An archive with the packages' files.
fn archive(debs: &[Deb]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for deb in debs {
        let mut header = tar::Header::new_gnu();
        let content = fs::read(&deb.path)?;
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let path = format!("{ARRIVAL}/{}", file_name(deb));
        archive.append_data(&mut header, path, &*content).context("cannot archive a package")?;
    }
    Ok(archive.into_inner().context("cannot archive packages")?)
}

fn file_name(deb: &Deb) -> String {
    format!("{}_{}.deb", deb.name, deb.architecture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(debs: &[(&str, &[&str])], expected: &[&str]) {
        let deb = |(name, after): &(&str, &[&str])| Deb {
            name: (*name).to_owned(),
            version: "1".to_owned(),
            architecture: "all".to_owned(),
            path: Path::new("/x").to_owned(),
            digest: String::new(),
            after: after.iter().map(|name| (*name).to_owned()).collect(),
        };
        let expected: String = expected
            .iter()
            .map(|words| format!("/usr/local/lib/domi/dpkg {words} >&2\n"))
            .collect();
        assert_eq!(calls(&debs.iter().map(deb).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn what_must_be_configured_before_is() {
        check(&[("a", &[]), ("b", &[])], &["--install a_all.deb b_all.deb"]);
        check(
            &[("a", &[]), ("b", &[]), ("c", &["a"]), ("d", &[])],
            &[
                "--unpack a_all.deb b_all.deb",
                "--configure a",
                "--unpack c_all.deb d_all.deb",
                "--configure --pending",
            ],
        );
        // It was there, and not configured.
        check(&[("a", &["x"])], &["--configure x", "--unpack a_all.deb", "--configure --pending"]);
    }
}
