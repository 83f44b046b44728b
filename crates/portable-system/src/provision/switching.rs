//! The scripts that switch a running machine to another system, in the order in which NixOS's
//! `switch-to-configuration` does it: what has changed stops, files and accounts change, systemd
//! reads its units again, rules of tmpfiles.d are applied, then units reload, restart and start.
//! Pure.

use std::collections::{BTreeMap, BTreeSet};

use domi_host::command::shell_word;
use domi_realise::switch::Decision;
use domi_realise::{File, System};

use super::{Switched, programs};

/// Lists the units that are not inactive, for a program.
pub(crate) const STATES: &str = "systemctl list-units --no-pager --output=json";

/// What a file is called until all are there.
const STAGED: &str = ".domi-new";

/// Where files stay that nothing may refer to any more: on NixOS they are in the store.
const STORED: [&str; 2] = ["/etc/domi/files/", "/etc/domi/path/"];

/// Folders of settings that a program puts into effect, and how.
const APPLIED: [(&str, &str); 3] = [
    ("/etc/sysusers.d/", "systemd-sysusers"),
    // One that the kernel has not got stops no boot either.
    ("/etc/modules-load.d/", "! /usr/lib/systemd/systemd-modules-load"),
    ("/etc/sysctl.d/", "/usr/lib/systemd/systemd-sysctl"),
];

/// Stops what is to stop. As on NixOS, one that does not stop well is no reason to go no further.
pub(crate) fn stop(decision: &Decision) -> String {
    if decision.stop.is_empty() {
        return String::new();
    }
    format!("echo 'stop: {0}' >&2\nsystemctl stop -- {0} || :\n", words(&decision.stop))
}

/// Files under the names that they have until all are there.
pub(crate) fn staged(files: &[File]) -> Vec<File> {
    let staged = |file: &File| File { path: format!("{}{STAGED}", file.path), ..file.clone() };
    files.iter().map(staged).collect()
}

/// Puts a system into effect whose files have arrived.
pub(crate) fn apply(
    (old, old_files): (&System, &[File]),
    after: &Switched,
    decision: &Decision,
) -> String {
    let new = &after.system;
    let before: BTreeMap<&str, &File> = old_files.iter().map(|file| (&*file.path, file)).collect();
    let there: BTreeSet<&str> = after.files.iter().map(|file| &*file.path).collect();
    let mut script = String::from("bad=0\n");
    // Each takes the place of the earlier one at once, as links of NixOS do.
    let paths: Vec<_> = there.iter().map(|path| shell_word(path)).collect();
    script += &format!(
        "perl -e 'for (@ARGV) {{ rename \"$_{STAGED}\", $_ or die \"$_: $!\\n\" }}' -- {}\n",
        paths.join(" ")
    );
    let is_stored = |path: &str| STORED.iter().any(|folder| path.starts_with(folder));
    let gone = before.keys().filter(|path| !there.contains(*path) && !is_stored(path));
    let gone: Vec<_> = gone.map(|path| shell_word(path)).collect();
    if !gone.is_empty() {
        script += &format!("rm -f -- {}\n", gone.join(" "));
    }
    script += &after.needs;
    for user in old.users.keys().filter(|user| !new.users.contains_key(*user)) {
        // One of whom something still runs is gone on NixOS, too.
        script += &format!("userdel --force -- {} 2>/dev/null || bad=1\n", shell_word(user));
    }
    for group in old.groups.difference(&new.groups) {
        let group = shell_word(group);
        // That of a user may have gone with him.
        script += &format!("! getent group {group} >/dev/null || groupdel -- {group} || bad=1\n");
    }
    script += &programs::script(&new.programs.difference(&old.programs).cloned().collect());
    for (folder, program) in APPLIED {
        let inside = after.files.iter().filter(|file| file.path.starts_with(folder));
        let changed = inside.filter(|file| before.get(&*file.path) != Some(file));
        let changed: Vec<_> = changed.map(|file| shell_word(&file.path)).collect();
        if !changed.is_empty() {
            script += &format!("{program} {} || bad=1\n", changed.join(" "));
        }
    }
    if after.networked {
        script += "nft -f /etc/nftables.conf\n";
    }
    script += "systemctl reset-failed\nsystemctl daemon-reload\n";
    let rules = there.iter().filter(|path| path.starts_with("/etc/tmpfiles.d/"));
    let rules: Vec<_> = rules.map(|path| shell_word(path)).collect();
    if !rules.is_empty() {
        script += &format!("systemd-tmpfiles --create --remove {} || bad=1\n", rules.join(" "));
    }
    script + &units(decision) + FAILED
}

