//! Which features a change affects, for `--affected`.

use std::collections::BTreeSet;

use domi_affected::{Change, Lane, Touched, touched};
use domi_plugin::{FeatureCrate, Workspace};
use domi_runner::{BackendKind, Runs};

use crate::Exit;
use crate::context::{Context, Loaded};
use crate::failure::Result;
use crate::required::Requirements;

/// How many reasons are shown for a feature, without `-v`.
const REASONS: usize = 3;

/// What a change affects.
pub(crate) struct Affected {
    /// What the change touches; without `--affected`, everything.
    touched: Option<Touched>,
    /// What is touched affects those that require it, too.
    requirements: Requirements,
    /// Features that cannot be loaded, so that nobody knows what they require.
    unknown: BTreeSet<String>,
}

impl Affected {
    /// Without `--affected`: every feature.
    pub(crate) fn everything() -> Self {
        Self { touched: None, requirements: Requirements::default(), unknown: BTreeSet::new() }
    }

    /// Which of these features, or of all, since a base, or by default the usual one, where that is
    /// asked for. What is found is said, and of every feature why, where that is wanted.
    pub(crate) fn find(
        context: &Context,
        workspace: &Workspace,
        names: &[String],
        since: Option<Option<&str>>,
        explain: bool,
    ) -> Result<Self> {
        let Some(base) = since else { return Ok(Self::everything()) };
        let change = Change::since(base, workspace, &context.interrupt)?
            .map_err(|problems| context.problems(Exit::Usage, problems))?;
        let mut ask = |features: &[&FeatureCrate]| context.built_from(workspace, features);
        let touched = touched(workspace, &change, &mut ask)?;
        let found = if change.files.is_empty() {
            Self::by(touched, Requirements::default())
        } else {
            let requirements = Requirements::load(context, workspace, names)?;
            let wanted = workspace.features.iter().map(|feature| &feature.name);
            let unknown = wanted
                .filter(|name| names.is_empty() || names.contains(name))
                .filter(|name| !requirements.knows(name))
                .cloned()
                .collect();
            Self { unknown, ..Self::by(touched, requirements) }
        };
        let all = workspace.features.len();
        let count = workspace.features.iter().filter(|f| found.touches(&f.name)).count();
        let base = change.base.get(..12).unwrap_or(&change.base);
        match change.files.len() {
            0 => talk!("nothing has changed since {base}"),
            1 => {
                talk!("1 file has changed since {base}; of {all} features, it touches {count}");
            }
            files => {
                talk!(
                    "{files} files have changed since {base}; of {all} features, they touch {count}"
                );
            }
        }
        if explain {
            let most = if context.global.verbose > 0 { usize::MAX } else { REASONS };
            workspace.features.iter().for_each(|feature| found.explain(&feature.name, most));
        }
        Ok(found)
    }

    /// Loads those of these features, or of all, that are affected. The problem of a feature that
    /// cannot be read is reported: the change might affect it.
    pub(crate) fn load(
        &self,
        context: &Context,
        workspace: &Workspace,
        names: &[String],
    ) -> Result<Loaded> {
        if self.touched.is_none() {
            return context.load(workspace, names);
        }
        let left_out = |name: &&String| !self.touches(name);
        let out: BTreeSet<_> =
            workspace.features.iter().map(|feature| &feature.name).filter(left_out).collect();
        let wanted = match names {
            [] => workspace.features.iter().map(|feature| feature.name.clone()).collect(),
            names => names.to_vec(),
        };
        let wanted: Vec<_> = wanted.into_iter().filter(|name| !out.contains(name)).collect();
        let mut loaded = if wanted.is_empty() {
            Loaded { features: Vec::new(), errors: Vec::new() }
        } else {
            context.load(workspace, &wanted)?
        };
        if names.is_empty() {
            loaded.errors.extend(workspace.problems.iter().cloned());
        }
        Ok(loaded)
    }

    /// What is touched, and what requires that.
    pub(crate) fn by(touched: Touched, requirements: Requirements) -> Self {
        Self { touched: Some(touched), requirements, unknown: BTreeSet::new() }
    }

    /// Whether a feature may be touched: one that is not in the workspace, nobody knows.
    pub(crate) fn may_touch(&self, workspace: &Workspace, feature: &str) -> bool {
        workspace.feature(feature).is_none() || self.touches(feature)
    }

    /// Whether a feature is touched at all.
    fn touches(&self, feature: &str) -> bool {
        [Lane::Portable, Lane::Nixos].iter().any(|lane| self.touches_in(feature, *lane))
    }

    /// Whether a job of a feature could end otherwise than before the change, on this backend.
    pub(crate) fn reaches(&self, feature: &str, backend: BackendKind) -> bool {
        let lane = match backend.row().runs {
            Runs::Debian => Lane::Portable,
            Runs::Nothing | Runs::Nixos => Lane::Nixos,
        };
        self.touches_in(feature, lane)
    }

    fn touches_in(&self, feature: &str, lane: Lane) -> bool {
        let Some(touched) = &self.touched else { return true };
        let is_touched = |name: &str| touched.why(name, lane).next().is_some();
        self.unknown.contains(feature)
            || is_touched(feature)
            || self.requirements.of(feature).into_iter().any(is_touched)
    }

    /// Why a feature is affected.
    fn reasons(&self, touched: &Touched, feature: &str, lane: Lane) -> Vec<String> {
        let mut reasons: Vec<_> = touched.why(feature, lane).map(ToString::to_string).collect();
        for other in self.requirements.of(feature) {
            reasons.extend(
                touched.why(other, lane).map(|why| format!("it needs {other}, of which {why}")),
            );
        }
        if self.unknown.contains(feature) {
            reasons.push("it cannot be loaded, and nobody knows what it needs".to_owned());
        }
        reasons
    }

    /// Says why a feature is affected, with at most this many reasons, or that it is not.
    fn explain(&self, feature: &str, most: usize) {
        let Some(touched) = &self.touched else { return };
        for (lane, name) in [(Lane::Portable, "portable machines"), (Lane::Nixos, "NixOS")] {
            let reasons = self.reasons(touched, feature, lane);
            match &reasons[..] {
                [] => talk!("  {feature}, {name}: out, nothing of the change is about it"),
                reasons => {
                    let said = reasons[..reasons.len().min(most)].join("; ");
                    let more = match reasons.len().saturating_sub(most) {
                        0 => String::new(),
                        more => format!("; and {more} more reasons, which -v names"),
                    };
                    talk!("  {feature}, {name}: in, as {said}{more}");
                }
            }
        }
    }
}
