//! The workflow that updates the lock, whose steps are run as a runner would. git and jq are the real ones. For Nix
//! stands a program that makes another lock, and for GitHub's command one that notes what it is told.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use yaml_rust2::{Yaml, YamlLoader};

use crate::github::repository::{output_of, outputs};
use crate::workspace::Workspace;
use crate::workspace::git::git_in;
use crate::workspace::output::said;

const FILE: &str = ".github/workflows/update-flake-lock.yml";
const BRANCH: &str = "domi/update-flake-lock";

/// A repository with a lock, cloned from another one.
struct Repository {
    workspace: Workspace,
    workflow: Yaml,
}

/// The text of a lock whose input was last changed on a day since 1970.
fn lock(day: u64, rev: &str) -> String {
    let locked = json!({ "lastModified": day * 86_400, "rev": rev, "narHash": "sha256-a" });
    let nodes = json!({
        "root": { "inputs": { "nixpkgs": "nixpkgs" } },
        "nixpkgs": { "locked": locked },
    });
    json!({ "nodes": nodes, "root": "root", "version": 7 }).to_string()
}

impl Repository {
    fn new() -> Self {
        let workspace = Workspace::empty();
        workspace.write("domi.toml", "[github]\nupdate = true\n");
        workspace.write(".gitignore", "/target\n/bin\n/origin\n/update\n/github-*\n/new.lock\n");
        workspace.write("flake.nix", "{ outputs = _: { }; }\n");
        workspace.write("flake.lock", &lock(20_000, "aaaaaaaaaaaaaaaa"));
        let program = |name: &str, script: &str| {
            workspace.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(workspace.root.join("bin").join(name), mode).unwrap();
        };
        program("nix", "[ \"$*\" = 'flake update' ] || exit 9\ncp new.lock flake.lock");
        program(
            "gh",
            "echo \"$*\" >> github-told\n\
             case \"$1 $2\" in 'pr list') if [ -e github-open ]; then cat github-open; fi;; esac",
        );
        let generated = workspace.command("generate").output().unwrap();
        assert!(generated.status.success(), "{}", said(&generated));
        let text = fs::read_to_string(workspace.root.join(FILE)).unwrap();
        let workflow = YamlLoader::load_from_str(&text).unwrap().remove(0);
        let repository = Self { workspace, workflow };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "--message", "a"]);
        repository.git(&["clone", "--quiet", "--bare", ".", "origin"]);
        repository.git(&["remote", "add", "origin", "./origin"]);
        repository
    }

    fn git(&self, words: &[&str]) -> String {
        git_in(&self.workspace.root, words)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.workspace.root.join(path)).unwrap_or_default()
    }

    /// Runs a step that has a script.
    fn run(&self, job: &str, name: &str) -> Output {
        let root = &self.workspace.root;
        let steps = self.workflow["jobs"][job]["steps"].as_vec().unwrap();
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap();
        let path = format!("{}:{}", root.join("bin").display(), std::env::var("PATH").unwrap());
        let mut bash = Command::new("bash");
        for (name, value) in step["env"].as_hash().into_iter().flatten() {
            bash.env(name.as_str().unwrap(), value.as_str().unwrap());
        }
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()])
            .current_dir(root)
            .env("PATH", path)
            .env("GITHUB_OUTPUT", root.join("github-output"))
            .env("GITHUB_STEP_SUMMARY", root.join("github-summary"))
            .output()
            .unwrap()
    }

    /// Takes the first job, where Nix would make this lock. Returns whether it is another one.
    fn update(&self, new: &str) -> bool {
        self.workspace.write("new.lock", new);
        let root = &self.workspace.root;
        let _ = fs::remove_file(root.join("github-output"));
        let _ = fs::remove_dir_all(root.join("update"));
        let output = self.run("lock", "Update");
        assert!(output.status.success(), "{}", said(&output));
        // The next job has a checkout of its own.
        self.git(&["checkout", "--quiet", "--force", "main"]);
        output_of(&outputs(&self.text("github-output")), "changed") == "true"
    }

    /// Takes the second job; returns what GitHub was told.
    fn propose(&self) -> (Vec<String>, String) {
        let root = &self.workspace.root;
        let _ = fs::remove_file(root.join("github-told"));
        let output = self.run("propose", "Propose");
        assert!(output.status.success(), "{}", said(&output));
        self.git(&["checkout", "--quiet", "main"]);
        let _ = Command::new("git").args(["branch", "-D", BRANCH]).current_dir(root).output();
        (self.text("github-told").lines().map(str::to_owned).collect(), said(&output))
    }

    /// What a file is on the branch, where it was pushed to.
    fn pushed(&self, file: &str) -> String {
        git_in(&self.workspace.root.join("origin"), &["show", &format!("{BRANCH}:{file}")])
    }
}

