use camino::Utf8Path;

use super::{FleetRequest, WorkflowRequest};
use crate::config::Config;

/// What `generate` makes beside what follows from the features alone.
#[derive(Debug)]
pub(crate) struct GenerateRequest {
    pub(crate) workflow: WorkflowRequest,
    pub(crate) fleet: FleetRequest,
}

impl GenerateRequest {
    pub(crate) fn new(root: &Utf8Path, config: &Config) -> Self {
        Self {
            workflow: WorkflowRequest::new(root, config),
            fleet: FleetRequest::new(root, config),
        }
    }
}
