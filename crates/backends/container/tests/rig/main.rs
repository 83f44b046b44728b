//! NixOS itself, in containers, on the rig: the real lib and the real NixOS modules, built by a real Nix, with
//! Debian's programs for packages. It needs `DOMI_NIX` and `DOMI_NIXPKGS`, a folder; where something is missing,
//! each test says so and why.

mod containers;
mod driver;
mod rig;
mod snapshot;
mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_backend_container::Native;
use domi_event::{Body, Diagnostics, Event, JobFinished, Verdict};
use domi_host::Interrupt;
use domi_nix_command::Flake;
use domi_portable_system::nixos::OwnNix;
use domi_runner::{Backend, Backends, Loaded, RunOptions, Selection, plan, run};
use serde_json::{Value, json};

use self::rig::{Rig, rig};

/// The tests of a repository: each has the module of feature-x, changed in its own way.
const FLAKE: &str = r#"
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, ... }: let
    pkgs = nixpkgs.legacyPackages.x86_64-linux;
    machinesOn = on: import ./machines {
      inherit (nixpkgs) lib;
      inherit on;
      evaluate = modules: (nixpkgs.lib.nixosSystem {
        modules = [ { nixpkgs.pkgs = pkgs; environment.systemPackages = [ pkgs.curl ]; } ] ++ modules;
      }).config;
    };
    # With the module of a test, and with nothing.
    withModule = name: {
      imports = [ (./modules/services + "/${name}.nix") ];
      domi.services.feature-x.enable = true;
    };
    plain = { };
    tests = machines: { TESTS };
  in {
    legacyPackages.x86_64-linux = {
      nativeTests = tests (machinesOn ./machines/container.nix);
      snapshotTests = tests (machinesOn ./machines/vm.nix);
    };
  };
}
"#;
/// Where a unit of the module begins.
const UNIT: &str = "    systemd.services.feature-x = {\n";

/// A test.
struct Test<'a> {
    name: &'a str,
    /// What is replaced in the module, and by what.
    change: (&'a str, &'a str),
    /// Its machines, as a manifest has them, and as the flake has them.
    machines: (Value, &'a str),
    steps: Value,
}

impl<'a> Test<'a> {
    /// One with the module on a machine alone.
    fn new(name: &'a str, steps: Value) -> Self {
        let machines = (json!({ "machine": {} }), "{ machine = web; }");
        Self { name, change: (UNIT, UNIT), machines, steps }
    }

    fn with(self, from: &'a str, to: &'a str) -> Self {
        Self { change: (from, to), ..self }
    }
}

struct Ran {
    finished: BTreeMap<String, JobFinished>,
    failures: BTreeMap<String, Diagnostics>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Runs tests in containers.
fn go(rig: &Rig, tests: &[Test<'_>]) -> Ran {
    let cache = domi_host::dirs::cache().expect("there is a cache");
    run_on(rig, tests, Duration::from_secs(20), |nix| {
        Backends::default().with(Native::new(cache, Ok(nix)))
    })
}

/// Runs tests on the only backend that this makes of a Nix.
fn run_on(
    rig: &Rig,
    tests: &[Test<'_>],
    step_limit: Duration,
    backends: impl FnOnce(OwnNix) -> Backends,
) -> Ran {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("repository");
    let modules = root.join("modules");
    fs_err::create_dir_all(modules.join("services")).expect("it can be made");
    for shared in ["_lib.nix", "_together.nix"] {
        fs_err::copy(repository().join("modules").join(shared), modules.join(shared))
            .expect("it can be copied");
    }
    fs_err::create_dir(root.join("machines")).expect("it can be made");
    for file in ["default.nix", "shell.nix", "container.nix", "vm.nix"] {
        let from = repository().join("nix/flake-module/machines").join(file);
        fs_err::copy(from, root.join("machines").join(file)).expect("it can be copied");
    }
    let module = fs_err::read_to_string(repository().join("modules/services/feature-x.nix"));
    let module = module.expect("it can be read");
    let mut outputs = String::new();
    for Test { name, change: (from, to), machines: (_, nodes), .. } in tests {
        assert!(module.contains(from), "the module of feature-x has no {from}");
        let path = modules.join("services").join(format!("{name}.nix"));
        fs_err::write(path, module.replacen(from, to, 1)).expect("it can be written");
        outputs += &format!("web-{name} = let web = withModule {name:?}; in machines {nodes};\n");
    }
    fs_err::write(root.join("flake.nix"), FLAKE.replace("TESTS", &outputs))
        .expect("it can be written");

    let nixpkgs = rig.nixpkgs.display().to_string();
    let capabilities = rig.nix.capabilities(None, &Interrupt::default()).expect("a configuration");
    let nix = OwnNix {
        nix: rig.nix.clone(),
        flake: Flake::of(&root).expect("it has one").with_input("nixpkgs", &nixpkgs),
        builders: None,
        capabilities,
        build_limit: Duration::from_secs(300),
    };
    let cache = domi_host::dirs::cache().expect("there is a cache");
    let options = RunOptions {
        use_cache: false,
        step_limit,
        ..RunOptions::new(folder.path().join("runs"), cache)
    };
    let backends = backends(nix);
    let kind = backends.iter().next().map(Backend::kind);
    let selection = Selection { backends, backend: kind, ..Selection::default() };
    let plan = plan(&[feature(tests)], &selection).expect("a plan");
    let mut ran = Ran { finished: BTreeMap::new(), failures: BTreeMap::new() };
    run(&plan, &options, &mut |event| seen_in(&mut ran, event)).expect("a run");
    ran
}

/// Notes how jobs end, by the names of their tests.
fn seen_in(ran: &mut Ran, event: &Event) {
    let name = |job: &str| job.split('/').nth(1).unwrap_or_default().to_owned();
    match &event.body {
        Body::JobFinished(job) => drop(ran.finished.insert(name(&job.job), job.clone())),
        Body::Diagnostics(it) => drop(ran.failures.insert(name(&it.job), (**it).clone())),
        _ => {}
    }
}

fn feature(tests: &[Test<'_>]) -> Loaded {
    let option = |name: &str, ty: &str| json!({ "name": name, "type": ty, "description": "x", "default": { "literal": if ty == "str" { json!("hello") } else { json!(8080) } } });
    let test = |Test { name, machines: (machines, _), steps, .. }: &Test<'_>| json!({ "name": name, "body": { "run": { "machines": machines, "steps": steps } } });
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": "web", "kind": "services", "summary": "x", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux"],
        },
        "options": [option("greeting", "str"), option("port", "port")],
        "tests": tests.iter().map(test).collect::<Vec<_>>(),
    });
    Loaded {
        manifest: serde_json::from_value(manifest).expect("a manifest"),
        crate_dir: ".".into(),
    }
}

