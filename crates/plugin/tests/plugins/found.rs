//! What of a workspace is a plugin.

use domi_host::Interrupt;
use domi_plugin::Workspace;

use crate::fixture::{Fixture, manifest};

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
