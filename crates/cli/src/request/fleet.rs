use camino::{Utf8Path, Utf8PathBuf};

use crate::config::Config;

/// Where the fleet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FleetRequest {
    /// Whether `domi.toml` says that there is one.
    pub(crate) wanted: bool,
    /// The workspace that has it.
    pub(crate) workspace: Utf8PathBuf,
    /// Its folder.
    pub(crate) root: Utf8PathBuf,
    /// The same as `domi.toml` names it; empty for the workspace itself.
    folder: Utf8PathBuf,
}

impl FleetRequest {
    /// The workspace is the fleet, unless `domi.toml` names a folder.
    pub(crate) fn new(workspace: &Utf8Path, config: &Config) -> Self {
        let folder = config.fleet.clone().unwrap_or_default();
        Self {
            wanted: config.fleet.is_some(),
            workspace: workspace.to_owned(),
            root: workspace.join(&folder),
            folder,
        }
    }

    /// The path of a file of the fleet from the workspace's root, for people.
    pub(crate) fn shown(&self, file: &str) -> String {
        self.folder.join(file).into_string()
    }
}
