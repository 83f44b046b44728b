//! Names that become file names, and lines that must stay lines.

use domi_model::reserved;

/// A unit's name without its suffix.
pub(super) fn unit(name: &str, suffix: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    if name.is_empty() || !name.chars().all(good) {
        return Err(format!(
            "{name:?} cannot be a unit's name: only letters, digits and :-_.\\@ can be in it"
        ));
    }
    if name.starts_with('@') || name.len() + 1 + suffix.len() > 255 {
        return Err(format!("{name:?} cannot be a unit's name: it is too long or begins with @"));
    }
    Ok(())
}

/// The full name of a unit that another one refers to.
pub(super) fn unit_reference(name: &str) -> Result<(), String> {
    if name.contains('%') {
        return Err(format!("{name:?} is no unit's name"));
    }
    unit_pattern(name)
}

/// The full name of a unit that another one refers to, with specifiers.
pub(super) fn unit_pattern(name: &str) -> Result<(), String> {
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
    let good = |c: char| c.is_ascii_alphanumeric() || "@%:_.\\-".contains(c);
    match name.rsplit_once('.') {
        Some((stem, suffix)) if !stem.is_empty() && SUFFIXES.contains(&suffix) => {
            if stem.chars().all(good) { Ok(()) } else { Err(format!("{name:?} is no unit's name")) }
        }
        _ => Err(format!("{name:?} is no unit's full name, such as `network.target`")),
    }
}

/// A user's or group's name, as both NixOS and systemd-sysusers take it.
pub(super) fn user(name: &str) -> Result<(), String> {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.starts_with(start) && name.chars().all(good) && name.len() <= 31 {
        return Ok(());
    }
    Err(format!("{name:?} cannot be a user's or group's name"))
}

/// The name of a user that is to be made.
pub(super) fn new_user(name: &str) -> Result<(), String> {
    user(name)?;
    free(name, "user", reserved::user(name))
}

/// The name of a group that is to be made.
pub(super) fn new_group(name: &str) -> Result<(), String> {
    user(name)?;
    free(name, "group", reserved::group(name))
}

/// Whether nothing of the kind has the name on every machine.
pub(super) fn free(name: &str, kind: &str, taken: bool) -> Result<(), String> {
    if taken { Err(format!("machines have a {kind} {name:?} already")) } else { Ok(()) }
}

/// A field of `/etc/passwd`.
pub(super) fn passwd_field(text: &str) -> Result<(), String> {
    if text.contains([':', '\n']) || text.chars().any(|c| c.is_ascii_control()) {
        return Err(format!("{text:?} holds a colon or a control character"));
    }
    Ok(())
}

/// A path below `/etc`.
pub(super) fn etc_path(path: &str) -> Result<(), String> {
    let good = |part: &str| {
        !matches!(part, "" | "." | "..") && !part.chars().any(|c| c.is_ascii_control())
    };
    if path.split('/').all(good) && path.len() < 1024 {
        return Ok(());
    }
    Err(format!("{path:?} is no path below /etc"))
}

/// A value that stands on a line of its own in a unit file.
pub(super) fn line(text: &str) -> Result<(), String> {
    if text.contains(['\n', '\r', '\0']) {
        return Err(format!("{text:?} has a line break in it, which would begin another line"));
    }
    if text.ends_with('\\') {
        return Err(format!("{text:?} ends with a backslash, which would take in the next line"));
    }
    Ok(())
}

/// A word of tmpfiles.d that NixOS puts in single quotes.
pub(super) fn single_quoted(text: &str) -> Result<(), String> {
    if text.contains(['\'', '\\']) || text.chars().any(|c| c.is_ascii_control()) {
        return Err(format!("{text:?} holds a quote, a backslash or a control character"));
    }
    Ok(())
}
