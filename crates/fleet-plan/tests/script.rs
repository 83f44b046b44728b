//! A plan as a script: what bash does with it. The tools that deploy and log in are programs that
//! note how they were called; the ports are real.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use domi_fleet_plan::{
    Added, HealthGate, Install, Plan, Removed, Revision, SCHEMA, Summary, Tool, WaveOfPlan, Why,
    first_installation, script,
};
use tempfile::TempDir;

fn wave(name: &str, steps: &[&[&str]]) -> WaveOfPlan {
    let step = |hosts: &&[&str]| hosts.iter().map(|host| (*host).to_owned()).collect();
    let steps = steps.iter().map(step).collect();
    WaveOfPlan { name: name.to_owned(), after: Vec::new(), steps, soak: 0, health: None }
}

fn plan(waves: Vec<WaveOfPlan>) -> Plan {
    Plan {
        schema: SCHEMA.to_owned(),
        from: Revision { name: "main\nrm".to_owned(), commit: "0".repeat(40) },
        summary: Summary::default(),
        removed: Vec::new(),
        replaced: Vec::new(),
        moved: Vec::new(),
        added: Vec::new(),
        installs: Vec::new(),
        differences: Vec::new(),
        names: Vec::new(),
        changing: Vec::new(),
        waves,
    }
}

/// A folder of programs that note how they are called. `ssh` finds a unit that is called
/// `bad.service` never active.
fn tools() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, end) in [
        ("colmena", "true"),
        ("deploy", "true"),
        ("ssh", "case $* in *bad.service) false ;; esac"),
        ("sleep", "true"),
        ("nixos-anywhere", "true"),
        ("nix", "case $* in *bare*) echo false ;; *) echo true ;; esac"),
    ] {
        let file = folder.path().join(name);
        let log = folder.path().join("log");
        let text =
            format!("#!/bin/sh\nprintf '%s\\n' \"{name} $*\" >> '{}'\n{end}\n", log.display());
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

/// Runs a script, and gives what it printed and how it called the tools.
fn run(script: &str) -> (Output, String) {
    let tools = tools();
    let path = format!("{}:{}", tools.path().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash").args(["-c", script]).env("PATH", path).output().unwrap();
    (output, std::fs::read_to_string(tools.path().join("log")).unwrap_or_default())
}

#[track_caller]
fn check(plan: &Plan, tool: Tool, calls: &[&str]) -> String {
    let text = script(plan, tool, &BTreeMap::from([("b".to_owned(), "192.0.2.7".to_owned())]));
    let (output, log) = run(&text);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(log.lines().collect::<Vec<_>>(), calls, "{text}");
    text
}

#[test]
fn hosts_change_in_the_order_of_waves_and_steps() {
    let plan = plan(vec![
        WaveOfPlan { soak: 3600, ..wave("trial", &[&["a"]]) },
        wave("nothing", &[]),
        WaveOfPlan { soak: 60, ..wave("rest", &[&["b", "c"], &["d"]]) },
    ]);
    check(
        &plan,
        Tool::Colmena,
        &[
            "colmena apply --parallel 1 --on a",
            "sleep 3600",
            "colmena apply --parallel 2 --on b,c",
            "colmena apply --parallel 1 --on d",
        ],
    );
    let calls =
        ["deploy --targets .#a", "sleep 3600", "deploy --targets .#b .#c", "deploy --targets .#d"];
    check(&plan, Tool::DeployRs, &calls);
}

#[test]
fn without_waves_all_hosts_change_at_once() {
    let mut plan = plan(Vec::new());
    let text = check(&plan, Tool::Colmena, &[]);
    assert!(text.ends_with("# No host changes.\n"), "{text}");
    plan.changing = vec!["a".to_owned(), "b".to_owned()];
    plan.replaced = vec!["a".to_owned()];
    plan.removed = vec![Removed { host: "c".to_owned(), why: Why::Gone }];
    plan.added = vec![Added {
        host: "b".to_owned(),
        machine: "metal".to_owned(),
        roles: Vec::new(),
        features: Vec::new(),
    }];
    let text = check(&plan, Tool::Colmena, &["colmena apply --parallel 2 --on a,b"]);
    for said in ["to c, which is gone", "# a is a new machine", "# b is a new machine"] {
        assert!(text.contains(said), "{text}");
    }
}

/// A gate at a port of this computer, or at a unit.
fn gated(units: &[&str], tcp: Vec<u16>) -> Plan {
    let units = units.iter().map(|unit| (*unit).to_owned()).collect();
    let health = Some(HealthGate { units, tcp, within: 1 });
    plan(vec![WaveOfPlan { health, ..wave("gate", &[&["127.0.0.1"]]) }, wave("after", &[&["b"]])])
}

#[test]
fn what_must_hold_is_asked_before_it_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = |unit: &str| {
        format!(
            "ssh -n -o BatchMode=yes -o ConnectTimeout=5 127.0.0.1 systemctl is-active --quiet -- {unit}"
        )
    };
    let first = "colmena apply --parallel 1 --on 127.0.0.1";
    let last = "colmena apply --parallel 1 --on b";
    let odd = r"a'b$(touch x)\x2d.service";
    let quoted = r"a\'b\$\(touch\ x\)\\x2d.service";
    let calls = [first, &asked("good.service"), &asked(quoted), last];
    check(&gated(&["good.service", odd], vec![port]), Tool::Colmena, &calls);

    drop(listener);
    let check_bad = |plan: &Plan, said: &str| {
        let (output, log) = run(&script(plan, Tool::Colmena, &BTreeMap::new()));
        assert_eq!(output.status.code(), Some(1), "{log}");
        assert!(!log.contains(last) && log.starts_with(first), "{log}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(said), "{errors}");
    };
    check_bad(&gated(&["bad.service"], Vec::new()), "not in time: is_active 127.0.0.1 bad.service");
    check_bad(&gated(&[], vec![port]), &format!("not in time: answers 127.0.0.1 {port}"));
}

/// The script that installs these hosts.
fn installing(hosts: &[&str]) -> String {
    let installs =
        hosts.iter().map(|host| Install { host: (*host).to_owned(), machine: "metal".to_owned() });
    let plan = Plan { installs: installs.collect(), ..plan(Vec::new()) };
    first_installation(&plan, &BTreeMap::from([("b".to_owned(), "192.0.2.7".to_owned())]))
}

/// Runs a script with what a person types, and with a folder of programs before all others.
fn typed(script: &str, answers: &str, tools: &TempDir) -> Output {
    let file = tools.path().join("answers");
    std::fs::write(&file, answers).unwrap();
    let path = format!("{}:{}", tools.path().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["-c", script]).env("PATH", path).env("HOME", tools.path());
    command.stdin(std::fs::File::open(file).unwrap()).output().unwrap()
}

#[test]
fn a_host_is_installed_after_its_name_was_typed_and_where_it_has_a_layout() {
    let check = |hosts: &[&str], answers: &str, code: i32, installed: &[&str], said: &str| {
        let tools = tools();
        let output = typed(&installing(hosts), answers, &tools);
        let log = std::fs::read_to_string(tools.path().join("log")).unwrap_or_default();
        let calls: Vec<&str> = log.lines().filter(|it| it.starts_with("nixos-anywhere")).collect();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &calls[..]), (Some(code), installed), "{errors}");
        assert!(errors.contains(said), "{errors}");
    };
    let (a, b) = (
        "nixos-anywhere --flake .#a --target-host root@a",
        "nixos-anywhere --flake .#b --target-host root@192.0.2.7",
    );
    check(&["a", "b"], "a\nb\n", 0, &[a, b], "on the disks of b, at root@192.0.2.7, will be lost");
    check(&["a", "b"], "yes\nb\n", 0, &[b], "a is left as it is");
    check(&["a", "b"], "a\n", 1, &[a], "will be lost");
    check(&["bare", "b"], "bare\nb\n", 1, &[], "bare has no layout of its disks");
    let none = installing(&[]);
    assert!(none.ends_with("\n# No host is set up for the first time.\n"), "{none}");
}

