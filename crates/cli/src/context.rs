use std::collections::BTreeMap;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Interrupt;
use domi_model::{Platform, Problem, Severity};
use domi_plugin::{BuiltFrom, Feature, FeatureCrate, Limits, Loader, Stage, Workspace};
use domi_report::Paint;
use domi_runner::NO_SUCH_FEATURE;

use crate::Exit;
use crate::arguments::Global;

use crate::codes::{NO_ROOT, UNUSABLE};
use crate::config::{self, Config};
use crate::failure::{self, Failure, Result};
use crate::spelling::closest;

/// The workspace that a command works in, and how it talks.
pub(crate) struct Context {
    /// The workspace's root folder; where there is none, that of the modules that are tested here.
    pub(crate) root: Utf8PathBuf,
    /// Whether that is the root of a cargo workspace.
    is_workspace: bool,
    /// What plugins may take.
    limits: Limits,
    pub(crate) global: Global,
    pub(crate) interrupt: Interrupt,
    /// What the workspace was when it was looked for.
    found: Option<Workspace>,
}

/// The words that this program was started with. Names of files may be no UTF-8, and are shown as well as they
/// can be.
pub(crate) fn words() -> impl Iterator<Item = String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned())
}

/// Features of the workspace, and what is wrong with others.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) features: Vec<Feature>,
    /// Errors; warnings have been shown.
    pub(crate) errors: Vec<Problem>,
}

impl Context {
    /// Finds the workspace that the current folder is in, or else what is taken for one, and reads its
    /// `domi.toml`.
    pub(crate) fn new(global: Global, interrupt: Interrupt) -> Result<(Self, Config)> {
        let here = std::env::current_dir().context("there is no current folder")?;
        let here = Utf8PathBuf::try_from(here).map_err(|error| {
            let path = error.as_path().display().to_string();
            let problem = Problem::error(UNUSABLE, path, "the current folder's path is not UTF-8");
            Failure::problems(Exit::Usage, Utf8Path::new(""), [problem])
        })?;
        // Compilers would fail later, with a message that does not name the folder.
        let temporary = std::env::temp_dir();
        fs_err::read_dir(&temporary).context("temporary files have no folder")?;
        let found = Workspace::around(&here, &interrupt)?;
        let root = match &found {
            Some(workspace) => Some(workspace.root.clone()),
            None => Workspace::root_around(&here, &interrupt)?
                .map_err(|problems| Failure::problems(Exit::Usage, &here, problems))?,
        };
        let is_workspace = root.is_some();
        let root = root.unwrap_or_else(|| without_cargo(&here));
        let config = read_config(&root, &global)?;
        let limits = config.plugin_limit.map_or_else(Limits::default, |time| Limits { time });
        Ok((Self { root, is_workspace, limits, global, interrupt, found }, config))
    }

    /// Where cargo builds: as it said when the workspace was looked for, else as far as that can be
    /// said without asking it. Without a workspace, a folder of ours.
    pub(crate) fn target(&self) -> Utf8PathBuf {
        if let Some(workspace) = &self.found {
            return workspace.target.clone();
        }
        if !self.is_workspace {
            return self.root.join(WITHOUT_CARGO);
        }
        let named = std::env::var("CARGO_TARGET_DIR").ok().filter(|folder| !folder.is_empty());
        self.root.join(named.unwrap_or_else(|| "target".to_owned()))
    }

    /// The same workspace with what its `domi.toml` says now. It is looked for again when it is asked
    /// for.
    pub(crate) fn again(&self) -> Result<(Self, Config)> {
        let config = read_config(&self.root, &self.global)?;
        let limits = config.plugin_limit.map_or_else(Limits::default, |time| Limits { time });
        Ok((Self { limits, ..self.until(self.interrupt.clone()) }, config))
    }

    /// The same, stopped by something else.
    pub(crate) fn until(&self, interrupt: Interrupt) -> Self {
        let (root, global) = (self.root.clone(), self.global.clone());
        let is_workspace = self.is_workspace;
        Self { root, is_workspace, limits: self.limits, global, interrupt, found: None }
    }

    /// For standard error.
    pub(crate) fn paint(&self) -> Paint {
        Paint::stderr(self.global.color.into())
    }

    /// For standard output.
    pub(crate) fn paint_out(&self) -> Paint {
        Paint::stdout(self.global.color.into())
    }

    /// Problems of this workspace.
    pub(crate) fn problems(&self, exit: Exit, problems: Vec<Problem>) -> Failure {
        Failure::problems(exit, &self.root, problems)
    }

    /// Shows problems that stop nothing.
    pub(crate) fn show(&self, problems: Vec<Problem>) {
        let located: Vec<_> = problems.into_iter().map(Into::into).collect();
        failure::show(&located, &self.root, self.paint());
    }

