mod brought;
mod files;
mod kept;
mod of_nixos;

use domi_evaluate::{Content as Known, EtcFile as Etc, Unit as EvaluatedUnit};

use super::*;
use domi_realise::Programs;

use crate::{OwnRow, Table};

const PAGE: &str = "/nix/store/0a-page.txt";
const SCRIPT: &str = "/nix/store/1b-run";
const NGINX: &str = "/nix/store/2c-nginx-1.28";
const ODD: &str = "/nix/store/3d-odd-1";
const SETTINGS: &str = "/nix/store/4e-x.json";
/// What a service that runs nginx has.
const BIND: &str = "[Service]\nBindPaths=-/var/cache/nginx:/var/lib/nginx\n";

fn stored(name: &str, content: Option<Known>) -> Stored {
    Stored {
        derivation: format!("/nix/store/z-{name}.drv"),
        output: "out".to_owned(),
        name: name.to_owned(),
        pname: name.to_owned(),
        version: String::new(),
        attribute: None,
        of_command: false,
        command: None,
        content,
    }
}

fn store() -> BTreeMap<String, Stored> {
    let text = |text: &str, destination: &str, executable| Known::Text {
        text: text.to_owned(),
        destination: destination.to_owned(),
        executable,
    };
    let settings =
        Known::Settings { format: "json".to_owned(), value: format!("{{\"page\":\"{PAGE}\"}}") };
    let script = text(&format!("#!/bin/sh\n{NGINX}/bin/nginx {PAGE}"), "/bin/run", true);
    [
        (PAGE, stored("page.txt", Some(text("hello", "", false)))),
        (SCRIPT, stored("run", Some(script))),
        (NGINX, stored("nginx", None)),
        (ODD, stored("odd", None)),
        (SETTINGS, stored("x.json", Some(settings))),
    ]
    .map(|(path, stored)| (path.to_owned(), stored))
    .into()
}

fn nothing() -> Evaluated {
    let none = serde_json::json!({
        "units": {}, "changedUnits": {}, "dropIns": [], "etc": {}, "changedEtc": {}, "users": {},
        "groups": {}, "changedUsers": {}, "changedGroups": {}, "userChanges": {},
        "gone": { "units": [], "etc": [], "users": [], "groups": [] },
        "tmpfilesPackages": [], "tmpfilesRules": [], "sysctl": [], "tcp": [], "udp": [],
        "packages": [], "packagesAgain": [], "assertions": [], "warnings": [], "other": {},
    });
    serde_json::from_value(none).unwrap()
}

fn with_unit(text: &str) -> Evaluated {
    let unit = EvaluatedUnit {
        enable: true,
        text: text.to_owned(),
        wanted_by: vec!["multi-user.target".to_owned()],
        required_by: Vec::new(),
        aliases: Vec::new(),
        text_before: None,
        wanted_before: Vec::new(),
        required_before: Vec::new(),
        aliases_before: Vec::new(),
    };
    Evaluated { units: [("x.service".to_owned(), unit)].into(), ..nothing() }
}

fn carried(case: &Evaluated) -> Transplanted {
    transplant("x", case, &store(), &Supply::default()).unwrap()
}

/// The unit's text on the machine.
#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(carried(&with_unit(text)).system.units["x.service"].text, expected);
}

#[test]
fn packages_become_those_of_the_machine() {
    check(
        &format!("ExecStart={NGINX}/bin/nginx -p {NGINX}\n"),
        &format!("ExecStart=/usr/sbin/nginx -p /usr\n{BIND}"),
    );
    check(&format!("A={NGINX}/conf/mime.types;B\n"), "A=/etc/nginx/mime.types;B\n");
    let carried = carried(&with_unit(&format!("ExecStart={NGINX}/bin/nginx\n")));
    assert_eq!(carried.system.debian_packages, ["nginx-light".to_owned()].into());
    assert_eq!(carried.needed, [("/usr/sbin/nginx".to_owned(), "nginx".to_owned())].into());
}

