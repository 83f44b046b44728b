//! Paths outside the store that only a running NixOS has.

use std::ops::Range;

/// Where they are.
const FOLDERS: [&str; 4] =
    ["/nix/var", "/run/booted-system", "/run/current-system", "/run/wrappers"];

/// Of these, what a text may name without harm. Where a folder of a search path is missing, the search goes
/// on to the next; and Debian's C library reads no archive of locales.
const HARMLESS: [&str; 4] = [
    "/run/current-system/sw/bin",
    "/run/current-system/sw/lib/locale/locale-archive",
    "/run/current-system/sw/sbin",
    "/run/wrappers/bin",
];

/// What systemd takes before the path of a program. Within a path they are characters of it.
const PREFIXES: &str = "-+@~";

/// Characters of a path in a text.
pub(crate) fn is_of_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._+-@~".contains(c)
}

/// Where a text refers to one, from its beginning on: but for comments, and folders that are only searched.
pub(crate) fn paths(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0;
    for line in text.split_inclusive('\n') {
        let is_comment = line.trim_start().starts_with('#') && !line.starts_with("#!");
        if !is_comment {
            out.extend(of_line(line).into_iter().map(|at| from + at.start..from + at.end));
        }
        from += line.len();
    }
    out.sort_by_key(|at| at.start);
    out
}

fn of_line(line: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for folder in FOLDERS {
        for (at, _) in line.match_indices(folder) {
            let (before, rest) = line.split_at(at);
            let end = rest.find(|c| !is_of_path(c)).unwrap_or(rest.len());
            let path = &rest[..end];
            let is_within = matches!(path.as_bytes().get(folder.len()), None | Some(b'/'));
            if begins(before) && is_within && !HARMLESS.contains(&path.trim_end_matches('/')) {
                out.push(at..at + end);
            }
        }
    }
    out
}

/// Whether a path that stands behind this begins there, and is no part of a longer one.
fn begins(before: &str) -> bool {
    !before.trim_end_matches(|c| PREFIXES.contains(c)).ends_with(is_of_path)
}

/// Where a text has one of these paths, and no longer one.
pub(crate) fn whole(text: &str, paths: &[&str]) -> Vec<Range<usize>> {
    let of = |path: &&str| {
        let found = text.match_indices(*path).map(|(at, path)| at..at + path.len());
        let is_whole = |at: &Range<usize>| {
            begins(&text[..at.start]) && !text[at.end..].starts_with(is_of_path)
        };
        found.filter(is_whole).collect::<Vec<_>>()
    };
    let mut out: Vec<_> = paths.iter().flat_map(of).collect();
    out.sort_by_key(|at| at.start);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_nixos_has_is_seen_where_it_is_used() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<_> = paths(text).into_iter().map(|at| &text[at]).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("ExecStart=/run/current-system/sw/bin/x -a", &["/run/current-system/sw/bin/x"]);
        check("a\nb \"/run/wrappers/bin/sudo\";", &["/run/wrappers/bin/sudo"]);
        check("#!/run/current-system/sw/bin/bash", &["/run/current-system/sw/bin/bash"]);
        check("x=/nix/var/nix/db /run/booted-system", &["/nix/var/nix/db", "/run/booted-system"]);
        check("PATH=/run/wrappers/bin:/run/current-system/sw/bin/:/usr/bin", &[]);
        check("ExecStartPre=-/run/wrappers/bin/x", &["/run/wrappers/bin/x"]);
        check("ExecStart=+/run/current-system/sw/bin/x", &["/run/current-system/sw/bin/x"]);
        check("ExecStart=@-/run/booted-system/x x", &["/run/booted-system/x"]);
        check("  # not /run/wrappers/bin/sudo", &[]);
        check("/srv/run/wrappers/bin/x /run/wrappersx/y /nix/various", &[]);
    }
}
