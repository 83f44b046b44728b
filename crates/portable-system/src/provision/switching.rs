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

/// Folders of settings, each with the program that puts them into effect, and what is done where that
/// fails.
const APPLIED: [(&str, &str, &str); 3] = [
    ("/etc/sysusers.d/", "systemd-sysusers", "bad=1"),
    // One that the kernel has not got stops no boot either.
    ("/etc/modules-load.d/", "/usr/lib/systemd/systemd-modules-load", ":"),
    ("/etc/sysctl.d/", "/usr/lib/systemd/systemd-sysctl", "bad=1"),
];

/// Where rules for files stand.
const RULES: &str = "/etc/tmpfiles.d/";

/// How the names of those end that say whose the files are which a switch has just written.
const OWNED: &str = ".owned.conf";

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

/// Puts a system into effect whose files have arrived. `is_first` is the first switch of a machine.
pub(crate) fn apply(
    (old, old_files): (&System, &[File]),
    after: &Switched,
    decision: &Decision,
    is_first: bool,
) -> String {
    let new = &after.system;
    let before: BTreeMap<&str, &File> = old_files.iter().map(|file| (&*file.path, file)).collect();
    let there: BTreeSet<&str> = after.files.iter().map(|file| &*file.path).collect();
    let mut script = String::from("bad=0\n");
    // Each takes the place of the earlier one at once, as links of NixOS do.
    script += &format!(
        "perl -e 'for (@ARGV) {{ rename \"$_{STAGED}\", $_ or die \"$_: $!\\n\" }}' -- {}\n",
        words(&there)
    );
    let is_stored = |path: &str| STORED.iter().any(|folder| path.starts_with(folder));
    let gone = before.keys().filter(|path| !there.contains(*path) && !is_stored(path));
    let gone = words(gone);
    if !gone.is_empty() {
        script += &format!("rm -f -- {gone}\n");
    }
    script += &after.needs;
    for user in old.users.keys().filter(|user| !new.users.contains_key(*user)) {
        let stays = new.groups.contains(user);
        let user = shell_word(user);
        // One of whom something still runs is gone on NixOS, too.
        let remove = format!("userdel --force -- {user} 2>/dev/null || bad=1\n");
        // It takes the group of that name along.
        script += &match stays {
            false => remove,
            true => format!(
                "group=$(getent group {user} | cut -d : -f 3)\n{remove}\
                 getent group {user} >/dev/null \
                 || groupadd --system --gid \"$group\" -- {user} || bad=1\n"
            ),
        };
    }
    for group in old.groups.difference(&new.groups) {
        let group = shell_word(group);
        // That of a user may have gone with him.
        script += &format!("! getent group {group} >/dev/null || groupdel -- {group} || bad=1\n");
    }
    script += &programs::script(&new.programs.difference(&old.programs).cloned().collect());
    for (folder, program, otherwise) in APPLIED {
        let inside = after.files.iter().filter(|file| file.path.starts_with(folder));
        let changed = inside.filter(|file| before.get(&*file.path) != Some(file));
        let changed = words(changed.map(|file| &file.path));
        if !changed.is_empty() {
            script += &format!("{program} {changed} || {otherwise}\n");
        }
    }
    let owned = there.iter().filter(|path| path.starts_with(RULES) && path.ends_with(OWNED));
    let owned = words(owned);
    if !owned.is_empty() {
        script += &format!("systemd-tmpfiles --create {owned} || bad=1\n");
    }
    if after.networked {
        script += "nft -f /etc/nftables.conf\n";
    }
    script += "systemctl reset-failed\nsystemctl daemon-reload\n";
    // As NixOS's systemd-tmpfiles-resetup: the first switch starts it, and others if rules change.
    let rules = rules_of(&after.files);
    if !rules.is_empty() && (is_first || rules_of(old_files) != rules) {
        script += &format!(
            "systemd-tmpfiles --create --remove --exclude-prefix=/dev {} \
             || case $? in 65|73) ;; *) bad=1 ;; esac\n",
            words(rules.keys())
        );
    }
    script + &units(decision) + FAILED
}

