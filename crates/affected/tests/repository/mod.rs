//! Changes in a real git repository, followed to the features of a real cargo workspace.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use domi_affected::{Asking, Change, Lane, touched};
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_plugin::{BuiltFrom, FeatureCrate, Workspace};

/// A git repository with a cargo workspace in it.
pub(crate) struct Repository {
    folder: tempfile::TempDir,
    /// The workspace's root folder.
    pub(crate) root: Utf8PathBuf,
    /// What the compiler says features are built from; by default nothing.
    pub(crate) built_from: BTreeMap<String, BuiltFrom>,
}

impl Repository {
    /// Two features, `a` built from `shared`, which is built from an external package; and the
    /// package that runs portable machines.
    pub(crate) fn new() -> Self {
        Self::within("")
    }

    /// The same in a folder below the repository's own.
    pub(crate) fn within(place: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(folder.path().canonicalize().unwrap()).unwrap();
        let root = if place.is_empty() { root } else { root.join(place) };
        std::fs::create_dir_all(&root).unwrap();
        let repository = Self { folder, root, built_from: BTreeMap::new() };
        repository.write("Cargo.toml", WORKSPACE);
        repository.write("Cargo.lock", LOCK);
        let feature = "\n[package.metadata.domi]\nkind = \"services\"\n";
        let shared = "\n[dependencies]\nshared = { path = \"../../shared\" }\n";
        let tested = "\n[dev-dependencies]\nthere.workspace = true\n";
        repository.package("features/a", &format!("{feature}{shared}"));
        repository.package("features/b", &format!("{feature}{tested}"));
        repository.package("shared", "\n[dependencies]\nelsewhere.workspace = true\n");
        repository.package("domi-runner", "");
        for file in ["flake.nix", "README.md", "modules/services/b.nix", "picture.svg"] {
            repository.write(file, "");
        }
        repository.git(&["init", "--quiet", "--initial-branch=main", repository.folder()]);
        repository.commit();
        repository
    }

    fn folder(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    pub(crate) fn package(&self, folder: &str, rest: &str) {
        let name = Utf8Path::new(folder).file_name().unwrap();
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n{rest}");
        self.write(&format!("{folder}/Cargo.toml"), &manifest);
        self.write(&format!("{folder}/src/main.rs"), "fn main() {}\n");
        self.write(&format!("{folder}/src/lib.rs"), "\n");
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.root.join(file)).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        self.write(file, &text.replace(from, to));
    }

    pub(crate) fn git(&self, words: &[&str]) {
        let who = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
        let git = Program::new("git").args(who).args(words).folder(&self.root);
        let outcome = git.run(&Interrupt::default()).unwrap();
        assert!(outcome.success(), "{}", String::from_utf8_lossy(&outcome.stderr));
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "--all", ":/"]);
        self.git(&["commit", "--quiet", "--message=x"]);
    }

    pub(crate) fn workspace(&self) -> Workspace {
        Workspace::find(&self.root, &Interrupt::default()).unwrap().unwrap()
    }

    /// What has changed since `main`, as lines of feature, lanes and reason.
    pub(crate) fn said(&self) -> String {
        self.asking(&mut |features| {
            let of = |f: &&FeatureCrate| {
                (f.name.clone(), self.built_from.get(&f.name).cloned().unwrap_or_default())
            };
            Ok(features.iter().map(of).collect())
        })
    }

    /// The same, with an answer to the question what features are made from.
    pub(crate) fn asking(&self, ask: &mut Asking<'_>) -> String {
        let workspace = self.workspace();
        let change =
            Change::since(Some("main"), &workspace, &Interrupt::default()).unwrap().unwrap();
        let touched = touched(&workspace, &change, ask).unwrap();
        let mut said = String::new();
        for feature in &workspace.features {
            for lane in Lane::ALL {
                for reason in touched.why(&feature.name, *lane) {
                    writeln!(said, "{} {lane:?}: {reason}", feature.name).unwrap();
                }
            }
        }
        said
    }
}

pub(crate) const WORKSPACE: &str = "[workspace]
resolver = \"3\"
members = [\"features/*\", \"shared\", \"domi-runner\"]

[workspace.dependencies]
elsewhere = \"1\"
there = \"1\"
";

pub(crate) const LOCK: &str = "version = 4

[[package]]
name = \"a\"
version = \"1.0.0\"
dependencies = [\"shared\"]

[[package]]
name = \"b\"
version = \"1.0.0\"
dependencies = [\"there\"]

[[package]]
name = \"domi-runner\"
version = \"1.0.0\"

[[package]]
name = \"elsewhere\"
version = \"1.2.3\"
source = \"registry+https://example.org/index\"
checksum = \"0000000000000000000000000000000000000000000000000000000000000000\"

[[package]]
name = \"shared\"
version = \"1.0.0\"
dependencies = [\"elsewhere\"]

[[package]]
name = \"there\"
version = \"1.0.0\"
source = \"registry+https://example.org/index\"
checksum = \"0000000000000000000000000000000000000000000000000000000000000000\"
";
