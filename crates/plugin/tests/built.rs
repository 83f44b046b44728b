//! What executables of features are built from, and which of several is whose: with the real cargo.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_plugin::{Feature, Limits, Loader, Stage, Workspace};

/// A folder with a cargo workspace in `here`.
struct Fixture {
    _dir: tempfile::TempDir,
    root: Utf8PathBuf,
}

impl Fixture {
    fn new(workspace: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().canonicalize().unwrap()).unwrap();
        let fixture = Self { _dir: dir, root };
        fixture.write("here/Cargo.toml", &format!("[workspace]\nresolver = \"3\"\n{workspace}"));
        fixture
    }

    fn write(&self, path: &str, text: &str) {
        domi_host::file::write(self.root.join(path).as_std_path(), text).unwrap();
    }

    fn package(&self, folder: &str, version: &str, rest: &str) {
        let name = Utf8Path::new(folder).file_name().unwrap();
        let head =
            format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n");
        self.write(&format!("{folder}/Cargo.toml"), &format!("{head}{rest}"));
    }

    /// A feature that says this Rust expression, a text, as its summary.
    fn feature(&self, folder: &str, rest: &str, says: &str) {
        self.package(folder, "0.1.0", &format!("{rest}\n[package.metadata.domi]\n"));
        let name = Utf8Path::new(folder).file_name().unwrap();
        let about = format!(
            r#""schema":"domi.feature/1","feature":{{"name":"{name}","kind":"services","summary":"SAYS","maturity":"dev","version":"0.1.0","platforms":["x86_64-linux"]}}"#
        );
        let option = r#""options":[{"name":"o","type":"bool","description":"x","default":{"literal":true},"place":{"file":"FILE","line":1}}]"#;
        let main = format!(
            "fn main() {{ print!(\"{{}}\", r#\"{{{about},{option}}}\"#.replace(\"SAYS\", {says}).replace(\"FILE\", file!())); }}\n"
        );
        let old = std::fs::read_to_string(self.root.join(format!("{folder}/src/main.rs")));
        self.write(&format!("{folder}/src/main.rs"), &(old.unwrap_or_default() + &main));
    }

    fn workspace(&self) -> Workspace {
        Workspace::find(&self.root.join("here"), &Interrupt::default()).unwrap().unwrap()
    }

    /// The features of these names, with whether any had to be built.
    #[track_caller]
    fn load(&self, names: &[&str]) -> (Vec<Feature>, bool) {
        let workspace = self.workspace();
        let built = Mutex::new(false);
        let loader = Loader {
            workspace: &workspace,
            limits: Limits::default(),
            progress: &|stage| match stage {
                Stage::Building(_) => *built.lock().unwrap() = true,
                Stage::Compiler(text) => eprintln!("{text}"),
                Stage::Asking(_) | Stage::Waiting | Stage::Built => {}
            },
            interrupt: &Interrupt::default(),
        };
        let features: Vec<_> = names.iter().map(|name| workspace.feature(name).unwrap()).collect();
        let loaded = loader.load(&features).unwrap();
        assert_eq!(loaded.problems, []);
        (loaded.features, built.into_inner().unwrap())
    }

    /// What the features of these names say.
    #[track_caller]
    fn said(&self, names: &[&str]) -> Vec<String> {
        self.load(names).0.into_iter().map(|feature| feature.manifest.feature.summary).collect()
    }
}

