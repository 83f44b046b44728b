//! Programs as they were built, under cargo's target folder, by all that they were built from.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::{file, hash};
use domi_model::Platform;
use domi_portable_system::BuiltProgram;
use fs_err as fs;

/// Says what the programs were built from, and the digest of each.
const NOTE: &str = "built.txt";

/// The programs of a crate for a system.
#[derive(Debug)]
pub(crate) struct Kept {
    all: Utf8PathBuf,
    name: String,
}

impl Kept {
    pub(crate) fn of(target: &Utf8Path, of_crate: &str, system: Platform) -> Self {
        let name = format!("{of_crate}-{}", system.as_str());
        Self { all: target.join("domi/programs"), name }
    }

    /// The lock that whoever builds them has to hold.
    pub(crate) fn lock(&self) -> Utf8PathBuf {
        self.all.join(format!("{}.lock", self.name))
    }

    /// One for each key: another run may still read what it has asked for.
    fn folder(&self, key: &str) -> Utf8PathBuf {
        self.all.join(&self.name).join(key)
    }

    /// The programs, if they were built under this key and are what they were.
    pub(crate) fn find(&self, key: &str, programs: &BTreeSet<String>) -> Option<Vec<BuiltProgram>> {
        let folder = self.folder(key);
        let note = std::fs::read_to_string(folder.join(NOTE)).ok()?;
        let found =
            programs.iter().map(|name| of(&folder, name)).collect::<Result<Vec<_>>>().ok()?;
        (note == noted(key, &found)).then_some(found)
    }

    /// Keeps the programs under a key.
    pub(crate) fn keep(
        &self,
        key: &str,
        from: &Path,
        programs: &BTreeSet<String>,
    ) -> Result<Vec<BuiltProgram>> {
        let new = tempfile::tempdir_in(&self.all).context("cannot make a folder for programs")?;
        let place = Utf8Path::from_path(new.path()).context("a folder that is not UTF-8")?;
        for name in programs {
            let built = from.join(name);
            if !fs::symlink_metadata(&built)?.is_file() {
                bail!("{} is no program, but something else", built.display());
            }
            fs::copy(built, place.join(name))?;
        }
        let found = programs.iter().map(|name| of(place, name)).collect::<Result<Vec<_>>>()?;
        file::write(place.join(NOTE).as_std_path(), noted(key, &found))?;
        let folder = self.folder(key);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(self.all.join(&self.name))?;
        fs::rename(new.keep(), &folder)?;
        programs.iter().map(|name| of(&folder, name)).collect()
    }
}

fn of(folder: &Utf8Path, name: &str) -> Result<BuiltProgram> {
    let path = folder.join(name).into_std_path_buf();
    Ok(BuiltProgram { name: name.to_owned(), digest: hash::file(&path)?, path })
}

fn noted(key: &str, programs: &[BuiltProgram]) -> String {
    let lines = programs.iter().map(|program| format!("{} {}\n", program.digest, program.name));
    format!("{key}\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_used_again_only_as_they_were_built() {
        let target = tempfile::tempdir().unwrap();
        let target = Utf8Path::from_path(target.path()).unwrap();
        let built = target.join("out");
        fs::create_dir_all(&built).unwrap();
        fs::create_dir_all(target.join("domi/programs")).unwrap();
        fs::write(built.join("a"), "one").unwrap();
        let programs: BTreeSet<String> = ["a".to_owned()].into();
        let kept = Kept::of(target, "c", Platform::X86_64Linux);
        assert!(kept.find("k", &programs).is_none());
        let of_first = kept.keep("k", built.as_std_path(), &programs).unwrap();
        let found = kept.find("k", &programs).unwrap();
        assert_eq!(found[0].digest, of_first[0].digest);
        assert!(kept.find("other", &programs).is_none());
        let more: BTreeSet<String> = ["a".to_owned(), "b".to_owned()].into();
        assert!(kept.find("k", &more).is_none());
        fs::write(&found[0].path, "two").unwrap();
        assert!(kept.find("k", &programs).is_none(), "it is another program by now");
        kept.keep("k2", built.as_std_path(), &programs).unwrap();
        assert!(kept.find("k", &programs).is_none() && kept.find("k2", &programs).is_some());
        kept.keep("k", built.as_std_path(), &programs).unwrap();
        assert!(kept.find("k", &programs).is_some() && kept.find("k2", &programs).is_some());
    }
}
