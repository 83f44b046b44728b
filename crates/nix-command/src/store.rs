//! Stores other than this computer's: what they have, and how to copy to them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domi_host::Interrupt;
use domi_host::command::Program;
use serde::Deserialize;
use serde_json::Value;

use crate::log::{Log, Said};
use crate::{Nix, NixFailed, Version};

/// How many paths one call is asked about: they must fit on its command line.
const AT_ONCE: usize = 500;
/// How long `nix` may take to finish the path that it copies, once it is asked to stop. If it is
/// killed, it leaves no incomplete path.
const STOPPING: Duration = Duration::from_secs(5);
/// Since this version the command that asks whether a store is there has this name; the old name
/// gives a warning.
const STORE_INFO: Version = Version { major: 2, minor: 26, patch: 0 };
/// Since this version the command that shows derivations has this name.
const DERIVATION_SHOW: Version = Version { major: 2, minor: 15, patch: 0 };
/// Since this version the output format must be named.
const JSON_FORMAT: Version = Version { major: 2, minor: 34, patch: 0 };

/// A store, by its URL, and how long it may take to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// `file:///srv/cache`, `https://cache.example.org`, `ssh-ng://host`.
    pub url: String,
    /// How long one question may take.
    pub limit: Duration,
}

/// A path that a store has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathInfo {
    /// Its size in bytes, unpacked.
    #[serde(default)]
    pub nar_size: u64,
}

/// What a store has of some paths.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Had {
    /// What it has.
    pub paths: BTreeMap<String, PathInfo>,
    /// What it has but cannot be used, and why.
    pub damaged: BTreeMap<String, String>,
}

/// What a derivation builds, by its path. An output whose path is known only after building is left
/// out.
pub type Outputs = BTreeMap<String, Vec<String>>;

impl Nix {
    /// Whether the store answers. A missing folder is an error, although Nix would create it.
    ///
    /// # Errors
    /// If it does not answer, or is not a store.
    pub fn reach(&self, store: &Store, interrupt: &Interrupt) -> Result<(), NixFailed> {
        let word = if self.version() >= STORE_INFO { "info" } else { "ping" };
        let fresh = Fresh::new()?;
        let program = self.asking(store, &fresh, &["store", word]);
        let outcome = program.run(interrupt).map_err(NixFailed::not_run)?;
        if outcome.success() { Ok(()) } else { Err(NixFailed::ended(&program, &outcome)) }
    }

    /// What a store has of these paths.
    ///
    /// # Errors
    /// If it does not answer. An entry that cannot be read is not an error.
    pub fn has(
        &self,
        store: &Store,
        paths: &BTreeSet<String>,
        interrupt: &Interrupt,
    ) -> Result<Had, NixFailed> {
        let mut had = Had::default();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        for paths in paths.chunks(AT_ONCE) {
            self.has_some(store, paths, &mut had, interrupt)?;
        }
        Ok(had)
    }

    /// An unreadable one hides the answer for all others, so the list is split in half and asked
    /// again.
    fn has_some(
        &self,
        store: &Store,
        paths: &[&str],
        had: &mut Had,
        interrupt: &Interrupt,
    ) -> Result<(), NixFailed> {
        let fresh = Fresh::new()?;
        let program = self.asking(store, &fresh, &["path-info", "--json"]);
        match self.infos(program, paths, interrupt) {
            Ok(infos) => had.paths.extend(infos),
            Err(failed) if !speaks_of_a_path(&failed) => return Err(failed),
            Err(failed) => match paths {
                [] => {}
                [path] => {
                    let NixFailed::Ended { message, .. } = &failed else { return Err(failed) };
                    had.damaged.insert((*path).to_owned(), message.clone());
                }
                paths => {
                    let (left, right) = paths.split_at(paths.len() / 2);
                    self.has_some(store, left, had, interrupt)?;
                    self.has_some(store, right, had, interrupt)?;
                }
            },
        }
        Ok(())
    }

    /// What this computer has of these paths; with `closure` also all that they refer to.
    ///
    /// # Errors
    /// See [`NixFailed`].
    pub fn has_here(
        &self,
        paths: &BTreeSet<String>,
        closure: bool,
        interrupt: &Interrupt,
    ) -> Result<BTreeMap<String, PathInfo>, NixFailed> {
        let mut infos = BTreeMap::new();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        for paths in paths.chunks(AT_ONCE) {
            let mut program = self.program(["path-info", "--json", "--option", "substituters", ""]);
            if closure {
                program = program.arg("--recursive");
            }
            infos.extend(self.infos(program, paths, interrupt)?);
        }
        Ok(infos)
    }

