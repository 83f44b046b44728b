//! Tests of policies, on machines: what is right is green, and where a machine lets in what the files do
//! not, or drops what they let in, it is red and says why. In containers, which are there within a second.

use std::process::Output;

use serde_json::{Value, json};

use crate::workspace::output::said;
use crate::workspace::{Workspace, containers, images, machines};

/// A feature that opens TCP 8080 to everybody.
fn open() -> Value {
    json!({ "firewall": [{ "protocol": "tcp", "ports": { "literal": [8080] } }] })
}

/// A feature whose services change the firewall behind everybody's back.
fn sly(rules: &[&str]) -> Value {
    let unit = |(at, rule): (usize, &&str)| {
        let nft = json!({ "packagePath": { "package": { "package": "nft" }, "path": "bin/nft" } });
        let words = rule.split(' ').map(|word| json!({ "literal": word }));
        let words: Vec<Value> = std::iter::once(nft).chain(words).collect();
        json!({
            "kind": "service",
            "name": { "literal": format!("sly-{at}") },
            "wantedBy": [{ "literal": "multi-user.target" }],
            "commands": { "ExecStart": [{ "argv": { "list": words } }] },
            "config": { "Type": { "value": { "literal": "oneshot" } } },
        })
    };
    json!({ "units": rules.iter().enumerate().map(unit).collect::<Vec<_>>() })
}

fn feature(workspace: &Workspace, name: &str, system: &Value) {
    let nft = json!({
        "nixpkgs": ["nftables"], "debian": ["nftables"],
        "debian_paths": { "bin/nft": "/usr/sbin/nft" },
    });
    let manifest = json!({
        "schema": domi_model::SCHEMA,
        "feature": {
            "name": name, "kind": "services", "summary": "A feature", "maturity": "dev",
            "version": "0.1.0", "platforms": ["x86_64-linux", "aarch64-linux"],
        },
        "packages": { "nft": nft },
        "system": system,
    });
    workspace.printing(name, &manifest.to_string());
}

const KEY: &str =
    "keys = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl x']";

/// `ada` administers `desk`, `berta` may log in there, and `guest` nowhere. `web` lets `desk` in at ports
/// 80 and 53, and everybody at 8080; `bare` has no address, and `box` is a container.
fn fleet(tests: &str) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("domi.toml", "[fleet]\nroot = \"fleet\"\n");
    feature(&workspace, "open", &open());
    feature(
        &workspace,
        "sly",
        &sly(&[
            "add rule inet domi input tcp dport 9000 accept",
            "insert rule inet domi input tcp dport 81 drop",
        ]),
    );
    let system = format!("system = '{}-linux'\n", std::env::consts::ARCH);
    let write = |path: &str, text: &str| workspace.write(&format!("fleet/{path}"), text);
    write("domain/organizations/o.toml", "responsible = 'ada'");
    for (at, who) in ["ada", "berta", "guest"].into_iter().enumerate() {
        write(&format!("domain/people/{who}.toml"), KEY);
        write(&format!("users/{who}.toml"), &format!("uid = {}", 1000 + at));
    }
    write("domain/networks/equipment/n.toml", "ranges = ['192.0.2.0/24', '2001:db8::/64']");
    let host =
        |name: &str, text: &str| write(&format!("hosts/{name}.toml"), &format!("{system}{text}"));
    host("desk", "addresses.n = ['192.0.2.1', '2001:db8::1']\ntags = ['desk']");
    host("web", "addresses.n = ['192.0.2.9', '2001:db8::9']\nroles = ['web']\nfeatures = ['open']");
    host("shed", "addresses.n = '192.0.2.7'\nroles = ['shed']\nfeatures = ['sly']");
    host("bare", "features = ['open']");
    host(
        "box",
        "addresses.n = '192.0.2.5'\nkind = 'container'\nruns_on = 'web'\nfeatures = ['open']",
    );
    write(
        "nodes/web.toml",
        "[[reach]]\ntcp = [80]\nhosts = ['desk']\n[[reach]]\nudp = [53]\nhosts = ['desk']",
    );
    write("nodes/shed.toml", "[[reach]]\ntcp = [81]\nhosts = ['desk']");
    let on = "on = { tags = ['desk'] }";
    let policies = "domain/policies/authorization";
    write(&format!("{policies}/one.toml"), &format!("who = ['ada']\nmay = ['administer']\n{on}"));
    write(
        &format!("{policies}/two.toml"),
        &format!("who = ['berta']\nmay = ['login']\n{on}\n\n{tests}"),
    );
    workspace
}