#[test]
fn a_path_has_the_same_folders_as_a_path_of_rust() {
    let always = ["coreutils", "findutils", "gnugrep", "gnused", "systemd"];
    let mut store = store();
    store.extend(always.map(|name| (format!("/nix/store/9z-{name}"), stored(name, None))));
    let always = always.map(|name| format!("/nix/store/9z-{name}"));
    let path = |packages: &[&str]| {
        let folders =
            ["bin", "sbin"].map(|folder| packages.iter().map(move |p| format!("{p}/{folder}")));
        folders.into_iter().flatten().collect::<Vec<_>>().join(":")
    };
    let check = |packages: &[&str], others: &str, expected: &[Programs]| {
        let text = format!("Environment=\"PATH={}{others}\"\n", path(packages));
        let carried = transplant("x", &with_unit(&text), &store, &Supply::default()).unwrap();
        let folders: Vec<_> = expected.iter().map(Programs::folder).collect();
        let mut expected_text = format!("Environment=\"PATH={}{others}\"\n", folders.join(":"));
        if packages.contains(&NGINX) {
            expected_text += BIND;
        }
        assert_eq!(carried.system.units["x.service"].text, expected_text);
        assert_eq!(carried.system.programs, expected.iter().cloned().collect());
    };
    let mut nginx = Programs::default();
    let at = [("bin/nginx".to_owned(), "/usr/sbin/nginx".to_owned())].into();
    nginx.add(&["nginx-light".to_owned()], &at);
    let [coreutils, findutils, grep, sed, systemd] = always.each_ref().map(String::as_str);
    let all = [NGINX, coreutils, findutils, grep, sed, systemd];
    check(&all, "", &[nginx.clone(), Programs::always()]);
    check(&all[1..], "", &[Programs::always()]);
    check(&[NGINX], ":/run/wrappers/bin", &[nginx]);
    let mut some = Programs::default();
    some.add(&["coreutils".to_owned(), "grep".to_owned()], &BTreeMap::new());
    check(&[coreutils, grep], "", &[some]);
}

#[test]
fn what_systemd_ignores_refers_to_nothing() {
    check(&format!("[Unit]\nX-Restart-Triggers={ODD}\n"), "[Unit]\n");
}

#[test]
fn files_are_written_with_what_they_refer_to() {
    let carried = carried(&with_unit(&format!("ExecStart={SCRIPT}/bin/run {SETTINGS}\n")));
    let text = &carried.system.units["x.service"].text;
    let line = text.strip_suffix(BIND).unwrap_or(text).trim_end();
    let words: Vec<_> = line.trim_start_matches("ExecStart=").split(' ').collect();
    let [script, settings] = words[..] else { panic!("{text}") };
    let page = carried.system.files.iter().find(|(_, text)| *text == "hello").unwrap().0;
    let file = carried.files.iter().find(|file| file.path == script).unwrap();
    assert_eq!(file.mode, 0o555);
    let expected = format!("#!/bin/sh\n/usr/sbin/nginx {page}");
    assert_eq!(file.content, Content::Text(expected));
    assert_eq!(carried.system.files[settings], format!("{{\n  \"page\": \"{page}\"\n}}\n"));
}

#[test]
fn a_package_of_one_script_is_a_command() {
    let packages = [SCRIPT, NGINX].map(str::to_owned).to_vec();
    let carried = carried(&Evaluated { packages, ..nothing() });
    let commands: Vec<_> = carried.system.commands.iter().collect();
    let [(name, path)] = commands[..] else { panic!("{commands:?}") };
    assert_eq!(name, "run");
    let file = carried.files.iter().find(|file| file.path == *path).unwrap();
    assert_eq!(file.mode, 0o555);
}

