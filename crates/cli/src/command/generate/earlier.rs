//! What earlier runs of `generate` have written: only that is ever removed.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_host::command::Program;

use super::pages;

/// Whether a file is not about one feature or host.
fn is_shared(path: &Utf8Path) -> bool {
    let of_nix = domi_nix::generate(&[]).unwrap_or_default().into_iter().chain(domi_nix::shared());
    [domi_github::FILE, INDEX, HOSTS].contains(&path.as_str())
        || of_nix.into_iter().any(|file| path == file.path)
        || pages::pages().is_ok_and(|pages| pages.iter().any(|page| page.path == path))
}

/// The file that names the features, and where the files of each are.
const INDEX: &str = "nix/features.nix";
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
        committed && (is_shared(path) || self.is_named(path))
    }

    /// Whether an index that was committed last has a file.
    fn is_named(&self, path: &Utf8Path) -> bool {
        let index = if path.starts_with("systems") { HOSTS } else { INDEX };
        let index = self.committed(Utf8Path::new(index)).unwrap_or_default();
        let index = String::from_utf8_lossy(&index);
        let feature = path.file_stem().unwrap_or_default();
        index.contains(&format!("../{path};"))
            || (path.starts_with("docs/reference")
                && index.contains(&format!("\n  {feature} = {{")))
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
