//! A system as files, for a machine that is not a NixOS.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domi_model::{TestFile, names, reserved};
use serde::Serialize;

use super::realised::{Firewall, System};
use crate::escape::{quoted_word, tmpfiles_argument};

/// A file of a machine, owned by root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Its absolute path.
    pub path: String,
    /// Its permissions, such as `0o644`; without meaning for a symbolic link.
    pub mode: u32,
    /// What it is.
    pub content: Content,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// A file with this text.
    Text(String),
    /// A symbolic link to this.
    Symlink(String),
    /// What a file of this computer holds, and the digest of that. No system has it from settings.
    Copy {
        /// The file.
        from: PathBuf,
        /// The digest.
        digest: String,
    },
}

impl System {
    /// Everything to be put on the machine, in the order of the paths. Folders are made at need.
    pub fn files(&self) -> Vec<File> {
        let mut files = BTreeMap::new();
        let mut text = |path: String, mode: u32, text: String| {
            files.insert(path.clone(), File { path, mode, content: Content::Text(text) });
        };
        for (path, content) in &self.files {
            let mode = if self.executables.contains(path) { 0o555 } else { 0o444 };
            text(path.clone(), mode, content.clone());
        }
        for (path, file) in &self.etc {
            let mode = file.mode.as_deref().and_then(|mode| u32::from_str_radix(mode, 8).ok());
            text(format!("/etc/{path}"), mode.unwrap_or(0o444), file.text.clone());
        }
        for (name, unit) in &self.units {
            text(format!("{UNITS}/{name}"), 0o444, unit.text.clone());
        }
        let name = &self.feature;
        for (unit, drop_in) in &self.drop_ins {
            let file = match reserved::unit(unit) {
                Some(_) => format!("domi-{name}.conf"),
                // After those of others, which it wins over.
                None => names::late_drop_in(name),
            };
            text(format!("{UNITS}/{unit}.d/{file}"), 0o444, drop_in.text.clone());
        }
        if !self.users.is_empty() || !self.groups.is_empty() {
            text(format!("/etc/sysusers.d/domi-{name}.conf"), 0o444, self.sysusers());
        }
        if !self.tmpfiles.is_empty() {
            text(format!("/etc/tmpfiles.d/10-{name}.conf"), 0o444, self.tmpfiles.concat());
        }
        let owned = self.owned();
        if !owned.is_empty() {
            text(format!("/etc/tmpfiles.d/domi-{name}.owned.conf"), 0o444, owned);
        }
        if !self.sysctl.is_empty() {
            let lines = self.sysctl.iter().map(|(name, value)| format!("{name}={value}\n"));
            text(format!("/etc/sysctl.d/60-{name}.conf"), 0o444, lines.collect());
        }
        text("/etc/nftables.conf".to_owned(), 0o444, self.firewall.ruleset());
        let mut link = |path: String, to: String| {
            files.insert(path.clone(), File { path, mode: 0o777, content: Content::Symlink(to) });
        };
        for (name, unit) in self.units.iter().chain(&self.drop_ins) {
            for (suffix, by) in [("wants", &unit.wanted_by), ("requires", &unit.required_by)] {
                for other in by {
                    link(format!("{UNITS}/{other}.{suffix}/{name}"), format!("../{name}"));
                }
            }
        }
        for (name, unit) in &self.units {
            for alias in &unit.aliases {
                link(format!("{UNITS}/{alias}"), name.clone());
            }
        }
        for programs in &self.programs {
            for (name, path) in &programs.links {
                link(format!("{}/{name}", programs.folder()), path.clone());
            }
        }
        for (name, path) in &self.commands {
            link(format!("{COMMANDS}/{name}"), path.clone());
        }
        // So that the firewall is there after a reboot.
        link(
            format!("{UNITS}/sysinit.target.wants/nftables.service"),
            "/usr/lib/systemd/system/nftables.service".to_owned(),
        );
        files.into_values().collect()
    }

    /// Users and groups as sysusers.d has them.
    fn sysusers(&self) -> String {
        let mut out = String::new();
        for group in &self.groups {
            let gid = self.gids.get(group).map_or("-".to_owned(), u32::to_string);
            out += &format!("g {group} {gid}\n");
        }
        for (name, user) in &self.users {
            let (group, home) = (&user.group, quoted_word(&user.home));
            let description = match &*user.description {
                "" => "-".to_owned(),
                text => quoted_word(text),
            };
            let uid = user.uid.map_or("-".to_owned(), |uid| uid.to_string());
            let shell = match &user.shell {
                Some(shell) => quoted_word(shell),
                None if user.normal => "/bin/bash".to_owned(),
                None => "/usr/sbin/nologin".to_owned(),
            };
            out += &format!("u {name} {uid}:{group} {description} {home} {shell}\n");
        }
        for (name, user) in &self.users {
            out.extend(user.extra_groups.iter().map(|group| format!("m {name} {group}\n")));
        }
        out
    }

    /// Homes to make, and files below `/etc` that belong to somebody else than root, as rules of
    /// tmpfiles.d.
    fn owned(&self) -> String {
        let mut out = String::new();
        for (name, user) in self.users.iter().filter(|(_, user)| user.create_home) {
            out += &format!("d {} 0700 {name} {} -\n", quoted_word(&user.home), user.group);
        }
        for (path, file) in &self.etc {
            if (&file.user, &file.group) == (&None, &None) {
                continue;
            }
            let path = quoted_word(&format!("/etc/{path}"));
            let mode = file.mode.as_deref().unwrap_or("-");
            let [user, group] = [&file.user, &file.group].map(|it| it.as_deref().unwrap_or("root"));
            out += &format!("f {path} {mode} {user} {group} -\n");
        }
        out
    }
}

const UNITS: &str = "/etc/systemd/system";

/// Where a machine that is not a NixOS has commands of its own, on the PATH of everyone but services.
pub const COMMANDS: &str = "/usr/local/bin";

impl Firewall {
    /// A file for `nft -f` that puts this firewall in the place of an earlier one, with the
    /// meaning of a NixOS firewall that has these ports open: answers come in, the machine itself
    /// is let through, and so are ping and what IPv6 needs; everything else is dropped.
    pub fn ruleset(&self) -> String {
        let mut opened = String::new();
        for (protocol, ports) in self.ports() {
            let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
            let protocol = protocol.as_str();
            if !ports.is_empty() {
                opened += &format!("    {protocol} dport {{ {} }} accept\n", ports.join(", "));
            }
        }
        format!(
            "add table inet domi\n\
             delete table inet domi\n\
             table inet domi {{\n  \
               chain input {{\n    \
                 type filter hook input priority filter; policy drop;\n    \
                 iifname \"lo\" accept\n    \
                 ct state {{ established, related }} accept\n    \
                 ct state invalid drop\n\
             {opened}    \
                 icmp type echo-request accept\n    \
                 icmpv6 type != {{ nd-redirect, 139 }} accept\n    \
                 ip6 daddr fe80::/64 udp dport 546 accept\n  \
               }}\n\
             }}\n"
        )
    }
}

/// The line of tmpfiles.d that puts a test's file on a machine, with its newline. What the file
/// holds arrives byte for byte.
pub fn test_file_rule(file: &TestFile) -> String {
    let path = quoted_word(&file.path);
    let argument = match &*file.content {
        // Alone, it would mean that there is no argument.
        "-" => "\\x2d".to_owned(),
        content => tmpfiles_argument(content).replace('%', "%%"),
    };
    format!("f+ {path} {} root root - {argument}\n", file.mode)
}
