use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domi_evaluate::{Node, Stored};
use serde_json::json;

use super::*;

/// A test with a node that has nothing, and this script.
fn test(script: &str) -> NixosTest {
    let none = json!({});
    let seen = json!({
        "units": none, "changedUnits": none, "dropIns": [], "etc": none, "changedEtc": none, "users": none,
        "groups": none, "changedUsers": none, "userChanges": none, "changedGroups": none,
        "gone": { "units": [], "etc": [], "users": [], "groups": [] },
        "tmpfilesPackages": [], "tmpfilesRules": [], "sysctl": [], "tcp": [], "udp": [], "packages": [],
        "packagesAgain": [], "assertions": [], "warnings": [], "other": none,
    });
    let node = json!({
        "seen": seen, "specialisations": [], "machine": [], "networkd": false, "addresses": [],
        "hosts": "",
    });
    let node: Node = serde_json::from_value(node).expect("it is as Nix says it");
    NixosTest {
        nodes: [("web".to_owned(), node)].into(),
        containers: Vec::new(),
        script: script.to_owned(),
        driver: PathBuf::new(),
        reads_screen: false,
        driver_arguments: Vec::new(),
        python_packages: Vec::new(),
        limit: Duration::ZERO,
        skip_lint: false,
        skip_types: false,
        store: BTreeMap::new(),
    }
}

#[track_caller]
fn check(test: &NixosTest, expected: &[&str]) {
    let refused = refusals(test);
    let subjects: Vec<_> = refused.iter().map(|problem| &*problem.subject).collect();
    assert_eq!(subjects, expected);
    assert!(refused.iter().all(|problem| !problem.next.is_empty()));
}

#[test]
fn a_plain_test_is_not_refused() {
    check(&test("web.succeed('true')\n# web.screenshot('x')\nsend_key = 1\n"), &[]);
    check(&test("web.copy_from_host_via_shell('a', 'b')\n"), &[]);
    check(&test("# not by web.shared_dir\n"), &[]);
}

#[test]
fn what_a_script_asks_of_other_machines_is_named() {
    check(&test("web.start(allow_reboot=True)\n"), &["testScript: allow_reboot"]);
    check(&test("web.forward_port(80, 80)\n"), &["testScript: forward_port"]);
    check(&test("web.reboot()\n"), &["testScript: reboot"]);
    check(&test("  web.screenshot('x')\n"), &["testScript: screenshot"]);
    check(&test("web.copy_from_host ('a', 'b')\n"), &[]);
    check(&test("open(web.shared_dir / 'a')\n"), &["testScript: shared_dir"]);
    check(&test("web.succeed('cat /tmp/shared/a')\n"), &["testScript: /tmp/shared"]);
    check(&test("web.write_efi_vars([])\n"), &["testScript: write_efi_vars"]);
    check(&test("m = create_machine('x')\n"), &["testScript: create_machine"]);
}

#[test]
fn what_a_node_wants_of_its_machine_is_named() {
    let mut test = test("");
    let node = test.nodes.get_mut("web").expect("it is there");
    node.specialisations = vec!["other".to_owned()];
    node.machine = vec!["emptyDiskImages".to_owned(), "vlans".to_owned()];
    let file = json!({
        "enable": true, "target": "x", "text": "", "source": "", "mode": "", "user": "", "group": "",
    });
    let file = serde_json::from_value(file).expect("it is as Nix says it");
    node.seen.etc.insert("systemd/network/10-x.network".to_owned(), file);
    check(
        &test,
        &[
            "nodes.web.specialisation.other",
            "nodes.web: /etc/systemd/network/10-x.network",
            "nodes.web.virtualisation.emptyDiskImages",
            "nodes.web.virtualisation.vlans",
        ],
    );
}

#[test]
fn what_the_driver_is_to_have_is_named() {
    let wanted = NixosTest {
        containers: vec!["box".to_owned()],
        reads_screen: true,
        driver_arguments: vec!["-x".to_owned()],
        python_packages: vec!["numpy".to_owned()],
        ..test("")
    };
    let all = ["containers.box", "enableOCR", "extraPythonPackages: numpy", "extraDriverArgs: -x"];
    check(&wanted, &all);
}

#[test]
fn a_script_that_names_a_system_is_refused_as_a_switch() {
    let path = "/nix/store/00000000000000000000000000000000-nixos-system-web-test";
    let system = Stored {
        derivation: "d".to_owned(),
        output: "out".to_owned(),
        name: "nixos-system-web-test".to_owned(),
        pname: "nixos-system-web-test".to_owned(),
        version: String::new(),
        attribute: None,
        of_command: true,
        command: None,
        content: None,
    };
    let store = [(path.to_owned(), system)].into();
    let script = format!("web.succeed('{path}/bin/switch-to-configuration test')");
    check(&NixosTest { store, ..test(&script) }, &["testScript: nixos-system-web-test"]);
}
