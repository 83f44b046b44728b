//! The version that follows from a change.

use semver::{BuildMetadata, Prerelease, Version};

use crate::{Finding, Level};

/// The greatest level of some findings; none where nothing was found.
pub fn greatest(findings: &[Finding]) -> Option<Level> {
    findings.iter().map(|finding| finding.level).max()
}

/// The least version that may follow a released one after a change of a level. Below 1.0 the parts
/// move one to the right, as cargo reads them: in 0.3.1 the 3 stands for what breaks, and in 0.0.1
/// the 1 does.
pub fn next(last: &Version, level: Level) -> Version {
    let Version { major, minor, patch, .. } = *last;
    let (major, minor, patch) = match (major, minor, level) {
        (0, 0, _) => (0, 0, patch + 1),
        (0, _, Level::Major) => (0, minor + 1, 0),
        (0, _, _) => (0, minor, patch + 1),
        (_, _, Level::Major) => (major + 1, 0, 0),
        (_, _, Level::Minor) => (major, minor + 1, 0),
        (_, _, Level::Patch) => (major, minor, patch + 1),
    };
    let (pre, build) = (Prerelease::EMPTY, BuildMetadata::EMPTY);
    Version { major, minor, patch, pre, build }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_follows_from_the_level() {
        use Level::{Major, Minor, Patch};
        for (last, level, expected) in [
            ("1.2.3", Patch, "1.2.4"),
            ("1.2.3", Minor, "1.3.0"),
            ("1.2.3", Major, "2.0.0"),
            ("0.2.3", Patch, "0.2.4"),
            ("0.2.3", Minor, "0.2.4"),
            ("0.2.3", Major, "0.3.0"),
            ("0.0.3", Patch, "0.0.4"),
            ("0.0.3", Minor, "0.0.4"),
            ("0.0.3", Major, "0.0.4"),
            ("1.2.3+build", Patch, "1.2.4"),
        ] {
            let last: Version = last.parse().expect("a version");
            assert_eq!(next(&last, level).to_string(), expected, "{last} {level:?}");
        }
    }
}
