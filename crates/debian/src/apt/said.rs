//! What apt prints.

use anyhow::Context;

use super::package::Candidate;

/// A line of `--print-uris`: `'uri' name_version_architecture.deb bytes SHA256:digest`.
pub(super) fn candidate(line: &str) -> anyhow::Result<Candidate> {
    let parse = || {
        let mut words = line.split_whitespace().skip(1);
        let (file, bytes, digest) = (words.next()?, words.next()?, words.next()?);
        let mut parts = file.strip_suffix(".deb")?.splitn(3, '_');
        let (name, version, architecture) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Candidate {
            name: name.to_owned(),
            version: version.replace("%3a", ":"),
            architecture: architecture.to_owned(),
            file: file.to_owned(),
            bytes: bytes.parse().ok()?,
            digest: digest.strip_prefix("SHA256:")?.to_owned(),
            after: Vec::new(),
        })
    };
    parse()
        .filter(|candidate| !candidate.file.contains('/'))
        .with_context(|| format!("apt printed something unexpected: {line}"))
}

pub(super) fn unknown_packages(said: &str) -> Vec<String> {
    let unknown = said.lines().filter_map(|line| {
        let line = line.strip_prefix("E: ")?;
        let name = line.strip_prefix("Unable to locate package ").or_else(|| {
            let rest = line.strip_prefix("Package '")?;
            rest.strip_suffix("' has no installation candidate")
        })?;
        Some(name.trim().to_owned())
    });
    unknown.collect()
}

/// The first message about a source that cannot be reached.
pub(super) fn unreachable_source(said: &str) -> Option<String> {
    const SIGNS: [&str; 9] = [
        "Temporary failure resolving",
        "Could not resolve",
        "Could not connect",
        "Unable to connect",
        "Cannot initiate the connection",
        "Connection failed",
        "Connection timed out",
        "connection timed out",
        "Network is unreachable",
    ];
    complaint(said, &SIGNS)
}

/// The message about a release that the sources do not have.
pub(super) fn no_suite(said: &str) -> Option<String> {
    complaint(said, &["does not have a Release file", "no longer has a Release file"])
}

/// The messages about a release that nothing here verifies.
pub(super) fn not_verified(said: &str) -> Option<String> {
    // What says why comes before what says that.
    const WHY: [&str; 4] = ["NO_PUBKEY", "EXPKEYSIG", "REVKEYSIG", "BADSIG"];
    complaint(said, &WHY).or_else(|| complaint(said, &["is not signed"]))
}

fn complaint(said: &str, signs: &[&str]) -> Option<String> {
    let line = said.lines().find(|line| signs.iter().any(|sign| line.contains(sign)))?;
    Some(line.trim_start_matches("W: ").trim_start_matches("E: ").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_apt_says_of_a_release_is_told_apart() {
        let check = |said: &str, missing: Option<&str>, unverified: Option<&str>| {
            assert_eq!(no_suite(said).as_deref(), missing);
            assert_eq!(not_verified(said).as_deref(), unverified);
        };
        let none = "The repository 'http://x/debian y Release' does not have a Release file.";
        check(&format!("E: {none}\n"), Some(none), None);
        let why = "GPG error: http://x/debian trixie InRelease: The following signatures couldn't \
                   be verified because the public key is not available: NO_PUBKEY 6ED0E7B82643E131";
        let that = "The repository 'http://x/debian trixie InRelease' is not signed.";
        check(&format!("W: {why}\nE: {that}\n"), None, Some(why));
        check(&format!("E: {that}\n"), None, Some(that));
        check("E: Failed to fetch http://x/debian/y.deb  404  Not Found\n", None, None);
    }
}
