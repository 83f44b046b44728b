//! Who depends on a feature that is to be removed.

use camino::Utf8Path;
use domi_model::Problem;
use domi_plugin::{Feature, FeatureCrate, Workspace};

use super::super::generate::ours::is_ours;
use super::super::show::Fleet;
use crate::codes::NOT_REMOVED;
use crate::relations::{How, relations};
use crate::request::GenerateRequest;

/// Everything that depends on it: features, crates, and hosts of the fleet.
pub(super) fn of(
    request: &GenerateRequest,
    workspace: &Workspace,
    features: &[Feature],
    feature: &FeatureCrate,
) -> Vec<Problem> {
    let name = &*feature.name;
    let problem =
        |message: String, next: String| Problem::error(NOT_REMOVED, name, message).next(next);
    let mut problems = Vec::new();
    let relations = relations(workspace, features);
    for it in relations.iter().filter(|it| it.to == name && it.from != name) {
        if !it.how.is_dependency() || it.how == How::BuiltFrom {
            continue;
        }
        let place = it.place.as_ref().map(|place| format!(", at {place}")).unwrap_or_default();
        let message = format!("{} {} it{place}", it.from, it.words());
        problems.push(problem(message, format!("change {} first", it.from)));
    }
    for (package, file) in dependents(workspace, feature) {
        let message = format!("the crate {package} depends on its crate, in {file}");
        problems.push(problem(message, format!("take it out of {file} first")));
    }
    let own = features.iter().find(|it| it.manifest.feature.name == name);
    if let Some(own) = own.filter(|_| request.fleet.wanted) {
        match Fleet::read(&request.fleet, &own.manifest).hosts() {
            Ok(hosts) => problems.extend(hosts.map(|host| {
                problem(
                    format!("the host {host} of the fleet has it"),
                    format!("change {host} first"),
                )
            })),
            Err(()) => problems.push(problem(
                "the files of the fleet are wrong, so that nobody knows which hosts have it"
                    .to_owned(),
                "run `cargo xtask fleet check`".to_owned(),
            )),
        }
    }
    problems
}

/// The crates that depend on its crate, each with the `Cargo.toml` that says so.
pub(crate) fn dependents(workspace: &Workspace, feature: &FeatureCrate) -> Vec<(String, String)> {
    let depends = |path: &Utf8Path| path == feature.folder;
    let mut found = Vec::new();
    for package in workspace.metadata.workspace_packages() {
        let own = package.manifest_path.parent() == Some(&*feature.folder);
        if !own && package.dependencies.iter().any(|it| it.path.as_deref().is_some_and(depends)) {
            let file = package.manifest_path.strip_prefix(&workspace.root);
            let file = file.unwrap_or(&package.manifest_path);
            found.push((package.name.to_string(), file.to_string()));
        }
    }
    found
}

/// Whether a line has a name as a word.
pub(crate) fn has_word(line: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    line.split(|c| !is_part(c)).any(|word| word == name)
}

/// Where files that people write for the whole workspace have the name as a word. They may mean
/// something else by it.
pub(super) fn named(root: &Utf8Path, name: &str) -> Vec<String> {
    let mut files = vec![root.join("domi.toml"), root.join("quarantine.toml")];
    for folder in ["systems", "vm"] {
        let entries = walkdir::WalkDir::new(root.join(folder)).sort_by_file_name();
        let entries = entries.into_iter().flatten().filter(|entry| entry.file_type().is_file());
        files.extend(entries.filter_map(|entry| entry.into_path().try_into().ok()));
    }
    let mut lines = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if is_ours(&file, text.as_bytes()) {
            continue;
        }
        let path = file.strip_prefix(root).unwrap_or(&file);
        let found = text.lines().enumerate().find(|(_, line)| has_word(line, name));
        lines.extend(found.map(|(nth, _)| format!("{path}:{} has the word {name}", nth + 1)));
    }
    lines
}
