//! Why an option of a host has its value: the steps of the merge that made it.

use domi_fleet::{FEATURES, Features, Fleet, Settings, Standing, Step};
use domi_model::{Expr, OptionPath, Problem, Value};
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
}

/// Explains an option of a host. `path` is the feature and the names of the option, or `features`.
///
/// # Errors
/// There is no such host, feature or option.
pub fn why(
    fleet: &Fleet,
    features: &Features,
    host: &str,
    path: &[String],
) -> Result<Why, Box<Problem>> {
    let no_such = |subject: &str, message: String, next: String| {
        Box::new(Problem::error(NO_SUCH, subject, message).next(next))
    };
    let Some(host) = fleet.hosts.get(host) else {
        let next = "`cargo xtask fleet hosts` lists them".to_owned();
        return Err(no_such(host, "there is no host of this name".to_owned(), next));
    };
    let (settings, _) = Settings::prepare(fleet, features);
    let chosen = settings.of(&Standing::of(fleet, host));
    let name = host.about.name.clone();
    let (feature, option, merged) = match path.split_first() {
        None => (None, OptionPath::new(FEATURES), &chosen.features),
        Some((first, [])) if first == FEATURES => {
            (None, OptionPath::new(FEATURES), &chosen.features)
        }
        Some((feature, rest)) => {
            let Some(merged) = chosen.settings.get(feature) else {
                let has = chosen.names().join(", ");
                let next = match features.has(feature) {
                    true => format!("`cargo xtask fleet why {name}.features` says why"),
                    false if has.is_empty() => "it has no features".to_owned(),
                    false => format!("its features are {has}"),
                };
                return Err(no_such(feature, format!("`{name}` does not have this feature"), next));
            };
            (Some(feature.clone()), OptionPath(rest.to_vec()), merged)
        }
    };
    let declared = feature.as_deref().and_then(|name| features.get(name)).and_then(|manifest| {
        let first = option.0.first()?;
        let known = manifest.options.iter().find(|it| it.name == *first);
        Some((known, manifest))
    });
    if let (Some((None, manifest)), Some(first)) = (&declared, option.0.first()) {
        let names: Vec<_> = manifest.options.iter().map(|it| &*it.name).collect();
        return Err(Box::new(domi_model::unknown_option(&option, first, &names)));
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
    Ok(Why { host: name, feature, option, value, default, steps })
}

fn value_at<'a>(
    settings: &'a std::collections::BTreeMap<String, Value>,
    path: &[String],
) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(settings.get(first)?, |value, name| match value {
        Value::Attrs(attrs) => attrs.get(name),
        _ => None,
    })
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
