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
const FORMAT: &str = "closure-1";
/// What is larger is a program and stays the same for many systems; what is smaller says how they are set up.
const SMALL: u64 = 64 << 10;
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

impl Containers {
    /// The image of a closure. Its files belong to the container's root, and it has nothing but the closure and
    /// empty folders. Large entries are a part of their own, which other systems use as well.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn closure(&self, closure: &Closure<'_>, listener: Listener) -> Result<Image> {
        let (large, small): (Vec<_>, Vec<_>) =
            closure.entries.iter().partition(|(_, size)| *size > SMALL);
        let names = |entries: &[&(String, u64)]| {
            let mut names: Vec<String> = entries.iter().map(|(name, _)| name.clone()).collect();
            names.sort_unstable();
            names
        };
        let (large, small) = (names(&large), names(&small));
        let key = |below: &str, names: &[String]| {
            let mut key = Key::new(FORMAT).with(self.mapping().key()).with(below);
            names.iter().for_each(|name| key.add(name));
            key.finish()
        };
        let store = self.store();
        let below = store.obtain(&key("", &large), None, listener, |folder| {
            self.fill(folder, closure.store, &large, listener)?;
            Manifest::default().describe(folder)
        })?;
        let key = key(closure.system, &small);
        store.obtain(&key, Some(&below), listener, |folder| {
            self.fill(folder, closure.store, &small, listener)?;
            let parent = Some(below.as_parent());
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
