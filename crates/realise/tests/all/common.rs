//! What the tests share: manifests written as JSON, and a machine whose paths look like NixOS's.

use std::collections::BTreeMap;

use domi_model::{Manifest, Problem, Value};
use domi_realise::{DebianPaths, PackagePaths, Realised, realise};
use serde_json::{Value as Json, json};

/// A manifest with these parts; the rest is made up.
pub(crate) fn manifest(parts: Json) -> Manifest {
    let mut manifest = json!({
        "schema": "domi.feature/3",
        "feature": {
            "name": "copy",
            "kind": "services",
            "summary": "Copies things",
            "maturity": "dev",
            "version": "0.1.0",
            "platforms": ["x86_64-linux"],
        },
        "packages": {
            "rsync": { "nixpkgs": ["rsync"], "debian": ["rsync"] },
            "web": {
                "nixpkgs": ["nginx"],
                "debian": ["nginx-light", "nginx-common"],
                "debian_paths": { "bin/nginx": "/usr/sbin/nginx" },
            },
        },
    });
    let Json::Object(parts) = parts else { panic!("parts are an object") };
    manifest.as_object_mut().unwrap().extend(parts);
    serde_json::from_value(manifest).unwrap()
}

/// An option.
pub(crate) fn option(name: &str, ty: Json, default: Option<Json>) -> Json {
    let mut option = json!({ "name": name, "type": ty, "description": "For a test." });
    if let Some(default) = default {
        option["default"] = default;
    }
    option
}

/// Settings from JSON.
pub(crate) fn settings(json: &Json) -> BTreeMap<String, Value> {
    serde_json::from_value(json.clone()).unwrap()
}

/// Realised for a Debian machine, after the manifest itself has been found sound.
pub(crate) fn realised(manifest: &Manifest, given: &Json) -> Result<Realised, Vec<Problem>> {
    let mut faults = domi_model::validate(manifest);
    // Tests of some keys of a unit leave out what else systemd wants of it.
    faults.retain(|fault| !fault.message.ends_with("systemd refuses it"));
    assert!(faults.is_empty(), "the test's manifest is not sound: {faults:#?}");
    realise(manifest, &settings(given), &DebianPaths::new(manifest))
}

/// Problems, one to a line: code, subject, message.
pub(crate) fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|p| format!("{} {}: {}", p.code, p.subject, p.message)).collect()
}

/// A NixOS machine, with hashes left out of store paths.
pub(crate) struct NixosPaths;

impl PackagePaths for NixosPaths {
    fn path(&self, package: &str, within: &str) -> String {
        let slash = if within.is_empty() { "" } else { "/" };
        format!("/nix/store/-{package}{slash}{within}")
    }

    fn file(&self, name: &str, _content: &str) -> String {
        format!("/nix/store/-{name}")
    }

    fn shell(&self) -> String {
        self.path("bash", "bin/bash")
    }

    fn environment(&self, path: &[String]) -> BTreeMap<String, String> {
        let always = ["coreutils", "findutils", "gnugrep", "gnused", "systemd"];
        let packages: Vec<&str> = path.iter().map(String::as_str).chain(always).collect();
        let folders = ["bin", "sbin"];
        let all = folders.iter().flat_map(|f| packages.iter().map(|p| self.path(p, f)));
        let path = all.collect::<Vec<_>>().join(":");
        let locale = self.path("glibc-locales", "lib/locale/locale-archive");
        [
            ("PATH".to_owned(), path),
            ("LOCALE_ARCHIVE".to_owned(), locale),
            ("TZDIR".to_owned(), self.path("tzdata", "share/zoneinfo")),
        ]
        .into()
    }
}
