//! The workflow for GitHub: as GitHub's own parser reads it, and as a runner would run its steps.
//!
//! `DOMI_WORKFLOW_PARSER` names `dist/index.js` of the npm package `@actions/workflow-parser`,
//! `DOMI_ZIZMOR` the program zizmor, which looks for ways to attack a workflow. Where one is not
//! set, what needs it is left out, and this says so.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod workspace;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use workspace::{GREETING, Workspace};
use yaml_rust2::{Yaml, YamlLoader};

const FILE: &str = ".github/workflows/ci.yml";

/// The path of what a variable names; without one, what needs it is not run.
fn named(variable: &str) -> Option<std::ffi::OsString> {
    let path = std::env::var_os(variable).filter(|it| !it.is_empty());
    if path.is_none() {
        eprintln!("not run: {variable} names nothing");
    }
    path
}

/// What GitHub's parser says of a workflow; nothing where there is no parser.
fn parsed(text: &str) -> Option<Value> {
    let parser = named("DOMI_WORKFLOW_PARSER")?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ci.yml");
    std::fs::write(&file, text).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/github/parse.mjs");
    let output = Command::new("node").arg(script).arg(parser).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The ways in which a workflow could be attacked, as zizmor describes them at its strictest;
/// nothing where there is no zizmor.
fn attacks(text: &str) -> Option<String> {
    let zizmor = named("DOMI_ZIZMOR")?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    let arguments = ["--offline", "--no-config", "--persona", "auditor", "--color", "never"];
    let output = Command::new(zizmor).args(arguments).arg(file).output().unwrap();
    // 11 to 14 are findings, of growing severity.
    assert!(matches!(output.status.code(), Some(0 | 11..=14)), "{}", said(&output));
    Some(if output.status.success() { String::new() } else { said(&output) })
}

fn said(output: &Output) -> String {
    let (stdout, stderr) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr))
}

fn own_workflow() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(FILE)).unwrap()
}

#[test]
fn github_reads_the_workflow_of_this_repository() {
    let text = own_workflow();
    let Some(parsed) = parsed(&text) else { return };
    assert_eq!(parsed["errors"], json!([]));
    let jobs: Vec<&str> =
        parsed["jobs"].as_array().unwrap().iter().map(|job| job[0].as_str().unwrap()).collect();
    let expected = [
        "plan", "test-1", "test-2", "test-3", "test-4", "checks", "evaluate", "report", "required",
    ];
    assert_eq!(jobs, expected);
    let steps = |job: usize| parsed["jobs"][job][1].as_u64().unwrap();
    assert!(steps(1) > 10 && steps(1) == steps(4), "the steps of a shard are those of all");
}

#[test]
fn nobody_who_opens_a_pull_request_can_attack_the_workflow() {
    let text = own_workflow();
    let Some(attacks_on_ours) = attacks(&text) else { return };
    assert_eq!(attacks_on_ours, "");
    let title = "run: |\n          echo ${{ github.event.pull_request.title }}";
    let found = attacks(&text.replacen("run: |", title, 1)).unwrap();
    assert!(found.contains("template-injection"), "{found}");
}

/// What a repository with a flake and this cache is told, by GitHub's parser and by what pushes.
#[track_caller]
fn check_cache(url: &str, secret: Option<&str>) {
    let workspace = Workspace::empty();
    workspace.write("domi.toml", &format!("[github]\n[cache]\nurl = \"{url}\"\n"));
    workspace.write("flake.nix", "{ outputs = _: { }; }\n");
    workspace.write("flake.lock", "{ }\n");
    let generated = workspace.command("generate").output().unwrap();
    assert!(generated.status.success(), "{}", said(&generated));
    let text = std::fs::read_to_string(workspace.root.join(FILE)).unwrap();
    let secrets: Vec<&str> = text.split("secrets.").skip(1).collect();
    assert_eq!(secrets.first().map(|rest| rest.split_once(' ').unwrap().0), secret, "{url}");
    assert_eq!(attacks(&text).unwrap_or_default(), "", "{url}");
    let Some(parsed) = parsed(&text) else { return };
    assert_eq!(parsed["errors"], json!([]), "{url}");
    let pushes = parsed["jobs"].as_array().unwrap().iter().any(|job| job[0] == "push");
    assert_eq!(pushes, secret.is_some(), "{url}");
}

