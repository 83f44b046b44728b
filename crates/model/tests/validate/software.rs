//! Software of crates of the workspace.

use serde_json::json;

use crate::check;

#[test]
fn software_of_a_crate_says_nothing_of_nixpkgs_and_debian() {
    let path = |path: &str| json!({ "bin/wait": path });
    let at = path("/opt/domi/wait/bin/wait");
    let check = |name: &str, software: serde_json::Value, expected: &[(&str, &str)]| {
        check(|manifest| manifest["packages"][name] = software, expected);
    };
    let wrong = &[("D0105", "wait")];
    let sound = json!({ "nixpkgs": ["wait"], "debian": [], "debian_paths": at, "crate": "wait" });
    check("wait", sound.clone(), &[]);
    check("other", sound.clone(), &[("D0105", "other")]);
    for (key, value) in [
        ("nixpkgs", json!([])),
        ("nixpkgs", json!(["hello"])),
        ("debian", json!(["hello"])),
        ("debian_paths", json!({})),
        ("debian_paths", path("/usr/bin/wait")),
        ("debian_paths", json!({ "bin/a b": "/opt/domi/wait/bin/a b" })),
        ("debian_paths", json!({ "wait": "/opt/domi/wait/bin/wait" })),
    ] {
        let mut software = sound.clone();
        software[key] = value;
        check("wait", software, wrong);
    }
    let name = "../etc";
    let of_crate = json!({ "nixpkgs": [name], "debian": [], "crate": name,
        "debian_paths": { "bin/x": format!("/opt/domi/{name}/bin/x") } });
    check(name, of_crate, &[("D0105", name)]);
}

#[test]
fn only_the_programs_of_a_crate_that_are_named_are_there() {
    let start = |path: &str| {
        let program = json!({ "packagePath": { "package": { "package": "wait" }, "path": path } });
        json!({ "ExecStart": [ { "argv": { "list": [program] } } ] })
    };
    let check = |path: &str, expected: &[(&str, &str)]| {
        check(
            |manifest| {
                manifest["packages"]["wait"] = json!({
                    "nixpkgs": ["wait"], "debian": [], "crate": "wait",
                    "debian_paths": { "bin/wait": "/opt/domi/wait/bin/wait" },
                });
                manifest["system"]["units"][0]["commands"] = start(path);
            },
            expected,
        );
    };
    check("bin/wait", &[]);
    check("bin/weight", &[("D0104", "greeter.service")]);
    check("share/doc", &[("D0104", "greeter.service")]);
}