/// What `fleet test` comes to.
fn tried(workspace: &Workspace, words: &str) -> Output {
    let words = format!("fleet test --no-cache --backend portable-container {words}");
    images::command(workspace, &words).output().unwrap()
}

/// Whether the machines pass, and all that is said.
#[track_caller]
fn check(tests: &str, code: i32, expected: &[&str]) {
    if !containers::may_run() {
        return;
    }
    let output = tried(&fleet(tests), "");
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for text in expected {
        assert!(said.contains(text), "no {text:?} in: {said}");
    }
}

#[test]
fn machines_do_what_the_files_say() {
    check(
        "[[tests]]\nwho = 'ada'\nhost = 'desk'\nmay = ['administer']\n\
         [[tests]]\nwho = 'berta'\nhost = 'desk'\nmay = ['login']\n\
         [[tests]]\nwho = 'guest'\nhost = 'desk'\n\
         [[tests]]\nwho = 'berta'\nhost = 'web'\ntcp = [80]\nudp = [53]\nmay = ['reach']\n\
         [[tests]]\nwho = 'berta'\nhost = 'web'\ntcp = [81]\nudp = [54]\n\
         [[tests]]\nwho = 'guest'\nhost = 'web'\ntcp = [80]\nudp = [53]\n\
         [[tests]]\nwho = 'guest'\nhost = 'bare'\ntcp = [8080]\nmay = ['reach']\n\
         [[tests]]\nwho = 'guest'\nhost = 'web'\ntcp = [80]\nfrom = 'desk'\n\
         [[tests]]\nwho = 'ada'\nhost = 'desk'\ntcp = [7]\nfrom = 'desk'\nmay = ['reach']\n\
         [[tests]]\nwho = 'guest'\nhost = 'box'\ntcp = [8080]\nmay = ['reach']\n",
        0,
        &[
            "`bare` has no address in the fleet, and 198.18.0.3 and 2001:2::2 here",
            "✓ berta reaches tcp 80, udp 53 of web",
            "✓ guest does not reach tcp 80 of web from desk",
            "- guest reaches tcp 8080 of box",
            "`box` is a container of another host, and no machine of its own",
            "9 passed, 1 skipped",
        ],
    );
}

#[test]
fn what_a_machine_lets_in_and_the_files_do_not_is_said_with_its_rule() {
    check(
        "[[tests]]\nwho = 'guest'\nhost = 'shed'\ntcp = [9000]\n",
        1,
        &[
            "outside (198.18.0.2) reaches tcp 9000 of shed (192.0.2.7)",
            "let in by: no rule of the fleet, but one of a feature: tcp dport 9000 accept",
            "the fleet's files say that nothing lets it in: they and the machine differ",
            "fleet/domain/policies/authorization/two.toml:5",
        ],
    );
    check(
        "[[tests]]\nwho = 'berta'\nhost = 'shed'\ntcp = [81]\nmay = ['reach']\n",
        1,
        &[
            "desk (192.0.2.1) does not reach tcp 81 of shed (192.0.2.7): its firewall drops it",
            "let in by fleet/nodes/shed.toml:1: they and the machine differ",
        ],
    );
}

#[test]
fn what_a_test_expects_in_vain_is_said_by_both() {
    check(
        "[[tests]]\nwho = 'berta'\nhost = 'web'\ntcp = [80]\n\
         [[tests]]\nwho = 'guest'\nhost = 'desk'\nmay = ['login']\n\
         [[tests]]\nwho = 'ada'\nhost = 'desk'\nmay = ['login']\n\
         [[tests]]\nwho = 'guest'\nhost = 'web'\nudp = [53]\nmay = ['reach']\n",
        1,
        &[
            "error[D2028]",
            "let in by: fleet/nodes/web.toml:1: ip saddr { 192.0.2.1 } tcp dport { 80 } accept",
            "the fleet's files say so, too, by fleet/nodes/web.toml:1",
            "guest does not log in as guest: guest@127.0.0.1: Permission denied (publickey).",
            "ada logs in as ada, who is in the group wheel",
            "outside (198.18.0.2) does not reach udp 53 of web (192.0.2.9): its firewall drops it",
            "4 failed",
        ],
    );
}

