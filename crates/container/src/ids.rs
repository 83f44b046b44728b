//! The ids of a container's users: 65,536 of this computer's that nobody has, or this user and
//! those that were set apart for it. Root in there is never root out here.

use std::path::Path;

use anyhow::Context;
use domi_host::command::Program;
use domi_host::{Interrupt, tool};
use fs_err as fs;
use rustix::process::Pid;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How many ids a container has.
pub(crate) const IDS: u32 = 65_536;
/// The first id that root takes where none were set apart for it: far above those that are given
/// to users, and below the last.
const FAR: u32 = 0x6000_0000;

/// How ids are mapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    uids: Vec<Row>,
    gids: Vec<Row>,
    /// Whether we may write it ourselves.
    as_root: bool,
}

/// A range of ids: the first in a container, the first out here, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    inside: u32,
    outside: u32,
    count: u32,
}

impl Mapping {
    /// The one for this user on this computer, or what is missing.
    pub fn find() -> Result<Self, String> {
        if rustix::process::geteuid().is_root() {
            return Self::of_root(&read("/proc/self/uid_map"), &read("/etc/subuid"));
        }
        let uid = rustix::process::geteuid().as_raw();
        for program in ["newuidmap", "newgidmap"] {
            if tool::find(program).is_none() {
                return Err(format!("{program} is not installed: sudo apt-get install uidmap"));
            }
        }
        let name = user_name(&read("/etc/passwd"), uid);
        Self::of_user(
            (uid, rustix::process::getegid().as_raw()),
            name.as_deref(),
            [&read("/etc/subuid"), &read("/etc/subgid")],
        )
    }

    fn of_root(ours: &str, set_apart: &str) -> Result<Self, String> {
        let apart = ranges(set_apart, &["root", "0"]).find(|(_, count)| *count >= IDS);
        let first = apart.map_or(FAR, |(first, _)| first);
        let last = first + (IDS - 1);
        let reach = |line: &str| {
            let mut words = line.split_whitespace().map(|word| word.parse::<u64>().unwrap_or(0));
            let (inside, _, count) = (words.next()?, words.next()?, words.next()?);
            Some(
                (inside..inside + count).contains(&u64::from(first))
                    && u64::from(last) < inside + count,
            )
        };
        if !ours.lines().filter_map(reach).any(|reached| reached) {
            return Err(format!(
                "the ids {first} to {last} are not in this user namespace: set {IDS} apart that are, \
                 with a line root:FIRST:{IDS} in /etc/subuid"
            ));
        }
        let row = Row { inside: 0, outside: first, count: IDS };
        Ok(Self { uids: vec![row], gids: vec![row], as_root: true })
    }

    fn of_user(
        (uid, gid): (u32, u32),
        name: Option<&str>,
        apart: [&str; 2],
    ) -> Result<Self, String> {
        let number = uid.to_string();
        let who = name.unwrap_or(&number);
        let rows = |own: u32, text: &str, file: &str| {
            let (first, _) = ranges(text, &[who, &number])
                .find(|(_, count)| *count >= IDS - 1)
                .ok_or_else(|| {
                    format!(
                        "no {IDS} ids are set apart for {who} in {file}: \
                         sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {who}"
                    )
                })?;
            Ok::<_, String>(vec![
                Row { inside: 0, outside: own, count: 1 },
                Row { inside: 1, outside: first, count: IDS - 1 },
            ])
        };
        Ok(Self {
            uids: rows(uid, apart[0], "/etc/subuid")?,
            gids: rows(gid, apart[1], "/etc/subgid")?,
            as_root: false,
        })
    }

    /// The id out here of a container's root.
    pub(crate) fn root(&self) -> (u32, u32) {
        let first = |rows: &[Row]| rows.first().map_or(0, |row| row.outside);
        (first(&self.uids), first(&self.gids))
    }

    /// Whether we ourselves are root out here, and may do to a container what root may.
    pub(crate) fn as_root(&self) -> bool {
        self.as_root
    }

    /// What files in a container's folders depend on.
    pub(crate) fn key(&self) -> String {
        format!("{:?} {:?}", self.uids, self.gids)
    }

    /// Makes a folder that the container's root owns.
    pub(crate) fn make_folder(&self, path: &Path) -> Result<()> {
        use std::os::unix::fs::PermissionsExt;
        fs::create_dir(path)?;
        fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
        if self.as_root {
            let (uid, gid) = self.root();
            std::os::unix::fs::chown(path, Some(uid), Some(gid))?;
        }
        Ok(())
    }

    /// Gives a process that has just made a user namespace these ids.
    pub(crate) fn apply(&self, pid: Pid) -> Result<()> {
        let pid = pid.as_raw_nonzero();
        for (file, program, rows) in
            [("uid_map", "newuidmap", &self.uids), ("gid_map", "newgidmap", &self.gids)]
        {
            if self.as_root {
                let text = rows.iter().map(|row| row.words().join(" ") + "\n").collect::<String>();
                let path = format!("/proc/{pid}/{file}");
                std::fs::write(&path, text).with_context(|| format!("cannot map ids by {path}"))?;
            } else {
                let words = rows.iter().flat_map(|row| row.words());
                let program = Program::new(program).arg(pid.to_string()).args(words);
                program.read(&Interrupt::default()).map_err(Error::from)?;
            }
        }
        Ok(())
    }
}

impl Row {
    fn words(self) -> [String; 3] {
        [self.inside, self.outside, self.count].map(|number| number.to_string())
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(path)).unwrap_or_default()
}

/// The ranges that a file of subordinate ids has for one of these names.
fn ranges<'a>(text: &'a str, names: &'a [&str]) -> impl Iterator<Item = (u32, u32)> + 'a {
    text.lines().filter_map(move |line| {
        let mut words = line.trim().split(':');
        let name = words.next()?;
        let range = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        names.contains(&name).then_some(range)
    })
}

fn user_name(passwd: &str, uid: u32) -> Option<String> {
    let line = passwd.lines().find(|line| line.split(':').nth(2) == Some(&uid.to_string()))?;
    line.split(':').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Result<Mapping, String>, expected: Result<&str, &str>) {
        let found = found.map(|mapping| {
            mapping.uids.iter().map(|row| row.words().join(" ")).collect::<Vec<_>>().join(", ")
        });
        match expected {
            Ok(rows) => assert_eq!(found.as_deref(), Ok(rows)),
            Err(part) => assert!(found.as_ref().is_err_and(|why| why.contains(part)), "{found:?}"),
        }
    }

    const ALL: &str = "         0          0 4294967295\n";

    #[test]
    fn root_takes_ids_that_nobody_has_and_never_its_own() {
        check(Mapping::of_root(ALL, ""), Ok("0 1610612736 65536"));
        check(Mapping::of_root(ALL, "me:100000:65536\nroot:300000:65536\n"), Ok("0 300000 65536"));
        check(Mapping::of_root("0 100000 65536\n", ""), Err("/etc/subuid"));
    }

    #[test]
    fn a_user_takes_what_was_set_apart_for_it() {
        let of = |apart| Mapping::of_user((1000, 1000), Some("me"), [apart; 2]);
        check(of("you:1:65536\nme:100000:65536\n"), Ok("0 1000 1, 1 100000 65535"));
        check(of("1000:200000:65536\n"), Ok("0 1000 1, 1 200000 65535"));
        check(of("me:100000:1000\n"), Err("sudo usermod"));
        check(of(""), Err("me"));
    }
}
