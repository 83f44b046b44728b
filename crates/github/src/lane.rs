use std::fmt;

use domi_model::Platform;

/// What runs the jobs of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// A Debian-like guest under QEMU.
    Portable,
    /// NixOS in virtual machines.
    NixosVm,
}

impl Backend {
    /// Its name, as `--backend` takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::NixosVm => "nixos-vm",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A group of jobs: the system under test, and what runs it. Each lane has its own kind of runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    /// The system under test.
    pub system: Platform,
    /// What runs it.
    pub backend: Backend,
}

impl Lane {
    /// All lanes of a repository that tests these systems. NixOS machines need KVM, which no ARM
    /// runner has.
    pub fn all(systems: &[Platform], has_flake: bool) -> Vec<Self> {
        let portable =
            systems.iter().map(|system| Self { system: *system, backend: Backend::Portable });
        let nixos =
            systems.iter().map(|system| Self { system: *system, backend: Backend::NixosVm });
        portable.chain(nixos.filter(|lane| has_flake && lane.kvm())).collect()
    }

    /// The label of its runners.
    pub fn runner(self) -> &'static str {
        match self.system {
            Platform::X86_64Linux => "ubuntu-24.04",
            Platform::Aarch64Linux => "ubuntu-24.04-arm",
        }
    }

    /// Whether its runners have KVM.
    pub fn kvm(self) -> bool {
        match self.system {
            Platform::X86_64Linux => true,
            Platform::Aarch64Linux => false,
        }
    }

    /// What its jobs must have: the values of `--require`, separated by spaces.
    pub fn require(self) -> &'static str {
        if self.kvm() { "kvm" } else { "" }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.system.as_str(), self.backend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(systems: &[Platform], has_flake: bool, expected: &[&str]) {
        let lanes: Vec<String> =
            Lane::all(systems, has_flake).iter().map(ToString::to_string).collect();
        assert_eq!(lanes, expected);
    }

    #[test]
    fn nixos_machines_run_where_there_is_a_flake_and_kvm() {
        use Platform::{Aarch64Linux, X86_64Linux};
        let portable = ["x86_64-linux portable", "aarch64-linux portable"];
        check(&[X86_64Linux, Aarch64Linux], false, &portable);
        let all = [portable[0], portable[1], "x86_64-linux nixos-vm"];
        check(&[X86_64Linux, Aarch64Linux], true, &all);
        check(&[Aarch64Linux], true, &[portable[1]]);
    }
}
