//! A system as files.

use domi_model::TestFile;
use domi_realise::{Content, File, test_file_rule};
use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised};

fn feature() -> domi_model::Manifest {
    let lit = |value: Json| json!({ "literal": value });
    manifest(json!({
        "extraNix": true,
        "options": [option("open", json!("bool"), Some(lit(json!(true))))],
        "warnings": [{ "when": { "option": ["open"] }, "message": lit(json!("it is open")) }],
        "system": {
            "packages": [{ "package": { "package": "rsync" } }],
            "units": [
                {
                    "kind": "service", "name": lit(json!("web")),
                    "wantedBy": [lit(json!("multi-user.target"))],
                    "commands": { "ExecStart": [{ "argv": { "list": [
                        { "packagePath": { "package": { "package": "web" }, "path": "bin/nginx" } },
                        { "settingsFile": { "name": "web.json", "format": "json", "value": { "attrs": { "n": lit(json!(1)) } } } },
                    ] } }] },
                },
                { "kind": "service", "name": lit(json!("job@")), "wantedBy": [lit(json!("multi-user.target"))] },
                { "kind": "service", "name": lit(json!("job")), "relations": { "requiredBy": [lit(json!("web.service"))] } },
                { "kind": "timer", "name": lit(json!("job")), "wantedBy": [lit(json!("timers.target"))] },
            ],
            "etc": [{ "path": lit(json!("web/motd")), "content": { "text": lit(json!("hi")) }, "mode": "0640" }],
            "users": [
                { "name": lit(json!("web")), "group": lit(json!("web")), "description": lit(json!("100% \"web\"")) },
                { "name": lit(json!("job")), "group": lit(json!("users")), "home": lit(json!("/var/lib/job")) },
            ],
            "groups": [{ "name": lit(json!("web")) }],
            "tmpfiles": [{ "kind": "f", "path": lit(json!("/var/x")), "argument": lit(json!("a b\n%b\\")) }],
            "sysctl": [{ "name": "net.core.somaxconn", "value": lit(json!(1024)) }],
            "firewall": [
                { "protocol": "tcp", "ports": lit(json!([443, 80])), "scope": { "when": { "option": ["open"] } } },
                { "protocol": "udp", "ports": lit(json!([])) },
            ],
        },
    }))
}

fn paths(files: &[File]) -> Vec<&str> {
    files.iter().map(|file| &*file.path).collect()
}

fn text<'f>(files: &'f [File], path: &str) -> &'f str {
    match &files.iter().find(|file| file.path == path).unwrap().content {
        Content::Text(text) => text,
        other => panic!("{path} is {other:?}"),
    }
}

#[test]
fn a_system_is_files_links_and_units_to_start() {
    let realised = realised(&feature(), &json!({})).unwrap();
    assert_eq!(lines(&realised.warnings), ["D0209 : it is open"]);
    let system = realised.system;
    let files = system.files();
    assert_eq!(
        paths(&files),
        [
            "/etc/domi/files/d9908e2b6375f165eb8ffb1174935a78-web.json",
            "/etc/nftables.conf",
            "/etc/sysctl.d/60-copy.conf",
            "/etc/systemd/system/job.service",
            "/etc/systemd/system/job.timer",
            "/etc/systemd/system/job@.service",
            "/etc/systemd/system/multi-user.target.wants/job@.service",
            "/etc/systemd/system/multi-user.target.wants/web.service",
            "/etc/systemd/system/sysinit.target.wants/nftables.service",
            "/etc/systemd/system/timers.target.wants/job.timer",
            "/etc/systemd/system/web.service",
            "/etc/systemd/system/web.service.requires/job.service",
            "/etc/sysusers.d/domi-copy.conf",
            "/etc/tmpfiles.d/10-copy.conf",
            "/etc/web/motd",
        ]
    );
    assert_eq!(system.units_to_start(), ["job.timer", "web.service"]);
    assert_eq!(
        text(&files, "/etc/domi/files/d9908e2b6375f165eb8ffb1174935a78-web.json"),
        "{\n  \"n\": 1\n}\n"
    );
    assert_eq!(
        text(&files, "/etc/systemd/system/web.service"),
        "[Unit]\n\n[Service]\n\
         Environment=\"PATH=/etc/domi/path/19a95eb3de57c136807a20bf45002db5/bin\"\n\
         ExecStart=\"/usr/sbin/nginx\" \"/etc/domi/files/d9908e2b6375f165eb8ffb1174935a78-web.json\"\n\
         \n[Install]\nWantedBy=multi-user.target\n"
    );
    assert_eq!(
        text(&files, "/etc/sysusers.d/domi-copy.conf"),
        "g web -\n\
         u job -:users - \"/var/lib/job\" /usr/sbin/nologin\n\
         u web -:web \"100%% \\\"web\\\"\" \"/var/empty\" /usr/sbin/nologin\n"
    );
    assert_eq!(
        text(&files, "/etc/tmpfiles.d/10-copy.conf"),
        "'f' '/var/x' '-' '-' '-' '-' a\\x20b\\x0a%%b\\x5c\n"
    );
    assert_eq!(text(&files, "/etc/sysctl.d/60-copy.conf"), "net.core.somaxconn=1024\n");
    let motd = files.iter().find(|file| file.path == "/etc/web/motd").unwrap();
    assert_eq!((motd.mode, &motd.content), (0o640, &Content::Text("hi".into())));
    let link = files.iter().find(|file| file.path.ends_with("requires/job.service")).unwrap();
    assert_eq!(link.content, Content::Symlink("../job.service".into()));
    assert_eq!(
        system.debian_packages.iter().collect::<Vec<_>>(),
        ["nginx-common", "nginx-light", "rsync"]
    );
    assert_eq!(system.not_covered, ["extra.nix, which only NixOS reads"]);
}

#[test]
fn the_firewall_lets_in_what_is_opened() {
    let ruleset = |given: Json| {
        let files = realised(&feature(), &given).unwrap().system.files();
        text(&files, "/etc/nftables.conf").to_owned()
    };
    let opened = ruleset(json!({}));
    assert!(opened.contains("tcp dport { 80, 443 } accept"), "{opened}");
    assert!(!opened.contains("udp dport {"), "{opened}");
    assert!(!ruleset(json!({ "open": false })).contains("tcp dport"));
}

#[test]
fn a_feature_that_is_off_leaves_only_the_firewall() {
    let realised = realised(&feature(), &json!({ "enable": false })).unwrap();
    assert_eq!(realised.warnings, []);
    let files = realised.system.files();
    assert_eq!(
        paths(&files),
        ["/etc/nftables.conf", "/etc/systemd/system/sysinit.target.wants/nftables.service"]
    );
    assert!(realised.system.debian_packages.is_empty());
}

#[test]
fn a_file_of_a_test_arrives_byte_for_byte() {
    let rule = |content: &str| {
        let file =
            TestFile { path: "/run/a b".into(), content: content.into(), mode: "0600".into() };
        test_file_rule(&file)
    };
    assert_eq!(rule("x"), "f+ \"/run/a b\" 0600 root root - x\n");
    assert_eq!(rule(" 100%\n"), "f+ \"/run/a b\" 0600 root root - \\x20100%%\\x0a\n");
    assert_eq!(rule("-"), "f+ \"/run/a b\" 0600 root root - \\x2d\n");
    assert_eq!(rule(""), "f+ \"/run/a b\" 0600 root root - \n");
}
