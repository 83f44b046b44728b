//! The example fleet: nothing is wrong with it, and what follows from it is as recorded. And what is
//! refused among the files of a fleet.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use std::os::unix::fs::symlink;

use camino::Utf8Path;
use domi_fleet::{Features, Fleet, Piece};
use domi_fleet_files::{Loaded, Stored, Unexplained, Wanted, load, of_stored, project, why};
use domi_model::{FormerName, Manifest, Problem, Taken};
use serde_json::json;

fn root() -> &'static Utf8Path {
    Utf8Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../templates/cim"))
}

/// Two features with the options that the example sets. The real ones are tried by the command.
fn features() -> Features {
    let option = |name: &str, ty: serde_json::Value, default: serde_json::Value| json!({"name": name, "type": ty, "description": "An option.", "default": {"literal": default}});
    let folder = json!({"submodule": {"options": [
        {"name": "source", "type": {"path": "any"}, "description": "A folder."},
        option("exclude", json!({"listOf": "nonEmptyStr"}), json!([])),
    ]}});
    let feature = |name: &str, options: Vec<serde_json::Value>| -> Manifest {
        let about = json!({"name": name, "kind": "services", "summary": "A feature", "maturity": "dev",
                           "version": "0.1.0", "platforms": ["x86_64-linux"]});
        let manifest = json!({"schema": "domi.feature/3", "feature": about, "options": options});
        serde_json::from_value(manifest).unwrap()
    };
    [
        feature(
            "web-page",
            vec![
                option("port", json!("port"), json!(8080)),
                option("greeting", json!("str"), json!("hello")),
                option("openFirewall", json!("bool"), json!(false)),
                option("extraConfig", json!("lines"), json!("")),
            ],
        ),
        feature("copies", vec![option("folders", json!({"attrsOf": folder}), json!({}))]),
    ]
    .into_iter()
    .collect()
}

