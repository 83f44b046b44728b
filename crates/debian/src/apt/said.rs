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
    let line = said.lines().find(|line| SIGNS.iter().any(|sign| line.contains(sign)))?;
    Some(line.trim_start_matches("W: ").trim_start_matches("E: ").trim().to_owned())
}
