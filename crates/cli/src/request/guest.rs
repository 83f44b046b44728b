use camino::Utf8PathBuf;

use crate::config::Config;

/// How portable machines are made; `None` is the usual.
#[derive(Debug, Clone, Default)]
pub(crate) struct GuestRequest {
    /// Memory of a machine in MiB.
    pub(crate) memory_mib: Option<u32>,
    /// Processors of a machine.
    pub(crate) cpus: Option<u32>,
    /// The release that they are made from: `debian`, `bookworm`.
    pub(crate) distribution: Option<(String, String)>,
    /// The file of package sources that they come from, from the workspace's root.
    pub(crate) sources: Option<Utf8PathBuf>,
}

impl GuestRequest {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            memory_mib: config.memory_mib,
            cpus: config.cpus,
            distribution: config.distribution.clone(),
            sources: config.sources.clone(),
        }
    }
}
