//! The script that puts a system into effect on a machine. Pure.

use std::collections::BTreeMap;

use domi_host::command::shell_word;
use domi_model::reserved::{self, template_of};
use domi_realise::{File, System, Unit};
use domi_transplant::HOSTS;

use super::{newer, programs, targets};

/// Ends where the machine has not got what a system needs: files of packages, units that it adds to,
/// and a systemd that knows what its own units say.
pub(super) fn needs(system: &System, files: &[File], needed: &BTreeMap<String, String>) -> String {
    there(needed) + &added_to(system) + &newer::known(files)
}

/// Ends where a file is not there that the machine's packages should have.
pub(crate) fn there(needed: &BTreeMap<String, String>) -> String {
    let mut script = String::new();
    for (path, package) in needed {
        let message = format!(
            "nothing is at {path}, where {package} of nixpkgs should have it on this machine; \
             say in domi.toml where it is, as packages.{package}.paths, or in which package, as \
             packages.{package}.debian"
        );
        let is_there = match path.contains('*') {
            // Its folder has the name of the architecture.
            true => format!("compgen -G {} >/dev/null", shell_word(path)),
            false => format!("[[ -e {} ]]", shell_word(path)),
        };
        script += &format!("{is_there} || {{ echo {} >&2; exit 1; }}\n", shell_word(&message));
    }
    script
}

/// Ends where a unit is not there that the system adds to: not every distribution has all.
fn added_to(system: &System) -> String {
    let mut script = String::new();
    // systemd itself has this one, without a file. What is not the machine's own can be anywhere, and
    // come later.
    let own = |unit: &&String| *unit != "system.slice" && reserved::unit(unit).is_some();
    for unit in system.drop_ins.keys().filter(own) {
        let file = template_of(unit).unwrap_or_else(|| unit.clone());
        let message = format!("a drop-in adds to {unit}, which this machine does not have");
        let (file, message) = (shell_word(&file), shell_word(&message));
        script += &format!(
            "[[ -e /usr/lib/systemd/system/{file} ]] || {{ echo {message} >&2; exit 1; }}\n"
        );
    }
    script
}

/// What a test does with a machine beside its system.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    /// Whether it is in a network with others.
    pub(super) networked: bool,
    /// Whether its power is cut in the test.
    pub(super) power_is_cut: bool,
    /// Whether D-Bus has files of packages to read again, which name users that come with the system.
    pub(super) reads_bus: bool,
    /// Whether the units that a boot starts have started before the machine is handed over, or had a minute
    /// for that.
    pub(super) waits: bool,
    /// Whether the test looks at targets of a boot: each is then reached once all that it wants has started.
    pub(super) targets: bool,
}

/// Puts the files of a system into effect on a machine that runs, in the order of a boot, with as
/// few programs as possible: under emulation each costs some 20 ms.
pub(super) fn activation(system: &System, files: &[File], around: Around) -> String {
    let those_in = |folder: &str| -> Vec<String> {
        let inside = files.iter().filter(|file| file.path.starts_with(folder));
        inside.map(|file| shell_word(&file.path)).collect()
    };
    let mut script = String::new();
    let mut run = |line: String| {
        script.push_str(&line);
        if !line.is_empty() && !line.ends_with('\n') {
            script.push('\n');
        }
    };
    let must_reload = || if around.targets { Some("true".to_owned()) } else { must_reload(system) };
    if let Some(condition) = must_reload() {
        // The machine has a processor to spare for this, which needs none of the rest.
        run(format!("reload=; if {condition}; then systemctl daemon-reload & reload=$!; fi"));
    }
    run(programs::script(&system.programs));
    if files.iter().any(|file| file.path == HOSTS) {
        run(format!("cat {HOSTS} >>/etc/hosts"));
    }
    for (folder, program) in [
        // One that the kernel has not got stops no boot either.
        ("/etc/modules-load.d/", "! /usr/lib/systemd/systemd-modules-load"),
        ("/etc/sysctl.d/", "/usr/lib/systemd/systemd-sysctl"),
        ("/etc/sysusers.d/", "systemd-sysusers"),
        ("/etc/tmpfiles.d/", "systemd-tmpfiles --create --remove --boot"),
    ] {
        let files = those_in(folder);
        if !files.is_empty() {
            run(format!("{program} {}", files.join(" ")));
        }
    }
    if around.reads_bus {
        run(RELOAD_BUS.to_owned());
    }
    if around.networked {
        // A machine alone only ever talks to itself, which the firewall lets through anyway.
        run("nft -f /etc/nftables.conf".to_owned());
    }
    if must_reload().is_some() {
        run("[[ -z $reload ]] || wait \"$reload\"".to_owned());
    }
    if around.power_is_cut {
        // On NixOS the system is on the disk for long when a test begins. What services write is theirs.
        run("sync".to_owned());
    }
    let Some(restart) = system.units_to_restart() else {
        // The machine boots now, and starts everything itself.
        return script;
    };
    if !restart.is_empty() {
        let restart: Vec<_> = restart.iter().map(|unit| shell_word(unit)).collect();
        // One that fails with what was added to it would fail at a boot, too.
        run(format!("systemctl try-restart -- {} || :", restart.join(" ")));
    }
    let mut start = system.units_to_start();
    if around.targets {
        // They were reached before the system came. Now that systemd knows what they want, they are again
        // when that has started, as at a boot. What they want starts with them, and once.
        let targets = targets::late(system);
        run(format!("systemctl stop -- {}", targets.join(" ")));
        start.retain(|unit| !system.is_wanted_by(unit, &targets));
        start.extend(targets);
    }
    let start: Vec<_> = start.into_iter().map(shell_word).collect();
    if !start.is_empty() {
        // As at a boot: what fails to start is for the test to find.
        let start = start.join(" ");
        run(match around.waits {
            true => format!("timeout {STARTING} systemctl start -- {start} || :"),
            false => format!("systemctl start --no-block -- {start}"),
        });
    }
    script
}

