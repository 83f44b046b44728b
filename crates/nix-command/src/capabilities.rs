use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_host::Interrupt;
use serde_json::Value;

use crate::{Nix, NixFailed};

/// How long asking for the configuration may take; it opens no store.
const ASKED: Duration = Duration::from_secs(60);

/// What a nix can build, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Whether this computer builds nothing itself: `max-jobs = 0`.
    pub only_remote: bool,
    /// Systems that this computer builds for, its own first.
    pub systems: Vec<String>,
    /// System features that this computer has: `kvm`, `uid-range`, `nixos-test`.
    pub features: BTreeSet<String>,
    /// Remote builders that it knows of.
    pub builders: Vec<Builder>,
    /// The folder in which the entries of its store really are; nothing where that is on no disk of this
    /// computer.
    pub store: Option<PathBuf>,
}

/// A remote builder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Builder {
    /// How it is reached: `ssh://builder`.
    pub uri: String,
    /// Systems that it builds for; an empty list means this computer's system.
    pub systems: Vec<String>,
    /// System features that it has.
    pub features: BTreeSet<String>,
    /// Those that a derivation must require to be built there.
    pub mandatory: BTreeSet<String>,
}

/// Where a derivation would be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Builds {
    /// On this computer.
    Here,
    /// By a remote builder, by its URI.
    At(String),
}

impl Nix {
    /// Asks for its configuration. `builders` replaces the setting of that name, like `--builders`.
    ///
    /// # Errors
    /// If it cannot be run, or its configuration cannot be read.
    pub fn capabilities(
        &self,
        builders: Option<&str>,
        interrupt: &Interrupt,
    ) -> Result<Capabilities, NixFailed> {
        // Old versions know one name, new versions the other.
        let config = self
            .json(&["config", "show", "--json"], interrupt)
            .or_else(|_| self.json(&["show-config", "--json"], interrupt))?;
        Ok(Capabilities::of(&config, builders))
    }

    fn json(&self, words: &[&str], interrupt: &Interrupt) -> Result<Value, NixFailed> {
        self.read_json(&self.program(words).time_limit(ASKED), interrupt)
    }
}

impl Capabilities {
    fn of(config: &Value, builders: Option<&str>) -> Self {
        let setting = |name: &str| &config[name]["value"];
        let system = setting("system").as_str().unwrap_or_default().to_owned();
        let mut systems = vec![system];
        systems.extend(words(setting("extra-platforms")));
        let mut features: BTreeSet<String> =
            words(setting("system-features")).into_iter().collect();
        // Nix lists it on every Linux, but refuses such builds if it has no user ids to give.
        if setting("auto-allocate-uids").as_bool() != Some(true) {
            features.remove("uid-range");
        }
        let builders = builders.or_else(|| setting("builders").as_str()).unwrap_or_default();
        // A number, or `auto`; old versions only have numbers.
        let only_remote = setting("max-jobs").as_u64() == Some(0);
        let store = store_folder(setting("store").as_str().unwrap_or("auto"));
        Self { only_remote, systems, features, builders: read_builders(builders), store }
    }

    /// Where a derivation for this system that requires these system features is built; nothing if
    /// nobody takes it.
    pub fn builds(&self, system: &str, required: &[&str]) -> Option<Builds> {
        let has = |features: &BTreeSet<String>| required.iter().all(|f| features.contains(*f));
        let is_own = self.systems.iter().any(|own| own == system);
        if !self.only_remote && is_own && has(&self.features) {
            return Some(Builds::Here);
        }
        let takes = |builder: &&Builder| {
            let own = self.systems.first().is_some_and(|own| own == system);
            let system = match &builder.systems[..] {
                [] => own,
                systems => systems.iter().any(|its| its == system),
            };
            let met = builder.mandatory.iter().all(|f| required.contains(&&**f));
            system && met && has(&builder.features)
        };
        self.builders.iter().find(takes).map(|builder| Builds::At(builder.uri.clone()))
    }
}

/// The folder of a store that the setting `store` names.
fn store_folder(store: &str) -> Option<PathBuf> {
    const USUAL: &str = "nix/store";
    let (place, settings) = store.split_once('?').unwrap_or((store, ""));
    // Since Nix 2.34 it is a whole URL: `local://?root=/srv`.
    let place = place.strip_suffix("://").unwrap_or(place);
    let root = settings.split('&').find_map(|setting| setting.strip_prefix("root="));
    match (place, root) {
        ("local", Some(root)) => Some(Path::new(root).join(USUAL)),
        (folder, None) if folder.starts_with('/') => Some(Path::new(folder).join(USUAL)),
        ("" | "auto" | "daemon" | "local", None) => Some(Path::new("/").join(USUAL)),
        _ => None,
    }
}

