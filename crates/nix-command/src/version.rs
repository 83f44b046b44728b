use std::fmt;

/// A version of Nix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The 2 of `2.26.3`.
    pub major: u32,
    /// The 26 of `2.26.3`.
    pub minor: u32,
    /// The 3 of `2.26.3`.
    pub patch: u32,
}

/// The oldest Nix that can evaluate today's nixpkgs: its `lib` checks the version and refuses older
/// ones.
pub const NIXPKGS: Version = Version { major: 2, minor: 18, patch: 0 };

impl Version {
    /// The version in what `nix --version` prints: `nix (Nix) 2.26.3`. Other distributions of
    /// Nix have words of their own in the brackets; the last word is the version.
    pub(crate) fn read(said: &str) -> Option<Self> {
        let word = said.lines().next()?.split_whitespace().next_back()?;
        let mut numbers = word.split('.').map(leading_number);
        let (major, minor) = (numbers.next()??, numbers.next()??);
        Some(Self { major, minor, patch: numbers.next().flatten().unwrap_or(0) })
    }
}

/// The number that a text begins with: 19 for `19pre20231026`.
fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, expected: Option<&str>) {
        assert_eq!(Version::read(said).map(|version| version.to_string()).as_deref(), expected);
    }

    #[test]
    fn a_version_is_read_from_any_distribution_of_nix() {
        check("nix (Nix) 2.26.3\n", Some("2.26.3"));
        check("nix (Nix) 2.8.0", Some("2.8.0"));
        check("nix (Nix) 2.19pre20231026_abcdef", Some("2.19.0"));
        check("nix (Lix, like Nix) 2.91.1\nSystem type: x86_64-linux\n", Some("2.91.1"));
        check("nix (Determinate Nix 3.6.2) 2.29.0", Some("2.29.0"));
        check("", None);
        check("something else", None);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(Version::read("nix (Nix) 2.8.0") < Some(NIXPKGS));
        assert!(Version::read("nix (Nix) 2.18.1") > Some(NIXPKGS));
    }
}
