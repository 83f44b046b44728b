//! What earlier runs of `generate` have written: only that is ever removed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_host::command::Program;

use super::pages;

/// The files that are not about one feature or host.
static SHARED: LazyLock<BTreeSet<Utf8PathBuf>> = LazyLock::new(|| {
    let of_nix = domi_nix::generate(&[]).unwrap_or_default().into_iter().chain(domi_nix::shared());
    let of_nix = of_nix.map(|file| Utf8PathBuf::from(file.path));
    let pages = pages::pages().unwrap_or_default().into_iter().map(|page| page.path);
    let of_fleet = [HOSTS, domi_nix::HOMES, domi_nix::SHELLS];
    let others = [domi_github::FILE, domi_nix::INDEX].into_iter().chain(of_fleet);
    let others = others.map(Utf8PathBuf::from);
    of_nix.chain(pages).chain(others).collect()
});

/// The file that names the hosts, and where the module of each is.
const HOSTS: &str = "nix/hosts.nix";

/// What is known of earlier runs.
pub(crate) struct Earlier<'a> {
    pub(crate) root: &'a Utf8Path,
    /// The digests of the files that were last noted to be as they should be.
    pub(crate) noted: BTreeMap<Utf8PathBuf, String>,
    pub(crate) interrupt: &'a Interrupt,
}

impl Earlier<'_> {
    /// Whether an earlier run wrote a file, and nobody has changed it since: it is noted so, or it
    /// is what was committed with an index that names it.
    pub(super) fn wrote(&self, path: &Utf8Path, content: &[u8]) -> bool {
        let digest = || domi_host::hash::file(self.root.join(path).as_std_path());
        if self.noted.get(path).is_some_and(|noted| digest().is_ok_and(|now| now == *noted)) {
            return true;
        }
        let committed = self.committed(path).is_some_and(|committed| committed == content);
        committed && (SHARED.contains(path) || self.is_named(path))
    }

    /// Whether an index that was committed last has a file.
    fn is_named(&self, path: &Utf8Path) -> bool {
        let index = match path {
            path if path.starts_with("systems/homes") => domi_nix::HOMES,
            path if path.starts_with("systems") => HOSTS,
            _ => domi_nix::INDEX,
        };
        let index = self.committed(Utf8Path::new(index)).unwrap_or_default();
        let index = String::from_utf8_lossy(&index);
        let feature = path.file_stem().unwrap_or_default();
        index.contains(&format!("../{path};"))
            || (path.starts_with("docs/reference") && domi_nix::is_in_index(&index, feature))
    }

    /// What was committed last of a file; nothing where there is no git.
    fn committed(&self, path: &Utf8Path) -> Option<Vec<u8>> {
        let shown = Program::new("git")
            .args(["cat-file", "blob", &format!("HEAD:./{path}")])
            .folder(self.root)
            .run(self.interrupt)
            .ok()?;
        shown.success().then_some(shown.stdout)
    }
}
