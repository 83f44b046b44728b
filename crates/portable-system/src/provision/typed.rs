//! Programs that a machine has for its units alone. NixOS has a package of a unit's on no PATH but that unit's, and Debian
//! installs it for everyone: whoever types one of its programs is told that NixOS would not find it.

use std::collections::BTreeSet;

use domi_host::command::shell_word;
use domi_model::{Machine, Manifest};
use domi_realise::System;

use super::programs::look_up;

/// Packages with what everyone finds on a NixOS, or what the scripts of this crate call. Their programs are
/// never hidden.
const EVERYONES: [&str; 52] = [
    "acl",
    "attr",
    "bash",
    "bsdextrautils",
    "bsdutils",
    "bzip2",
    "coreutils",
    "cpio",
    "curl",
    "dbus",
    "dbus-bin",
    "debianutils",
    "diffutils",
    "e2fsprogs",
    "fdisk",
    "findutils",
    "fuse3",
    "gawk",
    "grep",
    "gzip",
    "hostname",
    "iproute2",
    "iptables",
    "iputils-ping",
    "kmod",
    "less",
    "libc-bin",
    "libcap2-bin",
    "login",
    "lvm2",
    "mawk",
    "mount",
    "nano",
    "ncurses-bin",
    "net-tools",
    "netcat-openbsd",
    "nftables",
    "openssh-client",
    "openssh-server",
    "passwd",
    "patch",
    "perl",
    "perl-base",
    "procps",
    "rsync",
    "sed",
    "strace",
    "sudo",
    "tar",
    "util-linux",
    "xz-utils",
    "zstd",
];

/// Writes what answers in the place of programs, found before them by whoever types their names.
const STAND_IN: &str = r#"declare -A typed=()
while IFS=$'\t' read -r what path file; do
  case $what in
  folder) whose=$path; continue ;;
  choice) [[ $path -ef $file ]] || continue ;;
  esac
  typed[${path##*/}]=$whose
done <<<"$programs"
for name in "${!typed[@]}"; do
  at=/usr/local/bin/$name
  [[ ${typed[$name]} != units || -e $at || -L $at ]] || { echo "$text" >"$at"; stand_ins+=("$at"); }
done
if (( ${#stand_ins[@]} > 0 )); then
  chmod 755 -- "${stand_ins[@]}"
  printf '%s\n' "${stand_ins[@]}" >"$list"
fi
"#;

/// Where the stand-ins of a machine are listed.
const LIST: &str = "/etc/domi/stand-ins";

/// What a stand-in does.
const TEXT: &str = "#!/bin/sh
echo \"${0##*/}: command not found, as on NixOS: only units of this machine have it. Name its package in the test, or have it \
installed for everyone (.package(…), system.package(…), environment.systemPackages).\" >&2
exit 127
";

/// A script that hides the programs of those packages that everyone would find here, and not on a NixOS with this system.
pub(super) fn hide(
    packages: &[String],
    system: &System,
    manifest: &Manifest,
    machine: &Machine,
) -> String {
    let named = machine.packages.iter().filter_map(|name| manifest.packages.get(name));
    let named: BTreeSet<&str> =
        named.flat_map(|package| &package.debian).map(String::as_str).collect();
    let is_everyones = |name: &&str| {
        let always = EVERYONES.contains(name) || name.starts_with("systemd") || *name == "udev";
        always || system.debian_on_path.contains(*name) || named.contains(name)
    };
    let packages = packages.iter().map(String::as_str);
    let (everyones, units): (Vec<_>, Vec<_>) = packages.partition(is_everyones);
    if units.is_empty() { String::new() } else { stand_ins(units, everyones) }
}

/// Removes what the script of an earlier system has made.
pub(super) fn show() -> String {
    format!(
        "if [[ -e {LIST} ]]; then mapfile -t stand_ins <{LIST}; rm -f -- \"${{stand_ins[@]}}\" {LIST}; fi\n"
    )
}

fn stand_ins(units: Vec<&str>, everyones: Vec<&str>) -> String {
    let wanted = [("units".to_owned(), units), ("everyone".to_owned(), everyones)];
    let text = shell_word(TEXT.trim_end());
    format!("list={LIST} stand_ins=() text={text}\n{}{STAND_IN}", look_up(&wanted))
}
