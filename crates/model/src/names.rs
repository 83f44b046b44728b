//! Names that become file names, and lines that must stay lines: the rules for what an author
//! writes and for what settings bring.

use crate::reserved;

/// The suffixes of systemd's units.
const SUFFIXES: [&str; 11] = [
    "automount",
    "device",
    "mount",
    "path",
    "scope",
    "service",
    "slice",
    "socket",
    "swap",
    "target",
    "timer",
];

/// The most bytes of a file's name.
const LONGEST_FILE: usize = 255;

/// The longest name of a feature: names of files and of what Nix builds are made from it.
const LONGEST_FEATURE: usize = 64;

/// A feature's name.
///
/// # Errors
/// Says what is wrong with it; so do all rules here.
pub fn feature(name: &str) -> Result<(), String> {
    if is_kebab(name) && name.len() <= LONGEST_FEATURE {
        return Ok(());
    }
    Err(format!(
        "a feature's name is kebab-case, such as `feature-x`, with at most {LONGEST_FEATURE} \
         characters"
    ))
}

/// Lower-case words of letters and digits with single hyphens between them; a letter comes first.
pub(crate) fn is_kebab(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// A unit's name without its suffix.
pub fn unit(name: &str, suffix: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    if name.is_empty() || !name.chars().all(good) {
        return Err(format!(
            "{name:?} cannot be a unit's name: only letters, digits and :-_.\\@ can be in it"
        ));
    }
    if name.starts_with(['@', '.']) || name.len() + 1 + suffix.len() > LONGEST_FILE {
        return Err(format!(
            "{name:?} cannot be a unit's name: it is too long, or begins with `@` or `.`"
        ));
    }
    let levels = |name: &str| name.split('-').all(|level| !level.is_empty());
    if suffix == "slice" && (name.contains('@') || name != "-" && !levels(name)) {
        return Err(format!(
            "{name:?} cannot be a slice's name, whose levels have `-` between them"
        ));
    }
    Ok(())
}

/// A unit's name without its suffix, as an author writes it.
pub fn written_unit(name: &str, suffix: &str) -> Result<(), String> {
    if let Some((stem, own)) = name.rsplit_once('.')
        && SUFFIXES.contains(&own)
    {
        return Err(format!("{name:?} has a suffix already; the name alone is `{stem}`"));
    }
    unit(name, suffix)
}

/// A unit's name without its suffix, made from settings: none that systemd reads as something
/// else than it is, such as a template, or an option of a command.
pub fn made_unit(name: &str, suffix: &str) -> Result<(), String> {
    if name.starts_with('-') || name.ends_with('@') || name.contains('\\') {
        return Err(format!(
            "{name:?} cannot be made a unit's name: it begins with `-`, ends with `@` or has a \
             backslash in it"
        ));
    }
    unit(name, suffix)
}

/// The file of what a feature adds to units of others. systemd reads files by their names, and of
/// two the later one counts: NixOS's own is `overrides.conf`.
pub fn late_drop_in(feature: &str) -> String {
    format!("zz-domi-{feature}.conf")
}

/// Whether a text is a label of a domain name, in lower case: at most 63 letters, digits and `-`, with no
/// `-` at its ends.
pub fn is_label(text: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=LONGEST_LABEL).contains(&text.len())
        && text.chars().all(good)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The most characters of a label of a domain name.
pub const LONGEST_LABEL: usize = 63;

/// The full name of a unit that another one refers to.
pub fn unit_reference(name: &str) -> Result<(), String> {
    if name.contains('%') {
        return Err(format!("{name:?} is no unit's name"));
    }
    unit_pattern(name)
}

/// The full name of a unit that another one refers to, with specifiers.
pub fn unit_pattern(name: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "@%:_.\\-".contains(c);
    match name.rsplit_once('.') {
        Some((stem, suffix)) if !stem.is_empty() && SUFFIXES.contains(&suffix) => {
            if stem.chars().all(good) && name.len() <= LONGEST_FILE {
                Ok(())
            } else {
                Err(format!("{name:?} is no unit's name"))
            }
        }
        _ => Err(format!("{name:?} is no unit's full name, such as `network.target`")),
    }
}

/// The name, without its suffix, of the mount at a path: as `systemd-escape --path` writes it.
pub fn path_unit(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ":_.".contains(c);
    let mut out = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        out += if out.is_empty() { "" } else { "-" };
        for c in part.chars() {
            if plain(c) && !(out.is_empty() && c == '.') {
                out.push(c);
            } else {
                let mut bytes = [0; 4];
                let escaped = c.encode_utf8(&mut bytes).bytes().map(|b| format!("\\x{b:02x}"));
                out.extend(escaped);
            }
        }
    }
    if out.is_empty() { "-".to_owned() } else { out }
}

