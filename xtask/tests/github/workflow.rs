//! The workflow as GitHub's own parser reads it, and as somebody who attacks it would.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::github::FILE;
use crate::workspace::Workspace;
use crate::workspace::output::said;

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

/// Every workflow of this repository, with the names of its jobs.
#[test]
fn github_reads_every_workflow_of_this_repository_and_nobody_can_attack_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/workflows");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.collect();
    files.sort();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(attacks(&text).unwrap_or_default(), "", "{}", file.display());
        let Some(parsed) = parsed(&text) else { continue };
        assert_eq!(parsed["errors"], json!([]), "{}", file.display());
        assert_ne!(parsed["jobs"], json!([]), "{}", file.display());
    }
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
