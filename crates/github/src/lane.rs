use std::fmt;

use domi_model::Platform;

/// What runs the jobs of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// A Debian-like guest under QEMU.
    Portable,
    /// The same in containers, where they can be had for a job; the other jobs are done by guests.
    Containers,
    /// NixOS in virtual machines.
    NixosVm,
}

impl Backend {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Containers => "portable-container",
            Self::NixosVm => "nixos-vm",
        }
    }

    /// What `--backend` is given; empty where the runner chooses for each job.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Containers => "",
            other => other.as_str(),
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
    /// All lanes of a repository that tests these systems, and allows containers on some of them.
    /// NixOS machines need KVM, which no ARM runner has. Where there is KVM, machines are fast
    /// enough, and prove more than containers.
    pub fn all(systems: &[Platform], has_flake: bool, containers: &[Platform]) -> Vec<Self> {
        let debian = |system: &Platform| {
            let machines = Self { system: *system, backend: Backend::Portable };
            if containers.contains(system) && !machines.kvm() {
                Self { backend: Backend::Containers, ..machines }
            } else {
                machines
            }
        };
        let portable = systems.iter().map(debian);
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
        check_with(systems, has_flake, &[], expected);
    }

    #[track_caller]
    fn check_with(
        systems: &[Platform],
        has_flake: bool,
        containers: &[Platform],
        expected: &[&str],
    ) {
        let lanes = Lane::all(systems, has_flake, containers);
        let lanes: Vec<String> = lanes.iter().map(ToString::to_string).collect();
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

    #[test]
    fn containers_run_where_they_are_allowed_and_there_is_no_kvm() {
        use Platform::{Aarch64Linux, X86_64Linux};
        let both = [X86_64Linux, Aarch64Linux];
        let arm = ["x86_64-linux portable", "aarch64-linux portable-container"];
        check_with(&both, false, &both, &arm);
        check_with(&both, false, &[Aarch64Linux], &arm);
        check_with(&[X86_64Linux], false, &both, &arm[..1]);
        assert_eq!(
            (Backend::Containers.argument(), Backend::Portable.argument()),
            ("", "portable")
        );
    }
}
