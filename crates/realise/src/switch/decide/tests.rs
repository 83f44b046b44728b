use super::*;
use crate::Unit;

/// A system of units, each with its text; those of `wanted` are started by a boot.
fn system(units: &[(&str, &str)], wanted: &[&str]) -> System {
    let unit = |(name, text): &(&str, &str)| {
        let wanted_by =
            wanted.iter().filter(|it| *it == name).map(|_| "multi-user.target".to_owned());
        let unit =
            Unit { text: (*text).to_owned(), wanted_by: wanted_by.collect(), ..Unit::default() };
        ((*name).to_owned(), unit)
    };
    System { units: units.iter().map(unit).collect(), ..System::default() }
}

/// What a decision does, in words: `stop a.service, start a.service`.
fn said(decision: &Decision) -> String {
    let Decision { stop, keep, reload, restart, start, .. } = decision;
    let all = [
        ("stop", stop),
        ("keep", keep),
        ("reload", reload),
        ("restart", restart),
        ("start", start),
    ];
    let words = all
        .into_iter()
        .flat_map(|(word, units)| units.iter().map(move |unit| format!("{word} {unit}")));
    words.collect::<Vec<_>>().join(", ")
}

fn states(active: &[&str]) -> BTreeMap<String, String> {
    active.iter().map(|unit| ((*unit).to_owned(), "active".to_owned())).collect()
}

/// One active unit changes from one text to another.
#[track_caller]
fn check(unit: &str, old: &str, new: &str, expected: &str) {
    let (old, new) = (system(&[(unit, old)], &[]), system(&[(unit, new)], &[]));
    assert_eq!(said(&decide(&old, &new, &states(&[unit]))), expected);
}

const OLD: &str = "[Unit]\nDescription=a\n[Service]\nExecStart=/a\n";

#[test]
fn a_service_that_has_changed_stops_and_starts_again_at_last() {
    check("a.service", OLD, OLD, "");
    check("a.service", OLD, "[Service]\nExecStart=/b\n", "stop a.service, start a.service");
    check("a.service", OLD, &OLD.replace("=a", "=b"), "");
    check("a.service", OLD, &format!("{OLD}[Install]\nWantedBy=x\n"), "");
    check("a.service", OLD, &format!("{OLD}X-Other=1\n"), "stop a.service, start a.service");
    check("a.service", "[Unit]\nAfter=b\n", "[Unit]\n", "stop a.service, start a.service");
}

#[test]
fn a_service_says_what_a_change_of_it_does() {
    let with = |line: &str| format!("[Service]\nExecStart=/b\n{line}\n");
    check("a.service", OLD, &with("X-StopIfChanged=false"), "restart a.service");
    check("a.service", OLD, &with("X-ReloadIfChanged=true"), "reload a.service");
    check("a.service", OLD, &with("X-RestartIfChanged=false"), "keep a.service");
    for line in ["RefuseManualStop=yes", "X-OnlyManualStart=true"] {
        check("a.service", OLD, &format!("[Unit]\n{line}\n{}", with("")), "keep a.service");
    }
    // What the old unit says of that is over.
    let start = "stop a.service, start a.service";
    check("a.service", &with("X-ReloadIfChanged=true"), &with(""), start);
}

#[test]
fn triggers_restart_or_reload() {
    let with = |triggers: &str| format!("[Unit]\n{triggers}\n[Service]\nExecStart=/a\n");
    let (one, two) = ("X-Reload-Triggers=/1", "X-Reload-Triggers=/2");
    check("a.service", &with(one), &with(two), "reload a.service");
    check("a.service", &with(""), &with(one), "reload a.service");
    check("a.service", &with(one), &with(""), "");
    let restart = "stop a.service, start a.service";
    check("a.service", &with("X-Restart-Triggers=/1"), &with("X-Restart-Triggers=/2"), restart);
    let both = format!("{two}\nX-Restart-Triggers=/2");
    check("a.service", &with(one), &with(&both), restart);
    let reload = |command: &str| format!("[Service]\nExecStart=/a\n{command}\n");
    check("a.service", &reload("ExecReload=/1"), &reload("ExecReload=/2"), "reload a.service");
    check("a.service", &reload("ExecReload=/1"), &reload(""), "");
}

#[test]
fn units_of_other_kinds_have_rules_of_their_own() {
    check("a.timer", "[Timer]\nOnCalendar=1\n", "[Timer]\nOnCalendar=2\n", "restart a.timer");
    check("a.path", "[Path]\nPathExists=/1\n", "[Path]\nPathExists=/2\n", "");
    check("a.slice", "[Slice]\nMemoryMax=1\n", "[Slice]\nMemoryMax=2\n", "");
    check("a.socket", "[Socket]\nListenStream=1\n", "[Socket]\nListenStream=2\n", "");
    check("a.mount", "[Mount]\nWhat=/1\n", "[Mount]\nWhat=/2\n", "restart a.mount");
    check("a.mount", "[Mount]\nOptions=ro\n", "[Mount]\nOptions=rw\n", "reload a.mount");
    check("a.mount", "[Mount]\nWhat=a\n", "[Mount]\nWhat=a\nOptions=rw\n", "restart a.mount");
    check(
        "a.automount",
        "[Automount]\nWhere=/1\n",
        "[Automount]\nWhere=/2\n",
        "restart a.automount",
    );
    check("a.target", "[Unit]\nAfter=a\n", "[Unit]\nAfter=b\n", "start a.target");
    check("a.target", "", "[Unit]\nX-OnlyManualStart=yes\n", "");
    check("a.target", "", "[Unit]\nX-StopOnReconfiguration=1\n", "stop a.target, start a.target");
}

