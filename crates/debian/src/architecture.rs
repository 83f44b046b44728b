use std::fmt;

/// An architecture that a guest can have. All that differs between them is in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Architecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
}

struct Row {
    name: &'static str,
    debian: &'static str,
    serial: &'static str,
    library_folders: &'static [&'static str],
}

impl Architecture {
    /// Every architecture.
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Aarch64];

    fn row(self) -> Row {
        match self {
            Self::X86_64 => Row {
                name: "x86_64",
                debian: "amd64",
                serial: "ttyS0",
                library_folders: &["lib", "lib64"],
            },
            Self::Aarch64 => Row {
                name: "aarch64",
                debian: "arm64",
                serial: "ttyAMA0",
                library_folders: &["lib"],
            },
        }
    }

    /// The kernel's name for it, which is also Rust's and Nix's: `x86_64`, `aarch64`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Debian's name for it: `amd64`, `arm64`.
    pub fn debian_name(self) -> &'static str {
        self.row().debian
    }

    /// The serial console the kernel talks on, without `/dev/`.
    pub fn serial_console(self) -> &'static str {
        self.row().serial
    }

    /// Folders for libraries that a merged `/usr` has at the root as links into `/usr`.
    pub(crate) fn library_folders(self) -> &'static [&'static str] {
        self.row().library_folders
    }

    /// The architecture with this name (`x86_64`, `aarch64`), if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|architecture| architecture.name() == name)
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
