//! A root that is a closure of a Nix store: a system of NixOS with all that it refers to, and nothing else. Or the
//! store of a machine that is a Debian.

use std::path::Path;

use anyhow::Context;
use domi_host::command::Program;
use domi_host::hash::Key;
use fs_err as fs;

use crate::containers::{Containers, LOG};
use crate::progress::{Listener, Progress, Stage};
use crate::stored::{Image, Manifest, ROOT, STATUS};
use crate::{Error, Result};

/// Raised when such roots are made in another way.
const FORMAT: &str = "closure-2";
/// The same for what only adds a store to a root.
const FORMAT_OF_STORE: &str = "store-1";
/// What has this many bytes or more is in the lowest part of a root, which hardly ever changes.
const LARGE: u64 = 16 << 20;
/// What has fewer bytes says how a system is set up, and is in the highest part. Between them are packages.
const SMALL: u64 = 64 << 10;
/// Entries of NixOS that are of one system alone, however large: how their names end.
const OF_ONE_SYSTEM: [&str; 4] = ["-etc", "-system-path", "-system-units", "-user-units"];
/// The folders that a root must have before it boots.
const FOLDERS: [&str; 8] = ["dev", "etc", "proc", "root", "run", "sys", "tmp", "var"];

/// A system in a Nix store, with all that it refers to.
#[derive(Debug, Clone, Copy)]
pub struct Closure<'a> {
    /// The system: `/nix/store/…-nixos-system-machine`. Its `init` becomes the first process.
    pub system: &'a str,
    /// The folder in which the store's entries really are.
    pub store: &'a Path,
    /// All entries of the closure by name, with their sizes in bytes.
    pub entries: &'a [(String, u64)],
}

/// The names of a store's entries by the part that they are in, the lowest first. Those of the system are in the
/// uppermost.
fn parts(system: &str, entries: &[(String, u64)]) -> [Vec<String>; 3] {
    let mut parts: [Vec<String>; 3] = Default::default();
    for (name, size) in entries {
        let is_of_one =
            system.ends_with(name.as_str()) || OF_ONE_SYSTEM.iter().any(|end| name.ends_with(end));
        let part = match *size {
            _ if is_of_one => 2,
            LARGE.. => 0,
            SMALL.. => 1,
            _ => 2,
        };
        parts[part].push(name.clone());
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}

/// Parts of a root that stand on each other.
struct Parts<'a> {
    format: &'a str,
    /// The folder in which the store's entries really are.
    store: &'a Path,
    names: [Vec<String>; 3],
    /// What each root has beside them.
    folders: &'a [&'a str],
    /// The system that the uppermost is of; empty where it is of none.
    system: &'a str,
}

impl Containers {
    /// The image of a closure. Its files belong to the container's root, and it has nothing but the closure and
    /// empty folders. It is made of parts, of which other systems use the lower ones as well.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn closure(&self, closure: &Closure<'_>, listener: Listener) -> Result<Image> {
        let Closure { system, store, entries } = *closure;
        let names = parts(system, entries);
        let parts = Parts { format: FORMAT, store, names, folders: &FOLDERS, system };
        self.image_of(&parts, listener)
    }

    /// The part of a Nix store that a machine has beside its own root: these entries, which must be all of a
    /// closure, by name and with their sizes in bytes. `store` is the folder in which they really are.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn store_part(
        &self,
        store: &Path,
        entries: &[(String, u64)],
        listener: Listener,
    ) -> Result<Image> {
        let names = parts("", entries);
        let parts = Parts { format: FORMAT_OF_STORE, store, names, folders: &[], system: "" };
        self.image_of(&parts, listener)
    }

    fn image_of(&self, parts: &Parts<'_>, listener: Listener) -> Result<Image> {
        let store = self.store();
        let key = |names: &[Vec<String>]| {
            let mut key = Key::new(parts.format).with(self.mapping().key());
            for part in names {
                part.iter().for_each(|name| key.add(name));
                key.add("");
            }
            key
        };
        let names = &parts.names;
        let mut below: Option<Image> = None;
        for at in 0..names.len() - 1 {
            let made =
                store.obtain(&key(&names[..=at]).finish(), below.as_ref(), listener, |folder| {
                    self.fill(folder, parts, at, listener)?;
                    let parent = below.as_ref().map(Image::as_parent);
                    Manifest { parent, ..Manifest::default() }.describe(folder)
                })?;
            below = Some(made);
        }
        let key = key(names).with(parts.system).finish();
        store.obtain(&key, below.as_ref(), listener, |folder| {
            self.fill(folder, parts, names.len() - 1, listener)?;
            let parent = below.as_ref().map(Image::as_parent);
            let of_system = !parts.system.is_empty();
            let init = of_system.then(|| format!("{}/init", parts.system));
            Manifest { parent, init, ..Manifest::default() }.describe(folder)
        })
    }

    /// Copies entries of a store into a new root.
    fn fill(&self, folder: &Path, parts: &Parts<'_>, at: usize, listener: Listener) -> Result<()> {
        let (store, names) = (parts.store, &parts.names[at]);
        listener(Progress::Started(Stage::Unpacking));
        let root = folder.join(ROOT);
        self.mapping().make_folder(&root)?;
        for name in parts.folders.iter().chain(&["nix", "nix/store"]) {
            self.mapping().make_folder(&root.join(name))?;
        }
        let (list, archive) = (folder.join("list"), folder.join("entries.tar"));
        fs::write(&list, names.join("\0"))?;
        let tar = Program::new("tar")
            .args(["--create", "--numeric-owner", "--owner=0", "--group=0", "--null"])
            .args(["--no-unquote", "--verbatim-files-from"])
            .arg("--directory")
            .arg(store)
            .arg("--file")
            .arg(&archive)
            .arg("--files-from")
            .arg(&list);
        let outcome = tar.run(self.interrupt()).context("cannot read the store")?;
        if !outcome.success() {
            let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
            return Err(Error::Other(anyhow::anyhow!("cannot read the store: {}", said.trim())));
        }
        self.job(&folder.join(LOG)).unpack(&archive, &root.join("nix/store"))?;
        fs::remove_file(&archive)?;
        fs::remove_file(&list)?;
        fs::write(folder.join(STATUS), "")?;
        listener(Progress::Started(Stage::Saving));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_one_system_is_in_its_uppermost_part() {
        let entries = [
            ("1-system-units", 1 << 20),
            ("2-nixos-system-a", 2 << 20),
            ("3-glibc", 30 << 20),
            ("4-nginx", 1 << 20),
            ("5-unit-nginx.service", 1 << 10),
        ];
        let entries = entries.map(|(name, size)| (name.to_owned(), size));
        let system = "/nix/store/2-nixos-system-a";
        let top = ["1-system-units", "2-nixos-system-a", "5-unit-nginx.service"];
        assert_eq!(
            parts(system, &entries),
            [&["3-glibc"][..], &["4-nginx"], &top].map(<[_]>::to_vec)
        );
    }
}
