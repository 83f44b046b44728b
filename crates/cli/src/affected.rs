//! Which features a change affects, for `--affected`.

use std::collections::BTreeSet;

use domi_affected::{Change, Lane, Touched, touched};
use domi_plugin::{FeatureCrate, Workspace};
use domi_runner::{BackendKind, Job, Runs};

use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::required::{Gathered, Needs};

/// How many reasons are shown for a feature, without `-v`.
const REASONS: usize = 3;

/// What has changed since a base, or by default the usual one, in the work tree that the workspace is
/// in.
pub(crate) fn change(
    context: &Context,
    workspace: &Workspace,
    base: Option<&str>,
) -> Result<Change> {
    Change::since(base, workspace, &context.interrupt)?
        .map_err(|problems| context.problems(Exit::Usage, problems))
}

/// What a change affects.
pub(crate) struct Affected {
    /// What the change touches; without `--affected`, everything.
    touched: Option<Touched>,
    /// What is touched affects those that need it, too.
    needs: Needs,
    /// Features that cannot be loaded, so that nobody knows what they need.
    unknown: BTreeSet<String>,
}

impl Affected {
    /// Without `--affected`: every feature.
    pub(crate) fn everything() -> Self {
        Self { touched: None, needs: Needs::default(), unknown: BTreeSet::new() }
    }

    /// What a change affects of the workspace. What is found is said, and of every feature why, where
    /// that is wanted.
    pub(crate) fn find(
        context: &Context,
        workspace: &Workspace,
        change: &Change,
        gathered: &Gathered,
        explain: bool,
    ) -> Result<Self> {
        let found = Self::of(context, workspace, change, gathered)?;
        found.tell(workspace, change);
        if explain {
            let most = if context.global.verbose > 0 { usize::MAX } else { REASONS };
            workspace.features.iter().for_each(|feature| found.explain(&feature.name, most));
        }
        Ok(found)
    }

    /// The same, without a word.
    pub(crate) fn of(
        context: &Context,
        workspace: &Workspace,
        change: &Change,
        gathered: &Gathered,
    ) -> Result<Self> {
        let mut ask = |features: &[&FeatureCrate]| {
            let mut known = gathered.made_from.clone();
            let open = features.iter().filter(|feature| !known.contains_key(&feature.name));
            let open: Vec<_> = open.copied().collect();
            if !open.is_empty() {
                known.extend(context.built_from(workspace, &open)?);
            }
            Ok(known)
        };
        let touched = touched(workspace, change, &mut ask)?;
        let unknown = gathered.unknown();
        Ok(Self { unknown, ..Self::by(touched, gathered.needs.clone()) })
    }

    /// Says how much has changed, and how much that touches.
    fn tell(&self, workspace: &Workspace, change: &Change) {
        let all = workspace.features.len();
        let count = workspace.features.iter().filter(|f| self.touches(&f.name)).count();
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
    }

    /// What is touched, and what needs that.
    pub(crate) fn by(touched: Touched, needs: Needs) -> Self {
        Self { touched: Some(touched), needs, unknown: BTreeSet::new() }
    }

    /// Whether a feature, or one that its tests need, may be touched in some lane.
    pub(crate) fn touches(&self, feature: &str) -> bool {
        let mut all = self.needs.of(feature).into_iter().chain([feature]);
        all.any(|name| Lane::ALL.iter().any(|lane| self.touches_in(name, *lane)))
    }

    /// Whether a job could end otherwise than before the change, on this backend: it touches a
    /// feature that is on the machines of the job.
    pub(crate) fn reaches_job(&self, job: &Job, backend: BackendKind) -> bool {
        let lane = match backend.row().runs {
            Runs::Debian => Lane::Portable,
            Runs::Nothing | Runs::Nixos => Lane::Nixos,
        };
        let beside = job.beside.iter().map(|other| &*other.manifest.feature.name);
        let mut all = std::iter::once(job.feature()).chain(beside);
        all.any(|feature| self.touches_in(feature, lane))
    }

    /// Whether a feature itself may be touched.
    fn touches_in(&self, feature: &str, lane: Lane) -> bool {
        let Some(touched) = &self.touched else { return true };
        self.unknown.contains(feature) || touched.why(feature, lane).next().is_some()
    }

    /// Why a feature is affected in a lane, if it is: the first reason, as a phrase.
    pub(crate) fn why(&self, feature: &str, lane: Lane) -> Option<String> {
        self.reasons(self.touched.as_ref()?, feature, lane).into_iter().next()
    }

    /// Why a feature is affected.
    fn reasons(&self, touched: &Touched, feature: &str, lane: Lane) -> Vec<String> {
        const UNKNOWN: &str = "cannot be loaded, and nobody knows what it needs";
        let mut reasons: Vec<_> = touched.why(feature, lane).map(ToString::to_string).collect();
        for other in self.needs.of(feature) {
            reasons.extend(
                touched.why(other, lane).map(|why| format!("it needs {other}, of which {why}")),
            );
            if self.unknown.contains(other) {
                reasons.push(format!("it needs {other}, which {UNKNOWN}"));
            }
        }
        if self.unknown.contains(feature) {
            reasons.push(format!("it {UNKNOWN}"));
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