/// Reloads, restarts and starts units.
fn units(decision: &Decision) -> String {
    let Decision { keep, reload, startable, restart, start, .. } = decision;
    let mut script = String::new();
    if !keep.is_empty() {
        script += &format!("echo 'run on, and have changed: {}' >&2\n", words(keep));
    }
    script += &format!("reload=() start=({})\n", words(start));
    for unit in reload {
        let word = shell_word(unit);
        // It may have stopped with something else.
        let otherwise =
            if startable.contains(unit) { format!("start+=({word})") } else { ":".to_owned() };
        script += &format!(
            "case $(systemctl show --property=ActiveState --value -- {word}) in\n\
             active|activating) reload+=({word}) ;;\n*) {otherwise} ;;\nesac\n"
        );
    }
    script += "act() { (( $# == 1 )) || { echo \"$1: ${*:2}\" >&2; systemctl \"$1\" -- \"${@:2}\" \
               || bad=1; }; }\n";
    script += "act reload \"${reload[@]}\"\n";
    script += &format!("act restart {}\n", words(restart));
    script + "act start \"${start[@]}\"\n"
}

/// Tells of units that have failed, or that fail again and again.
const FAILED: &str = "failed=$(systemctl list-units --failed --plain --no-legend --no-pager | cut -d ' ' -f 1)
for unit in $(systemctl list-units --state=auto-restart --plain --no-legend --no-pager | cut -d ' ' -f 1); do
  [[ $(systemctl show --property=ExecMainStatus --value -- \"$unit\") == 0 ]] || failed+=\" $unit\"
done
if [[ -n $failed ]]; then
  bad=1
  for unit in $failed; do systemctl status --no-pager --full -- \"$unit\" >&2 || :; done
fi
exit \"$bad\"
";

fn words(units: &BTreeSet<String>) -> String {
    units.iter().map(|unit| shell_word(unit)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use domi_realise::{Content, Unit, User};

    use super::*;

    fn system(units: &[&str], users: &[&str]) -> System {
        System {
            feature: "x".to_owned(),
            units: units.iter().map(|name| ((*name).to_owned(), Unit::default())).collect(),
            users: users.iter().map(|name| ((*name).to_owned(), User::default())).collect(),
            groups: users.iter().map(|name| (*name).to_owned()).collect(),
            ..System::default()
        }
    }

    fn names(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    fn applied(old: &System, new: System, decision: &Decision) -> String {
        let file = |path: &str| File {
            path: path.to_owned(),
            mode: 0o444,
            content: Content::Text(String::new()),
        };
        let mut before = old.files();
        before.extend([file("/etc/domi/files/1-a"), file("/etc/tmpfiles.d/t.conf")]);
        let mut files = new.files();
        files.push(file("/etc/tmpfiles.d/t.conf"));
        let after =
            Switched { step: 0, system: new, files, needs: "needs\n".to_owned(), networked: false };
        apply((old, &before), &after, decision)
    }

    #[test]
    fn files_and_accounts_change_before_units_do() {
        let (old, new) = (system(&["a.service"], &["u"]), system(&["b.service"], &["v"]));
        let decision = Decision { start: names(&["b.service"]), ..Decision::default() };
        let script = applied(&old, new, &decision);
        let parts = [
            "bad=0\nperl -e",
            " /etc/systemd/system/b.service ",
            "\nrm -f -- /etc/systemd/system/a.service\n",
            "needs\n",
            "userdel --force -- u ",
            "groupdel -- u ",
            "\nsystemd-sysusers /etc/sysusers.d/domi-x.conf ",
            "\nsystemctl reset-failed\nsystemctl daemon-reload\n",
            "systemd-tmpfiles --create --remove /etc/tmpfiles.d/t.conf ",
            "\nreload=() start=(b.service)\n",
            "\nexit \"$bad\"\n",
        ];
        let mut rest = &*script;
        for part in parts {
            let (_, behind) = rest.split_once(part).unwrap_or_else(|| panic!("{part}: {script}"));
            rest = behind;
        }
        assert_eq!(rest, "");
    }

    #[test]
    fn what_stays_the_same_is_not_put_into_effect_again() {
        let system = system(&["a.service"], &["u"]);
        let script = applied(&system, system.clone(), &Decision::default());
        for not in ["rm -f", "userdel", "groupdel", "systemd-sysusers", "systemd-sysctl"] {
            assert!(!script.contains(not), "{script}");
        }
        assert!(script.contains("systemd-tmpfiles"), "as at each switch of a NixOS");
    }

    #[test]
    fn nothing_stops_where_nothing_has_to() {
        assert_eq!(stop(&Decision::default()), "");
        let decision =
            Decision { stop: names(&["a.service", "b c.service"]), ..Decision::default() };
        assert!(stop(&decision).ends_with("systemctl stop -- a.service 'b c.service' || :\n"));
    }
}