fn prints(command: &str, expected: &str) -> Value {
    json!({ "action": { "output": { "command": command, "expect": { "equals": expected } } } })
}

/// The steps of feature-x's own test.
fn answers() -> Value {
    json!([
        { "action": { "waitForPort": 8080 } },
        prints("curl --silent http://localhost:8080/", "hello"),
    ])
}

#[track_caller]
fn check(ran: &Ran, expected: &[(&str, Verdict)]) {
    let got: Vec<_> = ran.finished.iter().map(|(name, it)| (&**name, it.verdict)).collect();
    assert_eq!(got, expected, "{:#?}\n{:#?}", ran.finished, ran.failures);
}

#[test]
fn a_test_passes_on_a_nixos_of_its_own_which_boots_with_all_its_units() {
    let Some(rig) = rig() else { return };
    let system = json!([
        // A test that waits for nothing finds what a boot makes first.
        prints("systemctl is-active basic.target", "active"),
        { "action": { "waitForPort": 8080 } },
        prints("systemctl is-system-running --wait", "running"),
        prints("systemctl list-units --failed --no-legend", ""),
        prints(". /etc/os-release; echo $ID", "nixos"),
        prints("cut -d/ -f1-3 < <(readlink -f /run/current-system)", "/nix/store"),
        // What no module has asked for is not there, neither as a program nor in the store.
        { "action": { "fail": "ls /usr/bin/ip" } },
        { "action": { "fail": "ls -d /nix/store/*-nginx" } },
        { "action": { "succeed": "echo kept > /var/lib/kept" } },
        { "action": "reboot" },
        prints("cat /var/lib/kept", "kept"),
        { "action": { "waitForPort": 8080 } },
        prints("curl --silent http://localhost:8080/", "hello"),
    ]);
    let ran = go(rig, &[Test::new("boots", system), Test::new("answers", answers())]);
    check(&ran, &[("answers", Verdict::Passed), ("boots", Verdict::Passed)]);
}

#[test]
fn a_wrong_default_and_a_wrong_program_are_red() {
    let Some(rig) = rig() else { return };
    let tests = [
        Test::new("default", answers()).with("default = \"hello\";", "default = \"hallo\";"),
        Test::new("program", answers()).with("package \"lighttpd\")", "package \"lighttpx\")"),
        Test::new("unknown", answers()).with("pkgs \"lighttpd\" {", "pkgs \"caddy\" {"),
    ];
    let ran = go(rig, &tests);
    let failed = Verdict::Failed;
    check(&ran, &[("default", failed), ("program", failed), ("unknown", failed)]);
    assert_eq!(ran.failures["default"].got.as_deref().map(str::trim), Some("hallo"));
    assert_eq!(ran.failures["program"].message, "port 8080 did not open in time");
    assert!(ran.failures["unknown"].said.contains("caddy cannot be found"));
}

