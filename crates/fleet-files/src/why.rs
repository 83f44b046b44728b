//! Why an option of a host has its value: the steps of the merge that made it.

use domi_fleet::{FEATURES, Features, Fleet, Settings, Standing, Step, is_within, value_at};
use domi_model::{Expr, OptionPath, Problem, Severity, Value};
use serde::Serialize;

use crate::codes::NO_SUCH;

/// The value of an option, and the steps that made it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Why {
    /// The host.
    pub host: String,
    /// The feature; none for the set of features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// The option, from the feature's own options; empty for all of them.
    pub option: OptionPath,
    /// Its value; none where nobody says anything of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The default that holds where nobody says anything, if it is a plain value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The steps of the merge that are about the option, or about something within it or around it.
    /// `replaces` are numbers of steps in this list.
    pub steps: Vec<Step>,
    /// What is wrong between these steps: values that contradict each other or are replaced.
    #[serde(skip)]
    pub problems: Vec<Problem>,
}

/// Why an option cannot be explained.
#[derive(Debug, Clone, PartialEq)]
pub enum Unexplained {
    /// There is no such host, feature or option.
    NoSuch(Box<Problem>),
    /// Files that speak of the host say something wrong of features, which may be the answer.
    Wrong(Vec<Problem>),
}

/// Explains an option of a host. `path` is the feature and the names of the option, or `features`.
///
/// # Errors
/// There is no such host, feature or option, or what files say of the host is wrong.
pub fn why(
    fleet: &Fleet,
    features: &Features,
    host: &str,
    path: &[String],
) -> Result<Why, Unexplained> {
    let no_such = |subject: &str, message: String, next: String| {
        Unexplained::NoSuch(Box::new(Problem::error(NO_SUCH, subject, message).next(next)))
    };
    let Some(host) = fleet.hosts.get(host) else {
        let next = "`cargo xtask fleet hosts` lists them".to_owned();
        return Err(no_such(host, "there is no host of this name".to_owned(), next));
    };
    let (settings, mut problems) = Settings::prepare(fleet, features);
    let standing = Standing::of(fleet, host);
    let layers = standing.layers(fleet);
    problems.retain(|problem| {
        let file = problem.place.as_ref().map(|place| place.file.as_str());
        let speaks = layers.iter().any(|layer| Some(layer.about.file.as_str()) == file);
        speaks && problem.severity == Severity::Error
    });
    if !problems.is_empty() {
        return Err(Unexplained::Wrong(problems));
    }
    let chosen = settings.of(&standing);
    let name = host.about.name.clone();
    let (feature, option, merged) = match path.split_first() {
        None => (None, OptionPath::new(FEATURES), &chosen.features),
        Some((first, [])) if first == FEATURES => {
            (None, OptionPath::new(FEATURES), &chosen.features)
        }
        Some((feature, rest)) => {
            // Files may name it by a name that it had.
            let feature = features.called(feature);
            let Some(merged) = chosen.settings.get(feature) else {
                let has = chosen.names().join(", ");
                let next = match features.has(feature) {
                    true => format!("`cargo xtask fleet why {name}.features` says why"),
                    false if has.is_empty() => "it has no features".to_owned(),
                    false => format!("its features are {has}"),
                };
                return Err(no_such(feature, format!("`{name}` does not have this feature"), next));
            };
            (Some(feature.to_owned()), OptionPath(rest.to_vec()), merged)
        }
    };
    let declared = feature.as_deref().and_then(|name| features.get(name)).and_then(|manifest| {
        let first = option.0.first()?;
        let known = manifest.options.iter().find(|it| it.name == *first);
        Some((known, manifest))
    });
    if let (Some((None, manifest)), Some(first)) = (&declared, option.0.first()) {
        let names: Vec<_> = manifest.options.iter().map(|it| &*it.name).collect();
        let unknown = domi_model::unknown_option(&option, first, &names);
        return Err(Unexplained::NoSuch(Box::new(unknown)));
    }
    let default = declared.and_then(|(known, _)| match known?.default.as_ref()? {
        Expr::Literal(value) if option.0.len() == 1 => Some(value.clone()),
        _ => None,
    });
    let value = match option.0.is_empty() {
        true => Some(Value::Attrs(merged.settings.clone())),
        false => value_at(&merged.settings, &option.0).cloned(),
    };
    let steps = concerning(&merged.steps, &option);
    let subject = match &feature {
        Some(feature) if option.0.is_empty() => feature.clone(),
        Some(feature) => format!("{feature}.{option}"),
        None => option.to_string(),
    };
    let is_about =
        |it: &&Problem| is_within(&it.subject, &subject) || is_within(&subject, &it.subject);
    let problems = merged.problems.iter().filter(is_about).cloned().collect();
    Ok(Why { host: name, feature, option, value, default, steps, problems })
}

/// The steps about an option, with their numbers in the new list.
fn concerning(steps: &[Step], option: &OptionPath) -> Vec<Step> {
    let is_about = |step: &Step| {
        let at = &step.option.0;
        at.starts_with(&option.0) || option.0.starts_with(at)
    };
    let kept: Vec<usize> = (0..steps.len()).filter(|index| is_about(&steps[*index])).collect();
    let number = |index: &usize| kept.iter().position(|kept| kept == index);
    kept.iter()
        .map(|index| {
            let step = &steps[*index];
            Step { replaces: step.replaces.iter().filter_map(number).collect(), ..step.clone() }
        })
        .collect()
}