#[test]
fn there_is_a_job_that_pushes_where_a_runner_can() {
    check_cache("cachix:ours", Some("CACHIX_AUTH_TOKEN"));
    check_cache("attic:ours/main", Some("ATTIC_TOKEN"));
    check_cache("s3://ours", Some("AWS_ACCESS_KEY_ID"));
    check_cache("file:///srv/cache", None);
}

/// Breaks the workflow of this repository, and looks for what GitHub says of it.
#[track_caller]
fn check_broken(from: &str, to: &str, expected: &str) {
    let text = own_workflow();
    assert!(text.contains(from), "{from}");
    let Some(parsed) = parsed(&text.replacen(from, to, 1)) else { return };
    let errors = parsed["errors"].as_array().unwrap();
    assert!(errors.iter().any(|it| it.as_str().unwrap().contains(expected)), "{errors:?}");
}

#[test]
fn github_refuses_a_workflow_that_is_broken() {
    check_broken("runs-on:", "runs-in:", "Unexpected value 'runs-in'");
    check_broken("github.run_id", "gihtub.run_id", "Unrecognized named-value: 'gihtub'");
    check_broken("fromJSON(needs", "fromJson2(needs", "Unrecognized function: 'fromJson2'");
    check_broken("contents: read", "contents: reed", "Unexpected value 'reed'");
    check_broken("      - plan\n", "      - plam\n", "plam");
    check_broken("timeout-minutes: 30", "timeout-minutes: soon", "soon");
}

/// A workspace on GitHub: a clone of its own with some features, each with one test that needs no
/// machine.
struct Repository {
    workspace: Workspace,
    workflow: Yaml,
    bin: PathBuf,
}

impl Repository {
    fn new(features: &[&str]) -> Self {
        let workspace = Workspace::empty();
        for name in features {
            workspace.feature(name, "cat manifest.json");
            let file = format!("features/{name}/manifest.json");
            workspace.write(&file, &manifest(name, "What to say."));
        }
        // No runner for ARM has KVM, and no shard has two jobs.
        let github = "[github]\nsystems = [\"aarch64-linux\"]\nshard = \"1s\"\n";
        workspace.write("domi.toml", github);
        workspace.write(".gitignore", "/target\n/bin\n/runs\n/report\n/github-*\n");
        // As the alias of a repository does, for the program that is tested here.
        let bin = workspace.root.join("bin");
        let xtask = format!("#!/bin/sh\nshift\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_xtask"));
        workspace.write("bin/cargo-xtask", &xtask);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(bin.join("cargo-xtask"), mode).unwrap();
        let generated = workspace.command("generate").output().unwrap();
        assert!(generated.status.success(), "{}", said(&generated));
        let text = std::fs::read_to_string(workspace.root.join(FILE)).unwrap();
        let workflow = YamlLoader::load_from_str(&text).unwrap().remove(0);
        let repository = Self { workspace, workflow, bin };
        repository.bash("cargo generate-lockfile --offline", &[]);
        repository.git(&["init", "--quiet"]);
        repository.commit();
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.workspace.root.join(path)
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    fn git(&self, words: &[&str]) -> String {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        let mut git = Command::new("git");
        let output = git.args(identity).args(words).current_dir(&self.workspace.root).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits all that is there; returns the commit.
    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "a"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The step of a job that has this name.
    fn step(&self, job: &str, name: &str) -> &Yaml {
        let steps = self.workflow["jobs"][job]["steps"].as_vec().unwrap();
        steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap()
    }

    /// Runs the script of a step as a runner does. What the workflow has for a variable of the step
    /// is replaced by what stands for it.
    fn run(&self, job: &str, name: &str, variables: &[(&str, &str)]) -> Output {
        let step = self.step(job, name);
        let mut names: Vec<&str> = Vec::new();
        for table in [&self.workflow["jobs"][job]["env"], &step["env"]] {
            names.extend(table.as_hash().into_iter().flatten().filter_map(|(key, _)| key.as_str()));
        }
        let given: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let mut sorted = given.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, names, "the variables of {name}");
        self.bash(step["run"].as_str().unwrap(), variables)
    }