/// Has D-Bus read its files again. One that does not run reads them when it starts.
const RELOAD_BUS: &str = "systemctl try-reload-or-restart dbus.service || :";

/// How many seconds a machine waits for its units: some of them may wait for another machine.
const STARTING: u32 = 60;

/// When systemd must read everything again, as a condition in bash; nothing where it need not.
///
/// It takes PID 1 two seconds under emulation, and new units are found without: systemd looks
/// again when a folder of units has changed. What it does not look at again is what it has
/// loaded: a unit of the distribution that ours replaces, one of others that ours adds itself
/// to, and drop-ins. (The targets of a boot are active already, and what they want is started
/// by name.)
fn must_reload(system: &System) -> Option<String> {
    let drop_ins = system.etc.keys().any(|path| path.starts_with("systemd/system/"));
    if drop_ins || !system.drop_ins.is_empty() {
        return Some("true".to_owned());
    }
    if system.units.is_empty() {
        return None;
    }
    let adds = |unit: &Unit| {
        let mut to = unit.wanted_by.iter().chain(&unit.required_by);
        to.any(|other| !other.ends_with(".target") && !system.units.contains_key(other))
    };
    if system.units.values().any(adds) {
        return Some("true".to_owned());
    }
    let replaced = system.units.keys().flat_map(|unit| {
        let unit = shell_word(unit);
        // A socket's or a D-Bus name's service may come from a generator.
        ["/usr/lib/systemd/system", "/run/systemd/generator", "/run/systemd/generator.late"]
            .map(|folder| format!("-e {folder}/{unit}"))
    });
    Some(format!("[[ {} ]]", replaced.collect::<Vec<_>>().join(" || ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(system: &System, networked: bool, expected: &str) {
        assert_eq!(
            activation(system, &system.files(), Around { networked, ..Around::default() }),
            expected
        );
    }

    #[test]
    fn an_empty_system_starts_no_program() {
        check(&System::default(), false, "");
        check(&System::default(), true, "nft -f /etc/nftables.conf\n");
    }

    #[test]
    fn a_system_is_on_the_disk_before_a_test_cuts_the_power() {
        let unit = Unit { wanted_by: vec!["multi-user.target".to_owned()], ..Unit::default() };
        let units = [("a.service".to_owned(), unit)].into();
        let system = System { units, ..System::default() };
        let around = Around { power_is_cut: true, ..Around::default() };
        let script = activation(&system, &system.files(), around);
        assert!(script.contains("\nsync\nsystemctl start"), "{script}");
    }

    #[test]
    fn a_system_is_put_into_effect_in_the_order_of_a_boot() {
        let unit = |by: &str| Unit { wanted_by: vec![by.to_owned()], ..Unit::default() };
        let system = System {
            feature: "x".to_owned(),
            groups: ["x".to_owned()].into(),
            tmpfiles: vec!["d /var/lib/x\n".to_owned()],
            sysctl: [("a.b".to_owned(), "1".to_owned())].into(),
            units: [
                ("x.service".to_owned(), unit("multi-user.target")),
                ("y.service".to_owned(), unit("x.service")),
            ]
            .into(),
            ..System::default()
        };
        let looked = |unit: &str| {
            format!(
                "-e /usr/lib/systemd/system/{unit} || -e /run/systemd/generator/{unit} \
                 || -e /run/systemd/generator.late/{unit}"
            )
        };
        let condition = format!("[[ {} || {} ]]", looked("x.service"), looked("y.service"));
        let expected = |condition: &str| {
            format!(
                "reload=; if {condition}; then systemctl daemon-reload & reload=$!; fi
/usr/lib/systemd/systemd-sysctl /etc/sysctl.d/60-x.conf
systemd-sysusers /etc/sysusers.d/domi-x.conf
systemd-tmpfiles --create --remove --boot /etc/tmpfiles.d/10-x.conf
[[ -z $reload ]] || wait \"$reload\"
systemctl start --no-block -- x.service
"
            )
        };
        check(&system, false, &expected(&condition));
        let mut adds = system.clone();
        adds.units.insert("z.service".to_owned(), unit("ssh.service"));
        check(&adds, false, &expected("true"));
        // Who looks at targets finds them on their way, and what they want starts with them.
        let around = Around { targets: true, ..Around::default() };
        let targets = expected("true").replace(
            "systemctl start --no-block -- x.service",
            "systemctl stop -- multi-user.target\nsystemctl start --no-block -- multi-user.target",
        );
        assert_eq!(activation(&system, &system.files(), around), targets);
        let mut drops_in = system;
        let etc = domi_realise::EtcFile::default();
        drops_in.etc.insert("systemd/system/ssh.service.d/a.conf".to_owned(), etc);
        check(&drops_in, false, &expected("true"));
    }

    #[test]
    fn users_that_files_for_dbus_name_are_there_before_it_reads_them() {
        let groups = ["x".to_owned()].into();
        let system = System { feature: "x".to_owned(), groups, ..System::default() };
        let around = Around { reads_bus: true, ..Around::default() };
        let script = activation(&system, &system.files(), around);
        let order = ["systemd-sysusers", RELOAD_BUS].map(|part| script.find(part).unwrap());
        assert!(order.is_sorted(), "{script}");
    }

    #[test]
    fn what_is_added_to_a_unit_of_the_machine_is_in_effect_or_it_boots() {
        let check = |unit: &str, expected: &str| {
            let added = Unit { text: "[Service]\nMemoryHigh=1G\n".to_owned(), ..Unit::default() };
            let drop_ins = [(unit.to_owned(), added)].into();
            let system = System { feature: "x".to_owned(), drop_ins, ..System::default() };
            let script = activation(&system, &system.files(), Around::default());
            let boots = system.units_to_restart().is_none();
            assert_eq!(format!("{script}boots: {boots}"), expected);
        };
        let reload = "reload=; if true; then systemctl daemon-reload & reload=$!; fi\n\
                      [[ -z $reload ]] || wait \"$reload\"\n";
        check(
            "systemd-journald.service",
            &format!(
                "{reload}systemctl try-restart -- systemd-journald.service || :\nboots: false"
            ),
        );
        check("user.slice", &format!("{reload}boots: false"));
        check("dbus.service", &format!("{reload}boots: true"));
        check("multi-user.target", &format!("{reload}boots: true"));
        check(
            "web.service",
            &format!("{reload}systemctl try-restart -- web.service || :\nboots: false"),
        );
    }

    #[test]
    fn only_units_of_the_machine_itself_must_be_there_to_be_added_to() {
        let needed = |unit: &str| {
            let drop_ins = [(unit.to_owned(), Unit::default())].into();
            added_to(&System { drop_ins, ..System::default() })
        };
        assert!(needed("systemd-journald.service").contains("/usr/lib/systemd/system/systemd-j"));
        assert_eq!(needed("web.service"), "");
        assert_eq!(needed("system.slice"), "");
    }

    #[test]
    fn settings_of_a_service_that_runs_restart_it() {
        let check = |path: &str, expected: Option<&[&str]>| {
            let file = domi_realise::EtcFile::default();
            let system = System { etc: [(path.to_owned(), file)].into(), ..System::default() };
            let restart = system.units_to_restart().map(|it| it.into_iter().collect::<Vec<_>>());
            let expected = expected.map(|it| it.iter().map(|it| (*it).to_owned()).collect());
            assert_eq!(restart, expected, "{path}");
        };
        check("systemd/journald.conf.d/a.conf", Some(&["systemd-journald.service"]));
        check("systemd/logind.conf", Some(&["systemd-logind.service"]));
        check("systemd/system.conf.d/a.conf", None);
        check("systemd/journald.configuration", Some(&[]));
        check("systemd/other.conf.d/a.conf", Some(&[]));
    }
}