    fn infos(
        &self,
        mut program: Program,
        paths: &[&str],
        interrupt: &Interrupt,
    ) -> Result<BTreeMap<String, PathInfo>, NixFailed> {
        if paths.is_empty() {
            return Ok(BTreeMap::new());
        }
        if self.version() >= JSON_FORMAT {
            program = program.args(["--json-format", "1"]);
        }
        let program = program.args(paths);
        let value: Value = self.read_json(&program, interrupt)?;
        read_infos(value).ok_or_else(|| unreadable(&program, "no paths are in it"))
    }

    /// Reads all that the store has of these paths, and compares it with the store's hashes.
    /// Returns what is wrong with each damaged one.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub fn verify(
        &self,
        store: &Store,
        paths: impl IntoIterator<Item = impl AsRef<str>>,
        interrupt: &Interrupt,
    ) -> Result<BTreeMap<String, String>, NixFailed> {
        let mut damaged = BTreeMap::new();
        for path in paths {
            let path = path.as_ref();
            let fresh = Fresh::new()?;
            let words = ["store", "verify", "--no-trust"];
            let program = self.asking(store, &fresh, &words).arg(path);
            // It is read completely, however long that takes.
            let program = program.time_limit(Duration::from_secs(60 * 60));
            let outcome = program.run(interrupt).map_err(NixFailed::not_run)?;
            if outcome.success() {
                continue;
            }
            match NixFailed::ended(&program, &outcome) {
                NixFailed::Ended { message, end: domi_host::command::End::Exit(_), .. } => {
                    let lines = message.lines().filter(|line| !line.starts_with("checking '"));
                    damaged.insert(path.to_owned(), lines.collect::<Vec<_>>().join(" "));
                }
                failed => return Err(failed),
            }
        }
        Ok(damaged)
    }

    /// Copies paths, and all that they refer to, from this computer to a store. Whenever this ends,
    /// each path is there completely or not at all.
    ///
    /// # Errors
    /// See [`NixFailed`].
    pub fn copy(
        &self,
        store: &Store,
        paths: &[&str],
        limit: Duration,
        interrupt: &Interrupt,
        mut see: impl FnMut(Said) + Send,
    ) -> Result<(), NixFailed> {
        for paths in paths.chunks(AT_ONCE) {
            let fresh = Fresh::new()?;
            let program = fresh
                .within(self.program(["copy", "--log-format", "internal-json"]))
                .env("TMPDIR", fresh.0.path())
                .args(patience(store.limit))
                .args(["--option", "substituters", "", "--to", &store.url])
                .args(paths)
                .time_limit(limit)
                .grace(STOPPING);
            let mut log = Log::default();
            let outcome = program.run_watched(interrupt, |line| {
                if let Some(said) = log.take(line) {
                    see(said);
                }
            });
            let outcome = outcome.map_err(NixFailed::not_run)?;
            if !outcome.success() {
                return Err(NixFailed::Ended {
                    command: program.to_string(),
                    end: outcome.end,
                    message: log.error(),
                    said: log.said(),
                });
            }
        }
        Ok(())
    }

    /// The derivations that these words (installables and flags) name, and what they build; with
    /// `closure` also those that they are built from.
    ///
    /// # Errors
    /// See [`NixFailed`].
    pub fn outputs<W: AsRef<str>>(
        &self,
        words: impl IntoIterator<Item = W>,
        closure: bool,
        limit: Duration,
        interrupt: &Interrupt,
    ) -> Result<Outputs, NixFailed> {
        let show: &[&str] = if self.version() >= DERIVATION_SHOW {
            &["derivation", "show"]
        } else {
            &["show-derivation"]
        };
        let recursive = if closure { Some("--recursive") } else { None };
        let program = self
            .program(show)
            .args(recursive)
            .args(words.into_iter().map(|word| word.as_ref().to_owned()))
            .time_limit(limit);
        let value: Value = self.read_json(&program, interrupt)?;
        read_outputs(&value).ok_or_else(|| unreadable(&program, "no derivations are in it"))
    }

    /// A question to a store: limited in time, and answered by the store itself, not by Nix's own
    /// record.
    fn asking(&self, store: &Store, fresh: &Fresh, words: &[&str]) -> Program {
        fresh
            .within(self.program(words))
            .args(["--option", "substituters", "", "--option", "download-attempts", "1"])
            .args(patience(store.limit))
            .args(["--store", &store.url])
            .time_limit(store.limit)
    }
}

/// How long Nix itself waits for a server, in whole seconds.
fn patience(limit: Duration) -> Vec<String> {
    let seconds = limit.as_secs().max(1).to_string();
    let settings = ["connect-timeout", "stalled-download-timeout"];
    settings.into_iter().flat_map(|name| ["--option", name, &seconds].map(str::to_owned)).collect()
}

