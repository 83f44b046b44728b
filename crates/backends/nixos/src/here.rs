use std::time::Duration;

use domi_model::{Manifest, Platform, Problem, Test};
use domi_nix_command::{Builds, Capabilities, Flake, NO_KVM, Nix};

/// What NixOS tests need of a builder, where their machines are virtual.
pub(crate) const VM: [&str; 2] = ["nixos-test", "kvm"];
/// What they need where their machines are containers.
pub(crate) const CONTAINER: [&str; 2] = ["nixos-test", "uid-range"];

/// What there is here for tests on NixOS. Found out before anything is planned.
#[derive(Debug, Clone)]
pub struct Here {
    /// Nix and what it needs, or what is missing of it.
    pub nix: Result<WithNix, Problem>,
    /// Why KVM, which may be there, is of no use; nothing where it is, or is not known.
    pub kvm_broken: Option<String>,
    /// Whether NixOS machines may be emulated.
    pub allow_tcg: bool,
}

/// What backends that use Nix need.
#[derive(Debug, Clone)]
pub struct WithNix {
    /// The program.
    pub nix: Nix,
    /// What it builds.
    pub capabilities: Capabilities,
    /// Where the checks are.
    pub flake: Flake,
    /// What it is to use instead of its own list of builders.
    pub builders: Option<String>,
    /// Why a test of a feature has no variant with containers for machines, where it has none.
    pub no_containers: fn(&Manifest, &Test) -> Option<String>,
    /// How long it may take to build what a test needs, which may be a whole NixOS.
    pub build_limit: Duration,
}

impl Here {
    /// Who builds tests with virtual machines for this system, or why nobody does.
    pub(crate) fn vm_builder(&self, system: Platform) -> Result<Builds, Box<Problem>> {
        let with = self.nix.as_ref().map_err(|problem| Box::new(problem.clone()))?;
        let builds = with.capabilities.builds(system.as_str(), &VM);
        match (builds, &self.kvm_broken) {
            (Some(Builds::Here), Some(broken)) => Err(no_kvm(broken)),
            (Some(builds), _) => Ok(builds),
            (None, _) => Err(no_kvm(&format!("no KVM for {} that nix knows of", system.as_str()))),
        }
    }

    /// What virtual machines of NixOS tests for this system run on, and why nothing better: to
    /// allow emulation takes KVM from nobody who has it.
    pub(crate) fn vm_accelerator(&self, system: Platform) -> (&str, String) {
        match self.vm_builder(system) {
            Err(problem) if self.allow_tcg => ("tcg", problem.message),
            _ => ("kvm", String::new()),
        }
    }
}

fn no_kvm(why: &str) -> Box<Problem> {
    let next = "say --allow-tcg, name a builder that has KVM with --builders, or use the portable \
                backend";
    Box::new(Problem::error(NO_KVM, "nixos-vm", why).next(next))
}