    /// Fails where there is no cargo workspace.
    pub(crate) fn in_workspace(&self) -> Result<()> {
        if self.is_workspace {
            return Ok(());
        }
        let message = "this folder is not in a cargo workspace";
        let problem = Problem::error(NO_ROOT, self.root.as_str(), message)
            .next("change to one, or test a module: `test --module ./site.nix`");
        Err(self.problems(Exit::Usage, vec![problem]))
    }

    /// Makes the folder that takes the place of cargo's, where there is no cargo workspace; git leaves it
    /// out.
    pub(crate) fn make_target(&self) -> anyhow::Result<()> {
        let ignored = self.root.join(WITHOUT_CARGO).join(".gitignore");
        if self.is_workspace || ignored.exists() {
            return Ok(());
        }
        domi_host::file::write(ignored.as_std_path(), "*\n")
    }

    /// The words that begin a command of this tool, as the user can give it here.
    pub(crate) fn program(&self) -> Vec<String> {
        if self.is_workspace {
            return ["cargo", "xtask"].map(str::to_owned).to_vec();
        }
        words().take(1).collect()
    }

    /// The workspace, with all its features.
    pub(crate) fn workspace(&self) -> Result<Workspace> {
        self.in_workspace()?;
        if let Some(found) = &self.found {
            return Ok(found.clone());
        }
        Workspace::find(&self.root, &self.interrupt)?
            .map_err(|problems| self.problems(Exit::Usage, problems))
    }

    /// Fails where there is no feature of one of these names; one that has a problem is not unknown.
    pub(crate) fn known<'n>(
        &self,
        workspace: &Workspace,
        names: impl IntoIterator<Item = &'n String>,
    ) -> Result<()> {
        let unknown = unknown(workspace, names);
        if unknown.is_empty() { Ok(()) } else { Err(self.problems(Exit::Usage, unknown)) }
    }

    /// The features of these names, or all.
    pub(crate) fn load(&self, workspace: &Workspace, names: &[String]) -> Result<Loaded> {
        self.load_with(workspace, names, |wanted| {
            self.loader(workspace, &|stage| self.say(stage)).load(wanted)
        })
    }

    /// As [`Context::load`]. What they are made from is noted, by name, and `heard` hears what is
    /// done.
    pub(crate) fn load_and_note(
        &self,
        workspace: &Workspace,
        names: &[String],
        made_from: &mut BTreeMap<String, BuiltFrom>,
        heard: &(dyn Fn(Stage<'_>) + Sync),
    ) -> Result<Loaded> {
        let progress = |stage: Stage<'_>| {
            heard(stage);
            self.say(stage);
        };
        self.load_with(workspace, names, |wanted| {
            let (loaded, noted) = self.loader(workspace, &progress).load_and_note(wanted)?;
            made_from.extend(noted);
            Ok(loaded)
        })
    }

    /// The features whose programs are built and up to date, and the names of the others: nothing is
    /// built. Warnings are left to commands that build.
    pub(crate) fn load_up_to_date(&self, workspace: &Workspace) -> Result<(Loaded, Vec<String>)> {
        let wanted: Vec<&FeatureCrate> = workspace.features.iter().collect();
        let progress = |stage: Stage<'_>| self.say(stage);
        let (loaded, others) = self.loader(workspace, &progress).load_up_to_date(&wanted)?;
        let mut errors = workspace.problems.clone();
        errors.extend(loaded.problems.into_iter().filter(|it| it.severity == Severity::Error));
        Ok((Loaded { features: loaded.features, errors }, others))
    }

    fn load_with(
        &self,
        workspace: &Workspace,
        names: &[String],
        load: impl FnOnce(&[&FeatureCrate]) -> anyhow::Result<domi_plugin::Loaded>,
    ) -> Result<Loaded> {
        let mut errors = workspace.problems.clone();
        let wanted = if names.is_empty() {
            workspace.features.iter().collect()
        } else {
            self.known(workspace, names)?;
            errors.retain(|problem| names.contains(&problem.subject));
            named(workspace, names)
        };
        let loaded = load(&wanted)?;
        let (failed, warnings): (Vec<_>, Vec<_>) =
            loaded.problems.into_iter().partition(|p| p.severity == Severity::Error);
        self.show(warnings);
        errors.extend(failed);
        Ok(Loaded { features: loaded.features, errors })
    }

    fn loader<'a>(
        &'a self,
        workspace: &'a Workspace,
        progress: &'a (dyn Fn(Stage<'_>) + Sync),
    ) -> Loader<'a> {
        Loader { workspace, limits: self.limits, progress, interrupt: &self.interrupt }
    }

    /// What the manifests of features are made from, by name. What does not compile is said when
    /// it is loaded.
    pub(crate) fn built_from(
        &self,
        workspace: &Workspace,
        features: &[&FeatureCrate],
    ) -> anyhow::Result<BTreeMap<String, BuiltFrom>> {
        let progress = |stage: Stage<'_>| {
            if !matches!(stage, Stage::Compiler(_)) {
                self.say(stage);
            }
        };
        let known: Vec<_> =
            features.iter().filter_map(|feature| workspace.feature(&feature.name)).collect();
        self.loader(workspace, &progress).built_from(&known)
    }

    fn say(&self, stage: Stage<'_>) {
        match stage {
            Stage::Building(features) => {
                let names: Vec<&str> = features.iter().map(|f| &*f.name).collect();
                let names = match names.len() {
                    1..=5 => names.join(", "),
                    many => format!("{many} features"),
                };
                talk!("{} {names}", self.paint().faint("compiling"));
            }
            Stage::Compiler(text) => crate::talk::talk(format_args!("{text}")),
            Stage::Waiting => {
                talk!("{}", self.paint().faint("waiting for another command that compiles here"));
            }
            Stage::Asking(name) if self.global.verbose > 0 => {
                talk!("{} {name} for its manifest", self.paint().faint("asking"));
            }
            Stage::Asking(_) | Stage::Built => {}
        }
    }
}

