//! NixOS under QEMU, on the rig: booted once, saved and restored. Emulated, each system takes a minute the first time.

use std::time::Duration;

use domi_backend_portable::{NixosOptions, NixosSnapshot};
use domi_debian::{Architecture, Distribution};
use domi_event::Verdict;
use domi_guest::Settings;
use domi_runner::Backends;
use serde_json::json;

use crate::rig::{Rig, rig};
use crate::{Ran, Test, UNIT, answers, check, on, prints, run_on};

/// What is mounted of disks.
const MOUNTS: &str = "/dev/vda / ext4\n/dev/vdb /nix/store squashfs";

fn go(rig: &Rig, cold: bool, tests: &[Test<'_>]) -> Ran {
    let debian = Distribution::named("debian", "trixie").expect("it is known");
    let own = Architecture::from_name(std::env::consts::ARCH).expect("it is known");
    let options = NixosOptions { guest: Settings::new(own, debian), cold };
    run_on(rig, tests, Duration::from_secs(120), |nix| {
        Backends::default().with(NixosSnapshot::new(Ok(nix), options))
    })
}

#[test]
fn a_restored_nixos_is_as_one_that_has_booted_and_boots_again_with_its_disk() {
    let Some(rig) = rig() else { return };
    let steps = json!([
        prints("systemctl is-system-running --wait", "running"),
        prints(". /etc/os-release; echo $ID", "nixos"),
        // A kernel and an initrd of its own, and nothing but its closure.
        { "action": { "fail": "systemd-detect-virt --container" } },
        prints("cut -d' ' -f1-3 /proc/mounts | grep '^/dev/vd'", MOUNTS),
        { "action": { "fail": "ls -d /nix/store/*-nginx" } },
        { "action": { "fail": "touch /nix/store/new" } },
        { "action": { "succeed": "echo kept > /var/lib/kept" } },
        { "action": "reboot" },
        prints("cat /var/lib/kept", "kept"),
        { "action": { "waitForPort": 8080 } },
        prints("curl --silent http://localhost:8080/", "hello"),
    ]);
    let tests = [Test::new("answers", answers()), Test::new("boots", steps)];
    let passed = [("answers", Verdict::Passed), ("boots", Verdict::Passed)];
    // Booted and saved; then restored.
    check(&go(rig, false, &tests), &passed);
    check(&go(rig, false, &tests), &passed);
    check(&go(rig, true, &tests[..1]), &passed[..1]);
}

#[test]
fn what_is_wrong_is_red_and_a_system_whose_units_fail_is_never_saved() {
    let Some(rig) = rig() else { return };
    let fails = format!(
        "    systemd.services.fails = {{\n      wantedBy = [ \"multi-user.target\" ];\n      \
         serviceConfig.Type = \"oneshot\";\n      script = \"exit 7\";\n    }};\n{UNIT}"
    );
    // What the last one says is not expected by anybody, so that it is told: which boot it was.
    let boot = "systemctl is-active fails.service || cat /proc/sys/kernel/random/boot_id";
    let tests = [
        Test::new("default", answers()).with("default = \"hello\";", "default = \"hallo\";"),
        Test::new("fails", json!([prints(boot, "active")])).with(UNIT, &fails),
    ];
    let boots = [(); 2].map(|()| {
        let ran = go(rig, false, &tests);
        check(&ran, &[("default", Verdict::Failed), ("fails", Verdict::Failed)]);
        assert_eq!(ran.failures["default"].got.as_deref().map(str::trim), Some("hallo"));
        assert_eq!(ran.failures["fails"].failed_units, ["machine: fails.service"]);
        ran.failures["fails"].got.clone()
    });
    assert_ne!(boots[0], boots[1]);
}

#[test]
fn machines_in_a_network_boot_and_have_the_addresses_of_the_nixos_test_driver() {
    let Some(rig) = rig() else { return };
    let ask = "curl --silent --max-time 5 http://server:8080/";
    let steps = json!([
        on("server", json!({ "action": { "waitForPort": 8080 } })),
        // Until the client has an address itself, it finds none of others.
        on("client", json!({ "action": { "eventually": "getent ahostsv4 server" } })),
        on("client", prints("getent ahostsv4 server | sed -n 's/ .*STREAM.*//p'", "192.168.1.2")),
        on("server", prints("cat /sys/class/net/eth1/address", "52:54:00:12:01:02")),
        on("client", json!({ "action": { "eventually": ask } })),
        on("client", prints(ask, "hello")),
    ]);
    let nodes = "{ client = plain; server.imports = [ web { networking.firewall.allowedTCPPorts = [ 8080 ]; } ]; }";
    let machines = (json!({ "client": { "enable": false }, "server": {} }), nodes);
    let tests = [Test { machines, ..Test::new("open", steps) }];
    check(&go(rig, false, &tests), &[("open", Verdict::Passed)]);
}

#[test]
fn each_restored_machine_draws_random_numbers_of_its_own() {
    let Some(rig) = rig() else { return };
    // It fails, as nobody knows them, and so says what they were.
    let ask = "cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/random/uuid";
    let tests = [Test::new("random", json!([prints(ask, "")]))];
    let [first, second] = [(); 2].map(|()| {
        let ran = go(rig, false, &tests);
        check(&ran, &[("random", Verdict::Failed)]);
        let got = ran.failures["random"].got.clone().expect("it printed two");
        let [boot, drawn] = got.lines().collect::<Vec<_>>()[..] else { panic!("{got}") };
        [boot.to_owned(), drawn.to_owned()]
    });
    assert_eq!(first[0], second[0]);
    assert_ne!(first[1], second[1]);
}
