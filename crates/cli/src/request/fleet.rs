use camino::{Utf8Path, Utf8PathBuf};

use crate::config::Config;

/// Where the fleet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FleetRequest {
    /// Whether `domi.toml` says that there is one.
    pub(crate) wanted: bool,
    /// Its folder.
    pub(crate) root: Utf8PathBuf,
    /// The same as `domi.toml` names it, for places in messages; empty for the workspace itself.
    pub(crate) shown: Utf8PathBuf,
}

impl FleetRequest {
    /// The workspace is the fleet, unless `domi.toml` names a folder.
    pub(crate) fn new(workspace: &Utf8Path, config: &Config) -> Self {
        let shown = config.fleet.clone().unwrap_or_default();
        Self { wanted: config.fleet.is_some(), root: workspace.join(&shown), shown }
    }
}
