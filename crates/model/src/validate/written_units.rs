//! Units that a test writes: no more of them is looked at than whether they run the same on every machine. Such a
//! unit may be wrong on purpose.

use crate::TestFile;
use crate::directive::is_command;
use crate::nixos::{OWN_PROGRAMS, is_bare, is_foreign_program};

/// Where systemd finds them.
const FOLDERS: [&str; 2] = ["/etc/systemd/system/", "/run/systemd/system/"];

/// What a unit says that sets its PATH, or may set it, beside where all of its programs are.
const SETS_PATH: [&str; 3] = ["PATH=", "EnvironmentFile=", "PassEnvironment="];

/// A PATH with the programs of every NixOS, and those of every Debian.
const PATH: &str = "Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin";

/// What is wrong with the commands of a unit, if the file is one.
pub(super) fn faults(file: &TestFile) -> Vec<String> {
    let folder = FOLDERS.iter().find(|folder| file.path.starts_with(**folder));
    // A unit may say itself where its programs are.
    let Some(folder) = folder.filter(|_| !file.content.contains("ExecSearchPath=")) else {
        return Vec::new();
    };
    // What is added to a unit has the unit's PATH.
    let has_path = file.path[folder.len()..].contains('/')
        || SETS_PATH.iter().any(|setting| file.content.contains(setting));
    file.content.lines().filter_map(|line| fault(line, has_path)).collect()
}

fn fault(line: &str, has_path: bool) -> Option<String> {
    let (key, command) = line.split_once('=')?;
    let key = key.trim_end();
    let command = command.trim_start().trim_start_matches(['@', '-', ':', '+', '!', '|']);
    let program = command.split_whitespace().next().filter(|_| is_command(key))?;
    if is_foreign_program(program) || is_bare(program) {
        let own = OWN_PROGRAMS.join(" and ");
        return Some(format!(
            "{key}: NixOS and Debian have no program `{program}` in common, only {own}; write \
             `/bin/sh -c '…'`, and `{PATH}`"
        ));
    }
    (OWN_PROGRAMS.contains(&program) && !has_path).then(|| {
        format!(
            "{key}: `{program}` finds other programs on NixOS, where the unit's PATH has those of systemd alone, than on \
             Debian; add `{PATH}`"
        )
    })
}
