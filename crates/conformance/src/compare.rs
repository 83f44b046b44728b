use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Expr, Manifest, OptionDecl, is_nix_name};
use serde_json::Value as Json;

use crate::rust::labelled;
use crate::{Content, Outcome};

/// How what Rust says differs from what NixOS says; empty where both say the same.
pub fn differences(features: &[&Manifest], rust: &Outcome, nixos: &Outcome) -> Vec<String> {
    match (rust, nixos) {
        (
            Outcome::Refused { assertions: rust, options: ours },
            Outcome::Refused { assertions: nixos, options: theirs },
        ) => {
            let told = !rust.is_empty() && !nixos.is_empty();
            if told && sorted(rust) != sorted(nixos) {
                return vec![format!("assertions: Rust {rust:?}, NixOS {nixos:?}")];
            }
            match (ours, theirs) {
                (Some(ours), Some(theirs)) => refusals(features, ours, theirs, !nixos.is_empty()),
                _ => Vec::new(),
            }
        }
        (Outcome::Refused { assertions, options }, Outcome::System(_)) => {
            let why = shown(assertions, options.as_ref());
            vec![format!("refusal: Rust refuses it{why}, NixOS takes it")]
        }
        (Outcome::System(_), Outcome::Refused { assertions, options }) => {
            let why = shown(assertions, options.as_ref());
            vec![format!("refusal: NixOS refuses it{why}, Rust takes it")]
        }
        (Outcome::System(rust), Outcome::System(nixos)) => {
            let (mut rust, mut nixos) = (rust.clone(), nixos.clone());
            let again = std::mem::take(&mut nixos.packages_again);
            rust.packages.retain(|it| nixos.packages.contains(it) || !again.contains(it));
            // NixOS tells the value of a file of settings, Rust its text.
            for (path, file) in &mut rust.etc {
                if let (Content::Text(text), Some(Content::Settings { format, .. })) =
                    (&file.content, nixos.etc.get(path).map(|file| &file.content))
                    && let Ok(read) = Content::read(format, text)
                {
                    file.content = read;
                }
            }
            let mut out = Vec::new();
            let json = |system| serde_json::to_value(system).unwrap_or_default();
            compare("", &json(&rust), &json(&nixos), &mut out);
            out
        }
    }
}

/// What a refusal names.
fn shown(assertions: &[String], options: Option<&BTreeSet<String>>) -> String {
    let options = options.filter(|options| !options.is_empty());
    let options = options.map(|options| format!(" for {options:?}")).unwrap_or_default();
    let assertions =
        if assertions.is_empty() { String::new() } else { format!(" by {assertions:?}") };
    options + &assertions
}

/// Whether both refuse the values of the same options. One that follows from another that is
/// refused is refused by NixOS as well.
fn refusals(
    features: &[&Manifest],
    rust: &BTreeSet<String>,
    nixos: &BTreeSet<String>,
    by_assertions: bool,
) -> Vec<String> {
    // NixOS evaluates the values before its assertions, of which a removed option is one.
    let removed = |name: &&String| {
        features.iter().any(|manifest| {
            let label = labelled(features, manifest);
            let gone = manifest.removed.iter().filter_map(|it| it.option.0.first());
            gone.into_iter().any(|option| **name == format!("{label}{option}"))
        })
    };
    let mut wrong = nixos.clone();
    // A set with such a name hides everything beside it.
    if rust.iter().any(|name| is_nix_name(name.rsplit(": ").next().unwrap_or_default())) {
        return Vec::new();
    }
    let ours: Vec<&String> = rust.difference(nixos).filter(|name| !removed(name)).collect();
    let depends = Dependencies::of(features);
    wrong.retain(|name| !rust.contains(name) && !depends.reaches(name, rust));
    let mut out = Vec::new();
    if !ours.is_empty() {
        let instead = if by_assertions { "fails an assertion" } else { "refuses something else" };
        out.push(format!("refusal: Rust refuses the value of {ours:?}, NixOS {instead}"));
    }
    if !wrong.is_empty() {
        out.push(format!("refusal: NixOS refuses the value of {wrong:?}, Rust something else"));
    }
    out
}

/// What an option's value may follow from.
#[derive(Default)]
struct Dependencies {
    /// Options by the options at the top.
    options: BTreeMap<String, BTreeSet<String>>,
    /// The features that set an option of another one, by what stands before the names of their options.
    /// Where anything of such a feature is refused, Rust sets nothing elsewhere.
    setters: BTreeMap<String, BTreeSet<String>>,
}

