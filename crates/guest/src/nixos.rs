//! A NixOS as a machine: the closure of its system as a disk, its own kernel and initrd. And that machine booted
//! once and saved with its memory, so that a test of this very system restores it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow};
use domi_console::Drive;
use domi_host::hash::Key;
use domi_host::{Interrupt, tool};
use fs_err as fs;

use crate::disk::{self, Top};
use crate::guests::{Guests, MKE2FS};
use crate::hardware::{Hardware, Memory};
use crate::machine::{Machine, Options};
use crate::nix_store::{MKSQUASHFS, pack};
use crate::progress::{Listener, Stage, Stages};
use crate::snapshot::{
    IMAGE_DISK, INITRD, KERNEL, Kind, LAYER_DISK, Manifest, RAM, STATE, STORE_DISK, Snapshot,
};
use crate::store::{DAY, Wanted};
use crate::{Error, Result, image};

/// Raised when the disks are made in another way.
const FORMAT: &str = "nixos-1";
/// Raised when it is booted and saved in another way.
const FORMAT_OF_BOOTED: &str = "booted-1";
/// The size of the disk that it writes to, of which only what is written takes space.
const DISK: u64 = 4 << 30;
/// What a NixOS has of memory at least, in MiB.
pub const NIXOS_MEMORY_MIB: u32 = 1024;
/// What booting takes on the host's disk besides the machine's memory.
const ROOM: u64 = 256 << 20;
/// How long all its units may take to start.
const RUNNING: Duration = Duration::from_secs(180);
/// How many links lead from a system to its kernel, at most.
const LINKS: usize = 8;
/// Where a machine has its store.
const STORE: &str = "/nix/store/";

/// A system in a Nix store, with all that it refers to.
#[derive(Debug, Clone, Copy)]
pub struct System<'a> {
    /// The system: `/nix/store/…-nixos-system-machine`. It finds its store on the second disk and writes to the
    /// first, which is empty; `nix/flake-module/machines/vm.nix` says so to NixOS.
    pub path: &'a str,
    /// The folder in which the store's entries really are.
    pub store: &'a Path,
    /// All entries of the closure by name, with their sizes in bytes.
    pub entries: &'a [(String, u64)],
}

impl Guests {
    /// The disks, the kernel and the initrd of a NixOS. [`Machine::boot`] boots it.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn nixos(&self, system: &System<'_>, listener: Listener) -> Result<Snapshot> {
        let hardware = self.hardware_of_nixos(listener)?;
        let stages = Stages::new(listener, self.store().root());
        let ours = image::boot_arguments(self.settings().architecture);
        let key = Key::new(FORMAT).with(system.path).with(&ours).finish();
        let bytes: u64 = system.entries.iter().map(|(_, size)| size).sum();
        let room = bytes + ROOM;
        let wanted = Wanted { key: &key, hardware: &hardware, parent: None, day: None, room };
        self.store().obtain(&wanted, &stages, |folder| {
            for needed in [MKE2FS, MKSQUASHFS] {
                tool::find(needed).ok_or_else(|| Error::MissingTool { tool: needed.to_owned() })?;
            }
            stages.run(Stage::Store, || fill(folder, system, &ours, self.interrupt()))
        })
    }

    /// A NixOS of [`Guests::nixos`], booted until all its units have started and saved with its memory.
    ///
    /// # Errors
    /// [`Error::Unsettled`] where not all of them start: such a machine is not kept.
    pub fn booted(&self, nixos: &Snapshot, listener: Listener) -> Result<Snapshot> {
        let hardware = &nixos.body().hardware;
        let stages = Stages::new(listener, self.store().root());
        // Its clock goes on from when it was saved, so what was saved yesterday is booted again.
        let today = today().to_string();
        let day = Some(today.as_str());
        let key = Key::new(FORMAT_OF_BOOTED).with(nixos.key());
        let key = self.key_of_hardware(key, hardware, "")?.finish();
        let room = hardware.memory_bytes() + ROOM;
        let wanted = Wanted { key: &key, hardware, parent: Some(nixos), day, room };
        self.store().obtain(&wanted, &stages, |folder| {
            let machine =
                stages.run(Stage::BootingNixos, || boot(folder, nixos, self.interrupt()))?;
            stages.run(Stage::Saving, || {
                machine.save(&folder.join(STATE))?;
                let parent = nixos.manifest();
                let mut manifest = Manifest {
                    kind: Kind::Booted,
                    parent: Some(nixos.as_parent()),
                    made_with: BTreeMap::from([(DAY.to_owned(), today.clone())]),
                    files: Default::default(),
                    ..parent.clone()
                };
                manifest.describe(folder)?;
                Ok(manifest)
            })
        })
    }

    /// Everything beside a system that a verdict on it depends on.
    ///
    /// # Errors
    /// When this computer cannot run such machines.
    pub fn key_of_nixos(&self, listener: Listener) -> Result<String> {
        let hardware = self.hardware_of_nixos(listener)?;
        let arguments = image::boot_arguments(self.settings().architecture);
        let key = Key::new(FORMAT).with(FORMAT_OF_BOOTED);
        Ok(self.key_of_hardware(key, &hardware, &arguments)?.finish())
    }

    fn hardware_of_nixos(&self, listener: Listener) -> Result<Hardware> {
        let usual = self.hardware(self.acceleration(listener)?.accel);
        Ok(Hardware { memory_mib: usual.memory_mib.max(NIXOS_MEMORY_MIB), ..usual })
    }
}

