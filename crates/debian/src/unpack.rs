//! Makes the root archive of a machine in which dpkg has unpacked packages.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result, bail};
use domi_host::Interrupt;
use fs_err as fs;

use crate::apt::Deb;
use crate::deb::{Entry, EntryKind, Package};
use crate::dpkg::Database;
use crate::modules::Module;
use crate::overlay::{self, Node};
use crate::{Architecture, Error, Result as TypedResult};

/// Folders of the root that a merged `/usr` has as links, besides the libraries'.
const MERGED: [&str; 2] = ["bin", "sbin"];

/// Folders that every root has, whatever its packages bring.
const FOLDERS: [&str; 24] = [
    "usr",
    "usr/bin",
    "usr/sbin",
    "usr/lib",
    "var",
    "var/lib",
    "var/lib/dpkg",
    "var/lib/dpkg/info",
    "var/lib/dpkg/updates",
    "var/lib/dpkg/triggers",
    "var/lib/dpkg/alternatives",
    "var/lib/dpkg/parts",
    "etc",
    "proc",
    "sys",
    "dev",
    "run",
    "mnt",
    "home",
    "srv",
    "opt",
    "boot",
    "usr/local",
    "var/log",
];

/// Writes the root archive of `debs` to `to`: a tar with every package in dpkg's state "unpacked"
/// (or "installed", if configuring would run nothing), `/usr` merged, documentation left out, and
/// the guest's own files added. The same packages make the same bytes.
pub fn unpack(
    debs: &[Deb],
    architecture: Architecture,
    to: &Path,
    interrupt: &Interrupt,
) -> TypedResult<()> {
    write(debs, &[], architecture, to, interrupt)
}

/// `unpack`, with kernel modules at their paths below the root.
pub(crate) fn write(
    debs: &[Deb],
    modules: &[Module],
    architecture: Architecture,
    to: &Path,
    interrupt: &Interrupt,
) -> TypedResult<()> {
    let mut root = Root::create(to, architecture)?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    // Packages are read in parallel and written in order: decompressing is most of the work.
    for batch in debs.chunks(workers) {
        interrupt.check().map_err(anyhow::Error::from)?;
        let packages = std::thread::scope(|scope| {
            let threads: Vec<_> =
                batch.iter().map(|deb| scope.spawn(|| Package::read(&deb.path))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("reading a package does not panic"))
                .collect::<TypedResult<Vec<_>>>()
        })?;
        for (deb, package) in batch.iter().zip(packages) {
            root.add(package)
                .map_err(|cause| Error::BadPackage { path: deb.path.clone(), cause })?;
        }
    }
    for module in modules {
        root.parents(&module.path)?;
        root.put(module.path.clone(), 0o644, EntryKind::File(module.content.clone()))?;
    }
    Ok(root.finish()?)
}

/// A root archive being written.
struct Root {
    archive: tar::Builder<BufWriter<fs::File>>,
    merged: Vec<&'static str>,
    /// What is at each path so far.
    seen: HashMap<Vec<u8>, Seen>,
    database: Database,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Folder,
    Symlink,
    File,
}

impl Root {
    fn create(path: &Path, architecture: Architecture) -> Result<Self> {
        let file = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
        let merged = MERGED.iter().chain(architecture.library_folders()).copied().collect();
        let mut root = Self {
            archive: tar::Builder::new(file),
            merged,
            seen: HashMap::new(),
            database: Database::default(),
        };
        for folder in FOLDERS {
            root.folder(folder, 0o755)?;
        }
        root.folder("root", 0o700)?;
        root.folder("tmp", 0o1777)?;
        for name in root.merged.clone() {
            root.folder(&format!("usr/{name}"), 0o755)?;
            root.put(name.into(), 0o777, EntryKind::Symlink(format!("usr/{name}").into()))?;
        }
        // dpkg's own scripts want an awk before the package that links it is configured.
        root.put("usr/bin/awk".into(), 0o777, EntryKind::Symlink(b"mawk".to_vec()))?;
        Ok(root)
    }