#[test]
fn what_has_no_place_is_named_with_who_needs_it() {
    let case = with_unit(&format!("ExecStart={ODD}/bin/odd /nix/store/unknown\n"));
    let problems = transplant("x", &case, &store(), &Supply::default()).unwrap_err();
    let said: Vec<_> = problems.iter().map(|it| (&*it.subject, &*it.message, &*it.next)).collect();
    let odd = "x.service refers to /nix/store/3d-odd-1/bin/odd, but no Debian package is known for odd \
               of nixpkgs";
    let unknown = "x.service refers to /nix/store/unknown, but it is not known what made it";
    assert_eq!(said[0].1, odd);
    assert!(said[0].2.contains("[packages.odd] debian = [\"odd\"]"), "{}", said[0].2);
    assert_eq!(said[1].1, unknown);
    let row = OwnRow { debian: Some(vec!["odd-utils".to_owned()]), ..OwnRow::default() };
    let table = Table::new([("odd".to_owned(), row)].into());
    let case = with_unit(&format!("ExecStart={ODD}/bin/odd\n"));
    let carried = transplant("x", &case, &store(), &Supply::Debian(table)).unwrap();
    assert_eq!(carried.system.debian_packages, ["odd-utils".to_owned()].into());
}

#[test]
fn what_only_nixos_makes_sense_of_is_a_problem() {
    let other = [("securityWrappers".to_owned(), vec!["ping".to_owned()])].into();
    let case = Evaluated { other, ..nothing() };
    let problems = transplant("x", &case, &store(), &Supply::default()).unwrap_err();
    let said = (problems[0].code, &*problems[0].subject, &*problems[0].message);
    let why = "a portable machine has none of NixOS's wrappers, which give programs special rights";
    assert_eq!(said, (NOT_CARRIED, "security.wrappers: ping", why));
}

#[test]
fn files_below_etc_keep_their_owner_and_links_their_aim() {
    let file = |target: &str, text: Option<&str>, source: &str, mode: &str, user: &str| Etc {
        enable: true,
        target: target.to_owned(),
        text: text.map(str::to_owned),
        source: source.to_owned(),
        mode: mode.to_owned(),
        user: user.to_owned(),
        group: "+0".to_owned(),
    };
    let etc = [
        file("a", Some("b"), "/nix/store/9-a", "0400", "x"),
        file("page", None, PAGE, "symlink", "+0"),
        file("types", None, &format!("{NGINX}/conf/mime.types"), "symlink", "+0"),
    ];
    let etc = etc.map(|file| (file.target.clone(), file)).into();
    let carried = carried(&Evaluated { etc, ..nothing() });
    let owned = carried.system.files();
    let owned = owned.iter().find(|file| file.path.ends_with(".owned.conf")).unwrap();
    assert_eq!(owned.content, Content::Text("f \"/etc/a\" 0400 x root -\n".to_owned()));
    assert_eq!(carried.system.etc["a"].mode.as_deref(), Some("0400"));
    assert_eq!(carried.system.etc["page"].text, "hello");
    let link = Content::Symlink("/etc/nginx/mime.types".to_owned());
    let types = carried.files.iter().find(|file| file.path == "/etc/types").unwrap();
    assert_eq!(types.content, link);
}

#[test]
fn what_is_added_to_a_unit_of_the_machine_is_a_drop_in() {
    let journald = |text: &str| {
        let mut case = with_unit(text);
        let mut unit = case.units.remove("x.service").unwrap();
        unit.text_before = Some("[Unit]\n\n[Service]\nA=1\n".to_owned());
        unit.wanted_by.clear();
        case.changed_units.insert("systemd-journald.service".to_owned(), unit);
        case
    };
    let text = format!("[Unit]\n\n[Service]\nA=1\nB={NGINX}/bin/nginx\nX-RestartIfChanged=false\n");
    let carried = carried(&journald(&text));
    assert_eq!(carried.system.units, BTreeMap::new());
    let drop_in = &carried.system.drop_ins["systemd-journald.service"];
    assert_eq!(drop_in.text, format!("[Service]\nB=/usr/sbin/nginx\n{BIND}"));
    let problems =
        transplant("x", &journald("[Unit]\n"), &store(), &Supply::default()).unwrap_err();
    assert_eq!(problems[0].message, "it removes A from a unit of the system");
}