/// A path at which a feature may mount something.
pub fn mount_point(path: &str) -> Result<(), String> {
    let good = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    let parts = path.strip_prefix('/').filter(|rest| rest.split('/').all(good));
    if parts.is_none() || path_unit(path).len() > LONGEST_FILE - ".automount".len() {
        return Err(format!(
            "{path:?} is no place to mount at: an absolute path of letters, digits and -_. is"
        ));
    }
    if path == "/usr" || reserved::tmpfiles(path) {
        return Err(format!("{path:?} is a folder that machines have themselves"));
    }
    Ok(())
}

/// The name of an environment variable.
pub fn variable(name: &str) -> Result<(), String> {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.starts_with(start) || !name.chars().all(good) {
        return Err(format!(
            "{name:?} is no environment variable: systemd takes letters, digits and `_`, and no \
             digit at the beginning"
        ));
    }
    if name == "PATH" {
        return Err("PATH follows from the unit's `path` and cannot be set".to_owned());
    }
    Ok(())
}

/// An absolute path that leads nowhere else: no `.` and `..` in it.
pub fn path(path: &str) -> Result<(), String> {
    let good = |part: &str| {
        !matches!(part, "." | "..")
            && part.len() <= LONGEST_FILE
            && !part.chars().any(|c| c.is_ascii_control())
    };
    if path.starts_with('/') && path.split('/').all(good) {
        return Ok(());
    }
    Err(format!("{path:?} is no absolute path without `.` and `..` in it"))
}

/// The path of a rule of tmpfiles.d as it is written there: a `%` begins a specifier, and two of
/// them are one. It is absolute, or begins with a specifier.
pub fn tmpfiles_path(written: &str) -> Result<(), String> {
    let holds_specifier = written.replace("%%", "").contains('%');
    let path = if holds_specifier { written.to_owned() } else { written.replace("%%", "%") };
    let begins = path.starts_with('/')
        || holds_specifier && !path.starts_with("%%") && path.starts_with('%');
    let good = |part: &str| !matches!(part, "." | "..") && part.len() <= LONGEST_FILE;
    if begins && path.split('/').all(good) {
        return Ok(());
    }
    Err(format!("{path:?} is no path of a rule: one is absolute, without `.` and `..` in it"))
}

/// A user's or group's name, as both NixOS and systemd-sysusers take it.
pub fn user(name: &str) -> Result<(), String> {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.starts_with(start) && name.chars().all(good) && name.len() <= 31 {
        return Ok(());
    }
    Err(format!("{name:?} cannot be a user's or group's name"))
}

/// The name of a user that is to be made.
pub fn new_user(name: &str) -> Result<(), String> {
    user(name)?;
    free(name, "user", reserved::user(name))
}

/// The name of a group that is to be made.
pub fn new_group(name: &str) -> Result<(), String> {
    user(name)?;
    free(name, "group", reserved::group(name))
}

/// Whether nothing of the kind has the name on every machine.
pub fn free(name: &str, kind: &str, taken: bool) -> Result<(), String> {
    if taken { Err(format!("machines have a {kind} {name:?} already")) } else { Ok(()) }
}

/// A field of `/etc/passwd`.
pub fn passwd_field(text: &str) -> Result<(), String> {
    if text.contains([':', '\n']) || text.chars().any(|c| c.is_ascii_control()) {
        return Err(format!("{text:?} holds a colon or a control character"));
    }
    Ok(())
}

/// A path below `/etc`.
pub fn etc_path(path: &str) -> Result<(), String> {
    let good = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.len() <= LONGEST_FILE
            && !part.chars().any(|c| c.is_ascii_control())
    };
    if path.split('/').all(good) && path.len() < 1024 {
        return Ok(());
    }
    Err(format!("{path:?} is no path below /etc"))
}

/// A value that stands on a line of its own in a unit file.
pub fn line(text: &str) -> Result<(), String> {
    if text.contains(['\n', '\r', '\0']) {
        return Err(format!("{text:?} has a line break in it, which would begin another line"));
    }
    if text.ends_with('\\') {
        return Err(format!("{text:?} ends with a backslash, which would take in the next line"));
    }
    Ok(())
}

/// A word of tmpfiles.d that NixOS puts in single quotes.
pub fn single_quoted(text: &str) -> Result<(), String> {
    if text.contains(['\'', '\\']) || text.chars().any(|c| c.is_ascii_control()) {
        return Err(format!("{text:?} holds a quote, a backslash or a control character"));
    }
    Ok(())
}
