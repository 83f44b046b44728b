use std::collections::BTreeMap;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::hash::{self, Key};
use serde::{Deserialize, Serialize};

use crate::Workspace;

/// The manifests that plugins printed, kept under cargo's target folder.
pub(crate) struct Cache(Utf8PathBuf);

/// The first line of a kept manifest.
#[derive(Serialize, Deserialize)]
struct Header {
    /// The digest of all that the manifest was built from in package folders.
    key: String,
    /// Files elsewhere that it was built from, with their digests.
    also: BTreeMap<Utf8PathBuf, String>,
    /// The digest of the above and of the manifest.
    digest: String,
}

impl Cache {
    pub(crate) fn of(workspace: &Workspace) -> Self {
        Self(workspace.target.join("domi/manifests"))
    }

    /// What the plugin printed, if it was built from the same. A damaged entry is no entry.
    pub(crate) fn get(&self, package: &str, key: &str) -> Option<Vec<u8>> {
        let mut entry = std::fs::read(self.path(package)).ok()?;
        let end = entry.iter().position(|&b| b == b'\n')?;
        let header: Header = serde_json::from_slice(&entry[..end]).ok()?;
        let manifest = entry.split_off(end + 1);
        let unchanged = |(path, digest): (&Utf8PathBuf, &String)| {
            hash::file(path.as_std_path()).is_ok_and(|now| now == *digest)
        };
        let good = header.key == key
            && header.digest == digest(key, &header.also, &manifest)
            && header.also.iter().all(unchanged);
        good.then_some(manifest)
    }

    /// Keeps what the plugin printed.
    pub(crate) fn put(
        &self,
        package: &str,
        key: &str,
        also: BTreeMap<Utf8PathBuf, String>,
        manifest: &[u8],
    ) -> Result<()> {
        let digest = digest(key, &also, manifest);
        let mut entry = serde_json::to_vec(&Header { key: key.to_owned(), also, digest })?;
        entry.push(b'\n');
        entry.extend_from_slice(manifest);
        domi_host::file::write(self.path(package).as_std_path(), entry)
    }

    fn path(&self, package: &str) -> Utf8PathBuf {
        self.0.join(format!("{package}.json"))
    }
}

fn digest(key: &str, also: &BTreeMap<Utf8PathBuf, String>, manifest: &[u8]) -> String {
    let mut all = Key::new("domi.manifest-cache/1").with(key);
    for (path, digest) in also {
        all.add(path.as_str());
        all.add(digest);
    }
    all.with(manifest).finish()
}

/// Files that an executable was built from, as cargo notes beside it, but for those in `covered`
/// folders; with their digests.
pub(crate) fn other_sources(
    executable: &Utf8Path,
    covered: &[&Utf8Path],
) -> Result<BTreeMap<Utf8PathBuf, String>> {
    let notes = fs_err::read_to_string(executable.with_extension("d"))?;
    let mut others = BTreeMap::new();
    for path in dependencies(&notes) {
        // `include_str!("../../x")` is noted with its dots, which hide that it is elsewhere.
        let path = path.canonicalize_utf8()?;
        if !covered.iter().any(|folder| path.starts_with(folder)) {
            let digest = hash::file(path.as_std_path())?;
            others.insert(path, digest);
        }
    }
    Ok(others)
}

/// The prerequisites of a makefile rule; a space within a name has a backslash before it.
fn dependencies(rule: &str) -> impl Iterator<Item = Utf8PathBuf> {
    let prerequisites = rule.split_once(": ").map_or("", |(_, rest)| rest.trim_end());
    let mut paths = vec![String::new()];
    let mut chars = prerequisites.chars().peekable();
    while let Some(c) = chars.next() {
        let last = paths.len() - 1;
        match c {
            '\\' if chars.peek() == Some(&' ') => paths[last].extend(chars.next()),
            ' ' => paths.push(String::new()),
            c => paths[last].push(c),
        }
    }
    paths.into_iter().filter(|path| !path.is_empty()).map(Utf8PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_that_cargo_writes_is_read() {
        #[track_caller]
        fn check(rule: &str, expected: &[&str]) {
            let paths: Vec<String> = dependencies(rule).map(Utf8PathBuf::into_string).collect();
            assert_eq!(paths, expected);
        }
        check("/t/debug/x: /a/main.rs /a/lib.rs\n", &["/a/main.rs", "/a/lib.rs"]);
        check("/t/debug/x: /a\\ b/main.rs\n", &["/a b/main.rs"]);
        check("/t/debug/x:\n", &[]);
    }

    #[test]
    fn a_kept_manifest_is_found_again_until_anything_differs() {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(dir.path()).unwrap();
        let cache = Cache(root.join("cache"));
        let shared = root.join("shared");
        std::fs::write(&shared, "a").unwrap();
        let also = BTreeMap::from([(shared.clone(), hash::file(shared.as_std_path()).unwrap())]);
        cache.put("x", "key", also, b"{}\n").unwrap();

        assert_eq!(cache.get("x", "key").as_deref(), Some(&b"{}\n"[..]));
        assert_eq!(cache.get("x", "other key"), None);
        assert_eq!(cache.get("y", "key"), None);
        std::fs::write(&shared, "b").unwrap();
        assert_eq!(cache.get("x", "key"), None);
    }

    #[test]
    fn a_kept_manifest_with_any_byte_changed_or_cut_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache(Utf8Path::from_path(dir.path()).unwrap().to_owned());
        cache.put("x", "key", BTreeMap::new(), br#"{"a":1}"#).unwrap();
        let whole = std::fs::read(cache.path("x")).unwrap();
        for i in 0..whole.len() {
            std::fs::write(cache.path("x"), &whole[..i]).unwrap();
            assert_eq!(cache.get("x", "key"), None, "cut after {i} bytes");
            let mut changed = whole.clone();
            changed[i] ^= 1;
            std::fs::write(cache.path("x"), changed).unwrap();
            assert_eq!(cache.get("x", "key"), None, "byte {i} changed");
        }
        std::fs::write(cache.path("x"), &whole).unwrap();
        assert!(cache.get("x", "key").is_some());
    }
}