#[test]
fn what_is_gone_stops_and_what_is_new_starts() {
    let old = system(&[("a.service", OLD), ("b.service", "[Unit]\nX-StopOnRemoval=no\n")], &[]);
    let new = system(&[("c.service", OLD), ("d.service", OLD)], &["c.service"]);
    let all = states(&["a.service", "b.service", "ssh.service"]);
    assert_eq!(said(&decide(&old, &new, &all)), "stop a.service, start c.service");
}

#[test]
fn only_what_is_active_changes_but_what_targets_want_starts() {
    let (old, new) = (OLD, OLD.replace("/a", "/b"));
    let unit = |text| system(&[("a.service", text)], &["a.service"]);
    let state = |state: &str| [("a.service".to_owned(), state.to_owned())].into();
    for (is, expected) in [
        ("active", "stop a.service, start a.service"),
        ("activating", "stop a.service, start a.service"),
        ("failed", "start a.service"),
        ("deactivating", "start a.service"),
    ] {
        assert_eq!(said(&decide(&unit(old), &unit(&new), &state(is))), expected);
    }
    assert_eq!(said(&decide(&unit(old), &unit(&new), &BTreeMap::new())), "start a.service");
}

#[test]
fn a_service_of_a_socket_is_left_to_the_socket() {
    let changed = OLD.replace("/a", "/b");
    let check = |service: &str, sockets: [&[&str]; 2], active: &[&str], expected: &str| {
        let with = |text: &str, sockets: &[&str]| {
            let sockets = sockets.iter().map(|socket| (*socket, "[Socket]\nListenStream=1\n"));
            system(&[("a.service", text)].into_iter().chain(sockets).collect::<Vec<_>>(), &[])
        };
        let [before, after] = sockets;
        let decision = decide(&with(OLD, before), &with(service, after), &states(active));
        assert_eq!(said(&decision), expected);
    };
    let both = &["a.service", "a.socket"];
    let socket = &["a.socket"] as &[&str];
    let stopped = "stop a.service, stop a.socket, start a.socket";
    check(&changed, [socket, socket], both, stopped);
    check(&changed, [socket, &[]], both, "stop a.service, stop a.socket, start a.service");
    check(&changed, [&[], socket], &["a.service"], "stop a.service");
    let named = format!("{changed}Sockets=b.socket c.socket\n");
    let expected = "stop a.service, stop b.socket, start b.socket";
    check(&named, [&["b.socket"], &["b.socket"]], &["a.service", "b.socket"], expected);
    let alone = format!("{changed}X-NotSocketActivated=true\n");
    check(&alone, [socket, socket], both, &stopped.replace("start", "start a.service, start"));
}

#[test]
fn an_instance_is_what_its_template_and_its_drop_ins_are() {
    let template = |text: &str| system(&[("a@.service", text)], &[]);
    let with = |text: &str, drop_in: &str| {
        let drop_in = Unit { text: drop_in.to_owned(), ..Unit::default() };
        System { drop_ins: [("a@b.service".to_owned(), drop_in)].into(), ..template(text) }
    };
    let changed = OLD.replace("/a", "/b");
    let check = |old: &System, new: &System, expected: &str| {
        assert_eq!(said(&decide(old, new, &states(&["a@b.service"]))), expected);
    };
    let again = "stop a@b.service, start a@b.service";
    check(&template(OLD), &template(OLD), "");
    check(&template(OLD), &template(&changed), again);
    check(&template(OLD), &with(OLD, "[Service]\nNice=1\n"), again);
    check(&template(OLD), &System::default(), "stop a@b.service");
    check(&with(OLD, "[Service]\nNice=1\n"), &template(OLD), "stop a@b.service");
}

#[test]
fn what_reloads_may_be_started_where_it_has_stopped_meanwhile() {
    let with = |text: &str, n: u8| {
        let text = format!("[Unit]\nX-Reload-Triggers=/{n}\n{text}\n");
        system(&[("a.service", &text)], &[])
    };
    let startable = |text: &str| {
        let decision = decide(&with(text, 1), &with(text, 2), &states(&["a.service"]));
        assert_eq!(said(&decision), "reload a.service");
        !decision.startable.is_empty()
    };
    assert!(startable(""));
    assert!(startable("X-OnlyManualStart=true"));
    assert!(!startable("RefuseManualStart=true"));
    assert!(startable("RefuseManualStart=true\nX-OnlyManualStart=true"));
    let template =
        |n: u8| system(&[("a@.service", &format!("[Unit]\nX-Reload-Triggers=/{n}\n"))], &[]);
    let decision = decide(&template(1), &template(2), &states(&["a@b.service"]));
    assert_eq!((said(&decision), decision.startable.len()), ("reload a@b.service".to_owned(), 0));
}