#[test]
fn a_lock_that_is_new_already_is_left_alone() {
    let repository = Repository::new();
    assert!(!repository.update(&lock(20_000, "aaaaaaaaaaaaaaaa")));
    assert!(!repository.workspace.root.join("update").exists());
}

#[test]
fn a_new_lock_is_tested_and_proposed_with_what_changed() {
    let repository = Repository::new();
    let new = lock(20_100, "bbbbbbbbbbbbbbbb");
    assert!(repository.update(&new));
    let body = repository.text("update/body.md");
    let row = "| `nixpkgs` | 2024-10-04 aaaaaaaaaaa | 2025-01-12 bbbbbbbbbbb |";
    assert!(body.contains(row), "{body}");
    assert_eq!(body, repository.text("github-summary"));
    let (told, _) = repository.propose();
    let expected = [
        "auth setup-git".to_owned(),
        format!("workflow run ci.yml --ref {BRANCH}"),
        format!("pr list --state open --base main --head {BRANCH} --json number --jq .[].number"),
        format!(
            "pr create --base main --head {BRANCH} --title Update flake.lock --body-file update/body.md"
        ),
    ];
    assert_eq!(told, expected);
    assert_eq!(repository.pushed("flake.lock"), new);
    let origin = repository.workspace.root.join("origin");
    let changed = git_in(&origin, &["diff", "--name-only", "main", BRANCH]);
    assert_eq!(changed, "flake.lock", "the update is a commit of its own");
    assert_eq!(git_in(&origin, &["rev-list", "--count", &format!("main..{BRANCH}")]), "1");
}

#[test]
fn an_open_pull_request_gets_the_newer_lock() {
    let repository = Repository::new();
    assert!(repository.update(&lock(20_100, "bbbbbbbbbbbbbbbb")));
    repository.propose();
    repository.workspace.write("github-open", "7\n");
    let newer = lock(20_107, "cccccccccccccccc");
    assert!(repository.update(&newer));
    let (told, _) = repository.propose();
    assert_eq!(told.last().unwrap(), "pr edit 7 --body-file update/body.md");
    assert!(told.contains(&format!("workflow run ci.yml --ref {BRANCH}")), "{told:?}");
    assert_eq!(repository.pushed("flake.lock"), newer);
}

#[test]
fn what_a_person_has_committed_to_the_branch_is_never_overwritten() {
    for how in [&["--message", "follow nixpkgs"][..], &["--amend", "--no-edit"]] {
        let repository = Repository::new();
        let first = lock(20_100, "bbbbbbbbbbbbbbbb");
        assert!(repository.update(&first));
        repository.propose();
        repository.git(&["fetch", "--quiet", "origin", BRANCH]);
        repository.git(&["checkout", "--quiet", "FETCH_HEAD"]);
        repository.workspace.write("flake.nix", "{ outputs = _: { fixed = 1; }; }\n");
        repository.git(&[&["commit", "--quiet", "--all"], how].concat());
        let to = format!("+HEAD:refs/heads/{BRANCH}");
        repository.git(&["push", "--quiet", "origin", &to]);
        repository.git(&["checkout", "--quiet", "main"]);
        assert!(repository.update(&lock(20_107, "cccccccccccccccc")));
        let (told, said) = repository.propose();
        assert_eq!(told, ["auth setup-git"], "{how:?}");
        assert!(said.contains("::warning title=Not updated::"), "{said}");
        assert_eq!(repository.pushed("flake.lock"), first);
        assert!(repository.pushed("flake.nix").contains("fixed"));
    }
}

#[test]
fn only_the_job_that_proposes_may_write_and_it_runs_no_nix() {
    let repository = Repository::new();
    let jobs = &repository.workflow["jobs"];
    assert!(jobs["lock"]["permissions"].is_badvalue());
    assert_eq!(repository.workflow["permissions"]["contents"].as_str(), Some("read"));
    let writes = jobs["propose"]["permissions"].as_hash().unwrap();
    let writes: Vec<&str> = writes.keys().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(writes, ["actions", "contents", "pull-requests"]);
    let mut text = String::new();
    yaml_rust2::YamlEmitter::new(&mut text).dump(&jobs["propose"]).unwrap();
    assert!(!text.contains("nix flake") && !text.contains("cargo"), "{text}");
}

#[test]
fn without_a_lock_there_is_nothing_to_update_and_that_is_said() {
    let workspace = Workspace::empty();
    workspace.write("domi.toml", "[github]\nupdate = true\n");
    let output = workspace.command("generate").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("`github.update` is true, and there is no flake.nix"));
    assert!(!Path::new(&workspace.root.join(".github")).exists());
    // Nobody who does not ask for it gets it.
    workspace.write("domi.toml", "[github]\n");
    assert!(workspace.command("generate").output().unwrap().status.success());
    assert!(!workspace.root.join(FILE).exists());
}