    fn bash(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").unwrap();
        Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(&self.workspace.root)
            .env("PATH", format!("{}:{path}", self.bin.display()))
            .env("DOMI_CACHE", self.path("target/cache"))
            .env_remove("CARGO_TARGET_DIR")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", self.path("github-output"))
            .env("GITHUB_ENV", self.path("github-env"))
            .env("GITHUB_STEP_SUMMARY", self.path("github-summary"))
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    /// Takes the plan job; returns its outputs.
    fn plan(&self, base: &str) -> Vec<(String, String)> {
        let _ = std::fs::remove_file(self.path("github-output"));
        let output = self.run("plan", "Plan", &[("BASE", base)]);
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        outputs(&self.text("github-output"))
    }

    /// Takes a shard of a matrix; what it did is where the report job downloads it to.
    fn shard(&self, base: &str, entry: &Value) -> Output {
        let word = |key: &str| entry[key].as_str().unwrap();
        let variables = [
            ("BASE", base),
            ("SYSTEM", word("system")),
            ("BACKEND", word("backend")),
            ("SHARD", word("shard")),
            ("REQUIRE", word("require")),
        ];
        let output = self.run("test-1", "Test", &variables);
        let to = self.path(&format!("runs/run-{}", word("id")));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(self.path("target/domi/runs"), to).unwrap();
        output
    }

    fn report(&self, jobs: &str) -> Output {
        self.run("report", "Merge the runs", &[("BASE", ""), ("JOBS", jobs)])
    }
}

/// What a feature says that is called so.
fn manifest(name: &str, description: &str) -> String {
    GREETING
        .replace("\"name\": \"greeting\"", &format!("\"name\": \"{name}\""))
        .replace("What to say.", description)
        .replace("[\"x86_64-linux\"]", "[\"x86_64-linux\", \"aarch64-linux\"]")
}

/// What a step has told GitHub: `name=value`, or `name<<END`, lines, `END`.
fn outputs(text: &str) -> Vec<(String, String)> {
    let mut lines = text.lines();
    let mut outputs = Vec::new();
    while let Some(line) = lines.next() {
        let (name, value) = match line.split_once("<<") {
            Some((name, end)) => {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                (name, value.join("\n"))
            }
            None => line.split_once('=').map(|(name, value)| (name, value.to_owned())).unwrap(),
        };
        outputs.push((name.to_owned(), value));
    }
    outputs
}

#[track_caller]
fn output<'a>(outputs: &'a [(String, String)], name: &str) -> &'a str {
    &outputs.iter().find(|(key, _)| key == name).unwrap().1
}

fn entries(outputs: &[(String, String)]) -> Vec<Value> {
    let matrix: Value = serde_json::from_str(output(outputs, "matrix-1")).unwrap();
    matrix["include"].as_array().unwrap().clone()
}

#[test]
fn other_services_get_the_matrix_as_json() {
    let workspace = Workspace::with_greeting();
    let printed = workspace.run("matrix --github --system x86_64-linux");
    let (_, rest) = printed.split_once('\n').unwrap();
    let (document, _) = rest.split_once("\n---").unwrap();
    let mut document: Value = serde_json::from_str(document).unwrap();
    let shard = document["matrices"][0]["include"][0].take();
    let expected = json!({
        "schema": "domi.matrix/1", "jobs": 1, "shards": 1, "matrices": [{ "include": [null] }],
    });
    assert_eq!(document, expected, "{printed}");
    assert_eq!(shard["shard"], "1/1", "{printed}");
    assert_eq!(shard["runner"], "ubuntu-24.04", "{printed}");
}

#[test]
fn the_steps_of_a_run_do_all_of_the_plan_and_report_it() {
    let repository = Repository::new(&["first", "second", "third"]);
    let plan = repository.plan("");
    assert_eq!((output(&plan, "jobs"), output(&plan, "shards")), ("3", "3"));
    assert_eq!(output(&plan, "matrix-2"), "");
    let week = output(&plan, "week");
    assert!(week.len() == 7 && week.as_bytes()[4] == b'-', "{week}");
    let entries = entries(&plan);
    assert_eq!(entries[0]["name"], "aarch64-linux portable 1/3, emulated");
    assert_eq!(entries[0]["runner"], "ubuntu-24.04-arm");
    for entry in &entries {
        let output = repository.shard("", entry);
        assert!(output.status.success(), "{}", said(&output));
    }

    let output = repository.report("3");
    assert!(output.status.success(), "{}", said(&output));
    let page = repository.text("report/index.html");
    for feature in ["first", "second", "third"] {
        assert!(page.contains(feature), "{feature}");
    }
    assert!(repository.text("report/junit.xml").contains("tests=\"3\""));
    assert!(repository.text("github-summary").contains("3 passed"));

    let output = repository.run("report", "Update durations", &[("BASE", "")]);
    assert!(output.status.success(), "{}", said(&output));
    let durations = repository.text("target/domi/durations.json");
    let durations: Value = serde_json::from_str(&durations).unwrap();
    assert_eq!(durations.as_object().unwrap().len(), 3, "{durations}");
    // The next plan knows that they all take no time.
    assert_eq!(self::output(&repository.plan(""), "shards"), "1");
}

