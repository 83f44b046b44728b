//! What comes with packages, and what Debian's packages have otherwise than those of nixpkgs.

use domi_evaluate::{Command, Group, User};

use super::*;
use crate::Table;
use crate::codes::NOT_MAPPED;

#[test]
fn packages_of_units_are_one_problem_and_not_what_follows_from_them() {
    let link = |target: &str| Etc {
        enable: true,
        target: target.to_owned(),
        text: None,
        source: ODD.to_owned(),
        mode: "symlink".to_owned(),
        user: "+0".to_owned(),
        group: "+0".to_owned(),
    };
    let follows =
        ["systemd/system-generators", "systemd/system-shutdown", "systemd/user-generators"];
    let changed_etc = follows.map(|target| (target.to_owned(), link(target))).into();
    let unknown = "the table of packages does not say what nginx brings";
    let other = [("systemdPackages".to_owned(), vec![NGINX.to_owned()])].into();
    check_named(&Evaluated { changed_etc, other, ..nothing() }, &store(), &[("D1102", unknown)]);
}

/// The usual store, with packages of these names.
fn store_with<const N: usize>(names: [&str; N]) -> (BTreeMap<String, Stored>, [String; N]) {
    let paths = names.map(|name| format!("/nix/store/8y-{name}"));
    let mut store = store();
    store.extend(paths.clone().into_iter().zip(names.map(|name| stored(name, None))));
    (store, paths)
}

#[test]
fn a_unit_that_a_package_brings_gets_the_lines_of_the_modules() {
    let (store, [caddy, unknown]) = store_with(["caddy", "odd-daemon"]);
    let text = format!("[Service]\nExecStart=\nExecStart={caddy}/bin/caddy run\n");
    let mut case = with_unit(&text);
    let unit = case.units.remove("x.service").unwrap();
    case.units.insert("caddy.service".to_owned(), unit);
    case.other = [("systemdPackages".to_owned(), vec![caddy])].into();
    let carried = transplant("x", &case, &store, &Supply::default()).unwrap();
    assert!(carried.system.units.is_empty());
    let added = &carried.system.drop_ins["caddy.service"];
    assert_eq!(added.text, "[Service]\nExecStart=\nExecStart=/usr/bin/caddy run\n");
    assert_eq!(carried.system.units_to_start(), ["caddy.service"]);
    assert!(carried.needed.contains_key("/usr/lib/systemd/system/caddy.service"));
    assert!(carried.warnings[0].contains("caddy.service"), "{:?}", carried.warnings);
    case.other = [("systemdPackages".to_owned(), vec![unknown])].into();
    let problems = transplant("x", &case, &store, &Supply::default()).unwrap_err();
    assert_eq!(problems[0].code, NOT_MAPPED);
}

#[test]
fn files_for_dbus_must_be_in_the_package_of_debian() {
    let (store, [avahi]) = store_with(["avahi"]);
    let other = [("dbusPackages".to_owned(), vec![avahi])].into();
    let case = Evaluated { other, ..nothing() };
    let carried = transplant("x", &case, &store, &Supply::default()).unwrap();
    assert!(carried.needed.contains_key("/usr/share/dbus-1/system.d/avahi-dbus.conf"));
    assert!(carried.system.debian_packages.contains("avahi-daemon"));
}

fn etc(target: &str, text: &str) -> (String, Etc) {
    let file = Etc {
        enable: true,
        target: target.to_owned(),
        text: Some(text.to_owned()),
        source: String::new(),
        mode: "symlink".to_owned(),
        user: "+0".to_owned(),
        group: "+0".to_owned(),
    };
    (target.to_owned(), file)
}

#[test]
fn a_service_of_pam_has_its_modules_by_name_wherever_debian_has_them() {
    let (store, [pam, systemd]) = store_with(["linux-pam", "systemd"]);
    let text = format!(
        "auth required {pam}/lib/security/pam_deny.so # x\n\
         session optional {systemd}/lib/security/pam_systemd.so\n"
    );
    let case = Evaluated { etc: [etc("pam.d/sshd", &text)].into(), ..nothing() };
    let carried = transplant("x", &case, &store, &Supply::default()).unwrap();
    let expected = "auth required pam_deny.so # x\nsession optional pam_systemd.so\n";
    assert_eq!(carried.system.etc["pam.d/sshd"].text, expected);
    assert!(carried.needed.contains_key("/usr/lib/*/security/pam_deny.so"));
    assert_eq!(carried.system.debian_packages, ["libpam-systemd".to_owned()].into());
    let own = Evaluated { etc: [etc("pam.d/su", &text)].into(), ..nothing() };
    let problems = transplant("x", &own, &store, &Supply::default()).unwrap_err();
    assert_eq!(problems[0].subject, "/etc/pam.d/su");
    // Others look for a file where they are told to.
    let other = Evaluated { etc: [etc("x.conf", &text)].into(), ..nothing() };
    let problems = transplant("x", &other, &store, &Supply::default()).unwrap_err();
    let subjects: Vec<_> = problems.iter().map(|it| (it.code, &*it.subject)).collect();
    assert_eq!(subjects, [(NOT_MAPPED, "linux-pam"), (NOT_MAPPED, "systemd")]);
}

