//! What a portable machine needs itself, so that no module may change it.

/// Folders of the distribution, of the kernel, and of what runs before any module's units.
const FOLDERS: [&str; 12] = [
    "/bin",
    "/boot",
    "/dev",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/run/dbus",
    "/run/systemd",
    "/sbin",
    "/sys",
    "/usr",
];

/// What a machine adds to its own `/etc/hosts`.
pub const HOSTS: &str = "/etc/domi/hosts";
/// Files and folders below `/etc` by which the machine starts, and knows users and hosts.
const ETC: [&str; 26] = [
    "alternatives",
    "apt",
    "bash.bashrc",
    "bashrc",
    "dpkg",
    "environment",
    "fstab",
    "group",
    "gshadow",
    "hostname",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "ld.so.preload",
    "login.defs",
    "machine-id",
    "mtab",
    "nftables.conf",
    "nsswitch.conf",
    "pam.d",
    "passwd",
    "profile",
    "resolv.conf",
    "shadow",
    "shells",
];

/// Services of PAM by which users come and go on the machine itself. Others come with what asks for them.
const LOGINS: [&str; 19] = [
    "chfn",
    "chpasswd",
    "chsh",
    "common-account",
    "common-auth",
    "common-password",
    "common-session",
    "common-session-noninteractive",
    "login",
    "newusers",
    "other",
    "passwd",
    "runuser",
    "runuser-l",
    "su",
    "su-l",
    "sudo",
    "sudo-i",
    "systemd-user",
];

/// Whether a line of tmpfiles.d makes, changes or removes something that the machine needs.
pub(crate) fn touches_machine(line: &str) -> bool {
    let mut words = line.split_whitespace().map(|word| word.trim_matches(['\'', '"']));
    let (Some(kind), Some(path)) = (words.next(), words.next()) else { return false };
    if kind.starts_with('#') || kind.starts_with(['x', 'X']) {
        return false;
    }
    let path = plain(path);
    // Globs and specifiers may stand for anything from there on.
    let fixed = path.split(['*', '?', '[', '%']).next().unwrap_or_default();
    let removes = kind.starts_with(['r', 'R', 'D']);
    let around = |folder: &str| is_within(folder, &path) || removes && folder.starts_with(fixed);
    let etc = path.strip_prefix("/etc/");
    path == "/"
        || path == "/etc"
        || FOLDERS.iter().any(|folder| is_within(&path, folder) || around(folder))
        || etc.is_some_and(is_of_machine)
        || removes && fixed.len() < path.len() && "/etc/".starts_with(fixed)
}

/// Whether a path below `/etc` is, or is inside, something that the machine needs.
pub(crate) fn is_of_machine(path: &str) -> bool {
    if let Some(service) = path.strip_prefix("pam.d/") {
        let is_many = service.contains(['*', '?', '[', '%', '/']);
        return is_many || LOGINS.contains(&service);
    }
    ETC.iter().any(|taken| is_within(path, taken))
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path without `.`, `..` and double slashes, so that `/lib64/../lib64//x` is `/lib64/x`.
fn plain(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(out.pop()),
            part => out.push(part),
        }
    }
    format!("/{}", out.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_leaves_what_the_machine_needs() {
        for line in [
            "r /lib64/ld-linux-x86-64.so.2",
            "'r!' '/lib64//ld-linux-x86-64.so.2' '-' '-' '-' '-' ",
            "L+ /lib/ld-linux.so.2 - - - - /nix/store/x-stub-ld",
            "R /lib*",
            "R! /",
            "D /usr/../lib64 - - - -",
            "d /usr/bin 0755 root root -",
            "f /etc/passwd - - - -",
            "R /etc/pam.d",
            "R /etc/pam.d/*",
            "L+ /etc/pam.d/su - - - - /x",
            "L+ /bin/sh - - - - /x",
            "D /run/systemd - - - -",
        ] {
            assert!(touches_machine(line), "{line}");
        }
        for line in [
            "d /var/lib/x 0750 x x -",
            "R /var/cache/x*",
            "D /run/x - - - -",
            "f /etc/x/y - - - -",
            "# r /lib64/x",
            "x /usr/x",
            "d /library - - - -",
            "",
        ] {
            assert!(!touches_machine(line), "{line}");
        }
    }
}
