//! What becomes of what when an option gets another name, for programs and for people.

use domi_model::{Expr, Manifest, Thing, Value};
use schemars::JsonSchema;
use serde::Serialize;

use super::mentions::{Mention, in_full};
use super::source::field_name;

/// The version of the document.
const SCHEMA: &str = "domi.rename/1";

/// An option that gets another name.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Renamed {
    /// The version of this document: `domi.rename/1`.
    schema: String,
    /// The feature.
    feature: String,
    /// The old name of the option.
    from: String,
    /// The new one.
    to: String,
    /// What becomes of what.
    effects: Vec<Effect>,
    /// The files that are changed, from the workspace's root; what is generated follows.
    files: Vec<String>,
    /// Lines that name the option by its old name, and are left alone.
    mentions: Vec<Mention>,
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
        let effect = |what: &str, becomes, names: Vec<String>, remark: &str| Effect {
            what: what.to_owned(),
            becomes,
            names,
            remark: remark.to_owned(),
        };
        let paths = [old, new].map(|name| in_full(manifest, name));
        let since = &*manifest.feature.version;
        let alias = format!(
            "taken without a message in {}; with a warning from {} on; refused from {} on",
            series(since).0,
            series(since).1,
            series(since).2
        );
        let mut effects = vec![
            effect("option", Becomes::Moves, paths.to_vec(), "in NixOS, tests and the fleet"),
            effect("old option", Becomes::Aliased, vec![paths[0].clone()], &alias),
            effect("field in Rust", Becomes::Moves, vec![field_name(old), field_name(new)], ""),
            effect("crate", Becomes::Stays, vec![manifest.feature.name.clone()], ""),
        ];
        let same = "as before for the same settings, so that data survives";
        for (what, names) in [
            ("units", literal(manifest, |it, _| it == Thing::Unit)),
            (
                "state directories",
                literal(manifest, |it, path| it == Thing::Path && path.starts_with("/var/lib/")),
            ),
            ("users", literal(manifest, |it, _| it == Thing::User)),
        ] {
            effects.push(effect(what, Becomes::Stays, names, same));
        }
        Self {
            schema: SCHEMA.to_owned(),
            feature: manifest.feature.name.clone(),
            from: old.to_owned(),
            to: new.to_owned(),
            effects,
            files,
            mentions,
        }
    }
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
