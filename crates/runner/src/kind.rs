//! The kinds of backends: one table, which the choice, `--require`, the docs and the keys of
//! verdicts read.

use std::fmt;
use std::str::FromStr;

/// A kind of backend. One that is greater is stronger: what passes there says more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BackendKind(&'static Row);

/// What is known of a kind of backend.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// What the command line, events and keys call it.
    pub name: &'static str,
    /// The greater, the stronger. Numbers are only compared: leave room between them.
    pub strength: u8,
    /// What of the tested system runs.
    pub runs: Runs,
    /// What people call it, in two or three words.
    pub short: &'static str,
    /// What it is.
    pub long: &'static str,
    /// What a computer must have for it.
    pub needs: &'static str,
    /// What a pass on it says of the feature.
    pub proves: &'static str,
}

/// What of the tested system runs. What is greater is preferred, as far as a computer can do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runs {
    /// Nothing: settings are evaluated.
    Nothing,
    /// Debian, with what the feature comes to.
    Debian,
    /// NixOS itself.
    Nixos,
}

/// All kinds, the weakest first. To add one, add its row here and its name below.
pub const TABLE: [BackendKind; 7] = [
    BackendKind::EVAL,
    BackendKind::PORTABLE_CONTAINER,
    BackendKind::PORTABLE,
    BackendKind::NIXOS_NATIVE,
    BackendKind::NIXOS_CONTAINER,
    BackendKind::NIXOS_SNAPSHOT,
    BackendKind::NIXOS_VM,
];

impl BackendKind {
    /// Nix evaluates the options, the assertions and the whole trunk.
    pub const EVAL: Self = Self::of(&Row {
        name: "eval",
        strength: 10,
        runs: Runs::Nothing,
        short: "eval",
        long: "Nix evaluates the options, the assertions and the whole trunk",
        needs: "Nix with flakes",
        proves: "the settings are accepted, or refused as the test says; nothing runs",
    });

    /// Debian in containers, with what Rust realised or Nix evaluated.
    pub const PORTABLE_CONTAINER: Self = Self::of(&Row {
        name: "portable-container",
        strength: 25,
        runs: Runs::Debian,
        short: "portable container",
        long: "Debian in a container of this computer's kernel, with the same system",
        needs: "`test.containers` in domi.toml, `--containers` or `--backend`, and what `cargo \
                xtask guest probe` tries; neither Nix nor QEMU nor root",
        proves: "units, files, users and firewall do what the steps say, with Debian's programs on \
                 this computer's kernel; [what a container would not keep](lanes.md) goes elsewhere",
    });

    /// A Debian guest, with what Rust realised or Nix evaluated.
    pub const PORTABLE: Self = Self::of(&Row {
        name: "portable",
        strength: 30,
        runs: Runs::Debian,
        short: "portable guest",
        long: "a Debian guest under QEMU, with what Rust realised or Nix evaluated",
        needs: "QEMU, and Debian or Ubuntu packages; neither Nix nor KVM nor root",
        proves: "units, files, users and firewall do what the steps say, with Debian's programs on \
                 a kernel of their own",
    });

    /// NixOS in containers of ours.
    pub const NIXOS_NATIVE: Self = Self::of(&Row {
        name: "nixos-native",
        strength: 40,
        runs: Runs::Nixos,
        short: "nixos-native",
        long: "NixOS in a container of this computer's kernel, started and driven by this tool",
        needs: "`--backend`, a Nix that builds for this computer, and what `cargo xtask guest probe` \
                tries; neither `nixos-test` nor `uid-range` nor KVM nor root",
        proves: "NixOS boots, is switched by its own program and does what the steps say, on one or several \
                 machines, on this computer's kernel",
    });

    /// NixOS in containers that share a kernel, through the NixOS test driver.
    pub const NIXOS_CONTAINER: Self = Self::of(&Row {
        name: "nixos-container",
        strength: 50,
        runs: Runs::Nixos,
        short: "nixos-container",
        long: "NixOS in containers that share a kernel, through the NixOS test driver",
        needs: "Nix, and a builder with `nixos-test` and `uid-range`",
        proves: "NixOS does what the steps say, with its own programs, on the builder's kernel",
    });

    /// NixOS in virtual machines of ours, each restored from a snapshot of its own system.
    pub const NIXOS_SNAPSHOT: Self = Self::of(&Row {
        name: "nixos-snapshot",
        strength: 55,
        runs: Runs::Nixos,
        short: "nixos-snapshot",
        long: "NixOS under QEMU, booted once for each system and then restored, started and driven by this tool",
        needs: "`--backend`, QEMU, `mksquashfs`, and a Nix that builds for the system; neither `nixos-test` nor KVM nor \
                root",
        proves: "NixOS boots from its own initrd, and does what the steps say with its own programs and kernel, on one \
                 or several machines",
    });

    /// NixOS in virtual machines, through the NixOS test driver.
    pub const NIXOS_VM: Self = Self::of(&Row {
        name: "nixos-vm",
        strength: 60,
        runs: Runs::Nixos,
        short: "nixos-vm",
        long: "NixOS in virtual machines, through the NixOS test driver",
        needs: "Nix, and a builder with `nixos-test` and `kvm` (or `--allow-tcg`)",
        proves: "NixOS does what the steps say, with its own programs and kernel",
    });

    /// The kind that a row describes.
    pub const fn of(row: &'static Row) -> Self {
        Self(row)
    }

    /// Its name, as the command line and the event stream have it.
    pub fn as_str(self) -> &'static str {
        self.0.name
    }

    /// Everything that is known of it.
    pub fn row(self) -> &'static Row {
        self.0
    }

    /// Who decides a test of a refusal, where this one is chosen: where NixOS would run, Nix
    /// refuses while it evaluates.
    pub(crate) fn for_refusals(self) -> Self {
        if self.0.runs == Runs::Nixos { Self::EVAL } else { self }
    }
}

/// The table as Markdown, for the docs.
pub fn table() -> String {
    let mut text = "| backend | is | needs | proves |\n| --- | --- | --- | --- |\n".to_owned();
    for Row { name, long, needs, proves, .. } in TABLE.map(BackendKind::row) {
        text += &format!("| `{name}` | {long} | {needs} | {proves} |\n");
    }
    text
}

impl Ord for BackendKind {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.strength, self.0.name).cmp(&(other.0.strength, other.0.name))
    }
}

impl PartialOrd for BackendKind {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl FromStr for BackendKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || TABLE.map(Self::as_str).join(", ");
        let found = TABLE.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| format!("the backends are {}", names()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_strength_and_no_two_are_equally_strong() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].row().strength < pair[1].row().strength, "{pair:?}");
            assert!(pair[0].row().runs <= pair[1].row().runs, "{pair:?}");
        }
        for kind in TABLE {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("qemu".parse::<BackendKind>().unwrap_err().ends_with("nixos-vm"));
    }

    #[test]
    fn the_docs_have_the_table_and_what_is_required_is_explained_in_its_order() {
        let docs = include_str!("../../../docs/backends.md");
        assert!(docs.contains(&table()), "docs/backends.md must have this:\n{}", table());
        let (_, _, explained) =
            crate::CODES.iter().find(|(code, ..)| *code == crate::WEAKER).expect("it is there");
        let places: Vec<_> =
            TABLE.iter().map(|kind| explained.find(&format!("`{kind}`"))).collect();
        assert!(places.is_sorted() && places.iter().all(Option::is_some), "{places:?}");
    }
}
