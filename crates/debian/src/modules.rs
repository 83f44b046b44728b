//! A kernel's modules, and the modules that each one needs.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSection};

use crate::archive::decompress;

/// No module is larger than this.
const LIMIT: u64 = 256 << 20;

/// A kernel's modules by name, as far as its packages bring them.
pub(crate) struct Modules {
    files: BTreeMap<String, Packed>,
    builtin: BTreeSet<String>,
    /// `modules.builtin` and its like, which `depmod` reads: name and content.
    pub(crate) lists: Vec<(String, Vec<u8>)>,
}

struct Packed {
    path: String,
    content: Vec<u8>,
}

/// A module, no longer compressed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// Below the release's folder: `kernel/fs/fuse/fuse.ko`.
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
}

impl Modules {
    /// Sorts a kernel's files, whose paths begin with `lib/modules/<release>/`.
    pub(crate) fn new(files: BTreeMap<String, Vec<u8>>, release: &str) -> Self {
        let folder = format!("lib/modules/{release}/");
        let mut modules =
            Self { files: BTreeMap::new(), builtin: BTreeSet::new(), lists: Vec::new() };
        for (path, content) in files {
            let Some(path) = path.strip_prefix(&folder) else { continue };
            if let Some((plain, _)) = path.split_once(".ko") {
                let path = format!("{plain}.ko");
                modules.files.insert(module_name(&path), Packed { path, content });
            } else if path.starts_with("modules.") {
                if path == "modules.builtin" {
                    let text = String::from_utf8_lossy(&content);
                    modules.builtin = text.lines().map(module_name).collect();
                }
                modules.lists.push((path.to_owned(), content));
            }
        }
        modules
    }

    /// These modules and all that they need, each after what it needs. Fails for a module that
    /// the kernel neither brings nor has built in.
    pub(crate) fn closure<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Module>> {
        let mut found = Vec::new();
        let mut visited = BTreeSet::new();
        for name in names {
            self.visit(&module_name(name), &mut visited, &mut found)?;
        }
        Ok(found)
    }

    /// The names of the modules whose path starts with one of `prefixes`, and those of `names`
    /// that exist.
    pub(crate) fn select(&self, prefixes: &[&str], names: &[&str]) -> Vec<&str> {
        let wanted: BTreeSet<String> = names.iter().map(|name| module_name(name)).collect();
        let chosen = self.files.iter().filter(|(name, packed)| {
            wanted.contains(*name) || prefixes.iter().any(|prefix| packed.path.starts_with(prefix))
        });
        chosen.map(|(name, _)| &**name).collect()
    }

    fn visit(
        &self,
        name: &str,
        visited: &mut BTreeSet<String>,
        found: &mut Vec<Module>,
    ) -> Result<()> {
        if !visited.insert(name.to_owned()) || self.builtin.contains(name) {
            return Ok(());
        }
        let Some(packed) = self.files.get(name) else {
            bail!("the kernel has no module {name}");
        };
        let read = || {
            let content = decompress(&packed.content, LIMIT)?;
            let information = information(&content)?;
            anyhow::Ok((content, information))
        };
        let (content, information) = read().with_context(|| format!("in {}", packed.path))?;
        for needed in information.needs {
            self.visit(&needed, visited, found)?;
        }
        for helpful in information.prefers {
            if self.files.contains_key(&helpful) {
                self.visit(&helpful, visited, found)?;
            }
        }
        found.push(Module { path: packed.path.clone(), content });
        Ok(())
    }
}

/// What a module says of others.
#[derive(Debug, Default, PartialEq, Eq)]
struct Information {
    /// Cannot be loaded without.
    needs: Vec<String>,
    /// Asked for when it is loaded by name, for instance an implementation of a checksum.
    prefers: Vec<String>,
}

/// Reads the `.modinfo` section: strings of `name=value`, each ended by a zero byte.
fn information(module: &[u8]) -> Result<Information> {
    let file = object::File::parse(module).context("it is not a module")?;
    let section = file.section_by_name(".modinfo").context("it has no .modinfo")?;
    let text = String::from_utf8_lossy(section.data()?).into_owned();
    let mut information = Information::default();
    for line in text.split('\0') {
        if let Some(names) = line.strip_prefix("depends=") {
            let names = names.split(',').filter(|name| !name.is_empty());
            information.needs.extend(names.map(module_name));
        } else if let Some(softdep) = line.strip_prefix("softdep=pre:") {
            let names = softdep.split_whitespace().take_while(|word| !word.ends_with(':'));
            information.prefers.extend(names.map(module_name));
        }
    }
    Ok(information)
}

/// The name of a module from its name or path: `_` and `-` are the same.
fn module_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split(".ko").next().unwrap_or(file).replace('-', "_")
}
