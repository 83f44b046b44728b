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
    let problems = transplant("x", &unknown, &store(), &Table::default()).unwrap_err();
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

/// The problems of a unit that NixOS makes itself, by what they say, where a module makes it this one.
fn problems_of(name: &str, text: &str) -> Vec<String> {
    let mut case = with_unit(text);
    let mut unit = case.units.remove("x.service").unwrap();
    unit.text_before = Some("[Service]\nExecStart=/a\nEnvironment=A=1\n".to_owned());
    unit.wanted_before = unit.wanted_by.clone();
    case.changed_units.insert(name.to_owned(), unit);
    let problems = transplant("x", &case, &store(), &Table::default()).err().unwrap_or_default();
    problems.into_iter().map(|it| it.message).collect()
}

#[test]
fn what_a_module_adds_to_a_unit_of_settings_is_named_and_what_the_settings_change_is_not() {
    let check = |name: &str, more: &str, expected: &[&str]| {
        let text = format!("[Service]\nExecStart=/b\nEnvironment=A=2\n{more}");
        assert_eq!(problems_of(name, &text), expected, "{name}");
    };
    check("resolvconf.service", "X-Restart-Triggers=/x\n", &[]);
    check("network-setup.service", "[Unit]\nPartOf=network-addresses-eth1.service\n", &[]);
    check("firewall.service", "ExecReload=/b\n", &[]);
    let added = "it adds ExecStartPost=/x in [Service] to a unit that only NixOS makes";
    check("resolvconf.service", "ExecStartPost=/x\n", &[added]);
    let added = "it adds After=x.service in [Unit] to a unit that only NixOS makes";
    check("network-setup.service", "[Unit]\nAfter=x.service\n", &[added]);
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