/// The features of these names, each once.
fn named<'a>(workspace: &'a Workspace, names: &[String]) -> Vec<&'a FeatureCrate> {
    let mut wanted: Vec<&FeatureCrate> = Vec::new();
    for feature in names.iter().filter_map(|name| workspace.feature(name)) {
        if !wanted.contains(&feature) {
            wanted.push(feature);
        }
    }
    wanted
}

/// Problems for those of these names that no feature has; one that has a problem is not unknown.
pub(crate) fn unknown<'n>(
    workspace: &Workspace,
    names: impl IntoIterator<Item = &'n String>,
) -> Vec<Problem> {
    let is_known = |name: &str| {
        workspace.feature(name).is_some()
            || workspace.problems.iter().any(|problem| problem.subject == name)
    };
    let unknown = names.into_iter().filter(|name| !is_known(name));
    unknown.map(|name| no_feature(workspace, name)).collect()
}

fn no_feature(workspace: &Workspace, name: &str) -> Problem {
    let names = || workspace.features.iter().map(|feature| &*feature.name);
    let next = match closest(name, names()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "see `cargo xtask list`".to_owned(),
    };
    Problem::error(NO_SUCH_FEATURE, name, "there is no such feature").next(next)
}

/// The problem that a feature is not for this system.
pub(crate) fn not_for(feature: &domi_model::Feature, system: Platform) -> Problem {
    let message = format!("the feature does not support {}", system.as_str());
    let names: Vec<&str> = feature.platforms.iter().map(|it| it.as_str()).collect();
    Problem::error(NO_SUCH_FEATURE, &feature.name, message)
        .next(format!("it supports {}", names.join(", ")))
}

/// The folder at the root that takes the place of cargo's, where there is no cargo workspace.
pub(crate) const WITHOUT_CARGO: &str = ".domi";

/// The root where there is no cargo workspace: the nearest folder with a `domi.toml` or of git's, or else
/// this one.
fn without_cargo(here: &Utf8Path) -> Utf8PathBuf {
    let is_root =
        |folder: &&Utf8Path| [config::FILE, ".git"].iter().any(|name| folder.join(name).exists());
    here.ancestors().find(is_root).unwrap_or(here).to_owned()
}

fn read_config(root: &Utf8Path, global: &Global) -> Result<Config> {
    let text = config::text(root, config::FILE)
        .map_err(|problem| Failure::problems(Exit::Usage, root, [*problem]))?;
    let Some(text) = text else { return Ok(Config::default()) };
    let (config, warnings) =
        config::read(&text).map_err(|problems| Failure::problems(Exit::Usage, root, problems))?;
    failure::show(&warnings, root, Paint::stderr(global.color.into()));
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_builds_where_the_workspace_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8").to_owned();
        let write =
            |file: &str, text: &str| domi_host::file::write(root.join(file).as_std_path(), text);
        write("Cargo.toml", "[workspace]\n").expect("written");
        write(".cargo/config.toml", "[build]\ntarget-dir = \"elsewhere\"\n").expect("written");
        let interrupt = Interrupt::default();
        let found = Workspace::around(&root, &interrupt).expect("cargo runs").expect("a workspace");
        let (limits, global) = (Limits::default(), Global::default());
        let is_workspace = true;
        let context = |found| Context { root, is_workspace, limits, global, interrupt, found };
        let target = found.target.clone();
        // The variable wins over the file.
        assert!(std::env::var_os("CARGO_TARGET_DIR").is_some() || target.ends_with("elsewhere"));
        assert_eq!(context(Some(found)).target(), target);
    }
}
