//! What a switch does with units, decided by Rust and by NixOS's own program, over generated pairs of
//! systems. It needs `DOMI_NIXPKGS`, a folder, and a perl that has what that program uses
//! (`Config::IniFiles`, `File::Slurp`).
//!
//! The program in Perl is not the newest one. What NixOS 26.05 decides in another way is not
//! generated: `ExecReload`, a service that gets a socket, an instance that loses its drop-ins.
#![expect(clippy::unwrap_used, reason = "a failure of the tools ends the test")]

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use domi_host::Interrupt;
use domi_host::command::Program;
use domi_realise::switch::{Decision, decide};
use domi_realise::{System, Unit};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

/// Where NixOS has its program.
const PROGRAM: &str = "nixos/modules/system/activation/switch-to-configuration.pl";

/// Systems before and after, and the states of units.
type Case = (System, System, BTreeMap<String, String>);

/// Keys that may stand in `[Unit]`, with values of which two units may have different ones.
const UNIT: [(&str, [&str; 2]); 12] = [
    ("Description", ["a", "b"]),
    ("After", ["x.target", "y.target"]),
    ("OnFailure", ["x.service", "y.service"]),
    ("StopWhenUnneeded", ["true", "false"]),
    ("RefuseManualStop", ["true", "false"]),
    ("RefuseManualStart", ["yes", "no"]),
    ("X-OnlyManualStart", ["true", "0"]),
    ("X-Restart-Triggers", ["/1", "/2"]),
    ("X-Reload-Triggers", ["/1", "/2"]),
    ("X-StopOnRemoval", ["true", "false"]),
    ("X-StopOnReconfiguration", ["1", "false"]),
    ("Wants", ["x.service", "y.service"]),
];

/// The same of the section of a service or a mount; others pass over what is not theirs.
const OWN: [(&str, [&str; 2]); 7] = [
    ("ExecStart", ["/a", "/b"]),
    ("X-StopIfChanged", ["false", "true"]),
    ("X-ReloadIfChanged", ["true", "no"]),
    ("X-RestartIfChanged", ["false", "on"]),
    ("Sockets", ["a.socket", "other.socket"]),
    ("Options", ["ro", "rw"]),
    ("What", ["/a", "/b"]),
];

/// A unit, and a unit that differs from it in some keys: each key is absent in one, the same, or
/// another one.
fn texts(section: &'static str) -> impl Strategy<Value = [String; 2]> {
    // Most keys are absent or the same, or else all units would start again.
    let key = || {
        prop_oneof![12 => Just([0, 0]), 4 => Just([1, 1]), 1 => Just([0, 1]),
                              1 => Just([1, 0]), 1 => Just([1, 2]), 1 => Just([2, 1])]
    };
    let keys = proptest::collection::vec(key(), UNIT.len() + OWN.len());
    keys.prop_map(move |keys| {
        [0, 1].map(|which| {
            let mut text = String::from("[Unit]\n");
            for (at, choice) in keys.iter().enumerate() {
                if at == UNIT.len() {
                    write!(text, "\n[{section}]\n").unwrap();
                }
                let own = at.checked_sub(UNIT.len());
                let (key, values) = own.map_or_else(|| UNIT[at], |own| OWN[own]);
                if choice[which] > 0 {
                    writeln!(text, "{key}={}", values[choice[which] - 1]).unwrap();
                }
            }
            text
        })
    })
}

/// Units by name, each with its section.
const UNITS: [(&str, &str); 12] = [
    ("a.service", "Service"),
    ("a.socket", "Socket"),
    ("b.service", "Service"),
    ("c.service", "Service"),
    ("d.service", "Service"),
    ("e.target", "Unit"),
    ("f.timer", "Timer"),
    ("g.mount", "Mount"),
    ("h.path", "Path"),
    ("i.slice", "Slice"),
    ("j.automount", "Automount"),
    ("t@.service", "Service"),
];

fn cases() -> impl Strategy<Value = Case> {
    let there = || {
        prop_oneof![8 => Just((true, true)), 1 => Just((true, false)),
                                1 => Just((false, true))]
    };
    let state = prop_oneof![6 => Just("active"), 1 => Just("activating"), 1 => Just("failed"),
                            1 => Just("inactive")];
    let units: Vec<_> = UNITS
        .map(|(name, section)| (Just(name), texts(section), there(), state.clone()))
        .into_iter()
        .collect();
    (units, any::<bool>()).prop_map(|(units, drop_in)| {
        let (mut old, mut new, mut states) = Case::default();
        for (name, [before, after], (was, is), state) in units {
            let is = is && (was || name != "a.socket");
            let unit = |text: String| Unit { text, ..Unit::default() };
            if was {
                old.units.insert(name.to_owned(), unit(before));
            }
            if is {
                new.units.insert(name.to_owned(), unit(after));
            }
            let state = if name == "a.socket" { "active" } else { state };
            if was && state != "inactive" {
                states.insert(name.replace('@', "@x"), state.to_owned());
            }
        }
        if drop_in {
            let text = "[Service]\nNice=1\n".to_owned();
            new.drop_ins.insert("t@x.service".to_owned(), Unit { text, ..Unit::default() });
        }
        (old, new, states)
    })
}

