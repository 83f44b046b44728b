//! What a machine gets of the features that are to be on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domi_debian::Distribution;
use domi_event::Body;
use domi_model::{Machine, Platform, Problem, Value};
use domi_plugin::Feature;
use domi_portable_system::{Case, NoSystem, Provision, add_alone, alone};
use domi_realise::set;
use domi_runner::{Beside, Reporter, Unable};

use crate::Exit;
use crate::codes::NOT_ON_MACHINE;
use crate::context::{Context, not_for, unknown};
use crate::failure::Result;
use crate::programs;

/// What a machine gets, but for programs of the workspace: these are built once nothing is wrong.
pub(super) struct Provided {
    provision: Provision,
    features: Vec<Feature>,
}

impl Provided {
    /// With the programs, built for a system of this release.
    pub(super) fn with_programs(
        mut self,
        context: &Context,
        system: Platform,
        distribution: &Distribution,
    ) -> Result<Provision> {
        let builds = programs::builds(context, distribution)?;
        let manifests = self.features.iter().map(|it| &it.manifest);
        match add_alone(&mut self.provision, manifests, system, &*builds, &heard()) {
            Ok(()) => Ok(self.provision),
            Err(none) => Err(context.problems(Exit::Feature, refusals(none)?)),
        }
    }
}

/// What is asked for.
pub(super) struct Wanted<'a> {
    /// The name of the machine.
    pub(super) name: &'a str,
    pub(super) features: &'a [String],
    /// The settings of each feature; without any, what must be set is what tests together have.
    pub(super) settings: Option<&'a BTreeMap<String, BTreeMap<String, Value>>>,
    /// Options that are set beside that, as `feature.option=value`.
    pub(super) set: &'a [String],
    pub(super) system: Platform,
}

/// What the features and those that they require come to, with what is set; nothing without
/// features. What is wrong with the command line is added to the problems; what the features refuse
/// is given back.
pub(super) fn provide(
    context: &Context,
    wanted: &Wanted<'_>,
    problems: &mut Vec<Problem>,
) -> Result<(Option<Provided>, Vec<Problem>)> {
    let Wanted { name, features: names, set, system, .. } = *wanted;
    let nobody = if names.is_empty() { Vec::new() } else { unknown(&context.workspace()?, names) };
    if !nobody.is_empty() {
        problems.extend(nobody);
        return Ok((None, Vec::new()));
    }
    let features = load(context, names)?;
    let unfit = features.iter().filter(|it| !it.manifest.feature.platforms.contains(&system));
    problems.extend(unfit.map(|it| not_for(&it.manifest.feature, system)));
    let mut settings: BTreeMap<String, BTreeMap<String, Value>> = features
        .iter()
        .map(|it| (it.manifest.feature.name.clone(), it.manifest.least_settings()))
        .collect();
    settings.extend(wanted.settings.cloned().unwrap_or_default());
    let mut are_set = true;
    for text in set {
        if let Err(wrong) = apply(text, &features, &mut settings) {
            are_set = false;
            problems.extend(wrong);
        }
    }
    let Some((first, others)) = features.split_first().filter(|_| are_set) else {
        return Ok((None, Vec::new()));
    };
    let own = |feature: &Feature| settings[&*feature.manifest.feature.name].clone();
    let beside = |feature: &Feature| Beside {
        manifest: Arc::new(feature.manifest.clone()),
        crate_dir: feature.folder.clone().into_std_path_buf(),
        settings: own(feature),
        only_on: None,
    };
    let beside: Vec<Beside> = others.iter().map(beside).collect();
    let case = Case {
        manifest: &first.manifest,
        previous: None,
        set: &[],
        beside: &beside,
        driven: false,
    };
    let machine = Machine { settings: own(first), ..Machine::default() };
    match alone(&case, name, &machine) {
        Ok(provision) => {
            for warning in &provision.warnings {
                talk!("{} {warning}", context.paint().odd("warning:"));
            }
            Ok((Some(Provided { provision, features }), Vec::new()))
        }
        Err(none) => Ok((None, refusals(none)?)),
    }
}

/// What is wrong where there is no system.
fn refusals(none: NoSystem) -> Result<Vec<Problem>> {
    match none.problems() {
        Ok(wrong) => Ok(wrong),
        Err(Unable::Interrupted) => Err(domi_guest::Error::Interrupted.into()),
        Err(Unable::Missing(why) | Unable::Broken(why) | Unable::Failed(why)) => {
            Err(anyhow::Error::msg(why).into())
        }
    }
}

/// Says what building programs does.
fn heard() -> Reporter {
    Reporter::heard_by(|body| match body {
        Body::StageStarted(begun) => talk!("{}", begun.stage),
        Body::Note(note) => talk!("{}", note.message),
        _ => {}
    })
}

/// The features of these names, and all that they require whatever the settings.
fn load(context: &Context, names: &[String]) -> Result<Vec<Feature>> {
    let (mut features, mut known) = (Vec::<Feature>::new(), BTreeSet::new());
    let mut open: Vec<String> = names.to_vec();
    open.retain(|name| known.insert(name.clone()));
    if open.is_empty() {
        return Ok(features);
    }
    let workspace = context.workspace()?;
    while !open.is_empty() {
        let mut loaded = context.load(&workspace, &open)?;
        if !loaded.errors.is_empty() {
            return Err(context.problems(Exit::Feature, loaded.errors));
        }
        let required = loaded.features.iter().flat_map(|it| it.manifest.always_requires());
        open = required.map(str::to_owned).filter(|name| known.insert(name.clone())).collect();
        features.append(&mut loaded.features);
    }
    Ok(features)
}

/// Sets one option of one of the features, as `feature.option=value`.
fn apply(
    text: &str,
    features: &[Feature],
    settings: &mut BTreeMap<String, BTreeMap<String, Value>>,
) -> Result<(), Vec<Problem>> {
    let names = || features.iter().map(|feature| &*feature.manifest.feature.name);
    let wrong = |message: String| {
        let next = match names().next() {
            None => "name features".to_owned(),
            Some(_) => format!("write it as feature.option=value; on it are {}", joined(names())),
        };
        vec![Problem::error(NOT_ON_MACHINE, format!("--set {text}"), message).next(next)]
    };
    set::split(text).map_err(|why| wrong(why.to_owned()))?;
    let (name, rest) = text.split_once('.').unwrap_or((text, ""));
    let feature = features.iter().find(|feature| feature.manifest.feature.name == name);
    let Some(feature) = feature else {
        return Err(wrong("it begins with no feature of the machine".to_owned()));
    };
    let settings = settings.entry(name.to_owned()).or_default();
    set::apply(rest, &feature.manifest, settings).map_err(|problems| {
        let of = |problem: Problem| {
            let subject = format!("{name}.{}", problem.subject);
            Problem { subject, ..problem }
        };
        problems.into_iter().map(of).collect()
    })
}

fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