#[test]
fn a_change_of_anything_that_a_feature_is_built_from_is_seen() {
    let fixture = Fixture::new("members = [\"a\", \"shared\"]\n");
    fixture.package("here/shared", "0.1.0", "");
    fixture.write("here/shared/src/lib.rs", "pub const X: &str = include_str!(\"../tests/x\");\n");
    fixture.package("outside", "0.1.0", "build = \"build.rs\"\n");
    fixture.write("outside/src/lib.rs", "pub const X: &str = env!(\"BUILT\");\n");
    let script = "fn main() {
        println!(\"cargo::rerun-if-changed=data\");
        println!(\"cargo::rustc-env=BUILT={}\", std::fs::read_dir(\"data\").unwrap().count());
    }\n";
    fixture.write("outside/build.rs", script);
    fixture
        .write("here/a/src/main.rs", "mod target;\n#[path = \"../../../other.rs\"] mod other;\n");
    let dependencies =
        "[dependencies]\nshared.path = \"../shared\"\noutside.path = \"../../outside\"\n";
    let says = "&[target::X, other::X, shared::X, outside::X, include_str!(\"../../templates/a b\")].join(\",\")";
    let x = |text: &str| format!("pub const X: &str = \"{text}\";\n");
    fixture.feature("here/a", dependencies, says);
    let kinds = [
        ("a module in a folder of the name `target`", "here/a/src/target/mod.rs", x("1"), x("2")),
        ("a module of elsewhere", "other.rs", x("1"), x("2")),
        (
            "a text in a dependency's folder of tests",
            "here/shared/tests/x",
            "1".to_owned(),
            "2".to_owned(),
        ),
        ("a text with a space in its name", "here/templates/a b", "1".to_owned(), "2".to_owned()),
        (
            "a file that a build script of elsewhere counts",
            "outside/data/one",
            String::new(),
            String::new(),
        ),
    ];
    for (_, file, before, _) in &kinds {
        fixture.write(file, before);
    }
    let mut expected = ["1"; 5];
    assert_eq!(fixture.said(&["a"]), [expected.join(",")]);
    assert!(!fixture.load(&["a"]).1, "it is up to date");
    for (at, (kind, file, _, after)) in kinds.iter().enumerate() {
        let file = if after.is_empty() { "outside/data/two" } else { file };
        fixture.write(file, after);
        expected[[0, 1, 2, 4, 3][at]] = "2";
        assert_eq!(fixture.said(&["a"]), [expected.join(",")], "{kind}");
        assert!(!fixture.load(&["a"]).1, "{kind}: it is up to date again");
    }
    // Its time says nothing, as when it is unpacked or copied with its time.
    fixture.write("here/a/src/target/mod.rs", &x("3"));
    let file =
        std::fs::File::options().append(true).open(fixture.root.join("here/a/src/target/mod.rs"));
    file.unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    expected[0] = "3";
    assert_eq!(
        fixture.said(&["a"]),
        [expected.join(",")],
        "a file that is older than it should be"
    );
}

#[test]
fn programs_of_one_name_are_told_apart_on_the_first_build_as_on_the_second() {
    let fixture = Fixture::new("members = [\"a\", \"b\"]\n");
    let bin = "[[bin]]\nname = \"plugin\"\npath = \"src/main.rs\"\n";
    fixture.feature("here/a", bin, "\"1\"");
    fixture.feature("here/b", bin, "\"2\"");
    assert_eq!(fixture.said(&["a", "b"]), ["1", "2"]);
    assert_eq!(fixture.said(&["b", "a"]), ["2", "1"]);
}

#[test]
fn a_feature_may_have_the_name_of_a_dependency() {
    let fixture = Fixture::new("members = [\"a\", \"dup\"]\n");
    fixture.package("elsewhere/dup", "2.0.0", "");
    fixture.write("elsewhere/dup/src/lib.rs", "pub const X: &str = \"elsewhere\";\n");
    fixture.feature("here/a", "[dependencies]\ndup.path = \"../../elsewhere/dup\"\n", "dup::X");
    fixture.feature("here/dup", "", "\"here\"");
    assert_eq!(fixture.said(&["a", "dup"]), ["elsewhere", "here"]);
}

#[test]
fn a_manifest_does_not_depend_on_which_others_are_asked_for() {
    let fixture = Fixture::new("members = [\"ra\", \"rb\", \"shared\"]\n");
    fixture.package("here/shared", "0.1.0", "[features]\nloud = []\n");
    let lib = "pub const X: &str = if cfg!(feature = \"loud\") { \"loud\" } else { \"quiet\" };\n";
    fixture.write("here/shared/src/lib.rs", lib);
    let shared =
        |more: &str| format!("[dependencies]\nshared = {{ path = \"../shared\"{more} }}\n");
    fixture.feature("here/ra", &shared(", features = [\"loud\"]"), "shared::X");
    fixture.feature("here/rb", &shared(""), "shared::X");
    assert_eq!(fixture.said(&["ra", "rb"]), ["loud", "quiet"]);
    assert_eq!(fixture.said(&["rb"]), ["quiet"]);
}

#[test]
fn a_member_outside_the_root_is_named_from_the_root() {
    let fixture = Fixture::new("members = [\"../outside\"]\n");
    fixture.feature("outside", "workspace = \"../here\"\n", "\"1\"");
    let (features, _) = fixture.load(&["outside"]);
    assert_eq!(features[0].folder, "../outside");
    let place = features[0].manifest.options[0].place.clone().unwrap();
    assert_eq!(place.file, "../outside/src/main.rs");
}