fn shown(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_is_wrong_with_the_example_and_its_hosts_are_as_recorded() {
    let Loaded { fleet, mut problems } = load(root(), Wanted::All);
    problems.extend(fleet.check());
    let projected = project(&fleet, &features());
    problems.extend(projected.unmet(&fleet));
    problems.extend(projected.problems);
    assert_eq!(shown(&problems), [""; 0]);
    insta::assert_json_snapshot!("hosts", projected.hosts);
}

#[test]
fn a_host_alone_is_explained_as_it_is_among_all_others() {
    let features = features();
    let all = load(root(), Wanted::All).fleet;
    for (host, path) in [("tryout", "web-page.port"), ("cabinet", "copies"), ("page", "features")] {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        let alone = load(root(), Wanted::Host(host)).fleet;
        assert!(alone.hosts.len() <= 2 && alone.people.is_empty());
        let [alone, among] =
            [alone, all.clone()].map(|it| why(&it, &features, host, &path).unwrap());
        assert_eq!(alone, among);
        assert!(!alone.steps.is_empty());
    }
    let alone = load(root(), Wanted::Host("tryout")).fleet;
    let port = ["web-page", "port"].map(str::to_owned);
    insta::assert_json_snapshot!("why", why(&alone, &features, "tryout", &port).unwrap());
    why(&alone, &features, "tryout", &["web-page".to_owned(), "prot".to_owned()]).unwrap_err();
    why(&alone, &features, "nobody", &port).unwrap_err();
}

/// Why `h.web-page.port` is what it is, among these files and the host's own.
fn port(host: &str, files: &[(&str, &str)]) -> (Vec<String>, Result<Vec<String>, Unexplained>) {
    let folder = tempfile::tempdir().unwrap();
    let host = ("hosts/h.toml", host);
    for (path, text) in files.iter().chain([&host]) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let Loaded { fleet, problems } = load(root, Wanted::Host("h"));
    let path = ["web-page", "port"].map(str::to_owned);
    let why = why(&fleet, &features(), "h", &path);
    (shown(&problems), why.map(|why| shown(&why.problems)))
}

#[test]
fn what_is_wrong_is_no_answer_and_is_said() {
    let wrong = "[settings.web-page]\nport = 'x'\n";
    let of = |text: &str| format!("features = ['web-page']\nroles = ['a', 'b']\n{text}");
    let roles = |a, b| [("nodes/a.toml", a), ("nodes/b.toml", b), ("nodes/c.toml", wrong)];
    let port_is = |host: &str, a, b| port(&of(host), &roles(a, b)).1;
    let Err(Unexplained::Wrong(problems)) = port_is(wrong, "", "") else { panic!("an answer") };
    assert_eq!(problems[0].place.as_ref().unwrap().to_string(), "hosts/h.toml:4");
    let Err(Unexplained::Wrong(problems)) = port_is("", wrong, "") else { panic!("an answer") };
    assert_eq!(problems[0].place.as_ref().unwrap().to_string(), "nodes/a.toml:2");
    // What speaks of other hosts does not matter.
    assert_eq!(port_is("", "", "").unwrap(), [""; 0]);
    let (eighty, ninety) = ("settings.web-page.port = 80", "settings.web-page.port = 90");
    let said = port_is("", eighty, ninety).unwrap();
    assert!(said.len() == 1 && said[0].contains("contradict each other"), "{said:?}");
    assert_eq!(port_is(ninety, eighty, "").unwrap().len(), 1);
    assert_eq!(port_is("settings.web-page.greeting = 'x'", eighty, "").unwrap().len(), 0);
    let strange = [("hosts/x.yaml", "")];
    assert_eq!(port("features = ['web-page']", &strange).0.len(), 1);
}

#[test]
fn a_name_that_a_feature_had_is_taken_as_files_take_it() {
    let (fleet, _) = Fleet::of([Piece::read(
        "hosts/h.toml",
        "features = ['page']\n[settings.page]\nport = 80\n",
    )]);
    let asked = |name: &str, taken: Taken| {
        let mut manifest = features().get("web-page").unwrap().clone();
        manifest.feature.formerly = vec![FormerName { name: "page".to_owned(), taken }];
        let path = [name, "port"].map(str::to_owned);
        why(&fleet, &[manifest].into_iter().collect(), "h", &path)
    };
    let now = asked("web-page", Taken::Silently).unwrap();
    assert_eq!((now.feature.as_deref(), &now.value), (Some("web-page"), &Some(80.into())));
    assert_eq!(asked("page", Taken::Silently).unwrap(), now);
    asked("page", Taken::NoLonger).unwrap_err();
}

/// What is said of files that are made by `make`.
#[track_caller]
fn check(make: impl FnOnce(&std::path::Path), expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("fleet");
    std::fs::create_dir_all(root.join("hosts")).unwrap();
    make(&root);
    let problems = load(Utf8Path::from_path(&root).unwrap(), Wanted::All).problems;
    let said: Vec<_> = problems.iter().map(|it| format!("{} {}", it.code, it.subject)).collect();
    assert_eq!(said, expected, "{problems:#?}");
}

#[test]
fn what_leads_outside_or_is_too_much_is_refused() {
    let write = |path: std::path::PathBuf, bytes: &[u8]| std::fs::write(path, bytes).unwrap();
    check(|_| {}, &[]);
    let nowhere = load(Utf8Path::new("/nonexistent/fleet"), Wanted::All).problems;
    assert_eq!(nowhere.iter().map(|it| it.code.0).collect::<Vec<_>>(), ["D2031"]);
    check(
        |root| {
            write(root.join("../secret.toml"), b"title = 'secret'");
            symlink("../../secret.toml", root.join("hosts/a.toml")).unwrap();
            symlink("..", root.join("hosts/loop")).unwrap();
        },
        &["D2032 hosts/a.toml", "D2032 hosts/loop"],
    );
    let large = vec![b'#'; domi_fleet::MOST_BYTES + 1];
    check(|root| write(root.join("hosts/a.toml"), &large), &["D2033 hosts/a.toml"]);
    check(|root| write(root.join("hosts/a.toml"), &large[1..]), &[]);
    check(|root| write(root.join("hosts/a.toml"), b"a\xff"), &["D2034 hosts/a.toml"]);
    let deep = format!("hosts/{}", ["x"; 12].join("/"));
    check(
        |root| std::fs::create_dir_all(root.join(&deep)).unwrap(),
        &["D2033 hosts/x/x/x/x/x/x/x/x/x/x"],
    );
    check(|root| write(root.join("hosts/README.md"), b"hello"), &[]);
    check(|root| write(root.join("hosts/a.yaml"), b""), &["D2006 hosts/a.yaml"]);
    check(
        |root| {
            std::fs::create_dir_all(root.join("domain/events")).unwrap();
            write(root.join("domain/events/a.toml"), b"");
            write(root.join("Cargo.toml"), b"");
        },
        &["D2005 domain/events/a.toml"],
    );
    check(
        |root| {
            std::fs::create_dir(root.join("host")).unwrap();
            write(root.join("host/a.toml"), b"");
        },
        &["D2006 host"],
    );
}

/// What is kept elsewhere than in a folder.
fn stored() -> Vec<(Vec<u8>, Stored)> {
    let files = walkdir::WalkDir::new(root()).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let file = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(root()).unwrap();
        let bytes = std::fs::read(entry.path()).unwrap();
        (path.to_str().unwrap().as_bytes().to_vec(), Stored::File(bytes))
    };
    files.map(file).collect()
}