#[test]
fn a_program_that_a_unit_does_not_name_is_not_found() {
    let Some(rig) = rig() else { return };
    let forgotten = format!("{UNIT}      preStart = \"ip -V\";\n");
    let named = format!("{forgotten}      path = [ pkgs.iproute2 ];\n");
    let tests = [
        Test::new("forgotten", answers()).with(UNIT, &forgotten),
        Test::new("named", answers()).with(UNIT, &named),
    ];
    let ran = go(rig, &tests);
    check(&ran, &[("forgotten", Verdict::Failed), ("named", Verdict::Passed)]);
    assert_eq!(ran.failures["forgotten"].failed_units, ["machine: feature-x.service"]);
}

/// A step of one of several machines.
fn on(machine: &str, mut step: Value) -> Value {
    step["machine"] = json!(machine);
    step
}

#[test]
fn machines_of_a_test_have_the_names_and_addresses_of_the_nixos_test_driver() {
    let Some(rig) = rig() else { return };
    let ask = "curl --silent --max-time 2 http://server:8080/";
    let action = |action: Value| json!({ "action": action });
    let steps = json!([
        on("server", action(json!({ "waitForPort": 8080 }))),
        on("client", prints("hostname", "client")),
        on("client", prints("getent ahostsv4 server | sed -n 's/ .*STREAM.*//p'", "192.168.1.2")),
        on("client", prints(ask, "hello")),
        // The kernel looks for another machine with that address first.
        on("client", action(json!({ "eventually": "ping -6 -c 1 -W 1 2001:db8:1::2" }))),
        on("server", prints("cat /sys/class/net/eth1/address", "52:54:00:12:01:02")),
        // It has been there from the beginning: nothing of NixOS's own has failed for want of it.
        on("server", prints("systemctl is-system-running --wait", "running")),
        on("server", action(json!("cutNetwork"))),
        on("client", action(json!({ "fail": ask }))),
        on("server", action(json!("reboot"))),
        on("server", action(json!({ "waitForPort": 8080 }))),
        on("client", prints(ask, "hello")),
    ]);
    let nodes = "{ client = plain; server.imports = [ web { networking.firewall.allowedTCPPorts = [ 8080 ]; } ]; }";
    let closed = json!([
        on("server", action(json!({ "waitForPort": 8080 }))),
        on("client", action(json!({ "fail": ask }))),
    ]);
    let both = || json!({ "client": { "enable": false }, "server": {} });
    let tests = [
        Test { machines: (both(), nodes), ..Test::new("open", steps) },
        Test {
            machines: (both(), "{ client = plain; server = web; }"),
            ..Test::new("closed", closed)
        },
    ];
    check(&go(rig, &tests), &[("closed", Verdict::Passed), ("open", Verdict::Passed)]);
}

#[test]
fn a_nixos_that_runs_is_switched_to_other_settings_and_back() {
    let Some(rig) = rig() else { return };
    let switch = |settings: Value| json!({ "action": { "switch": { "settings": settings } } });
    let ask = |port: u16| format!("curl --silent http://localhost:{port}/");
    let open = |port: u16| json!({ "action": { "waitForPort": port } });
    let (other, first) = (json!({ "greeting": "again", "port": 8081 }), json!({}));
    let steps = json!([
        open(8080),
        switch(other.clone()),
        open(8081),
        prints(&ask(8081), "again"),
        { "action": { "fail": ask(8080) } },
        switch(first),
        open(8080),
        prints(&ask(8080), "hello"),
    ]);
    let nodes = "{ machine = {
        imports = [ web ];
        system.switch.enable = true;
        specialisation.changed.configuration.domi.services.feature-x = { greeting = \"again\"; port = 8081; };
    }; }";
    let machines = || (json!({ "machine": {} }), nodes);
    // Its service fails with the other settings alone.
    let fails = format!("{UNIT}      preStart = lib.mkIf (cfg.port == 8081) \"exit 7\";\n");
    let tests = [
        Test { machines: machines(), ..Test::new("switches", steps) },
        Test { machines: machines(), ..Test::new("fails", json!([open(8080), switch(other)])) }
            .with(UNIT, &fails),
    ];
    let ran = go(rig, &tests);
    check(&ran, &[("fails", Verdict::Failed), ("switches", Verdict::Passed)]);
    let told = &ran.failures["fails"];
    assert_eq!(told.message, "the machine cannot take its other system, or not all of it");
    assert!(told.said.contains("Job for feature-x.service failed"), "{}", told.said);
}
