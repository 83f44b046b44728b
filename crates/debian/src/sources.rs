//! Finds the host's package sources that belong to its own distribution.

use std::path::Path;

use fs_err as fs;

use crate::control::{Paragraph, paragraphs};
use crate::{Distribution, Error, Result};

/// Suites of a release besides the one that has its name.
const POCKETS: [&str; 2] = ["-updates", "-security"];

/// The areas of Debian's and Ubuntu's own archives.
const COMPONENTS: [&str; 7] =
    ["main", "contrib", "non-free", "non-free-firmware", "restricted", "universe", "multiverse"];

/// The distribution's own sources among those in an apt folder (`/etc/apt`), as the text of one
/// `.sources` file. A source of another vendor that uses the release's name gets through here; the
/// pin on the archive's origin stops it later.
pub(crate) fn own_sources(folder: &Path, distribution: &Distribution) -> Result<String> {
    let mut kept = Vec::new();
    for file in source_files(folder)? {
        let text = fs::read_to_string(&file)?;
        let all = if file.extension().is_some_and(|e| e == "sources") {
            paragraphs(&text)
        } else {
            text.lines().filter_map(one_line).collect()
        };
        kept.extend(all.into_iter().filter_map(|source| own(source, distribution.codename())));
    }
    if kept.is_empty() {
        let folder = folder.display().to_string();
        return Err(Error::NoSources { folder, codename: distribution.codename().to_owned() });
    }
    Ok(kept.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// `sources.list` and the files beside it that apt would read, in its order.
fn source_files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut parts = Vec::new();
    if let Ok(entries) = fs::read_dir(folder.join("sources.list.d")) {
        for entry in entries {
            parts.push(entry?.path());
        }
    }
    parts.retain(|path| path.extension().is_some_and(|e| e == "list" || e == "sources"));
    parts.sort();
    let main = folder.join("sources.list");
    Ok(main.exists().then_some(main).into_iter().chain(parts).collect())
}

/// A source reduced to what a guest may use, or nothing.
fn own(mut source: Paragraph, codename: &str) -> Option<Paragraph> {
    let is_own = |suite: &&str| {
        let pocket = suite.trim_end_matches('/').strip_prefix(codename);
        pocket.is_some_and(|pocket| pocket.is_empty() || POCKETS.contains(&pocket))
    };
    let kept = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(" "));
    let uris = kept(source.words("URIs").filter(|uri| !uri.starts_with("cdrom:")).collect())?;
    let suites = kept(source.words("Suites").filter(is_own).collect())?;
    let components = kept(source.words("Components").filter(|c| COMPONENTS.contains(c)).collect())?;
    let no = |value: &str| ["no", "false", "0", "off", "without", "disable"].contains(&value);
    if source.get("Enabled").is_some_and(no) || !source.words("Types").any(|t| t == "deb") {
        return None;
    }
    source.set("Types", "deb");
    source.set("URIs", uris);
    source.set("Suites", suites);
    source.set("Components", components);
    // The host's choice of architectures and languages is not the guest's.
    for field in ["Architectures", "Languages", "Targets", "Enabled", "X-Repolib-Name"] {
        source.remove(field);
    }
    Some(source)
}

/// A line of the old format, `deb [option=value …] uri suite component…`.
fn one_line(line: &str) -> Option<Paragraph> {
    let line = line.split('#').next()?.trim();
    let (kind, mut rest) = line.split_once(char::is_whitespace)?;
    let mut source = Paragraph::default();
    source.set("Types", kind);
    if let Some(bracket) = rest.trim_start().strip_prefix('[') {
        let (options, after) = bracket.split_once(']')?;
        rest = after;
        for (name, value) in options.split_whitespace().filter_map(|o| o.split_once('=')) {
            source.set(option_field(name), value);
        }
    }
    let mut words = rest.split_whitespace();
    source.set("URIs", words.next()?);
    source.set("Suites", words.next()?);
    source.set("Components", words.collect::<Vec<_>>().join(" "));
    Some(source)
}

/// The field that an option of the old format is in the new one.
fn option_field(option: &str) -> &str {
    match option {
        "arch" => "Architectures",
        "lang" => "Languages",
        "target" => "Targets",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sources.list.d")).unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let distribution = Distribution::named("debian", "bookworm").unwrap();
        match own_sources(folder.path(), &distribution) {
            Ok(found) => assert_eq!(found, expected.join("\n")),
            Err(Error::NoSources { .. }) => assert!(expected.is_empty(), "no sources found"),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn the_releases_own_suites_are_kept() {
        check(
            "sources.list.d/debian.sources",
            "Types: deb deb-src\n# comment\nURIs: http://host/debian\n\
             Suites: bookworm bookworm-updates bookworm-backports trixie\nComponents: main\n\
             Architectures: amd64\nSigned-By: /usr/share/keyrings/k.gpg\n",
            &["Types: deb\nURIs: http://host/debian\nSuites: bookworm bookworm-updates\n\
              Components: main\nSigned-By: /usr/share/keyrings/k.gpg\n"],
        );
    }

    #[test]
    fn the_old_format_is_read_too() {
        check(
            "sources.list",
            "# deb http://host/old bookworm main\n\
             deb [arch=amd64 signed-by=/k.gpg] http://host/debian bookworm main contrib # here\n\
             deb-src http://host/debian bookworm main\ndeb cdrom:[Debian]/ bookworm main\n",
            &["Types: deb\nsigned-by: /k.gpg\nURIs: http://host/debian\nSuites: bookworm\n\
              Components: main contrib\n"],
        );
    }

    #[test]
    fn other_vendors_and_disabled_sources_are_left_out() {
        let vendor = |suite, components, more: &str| {
            format!("Types: deb\nURIs: http://x\nSuites: {suite}\nComponents: {components}\n{more}")
        };
        let file = "sources.list.d/x.sources";
        check(file, &vendor("nodistro", "main", ""), &[]);
        check(file, &vendor("bookworm-pgdg", "main", ""), &[]);
        check(file, &vendor("bookworm", "stable", ""), &[]);
        check(file, &vendor("bookworm", "main", "Enabled: no\n"), &[]);
        check("sources.list.d/x.sources.disabled", &vendor("bookworm", "main", ""), &[]);
    }
}
