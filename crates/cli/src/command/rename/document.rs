//! What becomes of what when an option or a feature gets another name, for programs and for people.

use camino::Utf8Path;
use domi_model::{Expr, Manifest, Thing, Value};
use domi_plugin::FeatureCrate;
use schemars::JsonSchema;
use serde::Serialize;

use super::mentions::{Mention, in_full};
use super::source::field_name;

/// The version of the document.
const SCHEMA: &str = "domi.rename/1";

/// An option or a feature that gets another name.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Renamed {
    /// The version of this document: `domi.rename/1`.
    schema: String,
    /// The feature, by the name that it had.
    feature: String,
    /// What gets another name.
    renamed: Kind,
    /// The old name.
    from: String,
    /// The new one.
    to: String,
    /// What becomes of what.
    effects: Vec<Effect>,
    /// The files that are changed, from the workspace's root; what is generated follows.
    files: Vec<String>,
    /// Lines that have the old name, and are left alone.
    mentions: Vec<Mention>,
}

/// What gets another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Kind {
    /// An option of the feature.
    Option,
    /// The feature itself.
    Feature,
}

/// What becomes of something.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Effect {
    /// What it is.
    what: String,
    /// What becomes of it.
    becomes: Becomes,
    /// Names of it: before and after, or those that stay.
    names: Vec<String>,
    /// What that means.
    remark: String,
}

/// What becomes of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Becomes {
    /// It has the new name.
    Moves,
    /// The old name works too, for a while.
    Aliased,
    /// It is as it was.
    Stays,
}

/// The JSON Schema of the document.
pub(crate) fn schema() -> serde_json::Value {
    crate::out::schema::<Renamed>(SCHEMA)
}

impl Renamed {
    pub(super) fn of(
        manifest: &Manifest,
        (old, new): (&str, &str),
        files: Vec<String>,
        mentions: Vec<Mention>,
    ) -> Self {
        let paths = [old, new].map(|name| in_full(manifest, name));
        let alias = alias(&manifest.feature.version);
        let mut effects = vec![
            effect("option", Becomes::Moves, paths.to_vec(), "in NixOS, tests and the fleet"),
            effect("old option", Becomes::Aliased, vec![paths[0].clone()], &alias),
            effect("field in Rust", Becomes::Moves, vec![field_name(old), field_name(new)], ""),
            effect("crate", Becomes::Stays, vec![manifest.feature.name.clone()], ""),
        ];
        effects.extend(held(manifest));
        Self {
            schema: SCHEMA.to_owned(),
            feature: manifest.feature.name.clone(),
            renamed: Kind::Option,
            from: old.to_owned(),
            to: new.to_owned(),
            effects,
            files,
            mentions,
        }
    }

    /// The same of a feature, whose crate is in the folder `to` then.
    pub(super) fn of_feature(
        (manifest, feature): (&Manifest, &FeatureCrate),
        (new, to): (&str, &Utf8Path),
        files: Vec<String>,
        mentions: Vec<Mention>,
    ) -> Self {
        let [domi, kind, old] = manifest.feature.option_prefix();
        let paths = [old, new].map(|name| format!("{domi}.{kind}.{name}"));
        let alias = alias(&manifest.feature.version);
        let modules = [old, new].map(|name| format!("nixosModules.{name}"));
        let mut effects = vec![
            effect("options", Becomes::Moves, paths.to_vec(), "all of them"),
            effect("old options", Becomes::Aliased, vec![paths[0].clone()], &alias),
            effect("module", Becomes::Moves, modules.to_vec(), "in the flake"),
            effect(
                "old module",
                Becomes::Aliased,
                vec![modules[0].clone()],
                "as long as the options are",
            ),
        ];
        let place = &feature.place;
        // One that is not called as the feature keeps its name, and so does its folder.
        for (what, is, becomes) in [
            (
                "crate",
                &*feature.package,
                if feature.package == old { new } else { &feature.package },
            ),
            ("folder", place.as_str(), to.as_str()),
        ] {
            effects.push(if is == becomes {
                effect(what, Becomes::Stays, vec![is.to_owned()], "")
            } else {
                effect(what, Becomes::Moves, vec![is.to_owned(), becomes.to_owned()], "")
            });
        }
        let tag = "`release` compares with them until there is one of the new name";
        effects.push(effect("tags", Becomes::Stays, vec![format!("{old}-v…")], tag));
        effects.extend(held(manifest));
        Self {
            schema: SCHEMA.to_owned(),
            feature: old.to_owned(),
            renamed: Kind::Feature,
            from: old.to_owned(),
            to: new.to_owned(),
            effects,
            files,
            mentions,
        }
    }
}

fn effect(what: &str, becomes: Becomes, names: Vec<String>, remark: &str) -> Effect {
    Effect { what: what.to_owned(), becomes, names, remark: remark.to_owned() }
}

/// What the data of a machine depends on, which stays.
fn held(manifest: &Manifest) -> [Effect; 3] {
    let same = "as before for the same settings, so that data survives";
    let folder = |it, path: &str| it == Thing::Path && path.starts_with("/var/lib/");
    [
        ("units", literal(manifest, |it, _| it == Thing::Unit)),
        ("state directories", literal(manifest, folder)),
        ("users", literal(manifest, |it, _| it == Thing::User)),
    ]
    .map(|(what, names)| effect(what, Becomes::Stays, names, same))
}

/// What becomes of an old name, as it is said in the version since which it is old.
fn alias(since: &str) -> String {
    let (now, warned, refused) = series(since);
    format!(
        "taken without a message in {now}; with a warning from {warned} on; refused from {refused} on"
    )
}

/// The versions of one minor number, the first of the next one, and the first of the next major one.
fn series(version: &str) -> (String, String, String) {
    let mut numbers = version.split('.').map(|number| number.parse::<u64>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    (format!("{major}.{minor}.x"), format!("{major}.{}.0", minor + 1), format!("{}.0.0", major + 1))
}

/// Names that follow from no option, of a kind.
fn literal(manifest: &Manifest, wanted: impl Fn(Thing, &str) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    for claimed in manifest.claimed() {
        if let Expr::Literal(Value::Str(name)) = &claimed.names {
            let name = format!("{}{name}{}", claimed.before, claimed.after);
            if wanted(claimed.thing, &name) && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// What a person sees of it.
pub(super) fn text(renamed: &Renamed) -> String {
    let mut text = String::new();
    for Effect { what, becomes, names, remark } in &renamed.effects {
        let word = match becomes {
            Becomes::Moves => "moves",
            Becomes::Aliased => "aliased",
            Becomes::Stays => "stays",
        };
        let names = match becomes {
            Becomes::Moves => names.join(" → "),
            _ if names.is_empty() => "whatever there is".to_owned(),
            _ => names.join(", "),
        };
        let remark = if remark.is_empty() { String::new() } else { format!("; {remark}") };
        text += &format!("{word:8} {what}: {names}{remark}\n");
    }
    for Mention { file, line, text: said } in &renamed.mentions {
        text += &format!("left     {file}:{line}: {said}\n");
    }
    text
}