#[test]
fn what_packages_add_to_services_is_a_drop_in() {
    let mut case = nothing();
    let content = format!("[Service]\nPrivateTmp=true\nReadOnlyPaths={NGINX}/bin/nginx\n");
    case.drop_ins.push(domi_evaluate::DropIn { unit: "web.service".to_owned(), content });
    let system = carried(&case).system;
    let text = &system.drop_ins["web.service"].text;
    assert_eq!(*text, format!("[Service]\nPrivateTmp=true\nReadOnlyPaths=/usr/sbin/nginx\n{BIND}"));
    assert_eq!(system.units, BTreeMap::new());
}

#[test]
fn what_modules_take_away_is_named() {
    let mut case = nothing();
    // No machine has a clock that is set, so nobody misses it.
    case.gone.units.extend(["nscd.service", "systemd-timesyncd.service"].map(str::to_owned));
    case.gone.etc.extend(["nscd.conf", "systemd/timesyncd.conf"].map(str::to_owned));
    case.gone.users.extend(["nscd", "systemd-timesync"].map(str::to_owned));
    case.gone.groups.extend(["nscd", "systemd-timesync"].map(str::to_owned));
    let left_out = Etc {
        enable: false,
        target: "issue".to_owned(),
        text: None,
        source: PAGE.to_owned(),
        mode: "symlink".to_owned(),
        user: "+0".to_owned(),
        group: "+0".to_owned(),
    };
    case.etc.insert("new".to_owned(), Etc { target: "new".to_owned(), ..left_out.clone() });
    case.changed_etc.insert("issue".to_owned(), left_out);
    let problems = transplant("x", &case, &store(), &Supply::default()).unwrap_err();
    let subjects: Vec<_> = problems.iter().map(|it| (it.code, &*it.subject)).collect();
    let named =
        ["/etc/issue", "nscd.service", "/etc/nscd.conf", "users.users.nscd", "users.groups.nscd"];
    assert_eq!(subjects, named.map(|subject| (NOT_CARRIED, subject)));
}

#[test]
fn a_service_of_a_package_that_is_only_added_to_is_named() {
    let mut case = with_unit("[Service]\nMemoryHigh=1G\n");
    let unit = case.units.remove("x.service").unwrap();
    case.units.insert("systemd-networkd.service".to_owned(), unit);
    let problems = transplant("x", &case, &store(), &Supply::default()).unwrap_err();
    assert_eq!(
        (problems[0].code, &*problems[0].subject),
        (NOT_CARRIED, "systemd-networkd.service")
    );
}

#[test]
fn accounts_are_carried_with_their_numbers_and_members_and_the_rest_is_named() {
    let user = |others: &[&str]| {
        serde_json::json!({
            "isSystemUser": true, "group": "svc", "extraGroups": ["video"], "description": "",
            "home": "/var/empty", "createHome": false, "uid": 400,
            "isNormalUser": false, "shell": null, "others": others,
        })
    };
    let case = |others: &[&str]| Evaluated {
        users: serde_json::from_value(serde_json::json!({ "svc": user(others) })).unwrap(),
        groups: serde_json::from_value(serde_json::json!({
            "svc": { "gid": 401, "members": ["root"] },
        }))
        .unwrap(),
        ..nothing()
    };
    let carried = carried(&case(&[]));
    let file = |path: &str| {
        let mut files = carried.system.files();
        files.extend(carried.files.clone());
        files.into_iter().find(|file| file.path == path).unwrap().content
    };
    let accounts = "g svc 401\nu svc 400:svc - \"/var/empty\" /usr/sbin/nologin\nm svc video\n";
    assert_eq!(file("/etc/sysusers.d/domi-x.conf"), Content::Text(accounts.to_owned()));
    let members = "m root svc\n";
    assert_eq!(file("/etc/sysusers.d/domi-x.members.conf"), Content::Text(members.to_owned()));
    let mut refused = case(&["password"]);
    refused.user_changes.insert("root".to_owned(), vec!["home".to_owned()]);
    let settings = vec!["boot.kernelParams = [\"quiet\"]".to_owned()];
    refused.other.insert("settings".to_owned(), settings);
    let problems = transplant("x", &refused, &store(), &Supply::default()).unwrap_err();
    let subjects: Vec<_> = problems.iter().map(|problem| &*problem.subject).collect();
    let expected = ["users.users.root.home", "users.users.svc.password", "boot.kernelParams"];
    assert_eq!(subjects, expected);
}

