//! What every NixOS has, and a machine has elsewhere.

use super::*;

#[test]
fn programs_of_every_nixos_are_those_of_the_machine() {
    let kill = "/run/current-system/sw/bin/kill";
    let text = format!("ExecReload=+{kill} -HUP $MAINPID\nExecStop={kill}\n");
    let carried = carried(&with_unit(&text));
    let expected = "ExecReload=+/usr/bin/kill -HUP $MAINPID\nExecStop=/usr/bin/kill\n";
    assert_eq!(carried.system.units["x.service"].text, expected);
    let unknown = with_unit("ExecStart=/run/current-system/sw/bin/killall x\n");
    let problems = transplant("x", &unknown, &store(), &Supply::default()).unwrap_err();
    assert_eq!(problems[0].subject, "/run/current-system/sw/bin/killall");
}

#[test]
fn certificates_that_every_nixos_trusts_come_from_a_package() {
    let carried = carried(&with_unit("Environment=A=/etc/ssl/certs/ca-bundle.crt\n"));
    let text = &carried.system.units["x.service"].text;
    assert_eq!(text, "Environment=A=/etc/ssl/certs/ca-certificates.crt\n");
    assert_eq!(carried.system.debian_packages, ["ca-certificates".to_owned()].into());
    // Another path that ends or begins so stays.
    let others = "A=/srv/etc/ssl/certs/ca-bundle.crt B=/etc/ssl/certs/ca-bundle.crt.bak\n";
    check(others, others);
}

const BEFORE: &str = "[Service]\nExecStart=/nix/store/0a-unit-script/bin/start \n\
                      Environment=\"PATH=/nix/store/0b-coreutils/bin\"\n";

/// The problems of a unit that NixOS makes itself, by what they say, where a module makes it another one.
fn problems_of(name: &str, change: impl FnOnce(&mut EvaluatedUnit)) -> Vec<String> {
    let mut case = with_unit(BEFORE);
    let mut unit = case.units.remove("x.service").unwrap();
    unit.text_before = Some(BEFORE.to_owned());
    unit.wanted_before = unit.wanted_by.clone();
    change(&mut unit);
    case.changed_units.insert(name.to_owned(), unit);
    let mut store = store();
    for (path, line) in
        [("1a", "ip route replace default via \"10.0.0.1\""), ("1b", "touch /run/x")]
    {
        let text = format!("#!/bin/sh\nset -e\n{line}\n");
        let (destination, executable) = ("/bin/start".to_owned(), true);
        let script = Known::Text { text, destination, executable };
        store.insert(format!("/nix/store/{path}-unit-script"), stored("unit-script", Some(script)));
    }
    let problems = transplant("x", &case, &store, &Supply::default()).err().unwrap_or_default();
    problems.into_iter().map(|it| it.message).collect()
}

#[test]
fn what_a_module_adds_to_a_unit_of_settings_is_named_and_what_the_settings_change_is_not() {
    let check = |name: &str, from: &str, to: &str, expected: &[&str]| {
        let change = |unit: &mut EvaluatedUnit| {
            unit.text =
                if from.is_empty() { format!("{BEFORE}{to}") } else { BEFORE.replace(from, to) };
        };
        let expected: Vec<_> =
            expected.iter().map(|it| format!("{it} a unit that only NixOS makes")).collect();
        assert_eq!(problems_of(name, change), expected, "{name}: {to}");
    };
    check("resolvconf.service", "", "X-Restart-Triggers=/x\n", &[]);
    let network = "network-setup.service";
    check(network, "", "[Unit]\nPartOf=network-addresses-eth1.service\n", &[]);
    check(network, "", "[Unit]\nAfter=x.service\n", &["it adds After=x.service in [Unit] to"]);
    check("firewall.service", "", "ExecReload=/b\n", &[]);
    let added = "it adds ExecStartPost=/x in [Service] to";
    check("resolvconf.service", "", "ExecStartPost=/x\n", &[added]);
    // Its script follows from settings, as far as it says nothing else.
    check(network, "0a-", "1a-", &[]);
    let other = "it adds ExecStart=/nix/store/1b-unit-script/bin/start  in [Service] to";
    check(network, "0a-", "1b-", &[other]);
    check("firewall.service", "0a-", "1b-", &[]);
    let other = "it adds ExecStart=/bin/false in [Service] to";
    check("firewall.service", "/nix/store/0a-unit-script/bin/start ", "/bin/false", &[other]);
    check(network, "0b-coreutils", "0c-iproute2", &[]);
    let variable = "it adds Environment=\"A=1\" in [Service] to";
    check(network, "", "Environment=\"A=1\"\n", &[variable]);
    let gone = "it removes Environment from";
    check(network, "Environment=\"PATH=/nix/store/0b-coreutils/bin\"\n", "", &[gone]);
}

