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