#[test]
fn a_shard_that_is_lost_is_missed() {
    let repository = Repository::new(&["first", "second"]);
    let plan = repository.plan("");
    let output = repository.shard("", &entries(&plan)[0]);
    assert!(output.status.success(), "{}", said(&output));
    let output = repository.report("2");
    assert!(!output.status.success());
    assert!(said(&output).contains("shard 2 of 2 is missing"), "{}", said(&output));
}

#[test]
fn a_pull_request_runs_what_it_touches_and_says_why() {
    let repository = Repository::new(&["first", "second"]);
    let base = repository.git(&["rev-parse", "HEAD"]);
    let none = repository.plan(&base);
    assert_eq!((output(&none, "jobs"), output(&none, "shards")), ("0", "0"));
    assert_eq!(output(&none, "matrix-1"), "", "GitHub refuses a matrix without entries");

    let changed = manifest("second", "What it says.");
    repository.workspace.write("features/second/manifest.json", &changed);
    repository.commit();
    let plan = repository.plan(&base);
    assert_eq!((output(&plan, "jobs"), output(&plan, "shards")), ("1", "1"));
    let why = repository.run("plan", "Explain", &[("BASE", &base)]);
    assert!(why.status.success(), "{}", said(&why));
    assert!(said(&why).contains("features/second/manifest.json"), "{}", said(&why));

    let ran = repository.shard(&base, &entries(&plan)[0]);
    assert!(ran.status.success(), "{}", said(&ran));
    assert!(said(&ran).contains("second") && !said(&ran).contains("first"), "{}", said(&ran));
    let report = repository.report("1");
    assert!(report.status.success(), "{}", said(&report));
}

#[test]
fn a_runner_without_kvm_is_an_error_before_anything_runs() {
    let repository = Repository::new(&["first"]);
    let script = repository.step("test-1", "Fail without KVM")["run"].as_str().unwrap();
    assert!(script.contains("/dev/kvm"));
    // A device that can be opened stands for KVM that can be used.
    let with = repository.bash(&script.replace("/dev/kvm", "/dev/null"), &[]);
    assert!(with.status.success() && said(&with).is_empty(), "{}", said(&with));
    for kvm in ["/dev/no-such-kvm", "/dev"] {
        let without = repository.bash(&script.replace("/dev/kvm", kvm), &[]);
        assert!(!without.status.success());
        let said = said(&without);
        assert!(said.starts_with(&format!("::error title=No KVM::{kvm} cannot be")), "{said}");
        assert!(!Path::new("/dev/no-such-kvm").exists(), "looking for KVM makes none");
    }
}

/// What the last check says of jobs that ended so.
#[track_caller]
fn check_required(results: &str, good: bool) {
    let repository = Repository::new(&[]);
    let name = "Check the results of all jobs";
    let output = repository.run("required", name, &[("RESULTS", results)]);
    assert_eq!(output.status.success(), good, "{}", said(&output));
    assert_eq!(said(&output).contains("::error::"), !good, "{}", said(&output));
}

#[test]
fn the_last_check_is_green_only_when_all_ran_that_had_to() {
    check_required("plan success true\ntest-1 success true\ntest-2 skipped false", true);
    check_required("plan success true\ntest-1 skipped true", false);
    check_required("plan failure true\ntest-1 skipped false", false);
    check_required("plan success true\nchecks cancelled true", false);
    check_required("plan success true\ntest-1 failure false", false);
    check_required("plan", false);
}

#[test]
fn a_repository_that_does_not_ask_for_a_workflow_gets_none() {
    let repository = Repository::new(&["first"]);
    repository.workspace.write("domi.toml", "");
    let output = repository.workspace.command("generate --check").output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    let output = repository.workspace.command("generate").output().unwrap();
    assert!(said(&output).contains(&format!("remove {FILE}")), "{}", said(&output));
    assert!(!repository.path(".github").exists());
}