#[test]
fn files_that_are_stored_elsewhere_make_the_same_fleet() {
    let Loaded { fleet, problems } = of_stored(stored());
    assert_eq!(shown(&problems), [""; 0]);
    assert_eq!(fleet, load(root(), Wanted::All).fleet);
}

#[test]
fn what_is_refused_in_folders_is_refused_where_files_are_stored() {
    let check = |path: &[u8], what: Stored, expected: &[&str]| {
        let problems = of_stored([(path.to_vec(), what)]).problems;
        let said: Vec<_> =
            problems.iter().map(|it| format!("{} {}", it.code, it.subject)).collect();
        assert_eq!(said, expected, "{problems:#?}");
    };
    let file = |text: &str| Stored::File(text.as_bytes().to_vec());
    check(b"hosts/a.toml", file(""), &[]);
    check(b"hosts/a.toml", Stored::Link, &["D2032 hosts/a.toml"]);
    check(b"hosts/a.toml", Stored::Large, &["D2033 hosts/a.toml"]);
    check(b"hosts/a.toml", Stored::File(vec![0xff]), &["D2034 hosts/a.toml"]);
    check(b"hosts/a.toml", Stored::Unreadable("is not here"), &["D2034 hosts/a.toml"]);
    check(b"hosts/a\xff.toml", file(""), &["D2034 hosts/a\u{fffd}.toml"]);
    check(b"hosts/a.yaml", file(""), &["D2006 hosts/a.yaml"]);
    check(b"domain/events/a.toml", file(""), &["D2005 domain/events/a.toml"]);
    let deep = |folders: usize| format!("hosts/{}a.toml", "x/".repeat(folders)).into_bytes();
    check(&deep(9), file(""), &[]);
    check(&deep(10), file(""), &["D2033 hosts/x/x/x/x/x/x/x/x/x/x"]);
    // The folder is wrong, and said once, however much is in it.
    let problems = of_stored([(deep(10), file("")), (deep(12), Stored::Link)]).problems;
    assert_eq!(problems, of_stored([(deep(10), file(""))]).problems);
    // What is no part of a fleet is not looked at, and neither is what is left alone.
    for path in [
        "src/a.toml",
        "Cargo.toml",
        "hosts/README.md",
        "hosts/.git/a.toml",
        "domain/events/log.jsonl",
    ] {
        check(path.as_bytes(), Stored::Link, &[]);
    }
}