/// The days since 1970.
fn today() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs() / (24 * 60 * 60)
}

/// Makes the disks in a folder.
fn fill(folder: &Path, system: &System<'_>, ours: &str, interrupt: &Interrupt) -> Result<Manifest> {
    let own = system.store.join(system.path.strip_prefix(STORE).unwrap_or_default());
    for (from, to) in [("kernel", KERNEL), ("initrd", INITRD)] {
        let file = in_store(system.store, own.join(from))
            .with_context(|| format!("{} has no {from} to boot", system.path))?;
        fs::copy(file, folder.join(to))?;
    }
    let its_own = fs::read_to_string(own.join("kernel-params"))?;
    domi_debian::empty_disk(&folder.join(IMAGE_DISK), DISK, interrupt)?;
    pack(system.store, system.entries, &folder.join(STORE_DISK), interrupt)?;
    let mut manifest = Manifest {
        kind: Kind::Nixos,
        parent: None,
        packages: vec![system.path.trim_start_matches(STORE).to_owned()],
        // Of two that say different things, a kernel takes the last.
        kernel_arguments: format!("{ours} {} init={}/init", its_own.trim(), system.path),
        disk_bytes: DISK,
        made_with: Default::default(),
        files: Default::default(),
    };
    manifest.describe(folder)?;
    Ok(manifest)
}

/// The file that a path leads to, where links into the store lead to where its entries really are.
fn in_store(store: &Path, path: PathBuf) -> anyhow::Result<PathBuf> {
    let mut path = path;
    for _ in 0..LINKS {
        if !path.symlink_metadata()?.is_symlink() {
            return Ok(path);
        }
        let target = path.read_link()?;
        path = match target.strip_prefix(STORE) {
            Ok(entry) => store.join(entry),
            Err(_) => path.parent().unwrap_or(store).join(target),
        };
    }
    Err(anyhow!("too many links lead to it"))
}

/// Boots it in a folder, and waits until all its units have started.
fn boot(folder: &Path, nixos: &Snapshot, interrupt: &Interrupt) -> Result<Machine> {
    let disk = disk::make_thin(&folder.join(LAYER_DISK), nixos.manifest().disk_bytes)?;
    let options = Options {
        name: "machine".to_owned(),
        serial_log: folder.join("boot.log"),
        network: None,
        store: None,
        interrupt: interrupt.clone(),
    };
    let mut machine = Machine::new(nixos.body().clone(), Top::Thin(disk), options);
    machine.cold(Memory::Shared(&folder.join(RAM))).map_err(|error| nixos.blame(error))?;
    let command =
        "systemctl is-system-running --wait; systemctl --failed --no-legend --plain; sync";
    let output = machine.execute(command, RUNNING)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.success() && said.lines().next() == Some("running") {
        return Ok(machine);
    }
    Err(Error::Unsettled { said: said.split_whitespace().collect::<Vec<_>>().join(" ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_into_the_store_leads_to_where_its_entries_really_are() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = folder.path();
        fs::create_dir_all(store.join("1-linux")).expect("it can be made");
        fs::create_dir_all(store.join("2-system")).expect("it can be made");
        fs::write(store.join("1-linux/bzImage"), "kernel").expect("it can be written");
        let link = |to: &str, at: &str| {
            std::os::unix::fs::symlink(to, store.join(at)).expect("it can be made");
        };
        link("bzImage", "1-linux/vmlinuz");
        link("/nix/store/1-linux/vmlinuz", "2-system/kernel");
        link("kernel-of-its-own", "2-system/kernel-of-its-own");
        let found = in_store(store, store.join("2-system/kernel")).expect("it is there");
        assert_eq!(fs::read_to_string(found).expect("it can be read"), "kernel");
        for missing in ["2-system/initrd", "2-system/kernel-of-its-own"] {
            assert!(in_store(store, store.join(missing)).is_err());
        }
    }
}
