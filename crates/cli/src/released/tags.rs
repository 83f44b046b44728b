//! Tags of releases: `feature-x-v0.2.0`.

use std::collections::BTreeSet;

use anyhow::Result;
use domi_model::Feature;
use semver::Version;

use crate::git::Git;

/// What is tagged.
pub(crate) struct Tags {
    /// Releases in the history of what is checked out.
    merged: Vec<Tag>,
    /// The names of all tags, wherever they are.
    names: BTreeSet<String>,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tag {
    pub(crate) feature: String,
    pub(crate) version: Version,
    /// The commit, in full.
    pub(crate) commit: String,
}

/// The name of the tag of a release.
pub(crate) fn name(feature: &str, version: &Version) -> String {
    format!("{feature}-v{version}")
}

impl Tag {
    pub(crate) fn name(&self) -> String {
        name(&self.feature, &self.version)
    }
}

/// Asks for all tags.
pub(crate) fn all(git: &Git<'_>) -> Result<Tags> {
    let format = "--format=%(refname:strip=2) %(objectname) %(*objectname)";
    let names = git.said(&["for-each-ref", "--format=%(refname:strip=2)", "refs/tags"])?;
    let names: BTreeSet<String> = names.lines().map(str::to_owned).collect();
    // Before the first commit there is nothing for a tag to be in.
    let head = git.program().args(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]);
    let merged = if names.is_empty() || !head.run(git.interrupt)?.success() {
        Vec::new()
    } else {
        let merged = git.said(&["for-each-ref", "--merged=HEAD", format, "refs/tags"])?;
        merged.lines().filter_map(tag).collect()
    };
    Ok(Tags { merged, names })
}

impl Tags {
    /// The last release of a feature: the highest version that is tagged in the history of what is
    /// checked out. Where there is none under its name, one under the last name that it had counts.
    pub(crate) fn last(&self, feature: &Feature) -> Option<&Tag> {
        self.before(feature, None)
    }

    /// The last release of a feature before what is checked out: one of the very commit that is checked
    /// out, where nothing of it is changed, is not before it.
    pub(crate) fn before(&self, feature: &Feature, head: Option<&str>) -> Option<&Tag> {
        let former = feature.formerly.iter().rev().map(|it| &it.name);
        std::iter::once(&feature.name).chain(former).find_map(|name| {
            self.of(name)
                .filter(|tag| Some(&*tag.commit) != head)
                .max_by(|one, other| one.version.cmp(&other.version))
        })
    }

    /// The releases under a name, in the history of what is checked out.
    pub(crate) fn of(&self, name: &str) -> impl Iterator<Item = &Tag> {
        self.merged.iter().filter(move |tag| tag.feature == name)
    }

    /// Whether there is a tag of this name anywhere.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// A line of a name, what it is a name of, and of an annotated tag its commit. Pre-releases are no
/// releases.
fn tag(line: &str) -> Option<Tag> {
    let mut words = line.split(' ');
    let (name, commit) = (words.next()?, words.next()?);
    let commit = words.next().filter(|commit| !commit.is_empty()).unwrap_or(commit).to_owned();
    // A feature's name may have a `-v` in it, as a version may not before its pre-release.
    let (feature, version) = name.match_indices("-v").find_map(|(at, _)| {
        let version: Version = name[at + 2..].parse().ok()?;
        Some((name[..at].to_owned(), version))
    })?;
    (version.pre.is_empty() && version.build.is_empty()).then_some(Tag { feature, version, commit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_as_it_is_written() {
        let read = |line: &str| tag(line).map(|it| (it.feature, it.version.to_string(), it.commit));
        let of = |feature: &str, version: &str, commit: &str| {
            Some((feature.to_owned(), version.to_owned(), commit.to_owned()))
        };
        assert_eq!(read("feature-x-v0.2.0 aa "), of("feature-x", "0.2.0", "aa"));
        assert_eq!(read("feature-x-v0.2.0 aa bb"), of("feature-x", "0.2.0", "bb"));
        assert_eq!(read("my-v2-v10.0.1 aa "), of("my-v2", "10.0.1", "aa"));
        for other in [
            "v1.0.0 aa ",
            "feature-x-v1.0 aa ",
            "feature-x-v1.0.0-rc.1 aa ",
            "feature-x-v1.0.0+b aa ",
            "",
            "x",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn the_highest_version_is_the_last_one() {
        let lines = ["a-v0.9.0 1 ", "a-v0.10.0 2 ", "b-v1.0.0 3 ", "a-b-v7.0.0 4 "];
        let merged = lines.iter().filter_map(|line| tag(line)).collect();
        let tags = Tags { merged, names: BTreeSet::new() };
        let feature = |name: &str, formerly: &[&str]| {
            let former = |name: &&str| serde_json::json!({ "name": name, "taken": "noLonger" });
            let formerly: Vec<_> = formerly.iter().map(former).collect();
            let value = serde_json::json!({
                "name": name, "kind": "services", "summary": "It", "maturity": "dev",
                "version": "1.0.0", "platforms": ["x86_64-linux"], "formerly": formerly
            });
            serde_json::from_value::<Feature>(value).expect("a feature")
        };
        let last = |name: &str, formerly: &[&str]| {
            tags.last(&feature(name, formerly)).map(|tag| &*tag.commit)
        };
        assert_eq!(last("a", &["b"]), Some("2"));
        assert_eq!(last("c", &[]), None);
        // Under the last name that it had.
        assert_eq!(last("c", &["a", "b"]), Some("3"));
        assert_eq!(last("c", &["b", "a", "d"]), Some("2"));
        let before = |head| tags.before(&feature("a", &[]), head).map(|tag| &*tag.commit);
        assert_eq!(
            [before(None), before(Some("1")), before(Some("2"))],
            [Some("2"), Some("2"), Some("1")]
        );
    }
}