#[test]
fn a_file_that_debian_has_in_its_place_is_left_there() {
    let (store, [openssh]) = store_with(["openssh"]);
    let (name, mut moduli) = etc("ssh/moduli", "");
    (moduli.text, moduli.source) = (None, format!("{openssh}/etc/ssh/moduli"));
    let case = Evaluated { etc: [(name, moduli)].into(), ..nothing() };
    let carried = transplant("x", &case, &store, &Supply::default()).unwrap();
    assert!(carried.files.is_empty() && carried.needed.contains_key("/etc/ssh/moduli"));
}

#[test]
fn a_program_of_debian_writes_where_that_of_nixpkgs_would() {
    let carried = carried(&with_unit(&format!("[Service]\nExecStart={NGINX}/bin/nginx\n")));
    let text = &carried.system.units["x.service"].text;
    assert_eq!(*text, format!("[Service]\nExecStart=/usr/sbin/nginx\n{BIND}"));
    // So does one that a script of the unit starts; a file of the package is no program.
    let with_script = super::carried(&with_unit(&format!("ExecStart={SCRIPT}/bin/run\n")));
    let text = &with_script.system.units["x.service"].text;
    assert!(text.ends_with(&format!("/bin/run\n{BIND}")), "{text}");
    check(&format!("A={NGINX}/conf/mime.types\n"), "A=/etc/nginx/mime.types\n");
}

#[test]
fn what_a_command_makes_starts_programs_as_its_text_does() {
    let mut store = store();
    let text = format!("echo exec {NGINX}/bin/nginx >$out");
    let command = Command { text, environment: BTreeMap::new() };
    let made = Stored { of_command: true, command: Some(command), ..stored("run", None) };
    store.insert("/nix/store/7x-made".to_owned(), made);
    let mut case = with_unit("ExecStart=/nix/store/7x-made\n");
    case.units.insert("y.service".to_owned(), case.units["x.service"].clone());
    let carried = transplant("x", &case, &store, &Supply::default()).unwrap();
    for unit in ["x.service", "y.service"] {
        let text = &carried.system.units[unit].text;
        assert!(text.ends_with(BIND), "{unit}: {text}");
    }
}

#[test]
fn what_is_added_to_a_unit_twice_is_there_twice() {
    let (store, [caddy]) = store_with(["caddy"]);
    let mut case = with_unit("[Service]\nNice=1\n");
    let unit = case.units.remove("x.service").unwrap();
    case.units.insert("caddy.service".to_owned(), unit);
    case.other = [("systemdPackages".to_owned(), vec![caddy])].into();
    let content = "[Service]\nPrivateTmp=true\n".to_owned();
    case.drop_ins.push(domi_evaluate::DropIn { unit: "caddy.service".to_owned(), content });
    let carried = transplant("x", &case, &store, &Supply::default()).unwrap();
    let added = &carried.system.drop_ins["caddy.service"];
    assert_eq!(added.text, "[Service]\nNice=1\n[Service]\nPrivateTmp=true\n");
    assert_eq!(added.wanted_by, ["multi-user.target"]);
}

#[test]
fn what_the_user_says_that_a_package_brings_is_all_that_it_takes() {
    let mut case = with_unit(&format!("[Service]\nExecStart={NGINX}/bin/nginx\n"));
    let unit = case.units.remove("x.service").unwrap();
    case.units.insert("nginx.service".to_owned(), unit);
    case.other = [("systemdPackages".to_owned(), vec![NGINX.to_owned()])].into();
    let problems = transplant("x", &case, &store(), &Supply::default()).unwrap_err();
    let next = &problems[0].next;
    assert!(next.ends_with("[packages.nginx] units = [\"x.service\"]"), "{next}");
    let row = OwnRow { units: vec!["nginx.service".to_owned()], ..OwnRow::default() };
    let table = Table::new([("nginx".to_owned(), row)].into());
    let carried = transplant("x", &case, &store(), &Supply::Debian(table)).unwrap();
    assert!(carried.needed.contains_key("/usr/lib/systemd/system/nginx.service"));
    let text = &carried.system.drop_ins["nginx.service"].text;
    assert!(text.contains("ExecStart=/usr/sbin/nginx\n"), "{text}");
    assert_eq!(carried.system.debian_packages, ["nginx-light".to_owned()].into());
}

