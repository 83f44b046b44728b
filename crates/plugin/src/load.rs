use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use camino::Utf8PathBuf;
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_host::hash::Key;
use domi_model::{Manifest, Problem};
use rayon::prelude::*;

use crate::build::build;
use crate::cache::{Cache, other_sources};
use crate::codes::CANNOT_START;
use crate::read::{MOST_OUTPUT, printed, read};
use crate::sources::Sources;
use crate::{FeatureCrate, Source, Workspace};

/// A feature whose manifest was read and is valid.
#[derive(Debug, Clone)]
pub struct Feature {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The crate's folder, from the workspace root.
    pub folder: Utf8PathBuf,
    /// The digest of what the plugin printed: the same digest, the same manifest.
    pub digest: String,
}

/// Features, and what is wrong with others.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Those that can be used, in the order they were asked for.
    pub features: Vec<Feature>,
    /// Warnings, and errors of those that cannot.
    pub problems: Vec<Problem>,
}

/// How far a plugin may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may run.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30) }
    }
}

/// What the loader is doing, for a person to see.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'a> {
    /// cargo builds these; it says more by itself.
    Building(&'a [&'a FeatureCrate]),
    /// A message of the compiler, ready to be printed.
    Compiler(&'a str),
    /// The plugin of this feature is asked.
    Asking(&'a str),
}

/// Gets the manifests of features.
pub struct Loader<'a> {
    /// Where they are.
    pub workspace: &'a Workspace,
    /// How far a plugin may go.
    pub limits: Limits,
    /// Hears what is being done.
    pub progress: &'a (dyn Fn(Stage<'_>) + Sync),
    /// Stops everything.
    pub interrupt: &'a Interrupt,
}

/// What a plugin printed, or why it is of no use.
type Text = Result<Vec<u8>, Vec<Problem>>;

impl<'a> Loader<'a> {
    /// Gets these features' manifests: from the cache where nothing changed, else by building
    /// and asking their plugins. A feature with a problem stops no other.
    pub fn load(&self, features: &[&'a FeatureCrate]) -> Result<Loaded> {
        let mut sources = Sources::read(self.workspace, features, self.interrupt)?;
        let cache = Cache::of(self.workspace);
        let kept: Vec<Option<Vec<u8>>> = features
            .par_iter()
            .map(|feature| cache.get(&feature.package, &sources.key(feature)?))
            .collect();
        let missing: Vec<&FeatureCrate> = features
            .iter()
            .zip(&kept)
            .filter(|(_, kept)| kept.is_none())
            .map(|(f, _)| *f)
            .collect();
        let mut asked = self.ask(&missing, &mut sources, &cache)?;
        let texts = features.iter().zip(kept).map(|(feature, kept)| {
            let text = kept.map(Ok).or_else(|| asked.remove(&feature.package));
            (*feature, text.expect("a feature is either kept or asked"))
        });
        Ok(loaded(texts.collect()))
    }

    /// Builds and runs plugins; keeps what they print.
    fn ask(
        &self,
        features: &[&FeatureCrate],
        sources: &mut Sources<'_>,
        cache: &Cache,
    ) -> Result<BTreeMap<String, Text>> {
        let binaries: Vec<&FeatureCrate> =
            features.iter().filter(|f| matches!(f.source, Source::Binary(_))).copied().collect();
        let built = build(self.workspace, &binaries, self.progress, self.interrupt)?;
        if !binaries.is_empty() {
            sources.built(self.interrupt)?;
        }
        let sources = &*sources;
        features
            .par_iter()
            .map(|feature| {
                let program = match (&feature.source, built.get(&feature.package)) {
                    (Source::Command(words), _) => command(feature, words),
                    (_, Some(Ok(executable))) => Program::new(executable),
                    (_, Some(Err(problem))) => {
                        return Ok((feature.package.clone(), Err(problem.clone())));
                    }
                    (_, None) => unreachable!("every binary is built or has a problem"),
                };
                let text = self.run(feature, &program.folder(&feature.folder))?;
                if let Ok(text) = &text
                    && read(&feature.name, text).is_ok()
                {
                    let executable = built.get(&feature.package).and_then(|b| b.as_ref().ok());
                    // A manifest that cannot be kept costs time, and nothing else.
                    let _ = keep(feature, executable, sources, cache, text);
                }
                Ok((feature.package.clone(), text))
            })
            .collect()
    }

    fn run(&self, feature: &FeatureCrate, program: &Program) -> Result<Text> {
        (self.progress)(Stage::Asking(&feature.name));
        let program = program.clone().time_limit(self.limits.time).output_limit(MOST_OUTPUT);
        match program.run(self.interrupt) {
            Ok(outcome) => Ok(printed(&feature.name, outcome)),
            Err(error) => {
                self.interrupt.check()?;
                let problem = Problem::error(CANNOT_START, &*feature.name, format!("{error:#}"))
                    .next("check that the program is there and may be executed");
                Ok(Err(vec![problem]))
            }
        }
    }
}

/// The program of a plugin that is no binary of its crate. A path is one from the crate's folder.
fn command(feature: &FeatureCrate, words: &[String]) -> Program {
    let program = match &words[0] {
        path if path.contains('/') => feature.folder.join(path).into_string(),
        name => name.clone(),
    };
    Program::new(program).args(&words[1..])
}

fn keep(
    feature: &FeatureCrate,
    executable: Option<&Utf8PathBuf>,
    sources: &Sources<'_>,
    cache: &Cache,
    text: &[u8],
) -> Result<()> {
    let Some(key) = sources.key(feature) else { return Ok(()) };
    let also = match executable {
        Some(executable) => other_sources(executable, &sources.covered(feature))?,
        None => BTreeMap::new(),
    };
    cache.put(&feature.package, &key, also, text)
}

/// Reads the texts, all at once.
fn loaded(texts: Vec<(&FeatureCrate, Text)>) -> Loaded {
    let read: Vec<(Option<Feature>, Vec<Problem>)> = texts
        .into_par_iter()
        .map(|(feature, text)| match text.and_then(|text| one(feature, &text)) {
            Ok((feature, warnings)) => (Some(feature), warnings),
            Err(problems) => (None, problems),
        })
        .collect();
    let mut loaded = Loaded::default();
    for (feature, problems) in read {
        loaded.features.extend(feature);
        loaded.problems.extend(problems);
    }
    loaded
}

fn one(feature: &FeatureCrate, text: &[u8]) -> Result<(Feature, Vec<Problem>), Vec<Problem>> {
    let (manifest, warnings) = read(&feature.name, text)?;
    let digest = Key::new("manifest").with(text).finish();
    Ok((Feature { manifest, folder: feature.place.clone(), digest }, warnings))
}