fn script(path: &Path, text: &str) {
    write(path, text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn write(path: &Path, text: &str) {
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, text).unwrap();
}

/// What NixOS's program says that it would do.
fn nixos(program: &str, (old, new, states): &Case) -> Decision {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let at = root.display().to_string();
    let replaced = [
        ("\"/etc/", format!("\"{at}/old/etc/")),
        ("\"/run/", format!("\"{at}/run/")),
        ("'/run/", format!("'{at}/run/")),
        ("@out@", format!("{at}/out")),
        ("@toplevel@", format!("{at}/new")),
        ("@systemd@", format!("{at}/systemd")),
        ("@localeArchive@", String::new()),
        ("@coreutils@", at.clone()),
        ("@utillinux@", at.clone()),
        ("@su@", at.clone()),
        ("@shell@", at.clone()),
        ("@distroId@", "nixos".to_owned()),
    ];
    let program =
        replaced.iter().fold(program.to_owned(), |text, (from, to)| text.replace(from, to));
    write(&root.join("program.pl"), &program);
    for (which, system) in [("old", old), ("new", new)] {
        let units = root.join(which).join("etc/systemd/system");
        write(&root.join(which).join("etc/fstab"), "");
        for (name, unit) in &system.units {
            write(&units.join(name), &unit.text);
        }
        for (name, unit) in &system.drop_ins {
            write(&units.join(format!("{name}.d/overrides.conf")), &unit.text);
        }
    }
    for path in [
        "old/etc/NIXOS",
        "old/etc/systemd/system.conf",
        "new/etc/systemd/system.conf",
        "new/init-interface-version",
        "run/current-system/init-interface-version",
        "systemd/lib/systemd/systemd",
    ] {
        write(&root.join(path), "");
    }
    let listed = states
        .iter()
        .map(|(name, state)| json!([name, "", "loaded", state, "", "", "", 0, "", ""]));
    let listed = json!({ "data": [listed.collect::<Vec<_>>()] }).to_string();
    write(&root.join("units.json"), &listed);
    script(
        &root.join("run/current-system/sw/bin/busctl"),
        &format!("#!/bin/sh\ncat {at}/units.json\n"),
    );
    script(&root.join("out/dry-activate"), "#!/bin/sh\n");
    let run = Program::new("perl")
        .args([&format!("{at}/program.pl"), "dry-activate"])
        .env("STC_DISPLAY_ALL_UNITS", "1")
        .env("NIXOS_NO_SYNC", "1")
        .time_limit(Duration::from_secs(60));
    let outcome = run.run(&Interrupt::default()).unwrap();
    let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert!(outcome.success(), "{said}");
    let units = |words: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(words)).unwrap_or_default();
        line.split(", ").filter(|unit| !unit.is_empty()).map(str::to_owned).collect()
    };
    Decision {
        stop: units("would stop the following units: "),
        keep: units("would NOT stop the following changed units: "),
        reload: units("would reload the following units: "),
        restart: units("would restart the following units: "),
        start: units("would start the following units: "),
        ..Decision::default()
    }
}

/// NixOS's program, where it is and can be run.
fn program() -> Option<String> {
    let skipped = |why: &str| eprintln!("SKIPPED: {why}");
    let Some(nixpkgs) = std::env::var_os("DOMI_NIXPKGS").filter(|name| !name.is_empty()) else {
        skipped("DOMI_NIXPKGS names no nixpkgs");
        return None;
    };
    let Ok(program) = std::fs::read_to_string(Path::new(&nixpkgs).join(PROGRAM)) else {
        skipped("DOMI_NIXPKGS is no folder with a switch-to-configuration in Perl");
        return None;
    };
    let uses = ["-MConfig::IniFiles", "-MFile::Slurp", "-e", "1"];
    let perl = Program::new("perl").args(uses).time_limit(Duration::from_secs(60));
    match perl.run(&Interrupt::default()) {
        Ok(outcome) if outcome.success() => Some(program),
        _ => {
            skipped("perl has no Config::IniFiles or no File::Slurp");
            None
        }
    }
}

#[test]
fn rust_decides_as_nixos_does() {
    let Some(program) = program() else { return };
    let cases_wanted = std::env::var("DOMI_SWITCHES").map_or(40, |number| number.parse().unwrap());
    let config = Config { cases: cases_wanted, failure_persistence: None, ..Config::default() };
    let seen = Cell::new([false; 5]);
    let result = TestRunner::new(config).run(&cases(), |case| {
        let (old, new, states) = &case;
        let ours = Decision { startable: BTreeSet::new(), ..decide(old, new, states) };
        let Decision { stop, keep, reload, restart, start, .. } = &ours;
        let some = [stop, keep, reload, restart, start].map(|units| !units.is_empty());
        seen.set(std::array::from_fn(|at| seen.get()[at] || some[at]));
        prop_assert_eq!(ours, nixos(&program, &case));
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(seen.get(), [true; 5], "each kind of decision is among the cases");
}