#[test]
fn who_starts_a_unit_of_settings_and_its_names_are_those_of_nixos() {
    let check = |change: fn(&mut EvaluatedUnit), expected: &str| {
        let expected = format!("{expected} a unit that only NixOS makes");
        assert_eq!(problems_of("firewall.service", change), [expected]);
    };
    check(|unit| unit.wanted_by.clear(), "it takes multi-user.target away from");
    check(
        |unit| unit.wanted_by.push("network-online.target".to_owned()),
        "it lets network-online.target start",
    );
    check(|unit| unit.required_by.push("x.service".to_owned()), "it lets x.service start");
    check(|unit| unit.aliases.push("fw.service".to_owned()), "it gives the name fw.service to");
    let online = |unit: &mut EvaluatedUnit| unit.wanted_by.push("network-online.target".to_owned());
    assert_eq!(problems_of("network-setup.service", online), [""; 0]);
}

#[test]
fn who_starts_a_unit_of_the_machine_without_the_modules_does_so_with_them() {
    let mut case = with_unit("[Service]\nA=1\n");
    let mut unit = case.units.remove("x.service").unwrap();
    unit.text_before = Some("[Service]\nA=1\n".to_owned());
    unit.wanted_before = vec!["sysinit.target".to_owned()];
    unit.aliases = vec!["log.service".to_owned()];
    case.changed_units.insert("systemd-journald.service".to_owned(), unit);
    let problems = transplant("x", &case, &store(), &Supply::default()).unwrap_err();
    let said: Vec<_> = problems.iter().map(|it| &*it.message).collect();
    let expected = [
        "it takes sysinit.target away from a unit of the system",
        "it gives a unit of the system the name log.service",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_file_that_nixos_makes_of_variables_is_not_written_whole() {
    let mut case = nothing();
    let mut file = Etc {
        enable: true,
        target: "set-environment".to_owned(),
        text: None,
        source: "/nix/store/0a-set-environment".to_owned(),
        mode: "symlink".to_owned(),
        user: "+0".to_owned(),
        group: "+0".to_owned(),
    };
    case.changed_etc.insert(file.target.clone(), file.clone());
    transplant("x", &case, &store(), &Supply::default()).unwrap();
    file.text = Some("export X=1\n".to_owned());
    case.changed_etc.insert(file.target.clone(), file);
    let problems = transplant("x", &case, &store(), &Supply::default()).unwrap_err();
    assert_eq!(problems[0].subject, "/etc/set-environment");
}

/// A case with these settings of openresolv and name servers.
fn with_servers(resolvconf: Option<&str>, servers: &str) -> Evaluated {
    let setting = format!("networking.nameservers = {servers}");
    let mut case =
        Evaluated { other: [("settings".to_owned(), vec![setting])].into(), ..nothing() };
    case.changed_etc.extend(resolvconf.map(|text| {
        let target = "resolvconf.conf".to_owned();
        let file = Etc {
            enable: true,
            target: target.clone(),
            text: Some(text.to_owned()),
            source: String::new(),
            mode: "symlink".to_owned(),
            user: "+0".to_owned(),
            group: "+0".to_owned(),
        };
        (target, file)
    }));
    case
}

#[test]
fn a_server_on_the_machine_asks_those_that_the_settings_name() {
    let local = "name_servers='127.0.0.1'\nresolv_conf_options='edns0'\n";
    let dnsmasq = format!("{local}dnsmasq_resolv=/etc/dnsmasq-resolv.conf\n");
    let files = |case: &Evaluated| -> Vec<_> {
        carried(case).files.into_iter().map(|file| (file.path, file.content)).collect()
    };
    let file = |path: &str, text: &str| (path.to_owned(), Content::Text(text.to_owned()));
    let resolv = file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions edns0\n");
    let both = "[\"127.0.0.1\",\"10.0.0.1\"]";
    let of_dnsmasq = file("/etc/dnsmasq-resolv.conf", "nameserver 10.0.0.1\n");
    assert_eq!(files(&with_servers(Some(&dnsmasq), both)), [resolv.clone(), of_dnsmasq]);
    let alone = files(&with_servers(Some(&dnsmasq), "[\"127.0.0.1\"]"));
    assert_eq!(alone, std::slice::from_ref(&resolv));
    assert_eq!(files(&with_servers(None, both)), [resolv]);
    let unbound = format!("{local}unbound_conf=/etc/unbound-x.conf\n");
    let what = "openresolv would give them to the machine's own server: \
                unbound_conf=/etc/unbound-x.conf";
    check_named(&with_servers(Some(&unbound), both), &store(), &[("D1102", what)]);
    carried(&with_servers(Some(&unbound), "[\"127.0.0.1\"]"));
}
