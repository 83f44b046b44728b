//! Looks at a repository for the guide. Nothing is built, and nothing is changed.

use std::path::Path;

use camino::Utf8Path;
use domi_fleet::{Features, Fleet, KINDS, State};
use domi_host::command::shell_word;
use domi_model::{Manifest, Severity};
use domi_plugin::{Feature, Workspace};
use toml_edit::DocumentMut;

use super::super::{generate, new, show};
use super::picture::{FleetFacts, Generated, Git, Known, Picture, Place, Sdk};
use crate::codes::{NO_ROOT, UNUSABLE};
use crate::config::{self, Config};
use crate::context::{Context, Loaded, words};
use crate::failure::{Failure, Result, in_a_line};
use crate::git;
use crate::released::tags::{self, Tags};
use crate::request::{FleetRequest, GenerateRequest};
use crate::start::Start;
use crate::{fleet, runs};

/// Files and folders that say what a service runs for each change.
const CI: [&str; 7] = [
    ".github/workflows",
    ".gitlab-ci.yml",
    ".forgejo/workflows",
    ".gitea/workflows",
    ".woodpecker.yml",
    ".woodpecker",
    ".circleci/config.yml",
];

/// The repository around the current folder.
pub(super) fn look(start: &Start) -> Result<Picture> {
    let program = words().next().unwrap_or_default();
    let mut picture = Picture { program: shell_word(&program), ..Picture::default() };
    let (context, config) = match start.project() {
        Ok(project) => project,
        Err(failure) => {
            picture.place = no_workspace(failure)?;
            return Ok(picture);
        }
    };
    match context.workspace() {
        Ok(workspace) => {
            picture.place = Place::Workspace;
            whole(context, config, &workspace, &mut picture)?;
        }
        Err(failure) => picture.place = no_workspace(failure)?,
    }
    Ok(picture)
}

/// What a folder is where no workspace can be had.
fn no_workspace(failure: Failure) -> Result<Place> {
    let Failure::Problems { problems, .. } = &failure else { return Err(failure) };
    let has = |code| problems.iter().any(|it| it.problem.code == code);
    if has(UNUSABLE) {
        return Err(failure);
    }
    if has(NO_ROOT) {
        let mut entries = std::fs::read_dir(".")?;
        return Ok(if entries.next().is_none() { Place::Empty } else { Place::Other });
    }
    Ok(Place::Unreadable(failure.said()))
}

fn whole(
    context: &Context,
    config: &Config,
    workspace: &Workspace,
    picture: &mut Picture,
) -> Result<()> {
    let root = &*workspace.root;
    picture.sdk = sdk(root);
    picture.features = workspace.features.iter().map(|it| it.name.clone()).collect();
    picture.has_config = root.join(config::FILE).exists();
    picture.has_flake = root.join("flake.nix").exists();
    let there = |it: &&&str| match root.join(it).read_dir_utf8() {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => root.join(it).is_file(),
    };
    picture.ci = CI.iter().find(there).map(|it| (*it).to_owned());
    let request = GenerateRequest::new(root, config);
    let (git, loaded) = std::thread::scope(|scope| {
        let git = scope.spawn(|| git(context, workspace));
        let loaded = context.load_up_to_date(workspace);
        (git.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), loaded)
    });
    let (git, tags) = git?;
    picture.git = git;
    let (Loaded { features, errors }, not_built) = loaded?;
    context.interrupt.check()?;
    picture.not_built = not_built;
    picture.wrong = errors.iter().map(in_a_line).collect();
    picture.known = known(&features, &runs::folder(&workspace.target), tags.as_ref());
    let is_whole = picture.not_built.is_empty() && picture.wrong.is_empty();
    picture.fleet = fleet_facts(&request.fleet, &features, is_whole);
    // Nothing is made from a fleet that is wrong, or whose folder is still to come.
    let is_wanted = picture.fleet.is_some();
    let is_wrong = picture.fleet.as_ref().is_some_and(|it| !it.wrong.is_empty());
    if is_whole && !is_wrong && (!is_wanted || request.fleet.root.is_dir()) {
        picture.generated = generated(context, &request, workspace, features)?;
    }
    Ok(())
}

fn sdk(root: &Utf8Path) -> Sdk {
    let text = std::fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let document: DocumentMut = text.parse().unwrap_or_default();
    let table = document.get("workspace").and_then(|it| it.get("dependencies"));
    if new::has_sdk(&document) {
        Sdk::There
    } else if table.is_some() {
        Sdk::NotInTable
    } else {
        Sdk::NoTable
    }
}

