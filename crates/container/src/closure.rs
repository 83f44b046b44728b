//! A root that is a closure of a Nix store: a system of NixOS with all that it refers to, and nothing else.

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

impl Closure<'_> {
    /// The names of its entries by the part that they are in, the lowest first.
    fn parts(&self) -> [Vec<String>; 3] {
        let mut parts: [Vec<String>; 3] = Default::default();
        for (name, size) in self.entries {
            let is_of_one = self.system.ends_with(name.as_str())
                || OF_ONE_SYSTEM.iter().any(|end| name.ends_with(end));
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
}

impl Containers {
    /// The image of a closure. Its files belong to the container's root, and it has nothing but the closure and
    /// empty folders. It is made of parts, of which other systems use the lower ones as well.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn closure(&self, closure: &Closure<'_>, listener: Listener) -> Result<Image> {
        let store = self.store();
        let key = |parts: &[Vec<String>]| {
            let mut key = Key::new(FORMAT).with(self.mapping().key());
            for part in parts {
                part.iter().for_each(|name| key.add(name));
                key.add("");
            }
            key
        };
        let parts = closure.parts();
        let mut below: Option<Image> = None;
        for at in 0..parts.len() - 1 {
            let made =
                store.obtain(&key(&parts[..=at]).finish(), below.as_ref(), listener, |folder| {
                    self.fill(folder, closure.store, &parts[at], listener)?;
                    let parent = below.as_ref().map(Image::as_parent);
                    Manifest { parent, ..Manifest::default() }.describe(folder)
                })?;
            below = Some(made);
        }
        let key = key(&parts).with(closure.system).finish();
        store.obtain(&key, below.as_ref(), listener, |folder| {
            self.fill(folder, closure.store, &parts[parts.len() - 1], listener)?;
            let parent = below.as_ref().map(Image::as_parent);
            let init = Some(format!("{}/init", closure.system));
            Manifest { parent, init, ..Manifest::default() }.describe(folder)
        })
    }

    /// Copies entries of a store into a new root.
    fn fill(
        &self,
        folder: &Path,
        store: &Path,
        names: &[String],
        listener: Listener,
    ) -> Result<()> {
        listener(Progress::Started(Stage::Unpacking));
        let root = folder.join(ROOT);
        self.mapping().make_folder(&root)?;
        for name in FOLDERS.iter().chain(&["nix", "nix/store"]) {
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
        let closure = Closure { system, store: Path::new("/"), entries: &entries };
        let top = ["1-system-units", "2-nixos-system-a", "5-unit-nginx.service"];
        assert_eq!(closure.parts(), [&["3-glibc"][..], &["4-nginx"], &top].map(<[_]>::to_vec));
    }
}
