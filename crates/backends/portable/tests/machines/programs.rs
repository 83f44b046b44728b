//! Which programs a service finds.

use domi_event::Verdict;
use domi_model::Manifest;
use serde_json::{Value, json};

use crate::support::{Told, check, steps};

/// A service that runs a script once, with these packages on its PATH.
fn add(manifest: &mut Manifest, name: &str, path: &[&str], script: &str) {
    let path: Vec<Value> = path.iter().map(|name| json!({ "package": name })).collect();
    let argv = ["/bin/sh", "-c", script].map(|word| json!({ "literal": word }));
    let unit = json!({
        "kind": "service",
        "name": { "literal": name },
        "path": path,
        "commands": { "ExecStart": [{ "argv": { "list": argv } }] },
        "config": { "Type": { "value": { "literal": "oneshot" } } },
    });
    manifest.system.units.push(serde_json::from_value(unit).expect("a unit"));
}

#[test]
fn a_service_finds_what_its_path_and_every_nixos_have() {
    let always = "chroot --version; cat /dev/null; find / -maxdepth 0; grep -q . /etc/os-release
        echo a | sed s/a/b/; systemctl --version; udevadm --version; shutdown --help";
    let mut manifest = steps(&json!([
        { "action": { "start": "always.service" } },
        { "action": { "start": "with.service" } },
        // All of them are on the machine, as other units have them on their PATHs.
        { "action": { "succeed": "perl -e 1; awk 1 /dev/null; mount --version" } },
        { "action": { "fail": "systemctl start without-perl.service" } },
        { "action": { "fail": "systemctl start without-awk.service" } },
        { "action": { "fail": "systemctl start without-mount.service" } },
        { "action": { "fail": "systemctl start without-own-name.service" } },
        // The folders are there after a boot.
        { "action": "reboot" },
        { "action": { "start": "with.service" } },
        { "action": { "fail": "systemctl start without-perl.service" } },
    ]));
    let mawk = json!({
        "nixpkgs": ["mawk"], "debian": ["mawk"], "debian_paths": { "bin/own-name": "/usr/bin/mawk" },
    });
    let mawk = serde_json::from_value(mawk).expect("a package");
    manifest.packages.insert("mawk".to_owned(), mawk);
    add(&mut manifest, "always", &[], &format!("set -e; {always}"));
    let with = format!("set -e; {always}; perl -e 1; awk 1 /dev/null; own-name 1 /dev/null");
    add(&mut manifest, "with", &["mawk", "perl"], &with);
    add(&mut manifest, "without-perl", &["mawk"], "perl -e 1");
    add(&mut manifest, "without-awk", &["perl"], "awk 1 /dev/null");
    add(&mut manifest, "without-mount", &["perl", "mawk"], "mount --version");
    add(&mut manifest, "without-own-name", &["perl"], "own-name 1 /dev/null");
    check(manifest, &Told::default(), Verdict::Passed);
}
