use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err as fs;

/// Who removes folders, whoever their files belong to.
pub trait Remove: Debug + Send + Sync {
    /// Removes a folder with all that is in it.
    ///
    /// # Errors
    /// When something of it cannot be removed.
    fn remove(&self, folder: &Path) -> anyhow::Result<()>;
}

/// Removes folders whose files are all ours.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

impl Remove for Plain {
    fn remove(&self, folder: &Path) -> anyhow::Result<()> {
        Ok(fs::remove_dir_all(folder)?)
    }
}

impl<R: Remove> Remove for Arc<R> {
    fn remove(&self, folder: &Path) -> anyhow::Result<()> {
        R::remove(self, folder)
    }
}

/// A folder that is being filled; removed when dropped.
#[derive(Debug)]
pub struct Unfinished {
    folder: PathBuf,
    remover: Option<Arc<dyn Remove>>,
}

impl Unfinished {
    pub(crate) fn new(folder: PathBuf, remover: Arc<dyn Remove>) -> Self {
        Self { folder, remover: Some(remover) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// It is no longer to be removed; its path.
    pub(crate) fn finished(mut self) -> PathBuf {
        self.remover = None;
        self.folder.clone()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(remover) = &self.remover {
            // What stays is swept when the same is made again.
            let _ = remover.remove(&self.folder);
        }
    }
}