impl Dependencies {
    fn of(features: &[&Manifest]) -> Self {
        let of = |manifest: &&Manifest| {
            let label = labelled(features, manifest);
            let one = |option: &OptionDecl| {
                let json = serde_json::to_value(option).unwrap_or_default();
                let within = options_within(&json).into_iter();
                (format!("{label}{}", option.name), within.map(|it| label.clone() + &it).collect())
            };
            manifest.options.iter().map(one).collect::<Vec<_>>()
        };
        let mut all = Self { options: features.iter().flat_map(of).collect(), ..Self::default() };
        for setter in features {
            for (option, deciding) in set_by(features, setter) {
                all.options.entry(option.clone()).or_default().extend(deciding);
                all.setters.entry(option).or_default().insert(labelled(features, setter));
            }
        }
        all
    }

    fn reaches(&self, name: &str, wanted: &BTreeSet<String>) -> bool {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![name];
        while let Some(name) = waiting.pop() {
            if seen.insert(name) {
                waiting.extend(self.options.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        let by_setter = |name: &str| {
            let mut setters = self.setters.get(name).into_iter().flatten();
            setters.any(|label| wanted.iter().any(|it| it.starts_with(label)))
        };
        seen.iter().any(|name| wanted.contains(*name) || by_setter(name))
    }
}

/// The options of other features that a feature sets, each with those that decide on its value.
fn set_by(features: &[&Manifest], setter: &Manifest) -> Vec<(String, BTreeSet<String>)> {
    let label = |name: &str| {
        let of = features.iter().find(|manifest| manifest.feature.name == name);
        of.map(|manifest| labelled(features, manifest)).unwrap_or_default()
    };
    let settings = setter.system.settings.iter().filter_map(|setting| {
        let mut deciding = BTreeSet::new();
        for expr in std::iter::once(&setting.value).chain(&setting.when) {
            named(expr, &setter.feature.name, &label, &mut deciding);
        }
        Some((label(&setting.feature) + setting.option.0.first()?, deciding))
    });
    settings.collect()
}

/// The options at the top that an expression of a feature refers to.
fn named(expr: &Expr, own: &str, label: &impl Fn(&str) -> String, out: &mut BTreeSet<String>) {
    let (feature, path) = match expr {
        Expr::Option(path) => (own, Some(path)),
        Expr::Neighbour(read) => (&*read.feature, Some(&read.option)),
        _ => (own, None),
    };
    out.extend(path.and_then(|path| path.0.first()).map(|name| label(feature) + name));
    expr.parts().into_iter().for_each(|part| named(part, own, label, out));
}

/// The options at the top that expressions in it refer to.
fn options_within(json: &Json) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut waiting = vec![json];
    while let Some(json) = waiting.pop() {
        match json {
            Json::Array(items) => waiting.extend(items),
            Json::Object(map) => {
                let path = map.get("option").and_then(Json::as_array);
                out.extend(path.and_then(|path| path.first()?.as_str()).map(str::to_owned));
                waiting.extend(map.values());
            }
            _ => {}
        }
    }
    out
}

fn sorted(lines: &[String]) -> Vec<&String> {
    let mut lines: Vec<_> = lines.iter().collect();
    lines.sort();
    lines.dedup();
    lines
}

fn compare(at: &str, rust: &Json, nixos: &Json, out: &mut Vec<String>) {
    match (rust, nixos) {
        (Json::Object(rust), Json::Object(nixos)) => {
            let names = rust.keys().chain(nixos.keys().filter(|name| !rust.contains_key(*name)));
            for name in names {
                let of = |map: &serde_json::Map<String, Json>| map.get(name).cloned();
                let at = if at.is_empty() { name.clone() } else { format!("{at} {name}") };
                let (rust, nixos) = (of(rust), of(nixos));
                compare(&at, &rust.unwrap_or_default(), &nixos.unwrap_or_default(), out);
            }
        }
        (Json::String(rust), Json::String(nixos)) if rust != nixos => {
            let (rust, nixos): (Vec<_>, Vec<_>) =
                (rust.split('\n').collect(), nixos.split('\n').collect());
            let only = |these: &[&str], those: &[&str]| {
                let mut lines = these.iter().filter(|line| !those.contains(line));
                lines.next().map_or_else(|| these.join("\n"), |line| (*line).to_owned())
            };
            let (rust, nixos) = (only(&rust, &nixos), only(&nixos, &rust));
            out.push(format!("{at}: Rust {rust:?}, NixOS {nixos:?}"));
        }
        _ if rust != nixos => out.push(format!("{at}: Rust {rust}, NixOS {nixos}")),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