/// The words of a setting: a list, or a string in old versions.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(words) => words.iter().filter_map(|w| w.as_str().map(str::to_owned)).collect(),
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The setting `builders`: machines separated by line breaks or semicolons, or `@` and a file of
/// them.
fn read_builders(text: &str) -> Vec<Builder> {
    let mut builders = Vec::new();
    for line in text.split(['\n', ';']) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(file) = line.strip_prefix('@') {
            // Nix, too, reads a missing file as an empty list.
            let text = std::fs::read_to_string(Path::new(file)).unwrap_or_default();
            builders.extend(read_builders(&text));
        } else if !line.is_empty() {
            builders.push(builder(line));
        }
    }
    builders
}

/// `uri systems key jobs speed features mandatory-features host-key`; `-` stands for the default.
fn builder(line: &str) -> Builder {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let list = |at: usize| {
        let field = fields.get(at).copied().filter(|field| *field != "-").unwrap_or_default();
        field.split(',').filter(|word| !word.is_empty()).map(str::to_owned)
    };
    Builder {
        uri: fields.first().copied().unwrap_or_default().to_owned(),
        systems: list(1).collect(),
        features: list(5).chain(list(6)).collect(),
        mandatory: list(6).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_store_is_where_its_setting_says() {
        let check = |store: &str, expected: Option<&str>| {
            assert_eq!(store_folder(store).as_deref(), expected.map(Path::new), "{store}");
        };
        check("auto", Some("/nix/store"));
        check("daemon", Some("/nix/store"));
        check("local?root=/srv/x", Some("/srv/x/nix/store"));
        check("local?trusted=true&root=/srv/x", Some("/srv/x/nix/store"));
        check("local://?root=/srv/x", Some("/srv/x/nix/store"));
        check("daemon://", Some("/nix/store"));
        check("/srv/x", Some("/srv/x/nix/store"));
        check("ssh-ng://far", None);
        check("https://cache.example.org", None);
    }

    fn config() -> Value {
        json!({
            "system": { "value": "x86_64-linux" },
            "extra-platforms": { "value": ["i686-linux"] },
            "system-features": { "value": ["nixos-test", "benchmark", "uid-range"] },
            "builders": { "value":
                "ssh://a aarch64-linux - 4 1 kvm,nixos-test - -; ssh://b # no more\nssh://c x86_64-linux,aarch64-linux - 1 1 kvm big" },
        })
    }

    #[track_caller]
    fn check(builders: Option<&str>, system: &str, required: &[&str], expected: Option<&str>) {
        let builds = Capabilities::of(&config(), builders).builds(system, required);
        let got = builds.map(|builds| match builds {
            Builds::Here => "here".to_owned(),
            Builds::At(uri) => uri,
        });
        assert_eq!(got.as_deref(), expected);
    }

    #[test]
    fn what_is_built_where_follows_from_systems_and_features() {
        check(None, "x86_64-linux", &[], Some("here"));
        check(None, "i686-linux", &["nixos-test"], Some("here"));
        check(None, "x86_64-linux", &["kvm"], None);
        check(None, "aarch64-linux", &["kvm", "nixos-test"], Some("ssh://a"));
        check(None, "aarch64-linux", &["big"], Some("ssh://c"));
        check(None, "x86_64-linux", &["big", "kvm"], Some("ssh://c"));
        check(Some("ssh://c aarch64-linux - 1 1 kvm big"), "aarch64-linux", &["kvm"], None);
        check(None, "riscv64-linux", &[], None);
        check(Some(""), "aarch64-linux", &[], None);
        check(Some("ssh://d - - 1 1 kvm"), "x86_64-linux", &["kvm"], Some("ssh://d"));
        check(Some("@/no/such/file"), "aarch64-linux", &[], None);
    }

    #[test]
    fn containers_need_ids_that_nix_may_give() {
        check(None, "x86_64-linux", &["uid-range"], None);
        let mut config = config();
        config["auto-allocate-uids"] = json!({ "value": true });
        let capable = Capabilities::of(&config, None);
        assert_eq!(capable.builds("x86_64-linux", &["uid-range"]), Some(Builds::Here));
    }

    #[test]
    fn a_computer_that_may_not_build_leaves_all_to_others() {
        let mut config = config();
        config["max-jobs"] = json!({ "value": 0 });
        let capable = Capabilities::of(&config, None);
        assert_eq!(capable.builds("x86_64-linux", &[]), Some(Builds::At("ssh://b".to_owned())));
        assert_eq!(capable.builds("i686-linux", &[]), None);
    }

    #[test]
    fn machines_are_read_from_a_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("machines");
        fs_err::write(&file, "# ours\n\nssh://e aarch64-linux\n").expect("it can be written");
        check(Some(&format!("@{}", file.display())), "aarch64-linux", &[], Some("ssh://e"));
    }
}
