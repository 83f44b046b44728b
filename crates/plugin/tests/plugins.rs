//! Real workspaces with good and bad plugins, built by the real cargo and run as processes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::time::Duration;

use camino::Utf8PathBuf;
use domi_host::Interrupt;
use domi_plugin::{Limits, Loaded, Loader, Stage, Workspace};

/// A cargo workspace in a temporary folder.
struct Fixture {
    _dir: tempfile::TempDir,
    root: Utf8PathBuf,
}

/// What loading a fixture's features showed.
struct Seen {
    loaded: Loaded,
    /// Features whose plugins were run.
    asked: Vec<String>,
    /// Features that were not up to date.
    built: Vec<String>,
}

fn manifest(name: &str) -> String {
    format!(
        r#"{{"schema":"domi.feature/2","feature":{{"name":"{name}","kind":"services","summary":"A thing","maturity":"dev","version":"0.1.0","platforms":["x86_64-linux"]}}}}"#
    )
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().canonicalize().unwrap()).unwrap();
        let fixture = Self { _dir: dir, root };
        fixture.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\"]\n");
        fixture
    }

    fn write(&self, path: &str, text: &str) {
        domi_host::file::write(self.root.join(path).as_std_path(), text).unwrap();
    }

    /// A feature whose plugin is a shell script.
    fn script(&self, name: &str, script: &str) {
        self.script_with(name, script, "");
    }

    /// One with more in its table.
    fn script_with(&self, name: &str, script: &str, table: &str) {
        let command = "[package.metadata.domi]\ncommand = [\"./plugin.sh\"]\n";
        self.package(name, &format!("{command}{table}"));
        self.write(&format!("features/{name}/src/lib.rs"), "");
        self.executable(&format!("features/{name}/plugin.sh"), script);
    }

    /// Names folders that are no cargo packages.
    fn plugins(&self, folders: &str) {
        let members = "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\"]\n";
        let plugins = format!("[workspace.metadata.domi]\nplugins = {folders}\n");
        self.write("Cargo.toml", &format!("{members}{plugins}"));
    }

    /// A feature in a folder that is no cargo package.
    fn outside(&self, folder: &str, toml: &str, manifest: &str) {
        self.write(&format!("{folder}/plugin.toml"), toml);
        self.executable(&format!("{folder}/plugin.sh"), &format!("echo '{manifest}'"));
    }

    fn executable(&self, path: &str, script: &str) {
        self.write(path, &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(self.root.join(path), PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// A feature whose plugin is a binary.
    fn rust(&self, name: &str, main: &str) {
        self.package(name, "[package.metadata.domi]\n");
        self.write(&format!("features/{name}/src/main.rs"), main);
    }

    fn package(&self, name: &str, rest: &str) {
        let head =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        self.write(&format!("features/{name}/Cargo.toml"), &format!("{head}{rest}"));
    }

    fn workspace(&self) -> Workspace {
        Workspace::find(&self.root, &Interrupt::default()).unwrap().unwrap()
    }

    fn load(&self) -> Seen {
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
                Stage::Compiler(_) | Stage::Waiting => {}
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
    fn names(&self) -> Vec<&str> {
        self.loaded.features.iter().map(|f| &*f.manifest.feature.name).collect()
    }

    fn problems(&self) -> String {
        self.loaded.problems.iter().map(|problem| format!("{problem}\n")).collect()
    }
}

/// A workspace with a good feature and this script for another: only the other has a problem,
/// and it says this.
#[track_caller]
fn check(script: &str, expected: &[&str]) {
    let fixture = Fixture::new();
    fixture.script("good", &format!("echo '{}'", manifest("good")));
    fixture.script("other", script);
    let seen = fixture.load();
    assert_eq!(seen.names(), ["good"], "{}", seen.problems());
    let said = seen.problems();
    for part in expected {
        assert!(said.contains(part), "no {part:?} in:\n{said}");
    }
    assert!(seen.loaded.problems.iter().all(|p| p.subject.starts_with("other")), "{said}");
    assert!(seen.loaded.problems.iter().all(|p| !p.next.is_empty()), "{said}");
}

#[test]
fn a_plugin_that_fails_is_a_problem_with_what_it_said() {
    check("echo why >&2; exit 3", &["D0406", "exit code 3", "why"]);
    check("kill -SEGV $$", &["D0406", "signal 11"]);
}

#[test]
fn a_plugin_that_hangs_is_killed() {
    check("sleep 1000", &["D0407", "in time"]);
}

#[test]
fn a_plugin_that_prints_without_end_is_killed() {
    check("head -c 100000000 /dev/zero", &["D0408", "16 MiB"]);
    check("head -c 100000000 /dev/zero >&2", &["D0408"]);
}

#[test]
fn a_plugin_that_prints_no_json_is_a_problem() {
    check("true", &["D0409", "printed nothing"]);
    check("echo hello", &["D0410", "\"hello\"", "line 1 column 1"]);
    check("printf '{\"schema\":'", &["D0410"]);
    check("printf '\\377\\376'", &["D0410"]);
}

#[test]
fn a_plugin_that_chatters_is_a_problem() {
    let good = manifest("other");
    check(&format!("echo loading {{}}; echo '{good}'"), &["D0411", "\"loading {}\" before"]);
    check(&format!("echo '{good}'; echo done"), &["D0411", "\"done\" after"]);
}

#[test]
fn a_manifest_of_another_version_is_refused_with_the_version_it_wants() {
    let newer = manifest("other").replace("feature/2", "feature/3");
    check(
        &format!("echo '{newer}'"),
        &["D0412", "domi.feature/3", "`domi.feature/1` and `domi.feature/2`"],
    );
    let other = manifest("other").replace("feature/2", "feature/0");
    check(&format!("echo '{other}'"), &["D0413", "\"schema\": \"domi.feature/2\""]);
    let none = manifest("other").replace("schema", "sch");
    check(&format!("echo '{none}'"), &["D0413", "\"schema\": \"domi.feature/2\""]);
    check("echo '[]'", &["D0413"]);
}

#[test]
fn a_manifest_of_the_wrong_shape_is_refused_with_the_path_and_place() {
    let wrong = manifest("other").replace("\"dev\"", "\"ready\"");
    check(&format!("echo '{wrong}'"), &["D0414", "feature.maturity", "`ready`"]);
    let placed = manifest("other").replacen(
        '{',
        r#"{"options":[{"name":"a","type":"int","description":"b","default":7,"place":{"file":"src/main.rs","line":3}}],"#,
        1,
    );
    check(&format!("echo '{placed}'"), &["D0414", "options[0]", "at src/main.rs:3"]);
    let twice = r#"{"packages":{"a":{"nixpkgs":["a"],"debian":["aa"]},"a":{"nixpkgs":["b"],"debian":["bb"]}},"#;
    let twice = manifest("other").replacen('{', twice, 1);
    check(&format!("echo '{twice}'"), &["D0414", "`packages.a` stands twice"]);
}

#[test]
fn a_manifest_that_calls_itself_otherwise_is_refused() {
    check(&format!("echo '{}'", manifest("another")), &["D0416", "\"another\""]);
}

#[test]
fn a_manifest_that_is_not_valid_is_refused() {
    let renamed = manifest("other").replacen('{', r#"{"renamed":[{"from":["a"],"to":["b"]}],"#, 1);
    check(&format!("echo '{renamed}'"), &["error[D01", "other: "]);
}

#[test]
fn a_command_that_is_not_there_is_a_problem() {
    let fixture = Fixture::new();
    fixture.script("other", "");
    std::fs::remove_file(fixture.root.join("features/other/plugin.sh")).unwrap();
    assert!(fixture.load().problems().contains("D0405"));
}

#[test]
fn a_key_that_is_not_known_is_a_warning_with_its_path() {
    let fixture = Fixture::new();
    let odd = manifest("odd").replace("\"summary\"", "\"colour\":\"red\",\"summary\"");
    fixture.script("odd", &format!("echo '{odd}'"));
    let seen = fixture.load();
    assert_eq!(seen.names(), ["odd"]);
    assert!(
        seen.problems().contains("warning[D0415]: odd: `feature.colour`"),
        "{}",
        seen.problems()
    );
}

#[test]
fn a_key_that_is_not_known_is_an_error_where_it_may_change_what_is_tested() {
    #[track_caller]
    fn refused(part: &str, path: &str) {
        let odd = manifest("other").replacen('{', &format!("{{{part},"), 1);
        check(&format!("echo '{odd}'"), &["error[D0415]", &format!("`{path}`")]);
    }
    refused(
        r#""system":{"units":[{"kind":"target","name":{"literal":"a"},"unitconfig":{}}]}"#,
        "system.units.0.unitconfig",
    );
    refused(r#""system":{"sudo":[]}"#, "system.sudo");
    refused(
        r#""options":[{"name":"a","type":{"int":{"minn":1}},"description":"b","default":{"literal":1}}]"#,
        "options.0.type.minn",
    );
    refused(
        r#""assertions":[{"condition":{"literal":true},"message":{"literal":""},"unless":1}]"#,
        "assertions.0.unless",
    );
    refused(
        r#""tests":[{"name":"a","body":{"run":{"machines":{"m":{"memory":1}},"steps":[]}}}]"#,
        "tests.0.body.machines.m.memory",
    );
}

#[test]
fn a_crate_without_one_program_is_a_problem_and_stops_no_other() {
    let fixture = Fixture::new();
    fixture.script("good", &format!("echo '{}'", manifest("good")));
    fixture.package("library", "[package.metadata.domi]\n");
    fixture.write("features/library/src/lib.rs", "");
    fixture.package("many", "[package.metadata.domi]\n");
    fixture.write("features/many/src/bin/a.rs", "fn main() {}");
    fixture.write("features/many/src/bin/b.rs", "fn main() {}");
    fixture.package("table", "[package.metadata.domi]\ncommand = 3\n");
    fixture.write("features/table/src/lib.rs", "");
    let said: String = fixture.workspace().problems.iter().map(|p| format!("{p}\n")).collect();
    for part in ["library: the crate has no binary", "many: the crate has several binaries: a, b"] {
        assert!(said.contains(part), "{said}");
    }
    assert!(said.contains("at features/table/Cargo.toml:1"), "{said}");
    assert_eq!(fixture.load().names(), ["good"]);
}

#[test]
fn two_crates_of_one_feature_are_both_refused_and_stop_no_other() {
    let fixture = Fixture::new();
    fixture.script("good", &format!("echo '{}'", manifest("good")));
    fixture.script("a", "");
    fixture.package("b", "[package.metadata.domi]\nname = \"a\"\ncommand = [\"true\"]\n");
    fixture.write("features/b/src/lib.rs", "");
    let said = fixture.workspace().problems[0].to_string();
    assert!(said.contains("D0417") && said.contains("features/a and features/b"), "{said}");
    assert_eq!(fixture.load().names(), ["good"]);
}

#[test]
fn a_folder_without_a_cargo_package_may_be_a_plugin() {
    let fixture = Fixture::new();
    fixture.script("a", &format!("echo '{}'", manifest("a")));
    fixture.plugins(r#"["plugins/*", "elsewhere/c", "plugins/b"]"#);
    fixture.outside("plugins/b", "command = [\"./plugin.sh\"]\n", &manifest("b"));
    fixture.outside(
        "elsewhere/c",
        "name = \"d\"\ncommand = [\"sh\", \"plugin.sh\"]\n",
        &manifest("d"),
    );
    // What is no plugin may stand beside.
    fixture.write("plugins/README.md", "");
    fixture.write("plugins/notes/a", "");
    let seen = fixture.load();
    assert_eq!(seen.names(), ["a", "b", "d"], "{}", seen.problems());
    let places: Vec<_> = seen.loaded.features.iter().map(|f| f.folder.as_str()).collect();
    assert_eq!(places, ["features/a", "plugins/b", "elsewhere/c"]);
    fixture.outside(
        "plugins/b",
        "command = [\"./plugin.sh\"]\nreads = [\"data\"]\n",
        &manifest("b"),
    );
    fixture.write("plugins/b/data", "");
    assert_eq!(fixture.load().asked, ["a", "b", "d"]);
    assert_eq!(fixture.load().asked, ["a", "d"]);
    fixture.write("plugins/b/data", "changed");
    assert_eq!(fixture.load().asked, ["a", "b", "d"]);
}

#[test]
fn a_folder_that_cannot_be_a_plugin_is_a_problem_and_stops_no_other() {
    #[track_caller]
    fn check(plugins: &str, expected: &str) {
        let fixture = Fixture::new();
        fixture.script("good", &format!("echo '{}'", manifest("good")));
        fixture.plugins(plugins);
        fixture.write("plugins/a/plugin.toml", "command = 3\n");
        fixture.write("plugins/b/plugin.toml", "comand = [\"true\"]\n");
        fixture.write("plugins/c/plugin.toml", "");
        fixture.write("plugins/D/plugin.toml", "command = [\"true\"]\n");
        fixture.write("plugins/e/plugin.toml", "[\n");
        fixture.outside("plugins/good", "command = [\"true\"]\n", "");
        let said: String = fixture.workspace().problems.iter().map(|p| format!("{p}\n")).collect();
        assert!(said.contains(expected) && said.contains("next: "), "no {expected:?} in:\n{said}");
        let names = fixture.load();
        let expected = if plugins.contains("plugins/good") { vec![] } else { vec!["good"] };
        assert_eq!(names.names(), expected);
    }
    check(r#"["plugins/a"]"#, "plugins/a: `command` in plugin.toml must be a list");
    check(r#"["plugins/b"]"#, "`comand` in plugin.toml is not known");
    check(r#"["plugins/c"]"#, "plugin.toml has no `command`");
    check(r#"["plugins/D"]"#, "`D` is not in kebab-case");
    check(r#"["plugins/e"]"#, "at plugins/e/plugin.toml:1");
    check(r#"["plugins/gone"]"#, "cannot read its plugin.toml");
    check(r#"["gone/*"]"#, "cannot read the folder `gone`");
    check(r#"["plugins/good"]"#, "D0417");
    check(r#"["features/good"]"#, "it is a cargo package");
    check(r#"["../elsewhere"]"#, "no folder below");
    check(r#"["/plugins"]"#, "no folder below");
    check(r#"["plug*/a"]"#, "no folder below");
    check(r#"[""]"#, "no folder below");
    check(r#""plugins/a""#, "must be a list of folders");
}

#[test]
fn a_workspace_that_cargo_cannot_read_is_a_problem() {
    let fixture = Fixture::new();
    fixture.write("Cargo.toml", "[workspace\n");
    let problems = Workspace::find(&fixture.root, &Interrupt::default()).unwrap().unwrap_err();
    assert!(problems[0].to_string().contains("D0402"));
}

#[test]
fn a_command_is_asked_each_time_unless_it_says_all_that_it_reads() {
    let fixture = Fixture::new();
    fixture.script("a", &format!("echo '{}'", manifest("a")));
    let script = format!("cat .data/spaces linked ../../tool/more; echo '{}'", manifest("b"));
    fixture.script_with("b", &script, "reads = [\".data\", \"linked\", \"../../tool\"]\n");
    fixture.write("features/b/.data/spaces", " ");
    fixture.write("elsewhere", " ");
    fixture.write("tool/more", " ");
    std::os::unix::fs::symlink("../../elsewhere", fixture.root.join("features/b/linked")).unwrap();
    assert_eq!(fixture.load().asked, ["a", "b"]);
    assert_eq!(fixture.load().asked, ["a"]);
    for file in ["features/b/.data/new", "elsewhere", "tool/more"] {
        fixture.write(file, "\n");
        let seen = fixture.load();
        assert_eq!(
            (&seen.asked[..], seen.names()),
            (&["a", "b"].map(str::to_owned)[..], vec!["a", "b"]),
            "{file}"
        );
        assert_eq!(fixture.load().asked, ["a"], "{file}");
    }
    let script = format!("#!/bin/sh\necho '{}'\n", manifest("other"));
    std::fs::write(fixture.root.join("features/b/plugin.sh"), script).unwrap();
    assert!(fixture.load().problems().contains("D0416"));
    std::fs::remove_dir_all(fixture.root.join("tool")).unwrap();
    assert_eq!(fixture.load().asked, ["a", "b"]);
    assert_eq!(fixture.load().asked, ["a", "b"], "what is not there may come");
}

#[test]
fn a_damaged_kept_manifest_is_made_again() {
    let fixture = Fixture::new();
    fixture.script_with("a", &format!("echo '{}'", manifest("a")), "reads = []\n");
    fixture.load();
    let kept = fixture.workspace().target.join("domi/plugins/a.manifest.json");
    let whole = std::fs::read(&kept).unwrap();
    std::fs::write(&kept, &whole[..whole.len() - 5]).unwrap();
    let seen = fixture.load();
    assert_eq!((&seen.asked[..], seen.names()), (&["a".to_owned()][..], vec!["a"]));
    assert_eq!(std::fs::read(&kept).unwrap(), whole);
}

#[test]
fn what_a_plugin_reads_is_said_of_a_command_and_as_paths() {
    #[track_caller]
    fn check(table: &str, expected: &str) {
        let fixture = Fixture::new();
        fixture.package("a", &format!("[package.metadata.domi]\n{table}"));
        fixture.write("features/a/src/main.rs", "fn main() {}");
        let said = fixture.workspace().problems[0].to_string();
        assert!(said.contains("D0401") && said.contains(expected), "{said}");
    }
    check("reads = [\".\"]\n", "there is none");
    check("command = [\"x\"]\nreads = \".\"\n", "must be a list");
    check("command = [\"x\"]\nreads = [\"\"]\n", "must be a list");
}

/// A program that prints a manifest.
fn printing(name: &str) -> String {
    format!("fn main() {{ println!(r#\"{{}}\"#, r#\"{}\"#); }}", manifest(name))
}

#[test]
fn crates_are_built_and_one_that_does_not_compile_stops_no_other() {
    let fixture = Fixture::new();
    fixture.rust("good", &printing("good"));
    fixture.rust("broken", "fn main() {\n    let port: u16 = \"x\";\n}");
    let seen = fixture.load();
    assert_eq!(seen.names(), ["good"], "{}", seen.problems());
    let said = seen.problems();
    for part in ["D0403", "broken: ", "mismatched types", "at features/broken/src/main.rs:2"] {
        assert!(said.contains(part), "no {part:?} in:\n{said}");
    }
    assert_eq!(seen.asked, ["good"]);
    assert_eq!(fixture.load().built, ["broken"], "the good one is kept");
}

#[test]
fn a_crate_that_cargo_gives_up_on_stops_no_other() {
    let fixture = Fixture::new();
    fixture.rust("good", &printing("good"));
    fixture.package("gated", "[features]\non = []\n[[bin]]\nname = \"gated\"\nrequired-features = [\"on\"]\n[package.metadata.domi]\n");
    fixture.write("features/gated/src/main.rs", "fn main() {}");
    let seen = fixture.load();
    assert_eq!(seen.names(), ["good"], "{}", seen.problems());
    assert!(seen.problems().contains("error[D0404]: gated"), "{}", seen.problems());
}

#[test]
fn an_interrupt_stops_the_loading() {
    let fixture = Fixture::new();
    fixture.script("a", "sleep 1000");
    let workspace = fixture.workspace();
    let interrupt = Interrupt::default();
    let loader = Loader {
        workspace: &workspace,
        limits: Limits::default(),
        progress: &|stage| {
            if matches!(stage, Stage::Asking(_)) {
                interrupt.set();
            }
        },
        interrupt: &interrupt,
    };
    let error = loader.load(&[&workspace.features[0]]).unwrap_err();
    assert_eq!(domi_host::Cause::of(error.as_ref()), domi_host::Cause::Interrupted);
}