    fn add(&mut self, package: Package) -> Result<()> {
        self.database.add(&package);
        for entry in package.entries {
            let path = self.merge(&entry.path);
            if overlay::is_left_out(&path) || self.merged.iter().any(|m| m.as_bytes() == path) {
                continue;
            }
            let kind = match entry.kind {
                EntryKind::Hardlink(target) => EntryKind::Hardlink(self.merge(&target)),
                other => other,
            };
            self.write(Entry { path, kind, ..entry })?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        for file in std::mem::take(&mut self.database).finish() {
            let path = format!("var/lib/dpkg/{}", file.path);
            self.put(path, file.mode, EntryKind::File(file.content))?;
        }
        for (path, node) in overlay::nodes() {
            self.parents(path)?;
            let (mode, kind) = match node {
                Node::File(text) => (0o644, EntryKind::File(text.into())),
                Node::Script(text) => (0o755, EntryKind::File(text.into())),
                Node::Link(target) => (0o777, EntryKind::Symlink(target.into())),
            };
            self.put(path.to_owned(), mode, kind)?;
        }
        let file = self.archive.into_inner()?.into_inner().context("cannot write the archive")?;
        // A full disk may only be noticed here.
        file.sync_all().context("cannot write the archive")
    }

    /// Where a path is once `/usr` is merged: `lib/x` is `usr/lib/x`.
    fn merge(&self, path: &[u8]) -> Vec<u8> {
        let first = path.split(|byte| *byte == b'/').next().unwrap_or_default();
        if first.len() < path.len() && self.merged.iter().any(|m| m.as_bytes() == first) {
            [b"usr/", path].concat()
        } else {
            path.to_vec()
        }
    }

    fn parents(&mut self, path: &str) -> Result<()> {
        for (place, _) in path.match_indices('/') {
            self.folder(&path[..place], 0o755)?;
        }
        Ok(())
    }

    fn folder(&mut self, path: &str, mode: u32) -> Result<()> {
        if self.seen.contains_key(path.as_bytes()) {
            return Ok(());
        }
        self.put(path.to_owned(), mode, EntryKind::Folder)
    }

    /// Writes a file of our own: owned by root, dated at the epoch.
    fn put(&mut self, path: String, mode: u32, kind: EntryKind) -> Result<()> {
        self.write(Entry { path: path.into(), mode, uid: 0, gid: 0, mtime: 0, kind })
    }

    fn write(&mut self, entry: Entry) -> Result<()> {
        let kind = match entry.kind {
            EntryKind::Folder => Seen::Folder,
            EntryKind::Symlink(_) => Seen::Symlink,
            EntryKind::File(_) | EntryKind::Hardlink(_) => Seen::File,
        };
        if kind == Seen::Folder && self.seen.get(&entry.path) == Some(&Seen::Folder) {
            return Ok(());
        }
        self.check(&entry, kind)?;
        let mut header = tar::Header::new_gnu();
        header.set_mode(entry.mode);
        header.set_uid(entry.uid);
        header.set_gid(entry.gid);
        header.set_mtime(entry.mtime);
        header.set_size(0);
        let path = as_path(&entry.path);
        match &entry.kind {
            EntryKind::Folder => {
                header.set_entry_type(tar::EntryType::Directory);
                self.archive.append_data(&mut header, path, std::io::empty())?;
            }
            EntryKind::File(content) => {
                header.set_entry_type(tar::EntryType::Regular);
                header.set_size(content.len() as u64);
                self.archive.append_data(&mut header, path, &**content)?;
            }
            EntryKind::Symlink(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                self.archive.append_link(&mut header, path, as_path(target))?;
            }
            EntryKind::Hardlink(target) => {
                header.set_entry_type(tar::EntryType::Link);
                self.archive.append_link(&mut header, path, as_path(target))?;
            }
        }
        self.seen.insert(entry.path, kind);
        Ok(())
    }

    /// Refuses a path that would be written through a link, or would turn a folder into something
    /// else. Packages of a release never do either.
    fn check(&self, entry: &Entry, kind: Seen) -> Result<()> {
        let shown = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
        let ends = entry.path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for (end, _) in ends {
            let parent = &entry.path[..end];
            if self.seen.get(parent).is_some_and(|seen| *seen != Seen::Folder) {
                bail!("{} is inside {}, which is not a folder", shown(&entry.path), shown(parent));
            }
        }
        if self.seen.get(&entry.path) == Some(&Seen::Folder) && kind != Seen::Folder {
            bail!("{} is a folder of another package", shown(&entry.path));
        }
        if let EntryKind::Hardlink(target) = &entry.kind
            && self.seen.get(target) != Some(&Seen::File)
        {
            bail!("{} is a link to {}, which is not there", shown(&entry.path), shown(target));
        }
        Ok(())
    }
}

fn as_path(bytes: &[u8]) -> &Path {
    Path::new(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}
