//! The Rust of a Debian release, on this computer, for one of the architectures.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use domi_container::Image;
use domi_debian::{Apt, Architecture, Distribution};
use domi_host::Interrupt;
use domi_host::command::shell_word;
use fs_err as fs;

/// What builds programs, whatever they are for.
const PACKAGES: [&str; 4] = ["rustc", "cargo", "gcc", "libc6-dev"];
/// Rust's own library, which is of one architecture.
const LIBRARY: &str = "libstd-rust-dev";

/// The folder of the root in which a build leaves programs, or the mark that it failed, which no program
/// can be named.
pub(crate) const RESULT: &str = "out";
pub(crate) const FAILED: &str = ".failed";

/// What builds programs for an architecture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toolchain {
    target: Architecture,
}

/// All that names an architecture to compilers.
struct Names {
    /// To Rust.
    rust: &'static str,
    /// To cargo, in names of variables.
    variable: &'static str,
    /// The program that links.
    linker: &'static str,
    /// The packages that link for it on a computer of another one.
    cross: [&'static str; 2],
}

fn names(architecture: Architecture) -> Names {
    match architecture {
        Architecture::X86_64 => Names {
            rust: "x86_64-unknown-linux-gnu",
            variable: "X86_64_UNKNOWN_LINUX_GNU",
            linker: "x86_64-linux-gnu-gcc",
            cross: ["gcc-x86-64-linux-gnu", "libc6-dev-amd64-cross"],
        },
        Architecture::Aarch64 => Names {
            rust: "aarch64-unknown-linux-gnu",
            variable: "AARCH64_UNKNOWN_LINUX_GNU",
            linker: "aarch64-linux-gnu-gcc",
            cross: ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
        },
    }
}

impl Toolchain {
    pub(crate) fn for_target(target: Architecture) -> Self {
        Self { target }
    }

    fn is_foreign(self) -> bool {
        self.target.name() != std::env::consts::ARCH
    }

    /// The Debian packages of this computer's architecture that it consists of. They are the same for
    /// every target, so that they are there once.
    pub(crate) fn packages(self) -> Vec<&'static str> {
        let ours = |architecture: &Architecture| architecture.name() == std::env::consts::ARCH;
        let foreign = Architecture::ALL.into_iter().filter(|it| !ours(it));
        PACKAGES.into_iter().chain(foreign.flat_map(|it| names(it).cross)).collect()
    }

    /// Puts what a build needs of the target's own packages into a folder.
    pub(crate) fn fetch(
        self,
        cache: &Path,
        distribution: &Distribution,
        image: &Image,
        folder: &Path,
        interrupt: &Interrupt,
    ) -> Result<()> {
        if !self.is_foreign() {
            return Ok(());
        }
        let apt = Apt::open(&cache.join("debian"), distribution, self.target, interrupt)?;
        let is_library = |candidate: &domi_debian::Candidate| candidate.name == LIBRARY;
        let debs = apt.download_chosen(&[LIBRARY], None, &is_library, interrupt, &|_| ())?;
        let deb = debs.first().with_context(|| format!("apt's lists lack {LIBRARY}"))?;
        let compiler = image.made_with().get(PACKAGES[0]);
        if compiler != Some(&deb.version) {
            bail!(
                "the package lists have {LIBRARY} {} for {}, and the rustc of this computer's \
                 architecture that is stored is {}: `cargo xtask guest prune` removes that, and it is \
                 made again",
                deb.version,
                self.target.name(),
                compiler.map_or("another", String::as_str)
            );
        }
        fs::copy(&deb.path, folder.join(deb.file_name()))?;
        Ok(())
    }

    /// The script that builds programs of a crate.
    pub(crate) fn script(self, of_crate: &str, programs: &BTreeSet<String>) -> String {
        let Names { rust, .. } = names(self.target);
        let linkers: String = Architecture::ALL
            .into_iter()
            .map(|architecture| {
                let Names { variable, linker, .. } = names(architecture);
                format!("export CARGO_TARGET_{variable}_LINKER={linker}\n")
            })
            .collect();
        let library = if self.is_foreign() {
            "for deb in /run/files/*.deb; do dpkg-deb --extract \"$deb\" /; done\n"
        } else {
            ""
        };
        let binaries: String =
            programs.iter().map(|name| format!(" --bin {}", shell_word(name))).collect();
        let built: String = programs
            .iter()
            .map(|name| {
                let name = shell_word(name);
                format!("install -m 755 /build/target/{rust}/release/{name} /{RESULT}/{name}\n")
            })
            .collect();
        format!(
            "set -e\numask 022\nmkdir /build /{RESULT}\n{library}{linkers}\
             export CARGO_HOME=/build/home CARGO_TARGET_DIR=/build/target\n\
             export CARGO_PROFILE_RELEASE_STRIP=symbols\n\
             cp -r /run/files/source /build/source\ncd /build/source\n\
             cargo build --offline --release --target {rust} --package {of_crate}{binaries} \
             || {{ touch /{RESULT}/{FAILED}; exit 0; }}\n{built}",
            of_crate = shell_word(of_crate),
        )
    }
}
