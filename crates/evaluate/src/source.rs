//! Files that were copied to the store unchanged: `${./job.sh}`, `builtins.toFile`.

use std::collections::BTreeMap;
use std::time::Duration;

use domi_host::Interrupt;
use domi_nix_command::{Nix, NixFailed};
use serde::Deserialize;

use crate::stored::{Content, Stored};

/// How large a file may be, and how many files a folder may have, to be read. The content of
/// anything larger counts as unknown.
const LARGEST: u64 = 1 << 20;
const MOST: usize = 100;

/// A file, folder or link, as `nix store ls` tells it.
#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    executable: bool,
    #[serde(default)]
    entries: BTreeMap<String, Entry>,
}

impl Entry {
    fn files<'e>(&'e self, at: String, out: &mut Vec<(String, &'e Self)>) {
        for (name, entry) in &self.entries {
            entry.files(format!("{at}/{name}"), out);
        }
        if self.kind == "regular" {
            out.push((at, self));
        }
    }
}

/// What a path in the store holds, by the paths of its files.
pub(crate) fn read(
    nix: &Nix,
    path: &str,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<BTreeMap<String, Stored>, NixFailed> {
    let ls = nix.program(["store", "ls", "--json", "--recursive", path]).time_limit(limit);
    let entry: Entry = nix.read_json(&ls, interrupt)?;
    let mut files = Vec::new();
    entry.files(path.to_owned(), &mut files);
    let mut out = BTreeMap::new();
    if files.len() > MOST {
        return Ok(out);
    }
    for (file, entry) in files.into_iter().filter(|(_, entry)| entry.size <= LARGEST) {
        let cat = nix.program(["store", "cat", &file]).time_limit(limit);
        let Ok(text) = String::from_utf8(nix.read(&cat, interrupt)?) else { continue };
        let mut stored = Stored::source(path);
        if file != path {
            let name = file.rsplit('/').next().unwrap_or_default().to_owned();
            (stored.name, stored.pname) = (name.clone(), name);
        }
        let (destination, executable) = (String::new(), entry.executable);
        stored.content = Some(Content::Text { text, destination, executable });
        out.insert(file, stored);
    }
    Ok(out)
}