#[test]
fn the_time_zone_is_the_machines_own() {
    let mut case = nothing();
    let zone = Etc {
        enable: true,
        target: "localtime".to_owned(),
        text: None,
        source: "/etc/zoneinfo/Europe/Berlin".to_owned(),
        mode: "direct-symlink".to_owned(),
        user: "+0".to_owned(),
        group: "+0".to_owned(),
    };
    case.etc.insert("localtime".to_owned(), zone);
    let carried = carried(&case);
    let aim = Content::Symlink("/usr/share/zoneinfo/Europe/Berlin".to_owned());
    assert_eq!((&*carried.files[0].path, &carried.files[0].content), ("/etc/localtime", &aim));
    assert_eq!(carried.system.debian_packages, ["tzdata".to_owned()].into());
}

#[test]
fn the_loader_of_the_machine_stays() {
    let rules = ["r /lib64/ld-linux-x86-64.so.2", "d /var/lib/x - - - -"].map(str::to_owned).into();
    let case = Evaluated { tmpfiles_rules: rules, ..nothing() };
    let problems = transplant("x", &case, &store(), &Supply::default()).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("/lib64/ld-linux"), "{}", problems[0].message);
}

#[track_caller]
fn check_named(case: &Evaluated, store: &BTreeMap<String, Stored>, expected: &[(&str, &str)]) {
    let problems = transplant("x", case, store, &Supply::default()).unwrap_err();
    let named: Vec<_> = problems.iter().map(|it| (it.code.0, it.message.as_str())).collect();
    assert_eq!(named, expected);
}

#[test]
fn what_a_running_nixos_has_or_a_build_makes_is_named_for_what_it_is() {
    let sudo = with_unit("[Service]\nExecStart=/run/wrappers/bin/sudo x\n");
    let message = "x.service refers to /run/wrappers/bin/sudo, which only NixOS has";
    check_named(&sudo, &store(), &[("D1102", message)]);
    let mut store = store();
    let made = Stored { of_command: true, ..stored("thing", None) };
    store.insert("/nix/store/5f-thing".to_owned(), made);
    let thing = with_unit("[Service]\nExecStart=/nix/store/5f-thing/run\n");
    let message = "x.service refers to /nix/store/5f-thing/run, which a command would make; nothing \
                   is built here";
    check_named(&thing, &store, &[("D1101", message)]);
}

#[test]
fn what_the_machine_writes_itself_or_nobody_there_reads_is_named() {
    let file = |target: &str| Etc {
        enable: true,
        target: target.to_owned(),
        text: Some("alias ll='ls -l'".to_owned()),
        source: ODD.to_owned(),
        mode: "symlink".to_owned(),
        user: "+0".to_owned(),
        group: "+0".to_owned(),
    };
    let changed_etc =
        ["bashrc", "hosts", "profile"].map(|target| (target.to_owned(), file(target))).into();
    let own = ("D1102", "the machine itself needs its own");
    check_named(&Evaluated { changed_etc, ..nothing() }, &store(), &[own, own, own]);
}
