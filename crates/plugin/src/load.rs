use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use camino::Utf8PathBuf;
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_host::hash::Key;
use domi_model::{Manifest, Problem};
use rayon::prelude::*;

use crate::build::{Builder, Built};
use crate::codes::CANNOT_START;
use crate::content::Content;
use crate::judged::Judged;
use crate::kept::Kept;
use crate::read::{MOST_OUTPUT, printed, read_again as read};
use crate::{BuiltFrom, Command, FeatureCrate, Source, Stage, Workspace, places};

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

/// How many plugins are asked at once, for each core: most of the time they are waited for.
const ASKED_AT_ONCE: usize = 4;

impl<'a> Loader<'a> {
    /// Gets these features' manifests. A feature with a problem stops no other.
    ///
    /// Executables are built where what they are built from has changed, and asked each time: what
    /// a program reads as it runs nobody knows. Only one that says what it reads is asked once.
    pub fn load(&self, features: &[&'a FeatureCrate]) -> Result<Loaded> {
        self.load_built(features).map(|(loaded, _)| loaded)
    }

    /// As [`Loader::load`]; and what these manifests are made from, by the features' names.
    pub fn load_and_note(
        &self,
        features: &[&'a FeatureCrate],
    ) -> Result<(Loaded, BTreeMap<String, BuiltFrom>)> {
        let (loaded, built) = self.load_built(features)?;
        let mut made_from = self.made_from(features, &built);
        for Feature { manifest, .. } in &loaded.features {
            for name in manifest.crates() {
                let from = made_from.entry(manifest.feature.name.clone()).or_default();
                from.add_program(self.workspace, name);
            }
        }
        Ok((loaded, made_from))
    }

    /// As [`Loader::load`], of those whose executables are up to date: nothing is built. Also the names
    /// of the others.
    pub fn load_up_to_date(&self, features: &[&'a FeatureCrate]) -> Result<(Loaded, Vec<String>)> {
        let content = Content::of(self.workspace);
        let kept = Kept::of(self.workspace);
        let binaries = binaries(features);
        let built = match &binaries[..] {
            [] => Built::new(),
            binaries => self.builder(&content, &kept).up_to_date(binaries)?.0,
        };
        let is_ready = |feature: &&&FeatureCrate| {
            matches!(feature.source, Source::Command(_)) || built.contains_key(&feature.package)
        };
        let (ready, others): (Vec<_>, Vec<_>) =
            features.iter().copied().partition(|it| is_ready(&it));
        let loaded = self.ask(&ready, &built, &content, &kept)?;
        Ok((loaded, others.into_iter().map(|feature| feature.name.clone()).collect()))
    }

    fn load_built(&self, features: &[&'a FeatureCrate]) -> Result<(Loaded, Built)> {
        let content = Content::of(self.workspace);
        let kept = Kept::of(self.workspace);
        let built = self.build(features, &content, &kept)?;
        Ok((self.ask(features, &built, &content, &kept)?, built))
    }

    /// Asks each for its manifest.
    fn ask(
        &self,
        features: &[&'a FeatureCrate],
        built: &Built,
        content: &Content<'_>,
        kept: &Kept,
    ) -> Result<Loaded> {
        let threads = ASKED_AT_ONCE * rayon::current_num_threads();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let judged = kept.judged();
        let texts = pool.install(|| {
            let texts = features.par_iter().map(|feature| {
                let text = match (&feature.source, built.get(&feature.package)) {
                    (Source::Command(command), _) => {
                        self.command(feature, command, content, (kept, judged.as_ref()))?
                    }
                    (_, Some(Ok(built))) => {
                        self.run(feature, &Program::new(&built.path).folder(&feature.folder))?
                    }
                    (_, Some(Err(problems))) => Err(problems.clone()),
                    (_, None) => unreachable!("every binary is built or has a problem"),
                };
                Ok((*feature, text))
            });
            texts.collect::<Result<Vec<_>>>()
        })?;
        Ok(loaded(self.workspace, texts, judged))
    }

    /// What these features are made from, by their names. It builds what is not up to date, and asks
    /// each which programs of the workspace it uses.
    pub fn built_from(&self, features: &[&'a FeatureCrate]) -> Result<BTreeMap<String, BuiltFrom>> {
        Ok(self.load_and_note(features)?.1)
    }

    fn made_from(&self, features: &[&FeatureCrate], built: &Built) -> BTreeMap<String, BuiltFrom> {
        let of = |feature: &&FeatureCrate| {
            let from = match (&feature.source, built.get(&feature.package)) {
                (Source::Command(command), _) => {
                    BuiltFrom::command(self.workspace, feature, command)
                }
                (_, Some(Ok(built))) => BuiltFrom::compiled(built.files.as_ref()),
                (_, Some(Err(_)) | None) => BuiltFrom::unknown(),
            };
            (feature.name.clone(), from)
        };
        features.iter().map(of).collect()
    }

    fn build(
        &self,
        features: &[&FeatureCrate],
        content: &Content<'_>,
        kept: &Kept,
    ) -> Result<Built> {
        self.builder(content, kept).executables(&binaries(features))
    }

    fn builder<'b>(&'b self, content: &'b Content<'b>, kept: &'b Kept) -> Builder<'b> {
        let (workspace, progress, interrupt) = (self.workspace, self.progress, self.interrupt);
        Builder { workspace, content, kept, progress, interrupt }
    }

    fn command(
        &self,
        feature: &FeatureCrate,
        command: &Command,
        content: &Content<'_>,
        (kept, judged): (&Kept, Option<&Judged>),
    ) -> Result<Text> {
        let key = self.key(feature, command, content);
        if let Some(text) = key.as_ref().and_then(|key| kept.manifest(&feature.package, key)) {
            return Ok(Ok(text));
        }
        let text = self.run(feature, &command.program(feature))?;
        if let (Some(key), Ok(text)) = (key, &text)
            && read(&feature.name, text, judged).is_ok()
        {
            // A manifest that cannot be kept costs time, and nothing else.
            let _ = kept.keep_manifest(&feature.package, &key, text);
        }
        Ok(text)
    }

    /// The digest of all that a command reads; `None` where it does not say that, or where any of
    /// it is not there.
    fn key(
        &self,
        feature: &FeatureCrate,
        command: &Command,
        content: &Content<'_>,
    ) -> Option<String> {
        command.reads.as_ref()?;
        let mut key = Key::new("domi.manifest/2").with(&feature.name).with(domi_model::SCHEMA);
        command.words.iter().for_each(|word| key.add(word));
        for path in command.paths(&self.workspace.root, feature) {
            key.add(path.as_str());
            key.add(content.digest(&path)?);
        }
        Some(key.finish())
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

/// Those of them that are executables.
fn binaries<'a>(features: &[&'a FeatureCrate]) -> Vec<&'a FeatureCrate> {
    features.iter().filter(|f| matches!(f.source, Source::Binary(_))).copied().collect()
}

/// Reads the texts, all at once.
fn loaded(
    workspace: &Workspace,
    texts: Vec<(&FeatureCrate, Text)>,
    judged: Option<Judged>,
) -> Loaded {
    let read: Vec<(Option<Feature>, Vec<Problem>)> = texts
        .into_par_iter()
        .map(|(feature, text)| {
            match text.and_then(|text| one(workspace, feature, &text, judged.as_ref())) {
                Ok((feature, warnings)) => (Some(feature), warnings),
                Err(problems) => (None, problems),
            }
        })
        .collect();
    if let Some(judged) = judged {
        judged.keep();
    }
    let mut loaded = Loaded::default();
    for (feature, problems) in read {
        loaded.features.extend(feature);
        loaded.problems.extend(problems);
    }
    loaded
}

fn one(
    workspace: &Workspace,
    feature: &FeatureCrate,
    text: &[u8],
    judged: Option<&Judged>,
) -> Result<(Feature, Vec<Problem>), Vec<Problem>> {
    let (mut manifest, warnings) = read(&feature.name, text, judged)?;
    places::from_root(&mut manifest, workspace);
    let digest = Key::new("manifest").with(text).finish();
    Ok((Feature { manifest, folder: feature.place.clone(), digest }, warnings))
}
