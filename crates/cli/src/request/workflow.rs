use camino::Utf8Path;
use domi_github::{Limits, PushTo, Settings};
use domi_nix_command::Cache;

use crate::config::{Config, GitHub};

/// What the workflow and the matrix for GitHub are made from.
#[derive(Debug)]
pub(crate) struct WorkflowRequest {
    /// Whether this repository asks for a workflow.
    pub(crate) wanted: bool,
    /// Whether it asks for one that updates the lock of its flake.
    pub(crate) updates: bool,
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
}

impl WorkflowRequest {
    /// What `domi.toml` says, and what is usual where it says nothing.
    pub(crate) fn new(root: &Utf8Path, config: &Config) -> Self {
        let GitHub { branch, branches, systems, checks, shard, update } =
            config.github.clone().unwrap_or_default();
        // Without a lock, two runs could evaluate different inputs.
        let has_flake = ["flake.nix", "flake.lock"].iter().all(|file| root.join(file).exists());
        let push = config.cache.as_ref().and_then(push);
        let millis = u64::try_from(shard.as_millis()).unwrap_or(u64::MAX);
        Self {
            wanted: config.github.is_some(),
            updates: update,
            settings: Settings {
                branch,
                branches,
                systems,
                has_flake,
                containers: config.containers.clone(),
                // Files of the fleet are read by who writes the workflow.
                fleet: Vec::new(),
                push,
                checks,
            },
            limits: Limits { millis, ..Limits::default() },
        }
    }
}

/// How to push to a binary cache, where runners can.
fn push(cache: &Cache) -> Option<PushTo> {
    match cache {
        Cache::Cachix(_) => Some(PushTo::Cachix),
        Cache::Attic { server: _, cache: _ } => Some(PushTo::Attic),
        Cache::Store(url) => url.starts_with("s3://").then_some(PushTo::S3),
    }
}