/// A temporary folder for Nix's record of answers of stores, and for files that it leaves when it
/// is killed.
struct Fresh(tempfile::TempDir);

impl Fresh {
    fn new() -> Result<Self, NixFailed> {
        let folder = tempfile::Builder::new().prefix("domi-").tempdir();
        folder.map(Self).map_err(|error| NixFailed::NotStarted(error.into()))
    }

    fn within(&self, program: Program) -> Program {
        // Newer versions use the first variable, older ones only the second.
        program.env("NIX_CACHE_HOME", self.0.path()).env("XDG_CACHE_HOME", self.0.path())
    }
}

/// Whether the failure may be about one of the paths, not the store.
fn speaks_of_a_path(failed: &NixFailed) -> bool {
    let signs = ["NAR info file", "absolute path", "is corrupt"];
    failed.refusal().is_some_and(|message| signs.iter().any(|sign| message.contains(sign)))
}

fn unreadable(program: &Program, reason: &str) -> NixFailed {
    NixFailed::Unreadable { command: program.to_string(), reason: reason.to_owned() }
}

/// Information about paths: a list in old versions, where a missing path is marked as not valid,
/// and an object in new ones, where it is null.
fn read_infos(value: Value) -> Option<BTreeMap<String, PathInfo>> {
    let read = |(path, info): (String, Value)| {
        let is_there = !info.is_null() && info["valid"].as_bool() != Some(false);
        Some((path, serde_json::from_value(info).ok()?)).filter(|_| is_there)
    };
    let path = |info: Value| Some((info["path"].as_str()?.to_owned(), info));
    match value {
        Value::Array(infos) => Some(infos.into_iter().filter_map(path).filter_map(read).collect()),
        Value::Object(infos) => Some(infos.into_iter().filter_map(read).collect()),
        _ => None,
    }
}

/// Derivations and what they build. Newer versions nest them one level deeper, and leave out the
/// store's folder in all paths.
fn read_outputs(value: &Value) -> Option<Outputs> {
    const STORE: &str = "/nix/store";
    let whole = |path: &str| match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{STORE}/{path}"),
    };
    let derivations = value.get("derivations").unwrap_or(value).as_object()?;
    let outputs = |derivation: &Value| {
        let outputs = derivation["outputs"].as_object().into_iter().flat_map(|it| it.values());
        let mut paths: Vec<String> =
            outputs.filter_map(|output| output["path"].as_str()).map(whole).collect();
        paths.sort();
        paths
    };
    Some(derivations.iter().map(|(drv, it)| (whole(drv), outputs(it))).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_infos(said: Value) {
        let infos = read_infos(said).expect("it is understood");
        let a = ("/nix/store/a-a".to_owned(), PathInfo { nar_size: 7 });
        assert_eq!(infos.into_iter().collect::<Vec<_>>(), [a]);
    }

    #[test]
    fn what_a_store_has_is_read_from_every_version_of_nix() {
        check_infos(json!([
            { "path": "/nix/store/a-a", "narSize": 7, "references": [] },
            { "path": "/nix/store/b-b", "valid": false },
        ]));
        check_infos(json!({ "/nix/store/a-a": { "narSize": 7 }, "/nix/store/b-b": null }));
        assert_eq!(read_infos(json!("no")), None);
    }

    #[track_caller]
    fn check_outputs(said: &Value) {
        let outputs = read_outputs(said).expect("it is understood");
        let paths = ["/nix/store/a-a", "/nix/store/a-a-dev"].map(str::to_owned).to_vec();
        let expected =
            [("/nix/store/a.drv".to_owned(), paths), ("/nix/store/b.drv".to_owned(), Vec::new())];
        assert_eq!(outputs, expected.into());
    }

    #[test]
    fn what_derivations_build_is_read_from_every_version_of_nix() {
        check_outputs(&json!({
            "/nix/store/a.drv": {
                "outputs": {
                    "dev": { "path": "/nix/store/a-a-dev" }, "out": { "path": "/nix/store/a-a" },
                },
            },
            "/nix/store/b.drv": { "outputs": { "out": { "hashAlgo": "sha256" } } },
        }));
        check_outputs(&json!({
            "version": 4,
            "derivations": {
                "a.drv": { "outputs": { "dev": { "path": "a-a-dev" }, "out": { "path": "a-a" } } },
                "b.drv": { "outputs": { "out": { "hashAlgo": "sha256" } } },
            },
        }));
        assert_eq!(read_outputs(&json!([])), None);
    }
}
