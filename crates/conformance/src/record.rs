//! What NixOS said, as data: the comparison needs no Nix then.

use anyhow::{Context, Result, ensure};
use domi_model::{Manifest, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::live::both;
use crate::{Difference, Outcome, comparable, delta};

/// The version of the format.
const SCHEMA: &str = "domi.conformance/2";

/// What NixOS said of many cases of a feature, or of two together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the format.
    pub schema: String,
    /// The command that writes it.
    pub command: String,
    features: Vec<Part>,
    /// What the first of the cases comes to.
    first: Json,
    cases: Vec<Case>,
}

/// A feature as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Part {
    /// The folder of the feature's crate, as the module names it.
    folder: String,
    /// The BLAKE3 hash of the module's text.
    module: String,
    /// The manifest, as far as the module follows from it.
    manifest: Json,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Case {
    settings: Value,
    /// What it comes to, by what differs from the first; nothing where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<Json>,
}

/// What is recorded.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The features, and the folders of their crates, relative to the root of the repository.
    pub features: &'a [(&'a Manifest, &'a str)],
    /// The command that records them.
    pub command: &'a str,
}

/// A record of a module that has changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The command that makes the record again.
    pub command: String,
}

impl Record {
    /// Of what NixOS said of some cases; at least one.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(subject: Recorded<'_>, cases: &[(Value, Outcome)]) -> Result<Self> {
        let json = |outcome: &Outcome| serde_json::to_value(outcome);
        // The base of all others should be a system.
        let base = cases.iter().find(|(_, outcome)| matches!(outcome, Outcome::System(_)));
        let (_, base) = base.or(cases.first()).context("there is nothing to record")?;
        let first = json(base)?;
        let case = |(settings, outcome): &(Value, Outcome)| {
            let outcome = delta::between(&first, &json(outcome)?);
            anyhow::Ok(Case { settings: settings.clone(), outcome })
        };
        let cases = cases.iter().map(case).collect::<Result<_>>()?;
        Ok(Self {
            schema: SCHEMA.to_owned(),
            command: subject.command.to_owned(),
            features: subject.features.iter().map(part).collect::<Result<_>>()?,
            first,
            cases,
        })
    }

    /// From the text of a file.
    ///
    /// # Errors
    /// When it is none of this version.
    pub fn read(text: &str) -> Result<Self> {
        let record: Self = serde_json::from_str(text)?;
        ensure!(record.schema == SCHEMA, "it is of {}, not of {SCHEMA}", record.schema);
        Ok(record)
    }

    /// As the text of a file: one case to a line.
    ///
    /// # Errors
    /// Never, as far as is known.
    pub fn write(&self) -> Result<String> {
        let head = Self { cases: Vec::new(), ..self.clone() };
        let head = serde_json::to_string_pretty(&head)?;
        let head = head.strip_suffix("[]\n}").context("the cases come last")?;
        let lines: Vec<String> =
            self.cases.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        Ok(format!("{head}[\n{}\n]}}\n", lines.join(",\n")))
    }

    /// The features that were recorded, and the folders of their crates.
    ///
    /// # Errors
    /// When they are none of today.
    pub fn features(&self) -> Result<Vec<(Manifest, String)>> {
        let one =
            |part: &Part| Ok((serde_json::from_value(part.manifest.clone())?, part.folder.clone()));
        self.features.iter().map(one).collect()
    }

    /// How many settings there are.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Whether it tells of other texts of the modules.
    pub fn stale(&self, modules: &[String]) -> Option<Stale> {
        let hashes = modules.iter().map(|module| hash_of(module));
        let same = hashes.eq(self.features.iter().map(|part| part.module.clone()));
        (!same).then(|| Stale { command: self.command.clone() })
    }

    /// Cases for which Rust says otherwise than NixOS did.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn differences(&self) -> Result<Vec<Difference>> {
        let features = self.features()?;
        let features: Vec<_> = features.iter().map(|(manifest, _)| comparable(manifest)).collect();
        let features: Vec<&Manifest> = features.iter().collect();
        let mut out = Vec::new();
        for case in &self.cases {
            let nixos = match &case.outcome {
                None => Some(self.first.clone()),
                Some(delta) => delta::applied(&self.first, delta),
            };
            let nixos: Outcome = serde_json::from_value(nixos.context("a case cannot be read")?)?;
            let how = both(&features, &case.settings, &nixos);
            if !how.is_empty() {
                out.push(Difference { case: case.settings.clone(), how });
            }
        }
        Ok(out)
    }
}

fn part((manifest, folder): &(&Manifest, &str)) -> Result<Part> {
    Ok(Part {
        folder: (*folder).to_owned(),
        module: hash_of(&domi_nix::module(manifest, folder)),
        manifest: what_counts(manifest)?,
    })
}

/// The hash of a module's text, with what it takes from beside it.
fn hash_of(module: &str) -> String {
    hash(&(domi_nix::library() + &domi_nix::together() + module))
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// A manifest without tests, and without the lines that things were written in.
fn what_counts(manifest: &Manifest) -> Result<Json> {
    let manifest = Manifest { tests: Vec::new(), ..manifest.clone() };
    let mut json = serde_json::to_value(manifest)?;
    without_places(&mut json);
    Ok(json)
}

fn without_places(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(without_places),
        Json::Object(map) => {
            let is_place =
                |place: &Json| place.get("file").is_some() && place.get("line").is_some();
            if map.get("place").is_some_and(is_place) {
                map.remove("place");
            }
            map.values_mut().for_each(without_places);
        }
        _ => {}
    }
}