/// Its own script, with stand-ins for Nix and ssh: it understands the words, asks Nix for what the flake
/// has, and goes to the machine.
#[test]
fn nixos_anywhere_understands_what_it_is_told() {
    let Ok(source) = std::env::var("DOMI_NIXOS_ANYWHERE") else {
        return eprintln!("SKIPPED: DOMI_NIXOS_ANYWHERE names no source of nixos-anywhere");
    };
    let tools = tools();
    let write = |name: &str, text: &str| {
        let file = tools.path().join(name);
        let log = tools.path().join("log");
        let text =
            format!("#!/bin/sh\nprintf '%s\\n' \"{name} $*\" >> '{}'\n{text}\n", log.display());
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("nixos-anywhere", &format!("exec bash '{source}/src/nixos-anywhere.sh' \"$@\""));
    write(
        "nix",
        "case $* in *diskoScript*--apply*|*--apply*diskoScript*) echo true ;; \
         *system) echo x86_64-linux ;; *) echo /nix/store/made ;; esac",
    );
    write("ssh", "case $* in *-G*) echo 'user root' ;; *) exit 1 ;; esac");
    write("ssh-keygen", "true");
    write("ssh-copy-id", "true");
    let output = typed(&installing(&["b"]), "b\n", &tools);
    let log = std::fs::read_to_string(tools.path().join("log")).unwrap();
    let said = format!("{log}\n{}", String::from_utf8_lossy(&output.stderr));
    // There is no machine, so it ends where it asks that for the first time.
    assert!(!output.status.success() && !said.contains("Usage:"), "{said}");
    let has = |start: &str, end: &str| {
        log.lines().any(|line| line.starts_with(start) && line.ends_with(end))
    };
    let of_flake = ".#nixosConfigurations.\"b\".config.system.build";
    assert!(has("nix build", &format!("{of_flake}.diskoScript")), "{said}");
    assert!(has("nix build", &format!("{of_flake}.toplevel")), "{said}");
    assert!(has("ssh-copy-id", " root@192.0.2.7"), "{said}");
}

#[test]
fn shellcheck_has_nothing_to_say() {
    if Command::new("shellcheck").arg("--version").output().is_err() {
        return eprintln!("SKIPPED: there is no shellcheck here");
    }
    let deploying = script(&gated(&["a.service"], vec![80]), Tool::DeployRs, &BTreeMap::new());
    for text in [deploying, installing(&["a", "b"])] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("script.sh");
        std::fs::write(&file, text).unwrap();
        let output = Command::new("shellcheck").arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
