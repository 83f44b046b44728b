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

/// The sources of a distribution, as the text of one `.sources` file: those that were named for it,
/// or else those in an apt folder (`/etc/apt`). Where none of them offers the release, it is expected
/// beside the others: on the same servers, signed for the same keys.
///
/// A source of another vendor that uses the release's name gets through here; the pin on the
/// archive's origin stops it later.
pub(crate) fn own_sources(folder: &Path, distribution: &Distribution) -> Result<String> {
    let (all, place) = match distribution.sources() {
        Some(named) => {
            let mut all = paragraphs(&named.text);
            all.iter_mut().for_each(|source| find_keyring(source, &named.file));
            (all, named.file.as_path())
        }
        None => (in_folder(folder)?, folder),
    };
    let codename = distribution.codename();
    let of = |names: &[&str]| -> Vec<String> {
        let own = all.iter().filter_map(|source| own(source.clone(), names, codename));
        let mut found: Vec<String> = Vec::new();
        for source in own.map(|source| source.to_string()) {
            if !found.contains(&source) {
                found.push(source);
            }
        }
        found
    };
    let mut kept = of(&[codename]);
    if kept.is_empty() {
        kept = of(&distribution.siblings().collect::<Vec<_>>());
    }
    if kept.is_empty() {
        let folder = place.display().to_string();
        return Err(Error::NoSources { folder, codename: codename.to_owned() });
    }
    Ok(kept.join("\n"))
}

/// All sources in an apt folder.
fn in_folder(folder: &Path) -> Result<Vec<Paragraph>> {
    let mut all = Vec::new();
    for file in source_files(folder)? {
        let text = fs::read_to_string(&file)?;
        if file.extension().is_some_and(|e| e == "sources") {
            all.extend(paragraphs(&text));
        } else {
            all.extend(text.lines().filter_map(one_line));
        }
    }
    Ok(all)
}

/// A keyring beside the file that names it is found wherever that file is.
fn find_keyring(source: &mut Paragraph, file: &Path) {
    let Some(keyring) = source.get("Signed-By") else { return };
    // A key that is written out, or named by its fingerprint, is no path.
    let is_key = keyring.contains('\n') || keyring.chars().all(|c| c.is_ascii_hexdigit());
    if let (false, Some(folder)) = (is_key, file.parent()) {
        let keyring = folder.join(keyring).to_string_lossy().into_owned();
        source.set("Signed-By", keyring);
    }
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

/// A source reduced to what a guest may use of these releases, each taken for another; or nothing.
fn own(mut source: Paragraph, names: &[&str], codename: &str) -> Option<Paragraph> {
    let pocket_of = |suite: &str, name: &str| {
        let pocket = suite.trim_end_matches('/').strip_prefix(name)?.to_owned();
        (pocket.is_empty() || POCKETS.contains(&&*pocket)).then_some(pocket)
    };
    let own = |suite: &str| {
        let pocket = names.iter().find_map(|name| pocket_of(suite, name))?;
        // Nothing is ever added to Debian's unstable beside itself.
        (pocket.is_empty() || codename != "sid").then(|| format!("{codename}{pocket}"))
    };
    let kept = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(" "));
    let uris = kept(source.words("URIs").filter(|uri| !uri.starts_with("cdrom:")).collect())?;
    let mut suites: Vec<_> = source.words("Suites").filter_map(own).collect();
    suites.dedup();
    let suites = kept(suites.iter().map(String::as_str).collect())?;
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
        check_for("bookworm", name, text, expected);
    }

    #[track_caller]
    fn check_for(codename: &str, name: &str, text: &str, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sources.list.d")).unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let distribution = Distribution::named("debian", codename).unwrap();
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
    fn another_release_is_expected_beside_the_one_that_is_there() {
        let debian = "Types: deb\nURIs: http://host/debian\n\
                      Suites: bookworm bookworm-updates bookworm-backports\nComponents: main\n\
                      Signed-By: /k.gpg\n\nTypes: deb\nURIs: http://host/debian-security\n\
                      Suites: bookworm-security\nComponents: main\n";
        let file = "sources.list.d/debian.sources";
        check_for(
            "trixie",
            file,
            debian,
            &[
                "Types: deb\nURIs: http://host/debian\nSuites: trixie trixie-updates\n\
                 Components: main\nSigned-By: /k.gpg\n",
                "Types: deb\nURIs: http://host/debian-security\nSuites: trixie-security\n\
                 Components: main\n",
            ],
        );
        check_for(
            "sid",
            file,
            debian,
            &["Types: deb\nURIs: http://host/debian\nSuites: sid\nComponents: main\n\
               Signed-By: /k.gpg\n"],
        );
        check_for(
            "bookworm",
            "sources.list",
            "deb http://host/debian stable main\ndeb http://host/debian stable-updates main\n\
             deb http://host/debian trixie main\n",
            &[
                "Types: deb\nURIs: http://host/debian\nSuites: bookworm\nComponents: main\n",
                "Types: deb\nURIs: http://host/debian\nSuites: bookworm-updates\nComponents: main\n",
            ],
        );
        check_for("trixie", file, &debian.replace("bookworm", "noble"), &[]);
    }

    #[test]
    fn the_keyring_of_sources_that_are_named_is_found_from_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.sources");
        let check = |keyring: &str, expected: &str| {
            let text = "Types: deb\nURIs: http://x\nSuites: trixie\nComponents: main\nSigned-By:";
            fs::write(&file, format!("{text}{keyring}\n")).unwrap();
            let release = Distribution::newest_in(&file).unwrap();
            let found = own_sources(Path::new("/nowhere"), &release).unwrap();
            assert_eq!(found, format!("{text}{expected}\n"));
        };
        check(" k.gpg", &format!(" {}", folder.path().join("k.gpg").display()));
        check(" /k.gpg", " /k.gpg");
        check(" 0123456789ABCDEF0123", " 0123456789ABCDEF0123");
        check("\n -----BEGIN PGP\n .\n x", "\n -----BEGIN PGP\n .\n x");
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
