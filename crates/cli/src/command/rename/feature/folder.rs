//! The folder of a crate, which gets another name.

use camino::{Utf8Path, Utf8PathBuf};

/// A folder that was renamed. It gets its old name back when this ends, unless it is told to forget it.
pub(super) struct Moved {
    /// From and to, both absolute; nothing where it stays where it is.
    paths: Option<[Utf8PathBuf; 2]>,
}

impl Moved {
    pub(super) fn to(root: &Utf8Path, from: &Utf8Path, to: &Utf8Path) -> anyhow::Result<Self> {
        if from == to {
            return Ok(Self { paths: None });
        }
        let paths = [from, to].map(|path| root.join(path));
        fs_err::rename(&paths[0], &paths[1])?;
        Ok(Self { paths: Some(paths) })
    }

    /// All is as it should be.
    pub(super) fn forget(mut self) {
        self.paths = None;
    }
}

impl Drop for Moved {
    fn drop(&mut self) {
        let Some([from, to]) = self.paths.take() else { return };
        if let Err(error) = std::fs::rename(&to, &from) {
            talk!("{from} is in {to} and cannot be put back: {error}");
        }
    }
}