fn generated(
    context: &Context,
    request: &GenerateRequest,
    workspace: &Workspace,
    features: Vec<Feature>,
) -> Result<Generated> {
    match generate::Looked::at(context, request, workspace, features, true) {
        Ok(looked) => Ok(match looked.stale() {
            (files, stale) if stale.is_empty() => Generated::Fresh(files),
            (_, stale) => Generated::Stale(stale.into_iter().map(str::to_owned).collect()),
        }),
        Err(failure @ Failure::Problems { .. }) => Ok(Generated::Refused(failure.said())),
        Err(failure) => Err(failure),
    }
}

/// By the runs that are known here, and the tags.
fn known(features: &[Feature], runs: &Path, tags: Option<&Tags>) -> Vec<Known> {
    let (_, last) = show::last_verdicts(runs);
    let of = |Feature { manifest, folder, .. }: &Feature| {
        let Manifest { feature, tests, .. } = manifest;
        let mut known = Known {
            name: feature.name.clone(),
            folder: folder.to_string(),
            tests: tests.len(),
            is_released: tags.is_some_and(|tags| tags.last(feature).is_some()),
            ..Known::default()
        };
        for system in &feature.platforms {
            let side = usize::from(Some(*system) != domi_runner::host_system());
            for test in tests {
                let key = [&*feature.name, &*test.name, system.as_str()].map(str::to_owned);
                match last.get(&key) {
                    Some(verdict) if verdict.has_passed() => {}
                    Some(verdict) if verdict.has_failed() => {
                        known.bad[side].push(test.name.clone());
                    }
                    _ => known.open[side] += 1,
                }
            }
        }
        known
    };
    features.iter().map(of).collect()
}

/// What git says of the workspace, and the tags of a repository.
fn git(context: &Context, workspace: &Workspace) -> Result<(Git, Option<Tags>)> {
    let repository = git::Git { root: &workspace.root, interrupt: &context.interrupt };
    let git = |words: &[&str]| {
        repository.program().env("LC_ALL", "C").args(words).run(&context.interrupt)
    };
    let words = ["--no-optional-locks", "status", "--porcelain=v2", "--branch", "--", "."];
    let status = match git(&words) {
        Ok(status) => status,
        Err(error) if error.is_missing() => return Ok((Git::Missing, None)),
        Err(error) => return Err(error.into()),
    };
    if !status.success() {
        let said = String::from_utf8_lossy(&status.stderr).trim().to_owned();
        let none = said.contains("not a git repository");
        return Ok((if none { Git::None } else { Git::Refuses(said) }, None));
    }
    let text = String::from_utf8_lossy(&status.stdout);
    let target = workspace.target.strip_prefix(&workspace.root).ok();
    let untracked = target.map(|it| format!("? {it}/"));
    let is_target = |line: &str| untracked.as_deref() == Some(line);
    let tags = tags::all(&repository)?;
    let repository = Git::Repository {
        has_commit: !text.lines().any(|line| line == "# branch.oid (initial)"),
        changed: text.lines().filter(|line| !line.starts_with('#')).count(),
        target: target.filter(|_| text.lines().any(is_target)).map(ToString::to_string),
    };
    Ok((repository, Some(tags)))
}

/// The fleet, where `domi.toml` says that there is one, or its folders are there. Of features it is
/// asked only where all of them are known.
fn fleet_facts(request: &FleetRequest, features: &[Feature], whole: bool) -> Option<FleetFacts> {
    let has_folder = KINDS.iter().any(|kind| request.root.join(kind.folder()).is_dir());
    if !request.wanted && !has_folder {
        return None;
    }
    if !request.root.is_dir() {
        return Some(FleetFacts {
            folder: request.shown(""),
            fleet: Fleet::default(),
            wrong: Vec::new(),
            without_feature: Some(Vec::new()),
            unrecorded: Ok(0),
        });
    }
    let loaded = fleet::files(request);
    let (fleet, problems, without_feature) = if whole {
        let features: Features = features.iter().map(|it| it.manifest.clone()).collect();
        let known = fleet::Known::of(loaded, request, &features);
        let problems = known.problems(request);
        let bare = known.projected.hosts.iter().filter(|host| host.features.is_empty());
        let bare = bare.map(|host| host.name.clone()).collect();
        (known.fleet, problems, Some(bare))
    } else {
        (loaded.fleet, fleet::placed(loaded.problems, request), None)
    };
    let wrong =
        problems.iter().filter(|it| it.severity == Severity::Error).map(in_a_line).collect();
    let unrecorded = match domi_fleet_log::read(&request.root) {
        Ok(log) => Ok(domi_fleet_log::verify(&log, &State::of(&fleet)).len()),
        Err(problem) => Err(in_a_line(&problem)),
    };
    Some(FleetFacts { folder: request.shown(""), fleet, wrong, without_feature, unrecorded })
}
