use std::collections::BTreeSet;

use domi_model::Platform;

use super::host::Host;

/// A program that machines need.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) program: &'static str,
    /// What it is for: `it …`.
    pub(crate) what: &'static str,
    /// The package that has it, by package manager in the order of [`Manager::ALL`].
    packages: [&'static str; 6],
}

const QEMU_X86_64: Need = Need {
    program: "qemu-system-x86_64",
    what: "runs machines",
    packages: [
        "qemu-system-x86",
        "qemu-system-x86",
        "qemu-system-x86",
        "qemu-x86",
        "qemu-system-x86_64",
        "qemu",
    ],
};

const QEMU_AARCH64: Need = Need {
    program: "qemu-system-aarch64",
    what: "runs machines",
    packages: [
        "qemu-system-arm",
        "qemu-system-aarch64",
        "qemu-system-aarch64",
        "qemu-arm",
        "qemu-system-aarch64",
        "qemu",
    ],
};

const MKE2FS: Need =
    Need { program: "mke2fs", what: "makes their disks", packages: ["e2fsprogs"; 6] };

const MKSQUASHFS: Need = Need {
    program: "mksquashfs",
    what: "makes their disks of Nix's store",
    packages: [
        "squashfs-tools",
        "squashfs-tools",
        "squashfs-tools",
        "squashfs",
        "squashfs-tools",
        "squashfs",
    ],
};

const NEWUIDMAP: Need = Need {
    program: "newuidmap",
    what: "gives containers ids of their own",
    packages: ["uidmap", "shadow-utils", "shadow", "shadow", "shadow-uidmap", "shadow"],
};

/// What is to run here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The systems of machines.
    pub(crate) machines: BTreeSet<Platform>,
    /// Whether these machines have a disk of Nix's store.
    pub(crate) stores: bool,
    pub(crate) containers: bool,
}

impl Wanted {
    /// Machines of these systems.
    pub(crate) fn machines(machines: BTreeSet<Platform>) -> Self {
        Self { machines, ..Self::default() }
    }

    /// Machines of these systems that have a disk of Nix's store.
    pub(crate) fn with_stores(machines: BTreeSet<Platform>) -> Self {
        Self { machines, stores: true, ..Self::default() }
    }

    /// Containers alone.
    pub(crate) fn containers() -> Self {
        Self { containers: true, ..Self::default() }
    }

    /// What they need on a computer.
    pub(crate) fn needs(&self, host: &Host) -> Vec<&'static Need> {
        let mut needs = Vec::new();
        if !self.machines.is_empty() {
            needs = of_machines(&self.machines);
        }
        if self.stores {
            needs.push(&MKSQUASHFS);
        }
        // Root gives ids away itself.
        if self.containers && !host.is_root {
            needs.push(&NEWUIDMAP);
        }
        needs
    }
}

/// What machines of these systems need.
fn of_machines(systems: &BTreeSet<Platform>) -> Vec<&'static Need> {
    let qemu = systems.iter().map(|system| match system {
        Platform::X86_64Linux => &QEMU_X86_64,
        Platform::Aarch64Linux => &QEMU_AARCH64,
    });
    qemu.chain([&MKE2FS]).collect()
}

/// What reads the generated Nix files as Nix does. Only `ci` wants it.
pub(crate) const NIX: Need = Need {
    program: "nix-instantiate",
    what: "reads the generated Nix files",
    packages: ["nix-bin", "nix", "nix", "nix", "nix", "nix"],
};

/// A program that installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager {
    Apt,
    Dnf,
    Pacman,
    Zypper,
    Apk,
    Brew,
}

impl Manager {
    const ALL: [Self; 6] =
        [Self::Apt, Self::Dnf, Self::Pacman, Self::Zypper, Self::Apk, Self::Brew];

    /// The package manager of a computer.
    pub(crate) fn of(host: &Host) -> Option<Self> {
        Self::ALL.into_iter().find(|manager| match manager {
            // Other distributions have apt too, as a tool to look into packages.
            Self::Apt => host.debian_like() && host.has("apt-get"),
            _ => host.has(manager.words()[0]),
        })
    }

    /// The commands that install what is lacking.
    pub(crate) fn commands(self, lacking: &[&Need], host: &Host) -> Vec<Vec<String>> {
        let mut install: Vec<String> = self.words().iter().map(|word| (*word).to_owned()).collect();
        for need in lacking {
            let package = need.packages[self as usize].to_owned();
            if !install.contains(&package) {
                install.push(package);
            }
        }
        let update = (self == Self::Apt).then(|| vec!["apt-get".to_owned(), "update".to_owned()]);
        // brew refuses to be run as root.
        let sudo = !host.is_root && self != Self::Brew && host.has("sudo");
        let mut commands: Vec<Vec<String>> = update.into_iter().chain([install]).collect();
        if sudo {
            commands.iter_mut().for_each(|command| command.insert(0, "sudo".to_owned()));
        }
        commands
    }

    /// The command that installs, without the packages.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Apt => &["apt-get", "install", "--yes", "--no-install-recommends"],
            Self::Dnf => &["dnf", "install", "--assumeyes"],
            Self::Pacman => &["pacman", "-Syu", "--needed", "--noconfirm"],
            Self::Zypper => &["zypper", "--non-interactive", "install"],
            Self::Apk => &["apk", "add"],
            Self::Brew => &["brew", "install"],
        }
    }
}
