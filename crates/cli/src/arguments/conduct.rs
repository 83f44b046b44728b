use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Args;
use domi_runner::BackendKind;

use super::{Install, NixArguments, Reports};
use crate::values::duration;

/// What runs tests, and how.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Conduct {
    /// Run nothing; show what would run where, and why there
    #[arg(long)]
    pub(crate) plan: bool,
    /// The backend; docs/backends.md lists all [default: the strongest]
    #[arg(long, value_name = "NAME")]
    pub(crate) backend: Option<BackendKind>,
    /// Let containers take the place of machines where they do as well
    #[arg(long, conflicts_with = "backend")]
    pub(crate) containers: bool,
    /// Run nothing unless every job has this backend or a stronger one, or kvm
    #[arg(long, value_name = "NAME", value_parser = required)]
    pub(crate) require: Vec<Required>,
    /// Let NixOS machines be emulated where there is no KVM
    #[arg(long)]
    pub(crate) allow_tcg: bool,
    #[command(flatten)]
    pub(crate) nix: NixArguments,
    /// Also run tests that passed before and that no change affects
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// How often to try a failed test again [default: 0]
    #[arg(long, value_name = "TIMES", default_value_t = 0, hide_default_value = true)]
    pub(crate) retries: u32,
    /// How long one test may take, such as 90s or 5m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// How many machines may run at once
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Boot machines instead of restoring saved ones
    #[arg(long)]
    pub(crate) cold: bool,
    /// Print events as JSON lines
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) install: Install,
}

/// What a run must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    Backend(BackendKind),
    Kvm,
}

fn required(text: &str) -> Result<Required, String> {
    if text == "kvm" {
        return Ok(Required::Kvm);
    }
    text.parse().map(Required::Backend).map_err(|error| format!("{error}; kvm can be required too"))
}
