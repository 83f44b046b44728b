//! Programs that every NixOS has in its system path, and a Debian machine too, under the same name.

/// Where NixOS has them.
const FOLDER: &str = "/run/current-system/sw/bin/";

/// Where it has those of systemd, too.
const OF_SYSTEMD: &str = "/run/current-system/systemd/bin/";

/// By the package of nixpkgs that `nixos/modules/config/system-path.nix` wants everywhere (systemd comes with the
/// system). Left out is what Debian has from another author (awk, sh), or with other rights (su).
const PROGRAMS: &str = "\
    bash \
    base32 base64 basename basenc b2sum cat chcon chgrp chmod chown cksum comm cp csplit cut date dd \
    df dir dircolors dirname du echo env expand expr factor false fmt fold groups head hostid id \
    install join link ln logname ls md5sum mkdir mkfifo mknod mktemp mv nice nl nohup nproc numfmt \
    od paste pathchk pinky pr printenv printf ptx pwd readlink realpath rm rmdir seq sha1sum \
    sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync \
    tac tail tee test timeout touch tr true truncate tsort tty uname unexpand uniq unlink users \
    vdir wc who whoami yes \
    cmp diff diff3 sdiff \
    find xargs \
    getconf getent \
    egrep fgrep grep \
    sed \
    tar \
    gunzip gzip zcat \
    free kill pgrep pidwait pkill pmap ps pwdx slabtop tload top uptime vmstat w watch \
    chrt dmesg fallocate findmnt flock getopt hardlink ionice ipcmk ipcrm ipcs logger lsblk lscpu \
    lsipc lslocks lslogins lsmem lsns mcookie mountpoint namei nsenter partx prlimit renice rev \
    script setarch setpriv setsid setterm taskset uclampset unshare wall whereis";

/// The same of systemd.
const SYSTEMD: &str = "\
    busctl hostnamectl journalctl localectl loginctl networkctl systemctl systemd-analyze \
    systemd-cat systemd-cgls systemd-cgtop systemd-creds systemd-delta systemd-detect-virt \
    systemd-escape systemd-id128 systemd-inhibit systemd-mount systemd-notify systemd-path \
    systemd-run systemd-socket-activate systemd-stdio-bridge systemd-tmpfiles systemd-umount \
    timedatectl";

/// Where NixOS has its setuid programs.
const WITH_RIGHTS: &str = "/run/wrappers/bin/";

/// Those that are setuid in Debian, too.
const RIGHTS: &str = "mount newgrp passwd su umount";

/// Where a machine of Debian has the program that a path of NixOS names, if both have it.
pub(crate) fn on_debian(path: &str) -> Option<String> {
    let is_one = |of: &str, name: &str| of.split(' ').any(|program| program == name);
    if let Some(name) = path.strip_prefix(WITH_RIGHTS) {
        return is_one(RIGHTS, name).then(|| format!("/usr/bin/{name}"));
    }
    let name = match path.strip_prefix(OF_SYSTEMD) {
        Some(name) => Some(name).filter(|name| is_one(SYSTEMD, name)),
        None => {
            path.strip_prefix(FOLDER).filter(|name| is_one(PROGRAMS, name) || is_one(SYSTEMD, name))
        }
    };
    name.map(|name| format!("/usr/bin/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_both_have_are_found() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(on_debian(path).as_deref(), expected, "{path}");
        };
        check("/run/current-system/sw/bin/kill", Some("/usr/bin/kill"));
        check("/run/current-system/sw/bin/systemctl", Some("/usr/bin/systemctl"));
        check("/run/current-system/systemd/bin/systemctl", Some("/usr/bin/systemctl"));
        check("/run/current-system/systemd/bin/kill", None);
        check("/run/current-system/sw/bin/jq", None);
        check("/run/current-system/sw/bin/", None);
        check("/run/current-system/sw/bin/kill/x", None);
        check("/run/wrappers/bin/kill", None);
        check("/run/wrappers/bin/su", Some("/usr/bin/su"));
        check("/run/current-system/sw/bin/su", None);
        check("/run/booted-system/sw/bin/kill", None);
    }

    /// This computer stands for the machine, where it is a Debian.
    #[test]
    fn they_are_where_debian_has_them() {
        if std::path::Path::new("/etc/debian_version").exists() {
            let missing = |name: &&str| !std::path::Path::new("/usr/bin").join(name).exists();
            let missing: Vec<_> = [PROGRAMS, SYSTEMD, RIGHTS]
                .iter()
                .flat_map(|all| all.split(' '))
                .filter(missing)
                .collect();
            assert_eq!(missing, <[&str; 0]>::default());
        } else {
            eprintln!("SKIPPED: this is no Debian");
        }
    }
}
