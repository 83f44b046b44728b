//! Which folders of programs a unit's PATH names on a Debian machine.

use std::collections::BTreeMap;

use domi_realise::{Content, Programs, System};
use serde_json::json;

use crate::common::{manifest, realised};

fn system(units: &[(&str, &[&str])]) -> System {
    let units: Vec<_> = units
        .iter()
        .map(|(name, path)| {
            let path: Vec<_> = path.iter().map(|name| json!({ "package": name })).collect();
            let argv = json!({ "list": [{ "literal": "/bin/sh" }] });
            json!({
                "kind": "service",
                "name": { "literal": name },
                "path": path,
                "commands": { "ExecStart": [{ "argv": argv }] },
            })
        })
        .collect();
    realised(&manifest(json!({ "system": { "units": units } })), &json!({})).unwrap().system
}

/// The PATHs of units, each as the names of the units' own packages in its folders.
fn paths(system: &System) -> BTreeMap<&str, Vec<Vec<&str>>> {
    let by_folder: BTreeMap<_, _> =
        system.programs.iter().map(|programs| (programs.folder(), programs)).collect();
    let path = |text: &str| -> Vec<Vec<&str>> {
        let line = text.lines().find_map(|line| line.strip_prefix("Environment=\"PATH="));
        let folders = line.unwrap().trim_end_matches('"').split(':');
        folders
            .map(|folder| by_folder[folder].debian.iter().map(String::as_str).collect())
            .collect()
    };
    system.units.iter().map(|(name, unit)| (name.as_str(), path(&unit.text))).collect()
}

#[test]
fn a_path_has_the_units_own_packages_and_what_every_nixos_has() {
    let system = system(&[
        ("both", &["rsync", "web"]),
        ("both-again", &["web", "rsync", "web"]),
        ("none", &[]),
        ("one", &["rsync"]),
    ]);
    let always = Programs::always();
    let always: Vec<_> = always.debian.iter().map(String::as_str).collect();
    for name in ["coreutils", "findutils", "grep", "sed", "systemd"] {
        assert!(always.contains(&name), "{name}");
    }
    let both = vec!["nginx-common", "nginx-light", "rsync"];
    let expected = [
        ("both-again.service", vec![both.clone(), always.clone()]),
        ("both.service", vec![both, always.clone()]),
        ("none.service", vec![always.clone()]),
        ("one.service", vec![vec!["rsync"], always]),
    ];
    assert_eq!(paths(&system), expected.into());
    assert_eq!(system.programs.len(), 3, "a folder for each set");
}

#[test]
fn a_program_that_is_elsewhere_has_its_link() {
    let system = system(&[("x", &["web"])]);
    let files = system.files();
    let links: Vec<_> =
        files.iter().filter(|file| file.path.starts_with("/etc/domi/path")).collect();
    let [link] = links[..] else { panic!("{links:?}") };
    assert!(link.path.ends_with("/bin/nginx"), "{}", link.path);
    assert_eq!(link.content, Content::Symlink("/usr/sbin/nginx".to_owned()));
    let folder = link.path.strip_suffix("/nginx").unwrap();
    assert!(system.units["x.service"].text.contains(&format!("PATH={folder}:")));
}

#[test]
fn programs_of_a_crate_have_a_folder_of_their_own() {
    let program =
        json!({ "packagePath": { "package": { "package": "wait" }, "path": "bin/wait" } });
    let folder = json!({ "text": [{ "package": "wait" }] });
    let manifest = manifest(json!({
        "packages": { "wait": {
            "nixpkgs": ["wait"], "debian": [], "crate": "wait",
            "debian_paths": { "bin/wait": "/opt/domi/wait/bin/wait" },
        } },
        "system": { "units": [{
            "kind": "service",
            "name": { "literal": "a" },
            "path": [{ "package": "wait" }],
            "commands": { "ExecStart": [{ "argv": { "list": [program, folder] } }] },
        }] },
    }));
    let system = realised(&manifest, &json!({})).unwrap().system;
    let text = &system.units["a.service"].text;
    assert!(
        text.contains("\nExecStart=\"/opt/domi/wait/bin/wait\" \"/opt/domi/wait\"\n"),
        "{text}"
    );
    assert!(system.debian_packages.is_empty());
    let own = system.programs.iter().find(|programs| !programs.links.is_empty()).unwrap();
    assert_eq!(own.links["wait"], "/opt/domi/wait/bin/wait");
    assert!(text.contains(&own.folder()), "{text}");
}
