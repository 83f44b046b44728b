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
}

impl GuestRequest {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            memory_mib: config.memory_mib,
            cpus: config.cpus,
            distribution: config.distribution.clone(),
        }
    }
}