#[test]
fn what_debian_has_built_in_is_not_loaded() {
    let (store, [apache]) = store_with(["apache-httpd"]);
    let text = format!(
        "LoadModule mime_module {apache}/modules/mod_mime.so\n\
         LoadModule unixd_module {apache}/modules/mod_unixd.so\n\
         Include \"{apache}/conf/extra/httpd-default.conf\"\nUser x\n"
    );
    let case = Evaluated { etc: [etc("httpd.conf", &text)].into(), ..nothing() };
    let carried = transplant("x", &case, &store, &Supply::default()).unwrap();
    let expected = "LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so\nUser x\n";
    assert_eq!(carried.system.etc["httpd.conf"].text, expected);
    assert!(!carried.needed.keys().any(|path| path.contains("unixd")));
    // Only a line that loads it is left out.
    let other = with_unit(&format!("ExecStart=/x {apache}/modules/mod_unixd.so -v\n"));
    let carried = transplant("x", &other, &store, &Supply::default()).unwrap();
    let text = &carried.system.units["x.service"].text;
    assert_eq!(text, "ExecStart=/x /usr/lib/apache2/modules/mod_unixd.so -v\n");
}

#[test]
fn what_only_some_programs_of_a_package_want_is_on_a_path_with_the_others() {
    let (store, [samba, mailcap]) = store_with(["samba", "mailcap"]);
    let text = format!("Environment=\"PATH={samba}/bin\"\nA={mailcap}/etc/mime.types\n");
    let carried = transplant("x", &with_unit(&text), &store, &Supply::default()).unwrap();
    let programs = carried.system.programs.first().unwrap();
    assert!(programs.debian.contains("winbind"), "{programs:?}");
    let debian = &carried.system.debian_packages;
    assert!(debian.contains("winbind"), "{debian:?}");
    assert!(debian.contains("media-types") && !debian.contains("nginx-common"), "{debian:?}");
}

#[test]
fn programs_that_a_command_makes_are_for_everybody_where_they_are_packages() {
    let mut store = store();
    let command = Command { text: "mkdir -p $out/bin".to_owned(), environment: BTreeMap::new() };
    let made = Stored { of_command: true, command: Some(command), ..stored("ctl", None) };
    store.insert("/nix/store/7x-ctl".to_owned(), made);
    let packages = vec!["/nix/store/7x-ctl".to_owned()];
    let case = Evaluated { packages, ..nothing() };
    let carried = transplant("x", &case, &store, &Supply::default()).unwrap();
    assert!(carried.making[0].on_path);
}

#[test]
fn keys_of_a_user_are_carried_with_the_file_that_a_server_reads() {
    let user: User = serde_json::from_value(serde_json::json!({
        "isSystemUser": false, "group": "x", "extraGroups": [], "description": "",
        "home": "/home/x", "createHome": true, "uid": 1000, "isNormalUser": true,
        "shell": null, "others": ["openssh.authorizedKeys"],
    }))
    .unwrap();
    let groups = [("x".to_owned(), Group { gid: None, members: Vec::new() })].into();
    let mut case = Evaluated { users: [("x".to_owned(), user)].into(), groups, ..nothing() };
    case.user_changes = [("root".to_owned(), vec!["openssh.authorizedKeys".to_owned()])].into();
    let problems = transplant("x", &case, &store(), &Supply::default()).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    case.etc = ["x", "root"].map(|name| etc(&format!("ssh/authorized_keys.d/{name}"), "k")).into();
    transplant("x", &case, &store(), &Supply::default()).unwrap();
}

#[test]
fn what_nothing_stands_for_or_not_whole_says_why() {
    let (store, [openresolv, postgresql]) = store_with(["openresolv", "postgresql-and-plugins"]);
    let plugins = with_unit(&format!("ExecStart={postgresql}/bin/postgres\n"));
    let carried = transplant("x", &plugins, &store, &Supply::default()).unwrap();
    let [warning] = &carried.warnings[..] else { panic!("{:?}", carried.warnings) };
    assert!(warning.contains("none of its extensions"), "{warning}");
    let text = format!("[Service]\nExecStart={openresolv}/bin/resolvconf -u\n");
    let mut case = with_unit(&format!("{text}ExecStop={openresolv}/bin/resolvconf -d x\n"));
    case.other = [("systemdPackages".to_owned(), vec![openresolv])].into();
    let problems = transplant("x", &case, &store, &Supply::default()).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let message = &problems[0].message;
    assert!(message.contains("networking.nameservers"), "{message}");
}
