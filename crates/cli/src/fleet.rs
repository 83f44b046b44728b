//! What all that look at a fleet have in common.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use domi_fleet::{Features, Fleet};
use domi_fleet_files::{Loaded, NO_SUCH, Projected, Wanted, load_changed};
use domi_model::{Platform, Problem, Severity};

use crate::codes::LIKE_A_PROFILE;
use crate::request::FleetRequest;
use crate::spelling;

/// A fleet, and all that follows from it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) fleet: Fleet,
    /// What is wrong with its files, whatever features there are.
    pub(crate) problems: Vec<Problem>,
    pub(crate) projected: Projected,
}

/// All files of a fleet, and what is wrong with each and between them.
pub(crate) fn files(request: &FleetRequest) -> Loaded {
    let mut loaded = domi_fleet_files::load(&request.root, Wanted::All);
    loaded.problems.extend(loaded.fleet.check());
    loaded
}

/// The fleet with other texts of files, by their paths from its root, and the errors in each and between them.
pub(crate) fn changed(request: &FleetRequest, texts: &BTreeMap<String, Option<String>>) -> Loaded {
    let mut loaded = load_changed(&request.root, texts);
    loaded.problems.extend(loaded.fleet.check());
    loaded.problems.retain(|problem| problem.severity == Severity::Error);
    loaded
}

/// A host that is asked for and is none of those in use.
pub(crate) fn no_host<'a>(
    subject: impl Into<String>,
    name: &str,
    hosts: impl Iterator<Item = &'a str>,
) -> Problem {
    let problem = Problem::error(NO_SUCH, subject, "there is no such host in use");
    match spelling::closest(name, hosts) {
        Some(close) => problem.next(format!("did you mean `{close}`?")),
        None => problem.next("`fleet hosts` lists them"),
    }
}

/// The systems of the hosts that tests of policies are about.
pub(crate) fn tested(fleet: &Fleet) -> BTreeSet<Platform> {
    let policies = fleet.policies.values().filter(|policy| policy.about.is_current());
    let hosts = policies.flat_map(|policy| &policy.tests).filter_map(|test| test.host.as_ref());
    let hosts = hosts.filter_map(|host| fleet.hosts.get(&host.name));
    hosts.filter(|host| host.about.is_current()).map(|host| host.system).collect()
}

impl Known {
    /// What follows from files. `features` are those that the fleet is asked to know.
    pub(crate) fn of(loaded: Loaded, request: &FleetRequest, features: &Features) -> Self {
        let Loaded { fleet, mut problems } = loaded;
        if request.wanted {
            problems.extend(like_profiles(&fleet, &request.workspace));
        }
        let projected = domi_fleet_files::project(&fleet, features);
        Self { fleet, problems, projected }
    }

    /// Everything that is wrong.
    pub(crate) fn problems(&self, request: &FleetRequest) -> Vec<Problem> {
        let all = self.problems.iter().chain(&self.projected.problems).cloned();
        placed(all.chain(self.projected.unmet(&self.fleet)).collect(), request)
    }

    /// What keeps anything from being made of it. Warnings are `fleet check`'s part.
    pub(crate) fn errors(&self, request: &FleetRequest) -> Vec<Problem> {
        let mut problems = self.problems(request);
        problems.retain(|problem| problem.severity == Severity::Error);
        problems
    }
}

/// Problems whose places are from the workspace's root, so that they can be opened from there.
pub(crate) fn placed(problems: Vec<Problem>, request: &FleetRequest) -> Vec<Problem> {
    let mut problems = located(problems, |file| request.shown(file));
    problems.sort_by(|a, b| (&a.place, a.code, &a.subject).cmp(&(&b.place, b.code, &b.subject)));
    problems
}

/// Problems whose files are named in another way.
pub(crate) fn located(mut problems: Vec<Problem>, name: impl Fn(&str) -> String) -> Vec<Problem> {
    for Problem { place, subject, .. } in &mut problems {
        match place {
            Some(place) => {
                let file = name(&place.file);
                if *subject == place.file {
                    subject.clone_from(&file);
                }
                place.file = file;
            }
            // It is about a file or folder as a whole.
            None => *subject = name(subject),
        }
    }
    problems
}

/// The profiles of the trunk, by name.
pub(crate) fn profiles(workspace: &Utf8Path) -> impl Iterator<Item = String> {
    let folder = workspace.join("systems/profiles");
    let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
    entries.filter_map(|entry| Some(entry.file_name().strip_suffix(".nix")?.to_owned()))
}

/// The system of the flake that is made of a profile.
pub(crate) fn of_profile(profile: &str, system: Platform) -> String {
    match system {
        Platform::X86_64Linux => profile.to_owned(),
        _ => format!("{profile}-{}", system.as_str()),
    }
}

/// Hosts whose system of the flake would have the name of another one.
fn like_profiles(fleet: &Fleet, workspace: &Utf8Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    for profile in profiles(workspace) {
        for name in Platform::ALL.map(|system| of_profile(&profile, system)) {
            let host = fleet.hosts.get(&name).filter(|host| host.about.is_current());
            problems.extend(host.map(|host| {
                let message =
                    format!("the profile `{profile}` makes a system of this name already");
                let problem = Problem::error(LIKE_A_PROFILE, &name, message).at(host.about.at(1));
                problem.next("give the host another name")
            }));
        }
    }
    problems
}