/// The files among some that have rules of tmpfiles.d, but for those of [`OWNED`].
fn rules_of(files: &[File]) -> BTreeMap<&str, &File> {
    let rules = |file: &&File| file.path.starts_with(RULES) && !file.path.ends_with(OWNED);
    files.iter().filter(rules).map(|file| (&*file.path, file)).collect()
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

/// Waits until no unit changes for a moment, but not for ever, as one may never rest. Then tells of
/// units that have failed, or that fail again and again.
const FAILED: &str = "was=
for _ in {1..40}; do
  is=$(systemctl show --property=NInstalledJobs; systemctl list-units --plain --no-legend --no-pager)
  [[ $is != \"$was\" ]] || break
  was=$is
  sleep 0.25
done
failed=$(systemctl list-units --failed --plain --no-legend --no-pager | cut -d ' ' -f 1)
for unit in $(systemctl list-units --state=auto-restart --plain --no-legend --no-pager | cut -d ' ' -f 1); do
  [[ $(systemctl show --property=ExecMainStatus --value -- \"$unit\") == 0 ]] || failed+=\" $unit\"
done
if [[ -n $failed ]]; then
  bad=1
  for unit in $failed; do systemctl status --no-pager --full -- \"$unit\" >&2 || :; done
fi
exit \"$bad\"
";

/// Names as the words of a command.
fn words<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> String {
    names.into_iter().map(|name| shell_word(name.as_ref())).collect::<Vec<_>>().join(" ")
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
        applied_at(old, new, decision, true)
    }

    fn applied_at(old: &System, new: System, decision: &Decision, is_first: bool) -> String {
        let file = |path: &str| File {
            path: path.to_owned(),
            mode: 0o444,
            content: Content::Text(String::new()),
        };
        let mut before = old.files();
        before.extend([file("/etc/domi/files/1-a"), file("/etc/tmpfiles.d/t.conf")]);
        let mut files = new.files();
        files.push(file("/etc/tmpfiles.d/t.conf"));
        let after = Switched {
            step: 0,
            system: new,
            files,
            needs: "needs\n".to_owned(),
            networked: false,
            by: None,
        };
        apply((old, &before), &after, decision, is_first)
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
            "systemd-tmpfiles --create --remove --exclude-prefix=/dev /etc/tmpfiles.d/t.conf ",
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
    }

    #[test]
    fn rules_of_tmpfiles_are_applied_first_and_where_they_have_changed() {
        let with = |rule: &str| System { tmpfiles: vec![rule.to_owned()], ..system(&[], &[]) };
        let check = |old: &str, new: &str, is_first: bool, expected: bool| {
            let script = applied_at(&with(old), with(new), &Decision::default(), is_first);
            let rules = "--exclude-prefix=/dev /etc/tmpfiles.d/10-x.conf /etc/tmpfiles.d/t.conf ";
            assert_eq!(script.contains(rules), expected, "{script}");
        };
        check("d /a\n", "d /a\n", true, true);
        check("d /a\n", "d /a\n", false, false);
        check("d /a\n", "d /b\n", false, true);
    }

    #[test]
    fn files_that_are_replaced_belong_to_whom_they_did() {
        let file = domi_realise::EtcFile { user: Some("u".to_owned()), ..Default::default() };
        let etc = [("secret".to_owned(), file)].into();
        let system = System { etc, ..system(&[], &["u"]) };
        let script = applied_at(&system, system.clone(), &Decision::default(), false);
        let owned = "systemd-tmpfiles --create /etc/tmpfiles.d/domi-x.owned.conf || bad=1\n";
        assert!(script.contains(owned), "{script}");
        assert!(!script.contains("--remove"), "{script}");
    }

    #[test]
    fn a_group_outlives_the_user_of_its_name() {
        let old = system(&[], &["u"]);
        let new = System { groups: old.groups.clone(), ..system(&[], &[]) };
        let script = applied(&old, new, &Decision::default());
        let parts = ["group=$(getent group u ", "userdel --force -- u ", "|| groupadd --system "];
        assert!(parts.iter().all(|part| script.contains(part)), "{script}");
        assert!(!script.contains("groupdel"), "{script}");
        assert!(!applied(&old, system(&[], &[]), &Decision::default()).contains("groupadd"));
    }

    #[test]
    fn modules_may_be_missing_and_other_settings_must_hold() {
        let new = System {
            files: [("/etc/modules-load.d/m.conf".to_owned(), "m\n".to_owned())].into(),
            sysctl: [("a.b".to_owned(), "1".to_owned())].into(),
            ..system(&[], &[])
        };
        let script = applied(&system(&[], &[]), new, &Decision::default());
        let line =
            |program: &str| script.lines().find(|line| line.contains(program)).map(str::to_owned);
        let modules = line("modules-load ").unwrap_or_default();
        assert!(!modules.starts_with('!') && modules.ends_with(" || :"), "{script}");
        assert!(line("systemd-sysctl").is_some_and(|line| line.ends_with(" || bad=1")), "{script}");
    }

    #[test]
    fn nothing_stops_where_nothing_has_to() {
        assert_eq!(stop(&Decision::default()), "");
        let decision =
            Decision { stop: names(&["a.service", "b c.service"]), ..Decision::default() };
        assert!(stop(&decision).ends_with("systemctl stop -- a.service 'b c.service' || :\n"));
    }
}
