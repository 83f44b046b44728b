//! A workspace on GitHub, whose workflow is run as a runner would.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::github::FILE;
use crate::workspace::output::said;
use crate::workspace::{Workspace, git, greetings};

/// A workspace on GitHub: a clone of its own with some features, each with one test that needs no
/// machine.
pub(crate) struct Repository {
    pub(crate) workspace: Workspace,
    workflow: Yaml,
    bin: PathBuf,
}

impl Repository {
    pub(crate) fn new(features: &[&str]) -> Self {
        Self::with(features, "")
    }

    /// One that says more in its domi.toml.
    pub(crate) fn with(features: &[&str], more: &str) -> Self {
        let workspace = Workspace::empty();
        greetings::add(&workspace, features);
        // No runner for ARM has KVM, and no shard has two jobs.
        let github = "[github]\nsystems = [\"aarch64-linux\"]\nshard = \"1s\"\n";
        workspace.write("domi.toml", &format!("{github}{more}"));
        workspace.write(".gitignore", "/target\n/bin\n/runs\n/report\n/github-*\n");
        // As the alias of a repository does, for the program that is tested here.
        let bin = workspace.root.join("bin");
        let xtask = format!("#!/bin/sh\nshift\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_xtask"));
        workspace.write("bin/cargo-xtask", &xtask);
        let mode: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(bin.join("cargo-xtask"), mode.clone()).unwrap();
        // A runner's systemd gives a cgroup away; what runs in it is the same.
        workspace.write(
            "bin/systemd-run",
            "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"\n",
        );
        std::fs::set_permissions(bin.join("systemd-run"), mode).unwrap();
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

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.workspace.root.join(path)
    }

    pub(crate) fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    pub(crate) fn git(&self, words: &[&str]) -> String {
        git::git_in(&self.workspace.root, words)
    }

    /// Commits all that is there; returns the commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "a"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The step of a job that has this name.
    pub(crate) fn step(&self, job: &str, name: &str) -> &Yaml {
        let steps = self.workflow["jobs"][job]["steps"].as_vec().unwrap();
        steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap()
    }

    /// Runs the script of a step as a runner does. What the workflow has for a variable of the step
    /// is replaced by what stands for it.
    pub(crate) fn run(&self, job: &str, name: &str, variables: &[(&str, &str)]) -> Output {
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

    pub(crate) fn bash(&self, script: &str, variables: &[(&str, &str)]) -> Output {
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
    pub(crate) fn plan(&self, base: &str) -> Vec<(String, String)> {
        let _ = std::fs::remove_file(self.path("github-output"));
        let output = self.run("plan", "Plan", &[("BASE", base)]);
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        outputs(&self.text("github-output"))
    }

    /// Takes a shard of a matrix; what it did is where the report job downloads it to.
    pub(crate) fn shard(&self, base: &str, entry: &Value) -> Output {
        let word = |key: &str| entry[key].as_str().unwrap();
        let containers = entry["containers"].to_string();
        let mut variables = vec![
            ("BASE", base),
            ("SYSTEM", word("system")),
            ("BACKEND", word("backend")),
            ("SHARD", word("shard")),
            ("REQUIRE", word("require")),
        ];
        if self.step("test-1", "Test")["env"]["CONTAINERS"].as_str().is_some() {
            variables.push(("CONTAINERS", &containers));
        }
        let output = self.run("test-1", "Test", &variables);
        let to = self.path(&format!("runs/run-{}", word("id")));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(self.path("target/domi/runs"), to).unwrap();
        output
    }

    pub(crate) fn report(&self, jobs: &str) -> Output {
        self.run("report", "Merge the runs", &[("BASE", ""), ("JOBS", jobs)])
    }
}

/// What a step has told GitHub: `name=value`, or `name<<END`, lines, `END`.
pub(crate) fn outputs(text: &str) -> Vec<(String, String)> {
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
pub(crate) fn output_of<'a>(outputs: &'a [(String, String)], name: &str) -> &'a str {
    &outputs.iter().find(|(key, _)| key == name).unwrap().1
}

pub(crate) fn entries(outputs: &[(String, String)]) -> Vec<Value> {
    let matrix: Value = serde_json::from_str(output_of(outputs, "matrix-1")).unwrap();
    matrix["include"].as_array().unwrap().clone()
}
