//! A workspace to load, and what was seen of it.

use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::time::Duration;

use camino::Utf8PathBuf;
use domi_host::Interrupt;
use domi_plugin::{Limits, Loaded, Loader, Stage, Workspace};

/// A cargo workspace in a temporary folder.
pub(crate) struct Fixture {
    _dir: tempfile::TempDir,
    pub(crate) root: Utf8PathBuf,
}

/// What loading a fixture's features showed.
pub(crate) struct Seen {
    pub(crate) loaded: Loaded,
    /// Features whose plugins were run.
    pub(crate) asked: Vec<String>,
    /// Features that were not up to date.
    pub(crate) built: Vec<String>,
}

pub(crate) fn manifest(name: &str) -> String {
    format!(
        r#"{{"schema":"domi.feature/4","feature":{{"name":"{name}","kind":"services","summary":"A thing","maturity":"dev","version":"0.1.0","platforms":["x86_64-linux"]}}}}"#
    )
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().canonicalize().unwrap()).unwrap();
        let fixture = Self { _dir: dir, root };
        fixture.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\"]\n");
        fixture
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        domi_host::file::write(self.root.join(path).as_std_path(), text).unwrap();
    }

    /// A feature whose plugin is a shell script.
    pub(crate) fn script(&self, name: &str, script: &str) {
        self.script_with(name, script, "");
    }

    /// One with more in its table.
    pub(crate) fn script_with(&self, name: &str, script: &str, table: &str) {
        let command = "[package.metadata.domi]\ncommand = [\"./plugin.sh\"]\n";
        self.package(name, &format!("{command}{table}"));
        self.write(&format!("features/{name}/src/lib.rs"), "");
        self.executable(&format!("features/{name}/plugin.sh"), script);
    }

    /// Names folders that are no cargo packages.
    pub(crate) fn plugins(&self, folders: &str) {
        let members = "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\"]\n";
        let plugins = format!("[workspace.metadata.domi]\nplugins = {folders}\n");
        self.write("Cargo.toml", &format!("{members}{plugins}"));
    }

    /// A feature in a folder that is no cargo package.
    pub(crate) fn outside(&self, folder: &str, toml: &str, manifest: &str) {
        self.write(&format!("{folder}/plugin.toml"), toml);
        self.executable(&format!("{folder}/plugin.sh"), &format!("echo '{manifest}'"));
    }

    fn executable(&self, path: &str, script: &str) {
        self.write(path, &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(self.root.join(path), PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// A feature whose plugin is a binary.
    pub(crate) fn rust(&self, name: &str, main: &str) {
        self.package(name, "[package.metadata.domi]\n");
        self.write(&format!("features/{name}/src/main.rs"), main);
    }

    pub(crate) fn package(&self, name: &str, rest: &str) {
        let head =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        self.write(&format!("features/{name}/Cargo.toml"), &format!("{head}{rest}"));
    }

    pub(crate) fn workspace(&self) -> Workspace {
        Workspace::find(&self.root, &Interrupt::default()).unwrap().unwrap()
    }

    pub(crate) fn load(&self) -> Seen {
        let workspace = self.workspace();
        let names: Vec<&str> = workspace.features.iter().map(|f| &*f.name).collect();
        self.load_of(&workspace, &names)
    }

    fn load_of(&self, workspace: &Workspace, names: &[&str]) -> Seen {
        let asked = Mutex::new(Vec::new());
        let built = Mutex::new(Vec::new());
        let loader = Loader {
            workspace,
            limits: Limits { time: Duration::from_secs(20) },
            progress: &|stage| match stage {
                Stage::Asking(name) => asked.lock().unwrap().push(name.to_owned()),
                Stage::Building(all) => {
                    built.lock().unwrap().extend(all.iter().map(|f| f.name.clone()));
                }
                Stage::Compiler(_) | Stage::Waiting | Stage::Built => {}
            },
            interrupt: &Interrupt::default(),
        };
        let features: Vec<_> = names.iter().map(|name| workspace.feature(name).unwrap()).collect();
        let loaded = loader.load(&features).unwrap();
        let (mut asked, built) = (asked.into_inner().unwrap(), built.into_inner().unwrap());
        asked.sort();
        Seen { loaded, asked, built }
    }
}

impl Seen {
    pub(crate) fn names(&self) -> Vec<&str> {
        self.loaded.features.iter().map(|f| &*f.manifest.feature.name).collect()
    }

    pub(crate) fn problems(&self) -> String {
        self.loaded.problems.iter().map(|problem| format!("{problem}\n")).collect()
    }
}
