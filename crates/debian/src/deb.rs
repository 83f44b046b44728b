//! Reads `.deb` files.

use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use fs_err as fs;

use crate::archive::decompress;
use crate::control::{Paragraph, paragraphs};
use crate::{Error, Result as TypedResult};

/// Neither half of a package may be larger than this; the largest kernel package is a tenth.
const LIMIT: u64 = 4 << 30;

/// A package file, read completely.
pub(crate) struct Package {
    /// The fields of its control file.
    pub(crate) control: Paragraph,
    /// Its other control members: maintainer scripts, conffiles, triggers, md5sums.
    pub(crate) members: Vec<Member>,
    /// Its files.
    pub(crate) entries: Vec<Entry>,
}

/// A file of the control half.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) mode: u32,
    pub(crate) content: Vec<u8>,
}

/// A file of the data half.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Relative to the root, without a leading `./` or `/`; never with a `..` in it.
    pub(crate) path: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    pub(crate) mtime: u64,
    pub(crate) kind: EntryKind,
}

/// What an entry is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Folder,
    File(Vec<u8>),
    /// The target as it is written.
    Symlink(Vec<u8>),
    /// The path of the file it is another name of, in the form of `Entry::path`.
    Hardlink(Vec<u8>),
}

impl Package {
    /// Reads a package; errors name the file.
    pub(crate) fn read(path: &Path) -> TypedResult<Self> {
        let bytes = fs::read(path)?;
        Self::parse(&bytes).map_err(|cause| Error::BadPackage { path: path.to_owned(), cause })
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let mut package = Self::parse_control(bytes)?;
        let data = member(bytes, "data.tar")?;
        package.entries = data_entries(&data).context("cannot read its files")?;
        Ok(package)
    }

    /// Everything but the files.
    fn parse_control(bytes: &[u8]) -> Result<Self> {
        let tar = member(bytes, "control.tar")?;
        let mut members = control_members(&tar).context("cannot read its control files")?;
        let place = members.iter().position(|member| member.name == "control");
        let control = members.swap_remove(place.context("it has no control file")?);
        let control =
            String::from_utf8(control.content).context("its control file is not UTF-8")?;
        let control =
            paragraphs(&control).into_iter().next().context("its control file is empty")?;
        for field in ["Package", "Version", "Architecture"] {
            let value = control.get(field).unwrap_or_default();
            if value.is_empty() || value.contains(['/', '\n', ' ']) {
                bail!("its {field} is not usable: {value:?}");
            }
        }
        members.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { control, members, entries: Vec::new() })
    }

    pub(crate) fn name(&self) -> &str {
        self.control.get("Package").expect("checked when it was read")
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// A control member as text, empty when there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        let content = self.member(name).map(|member| &*member.content).unwrap_or_default();
        String::from_utf8_lossy(content).into_owned()
    }
}

/// The decompressed member whose name begins with `prefix`.
fn member(bytes: &[u8], prefix: &str) -> Result<Vec<u8>> {
    let mut archive = ar::Archive::new(Cursor::new(bytes));
    while let Some(entry) = archive.next_entry() {
        let mut entry = entry.context("it is not an ar archive, or is cut short")?;
        let wanted = entry.header().identifier().starts_with(prefix.as_bytes());
        let size = entry.header().size();
        if wanted {
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            if content.len() as u64 != size {
                bail!("it is cut short: {prefix} has {} of {size} bytes", content.len());
            }
            return decompress(&content, LIMIT).with_context(|| format!("in its {prefix}"));
        }
    }
    bail!("it has no {prefix}")
}

fn control_members(tar: &[u8]) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    for entry in tar::Archive::new(tar).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8(contained(&entry.path_bytes())?)?;
        if name.contains('/') {
            bail!("a control member has a folder in its name: {name:?}");
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        members.push(Member { name, mode: entry.header().mode()? & 0o777, content });
    }
    Ok(members)
}

fn data_entries(tar: &[u8]) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in tar::Archive::new(tar).entries()? {
        let mut entry = entry?;
        let path = contained(&entry.path_bytes())?;
        let shown = || String::from_utf8_lossy(&path).into_owned();
        if path.is_empty() {
            continue;
        }
        let target = || entry.link_name_bytes().context("a link without a target");
        let kind = match entry.header().entry_type() {
            tar::EntryType::Directory => EntryKind::Folder,
            tar::EntryType::Symlink => {
                EntryKind::Symlink(target().with_context(shown)?.into_owned())
            }
            tar::EntryType::Link => EntryKind::Hardlink(contained(&target().with_context(shown)?)?),
            tar::EntryType::Regular => {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).with_context(shown)?;
                EntryKind::File(content)
            }
            other => bail!("{} has a file type that packages may not contain: {other:?}", shown()),
        };
        let header = entry.header();
        entries.push(Entry {
            mode: header.mode()? & 0o7777,
            uid: header.uid()?,
            gid: header.gid()?,
            mtime: header.mtime()?,
            kind,
            path,
        });
    }
    Ok(entries)
}

/// A path of an archive as one below the root: `./usr//bin/` is `usr/bin`. A path with `..` is
/// refused, since no honest package has one.
fn contained(path: &[u8]) -> Result<Vec<u8>> {
    let parts = path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    let mut clean = Vec::with_capacity(path.len());
    for part in parts {
        if part == b".." || part.contains(&0) {
            bail!("it has a path outside the root: {:?}", String::from_utf8_lossy(path));
        }
        if !clean.is_empty() {
            clean.push(b'/');
        }
        clean.extend_from_slice(part);
    }
    Ok(clean)
}
