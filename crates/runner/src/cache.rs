//! Verdicts of the past, found by everything that could change them. Only passes are kept.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use domi_host::file;
use domi_host::hash::Key;
use domi_model::Manifest;
use serde::{Deserialize, Serialize};

use crate::job::Job;

/// A pass that nobody has asked for in this time is forgotten.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Where verdicts are kept.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    folder: PathBuf,
    /// What identifies this very build of the tool.
    tool: String,
}

/// A pass of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Passed {
    /// The run in which it ran.
    pub(crate) run: String,
    /// What was not covered.
    #[serde(default)]
    pub(crate) not_covered: Vec<String>,
}

impl Cache {
    pub(crate) fn open(folder: PathBuf) -> Self {
        Self { folder, tool: this_tool() }
    }

    /// The key of a job's verdict, given what its backend says could change it.
    pub(crate) fn key(&self, job: &Job, backend: &str) -> Result<String> {
        let mut manifest = (*job.manifest).clone();
        manifest.tests = vec![job.test.clone()];
        let manifest = serde_json::to_vec(&manifest).context("a manifest is plain JSON")?;
        let mut key = Key::new("domi.verdict/1").with(&self.tool).with(backend).with(manifest);
        key.add(job.system.as_str());
        // Which machine is of which, and not only that there are both.
        for machine in job.test.run().into_iter().flat_map(|run| run.machines.keys()) {
            key.add(job.system_of(machine).as_str());
        }
        key.add(job.backend.as_str());
        for set in &job.set {
            key.add(set);
        }
        if let Some(previous) = &job.previous {
            let previous = Manifest { tests: Vec::new(), ..(**previous).clone() };
            key.add("previous");
            key.add(serde_json::to_vec(&previous).context("a manifest is plain JSON")?);
        }
        for beside in &*job.beside {
            let with = (&*beside.manifest, &beside.settings);
            key.add(serde_json::to_vec(&with).context("a manifest is plain JSON")?);
            key.add(beside.only_on.as_deref().unwrap_or_default());
        }
        Ok(key.finish())
    }

    /// The pass under a key, if there is one that can be read.
    pub(crate) fn find(&self, key: &str) -> Option<Passed> {
        let path = self.file(key);
        let passed = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
        // Its time says when it was last of use. A read-only cache is as good.
        let _ = std::fs::File::options()
            .append(true)
            .open(path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        Some(passed)
    }

    /// Keeps a pass.
    pub(crate) fn keep(&self, key: &str, passed: &Passed) -> Result<()> {
        let text = serde_json::to_vec(passed).context("a verdict is plain JSON")?;
        file::write(&self.file(key), text)
    }

    /// Forgets what is no longer of use. What cannot be removed harms nobody.
    pub(crate) fn sweep(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let modified = entry.metadata().and_then(|data| data.modified());
            let age = modified.ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
            if age > KEPT {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    fn file(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }
}

/// The version, and the program file itself: while the tool is being worked on, builds of one
/// version differ in what they do.
fn this_tool() -> String {
    let file = std::env::current_exe().ok();
    let build = file.as_deref().and_then(stamp).unwrap_or_default();
    format!("{} {build}", env!("CARGO_PKG_VERSION"))
}

fn stamp(file: &Path) -> Option<String> {
    let data = file.metadata().ok()?;
    let modified = data.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(format!("{} {}", data.len(), modified.as_nanos()))
}

#[cfg(test)]
mod tests {
    use domi_model::Platform;
    use serde_json::json;

    use super::*;
    use crate::{Loaded, MachineSystems, Selection, plan};

    #[test]
    fn which_machine_is_of_which_system_is_a_part_of_the_key() {
        let manifest = json!({
            "schema": domi_model::SCHEMA,
            "feature": {
                "name": "x", "kind": "services", "summary": "X", "maturity": "dev", "version": "0.1.0",
                "platforms": ["x86_64-linux", "aarch64-linux"],
            },
            "tests": [{
                "name": "runs",
                "body": { "run": { "machines": { "a": {}, "b": {}, "c": {} }, "steps": [] } },
            }],
        });
        let manifest: Manifest = serde_json::from_value(manifest).unwrap();
        let cache = Cache::open(PathBuf::new());
        let key = |foreign: &[&str]| {
            let foreign = foreign.iter().map(|name| ((*name).to_owned(), Platform::Aarch64Linux));
            let machine_systems = MachineSystems::new(foreign.collect());
            let systems = vec![Platform::X86_64Linux];
            let selection = Selection { systems, machine_systems, ..Selection::default() };
            let loaded = Loaded { manifest: manifest.clone(), crate_dir: PathBuf::new() };
            cache.key(&plan(&[loaded], &selection).unwrap().jobs[0], "").unwrap()
        };
        assert_eq!(key(&["a"]), key(&["a"]));
        for other in [&[][..], &["b"], &["a", "b"]] {
            assert_ne!(key(&["a"]), key(other), "{other:?}");
        }
    }

    #[test]
    fn a_verdict_that_an_earlier_version_kept_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let kept = include_bytes!("../tests/golden/verdict.1.json");
        fs_err::write(folder.path().join("key.json"), kept).unwrap();
        let passed = Passed {
            run: "20261126-010929-067b".to_owned(),
            not_covered: vec!["step 2, Python for the NixOS test driver".to_owned()],
        };
        assert_eq!(Cache::open(folder.path().to_owned()).find("key"), Some(passed));
    }
}