#[test]
fn hosts_of_two_systems_are_in_one_network() {
    if !machines::may_run() {
        return;
    }
    let own = format!("{}-linux", std::env::consts::ARCH);
    let all = ["x86_64-linux", "aarch64-linux"];
    let other = all.iter().find(|system| **system != own).unwrap();
    let workspace =
        fleet("[[tests]]\nwho = 'berta'\nhost = 'board'\ntcp = [80, 81]\nmay = ['reach']\n");
    let board = format!("system = '{other}'\naddresses.n = '192.0.2.8'\nroles = ['web', 'shed']");
    workspace.write("fleet/hosts/board.toml", &board);
    let tried = |words: &str| {
        let words = format!("fleet test --no-cache --backend portable {words}");
        said(&images::command(&workspace, &words).output().unwrap())
    };
    let alone = tried("");
    let how = format!("`board` is {other} (tried with --system {own} --system {other})");
    assert!(alone.contains(&how) && alone.contains("1 skipped"), "{alone}");
    let both = tried(&format!("--system {own} --system {other}"));
    assert!(both.contains("✓ berta reaches tcp 80, tcp 81 of board"), "{both}");
    assert!(!both.contains("not covered"), "{both}");
    // What is wrong there is seen from here.
    workspace.write("fleet/hosts/board.toml", &format!("{board}\nfeatures = ['sly']"));
    let sly = tried(&format!("--system {own} --system {other}"));
    let dropped =
        "desk (192.0.2.1) does not reach tcp 81 of board (192.0.2.8): its firewall drops it";
    assert!(sly.contains(dropped), "{sly}");
    let again = "--backend portable --system x86_64-linux --system aarch64-linux";
    assert!(sly.contains(again), "{sly}");
}

#[test]
fn tests_are_listed_and_chosen_without_a_machine() {
    let workspace = fleet(
        "[[tests]]\nwho = 'guest'\nhost = 'desk'\n\
         [[tests]]\nwho = 'guest'\nhost = 'web'\ntcp = [80]\n",
    );
    let told = |words: &str| workspace.run(&format!("fleet test {words}"));
    let listed = told("--list web");
    assert!(listed.contains("\nguest does not reach tcp 80 of web\n--- "), "{listed}");
    assert!(!listed.contains("desk"), "{listed}");
    let chosen = told("--list --test log");
    assert!(chosen.contains("\nguest does not log in to desk\n--- "), "{chosen}");
    assert!(!chosen.contains("tcp"), "{chosen}");
    let unknown = told("dask --test nothing");
    assert!(unknown.contains("D2035") && unknown.contains("did you mean `desk`?"), "{unknown}");
    assert!(unknown.contains("D0702") && unknown.ends_with("exit 2\n"), "{unknown}");
    workspace.write("fleet/hosts/web.toml", "addresses.n = '198.51.100.1'");
    let wrong = told("");
    assert!(wrong.contains("D2027") || wrong.contains("is not in the network"), "{wrong}");
    assert!(wrong.ends_with("exit 7\n"), "{wrong}");
}

#[test]
fn ci_and_its_workflow_try_policies_beside_the_machine_tests() {
    let own = format!("{}-linux", std::env::consts::ARCH);
    let workspace = fleet("[[tests]]\nwho = 'guest'\nhost = 'desk'\n");
    let plan =
        |words: &str| said(&workspace.command(&format!("ci --plan {words}")).output().unwrap());
    let step = format!("cargo xtask fleet test --no-cache --system {own}\n");
    let between = format!("cargo xtask matrix --no-cache\n{step}cargo xtask guest units\n");
    assert!(plan("").contains(&between), "{}", plan(""));
    assert!(!plan("--no-machine").contains("fleet test"));

    let toml = "[fleet]\nroot = 'fleet'\n[ci]\ncontainers = 'not first()'\n[github]\n";
    workspace.write("domi.toml", toml);
    let contained = format!("fleet test --no-cache --containers --system {own}\n");
    assert!(plan("").contains(&contained), "{}", plan(""));
    let workflow = || {
        assert!(workspace.run("generate").ends_with("exit 0\n"));
        crate::fleet::read(&workspace, ".github/workflows/ci.yml")
    };
    let job = format!("\n  fleet-{own}:\n");
    assert!(workflow().contains(&job));

    // What there is to try decides, and not that there is a fleet.
    std::fs::remove_file(workspace.root.join("fleet/domain/policies/authorization/two.toml"))
        .unwrap();
    assert!(!plan("").contains("fleet test"));
    assert!(!workflow().contains("fleet"));
}
