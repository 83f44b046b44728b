//! Two manifests of a feature, compared whole.

use std::collections::BTreeMap;

use domi_model::{
    Assertion, Expr, Feature, FormerName, KnownFeature, KnownOption, Manifest, Neighbour,
    OptionPath, Package, Taken, Type, Value,
};

use crate::at_old_settings::Meanings;
use crate::parts::{Part, json, named};
use crate::{Effect, Finding, options, parts, plain, system};

/// A feature at a time.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Its manifest.
    pub manifest: &'a Manifest,
    /// The hand-written module beside its crate, where there is one.
    pub extra_nix: Option<&'a [u8]>,
}

/// What changed from one to the other, what weighs most first. Nothing is said of two that are alike but
/// for the places where their parts were written, and for the version.
pub fn compare(before: Side<'_>, after: Side<'_>) -> Vec<Finding> {
    let mut manifests = [before.manifest.clone(), after.manifest.clone()];
    manifests.iter_mut().for_each(plain::without_places);
    let [old, new] = manifests;
    let meanings = options::meanings(&old, &new);
    let mut findings = options::compare(&old, &new, &meanings);
    let Manifest {
        schema: _,
        feature: of,
        packages,
        options: _,
        renamed: _,
        removed,
        assertions: _,
        warnings,
        requires: _,
        wants: _,
        conflicts: _,
        neighbours: _,
        system: _,
        extra_nix: _,
        tests,
    } = &old;
    feature(of, &new.feature, &mut findings);
    software(packages, &new.packages, &mut findings);
    if *removed != new.removed {
        findings.push(Finding::new(Effect::DocumentationChanged, "reasons of removed options"));
    }
    if meanings.of(warnings) != meanings.of(&new.warnings) {
        findings.push(Finding::new(Effect::WarningChanged, "warnings"));
    }
    if *tests != new.tests {
        findings.push(Finding::new(Effect::TestsChanged, "tests"));
    }
    if before.extra_nix != after.extra_nix || old.extra_nix != new.extra_nix {
        findings.push(Finding::new(Effect::HandWrittenChanged, "extra.nix"));
    }
    findings.extend(parts::compare(parts_of(&old, &meanings), parts_of(&new, &meanings)));
    findings.sort_by(|one, other| {
        let key = |it: &Finding| (std::cmp::Reverse(it.level), it.effect, it.what.clone());
        key(one).cmp(&key(other))
    });
    findings.dedup();
    findings
}

/// All that has a name of its own and comes and goes.
fn parts_of(manifest: &Manifest, meanings: &Meanings) -> Vec<Part> {
    let Manifest { assertions, requires, wants, conflicts, neighbours, system, .. } = manifest;
    let mut parts = held(&meanings.of(assertions));
    parts.extend(others("requires", &meanings.of(requires), REQUIREMENT));
    parts.extend(others("wants", &meanings.of(wants), [Effect::WishChanged; 2]));
    parts.extend(others("excludes", &meanings.of(conflicts), CONFLICT));
    parts.extend(known(neighbours));
    parts.extend(system::parts(&meanings.of(system)));
    parts
}

const REQUIREMENT: [Effect; 2] = [Effect::RequirementRemoved, Effect::RequirementAdded];
const CONFLICT: [Effect; 2] = [Effect::ConflictRemoved, Effect::ConflictAdded];

fn feature(old: &Feature, new: &Feature, findings: &mut Vec<Finding>) {
    let Feature {
        name: _,
        kind,
        summary,
        description,
        maturity,
        version: _,
        platforms,
        maintainers,
        formerly: _,
    } = old;
    names(old, new, findings);
    if kind != &new.kind {
        let path = |of: &Feature| of.option_prefix().join(".");
        let finding = Finding::new(Effect::KindChanged, "options");
        findings.push(finding.with(path(old), path(new)));
    }
    if (summary, description, maintainers) != (&new.summary, &new.description, &new.maintainers) {
        findings.push(Finding::new(Effect::DocumentationChanged, "description of the feature"));
    }
    if *maturity != new.maturity {
        let is_lower = new.maturity < *maturity;
        let effect = if is_lower { Effect::MaturityLowered } else { Effect::MaturityRaised };
        let finding = Finding::new(effect, "maturity");
        findings.push(finding.with(maturity.as_str(), new.maturity.as_str()));
    }
    let gone = platforms.iter().filter(|it| !new.platforms.contains(it));
    findings.extend(gone.map(|it| Finding::new(Effect::PlatformRemoved, it.as_str())));
    let more = new.platforms.iter().filter(|it| !platforms.contains(it));
    findings.extend(more.map(|it| Finding::new(Effect::PlatformAdded, it.as_str())));
}

/// The name, and those before it.
fn names(old: &Feature, new: &Feature, findings: &mut Vec<Finding>) {
    let taken = |name: &str| {
        let former = new.formerly.iter().find(|it| it.name == name);
        former.map_or(Taken::NoLonger, |it| it.taken)
    };
    let under =
        |effect, name: &str| Finding::new(effect, format!("options under the old name {name}"));
    if old.name != new.name {
        let effect = match taken(&old.name) {
            Taken::NoLonger => Effect::FeatureNameRemoved,
            Taken::Silently | Taken::WithWarning => Effect::FeatureRenamed,
        };
        findings.push(Finding::new(effect, "feature").with(&*old.name, &*new.name));
    }
    for FormerName { name, taken: was } in &old.formerly {
        let effect = match (*was, taken(name)) {
            // One that is its name again is taken.
            _ if *name == new.name => continue,
            (was, is) if was == is => continue,
            (_, Taken::NoLonger) => Effect::FeatureNameRemoved,
            (Taken::NoLonger, _) => {
                findings.push(under(Effect::OptionAdded, name));
                continue;
            }
            _ => Effect::FeatureNameWarning,
        };
        let what = format!("feature {name}, the old name of {}", new.name);
        findings.push(Finding::new(effect, what));
    }
    let is_new = |it: &&FormerName| {
        it.name != old.name && old.formerly.iter().all(|before| before.name != it.name)
    };
    for FormerName { name, taken } in new.formerly.iter().filter(is_new) {
        let effect = match taken {
            Taken::NoLonger => Effect::DocumentationChanged,
            Taken::Silently | Taken::WithWarning => Effect::OptionAdded,
        };
        findings.push(under(effect, name));
    }
}

fn software(
    old: &BTreeMap<String, Package>,
    new: &BTreeMap<String, Package>,
    findings: &mut Vec<Finding>,
) {
    for (name, package) in old {
        let what = format!("software {name}");
        match new.get(name) {
            None => findings.push(Finding::new(Effect::SoftwareRemoved, what)),
            Some(new) if new != package => {
                findings.push(Finding::new(Effect::SoftwareChanged, what));
            }
            Some(_) => {}
        }
    }
    let more = new.keys().filter(|name| !old.contains_key(*name));
    findings
        .extend(more.map(|name| Finding::new(Effect::SoftwareAdded, format!("software {name}"))));
}

/// What must hold. An assertion has no name but what it says; one that always holds says nothing.
fn held(assertions: &[Assertion]) -> Vec<Part> {
    let part = |Assertion { condition, message, place: _ }: &Assertion| {
        let name = format!("assertion {}", json(condition));
        let shown = format!("assertion {}", named(message));
        Part::new(Effect::AssertionRemoved, Effect::AssertionAdded, name)
            .shown(&shown)
            .with(Effect::DocumentationChanged, message)
    };
    assertions.iter().filter(|it| always(&it.condition) != Some(true)).map(part).collect()
}

/// Other features that a feature asks for. Where a condition never holds, it does not.
fn others(verb: &str, others: &[Neighbour], [removed, added]: [Effect; 2]) -> Vec<Part> {
    let part = |Neighbour { feature, when, place: _ }: &Neighbour| {
        // Under another condition it is another one: where it did not hold it may hold.
        let condition = match when.as_ref().map(|when| (when, always(when))) {
            Some((_, Some(false))) => return None,
            None | Some((_, Some(true))) => String::new(),
            Some((when, None)) => format!(" where {}", json(when)),
        };
        Some(Part::new(removed, added, format!("{verb} {feature}{condition}")))
    };
    others.iter().filter_map(part).collect()
}

/// What a boolean is whatever the settings, where it is one thing.
fn always(condition: &Expr) -> Option<bool> {
    match condition {
        Expr::Literal(Value::Bool(value)) => Some(*value),
        _ => None,
    }
}

/// What is known of other features.
fn known(neighbours: &BTreeMap<String, KnownFeature>) -> Vec<Part> {
    let mut parts = Vec::new();
    for (name, KnownFeature { kind, sets, reads, place: _ }) in neighbours {
        let new = |name| Part::new(Effect::NeighbourRemoved, Effect::NeighbourAdded, name);
        let id = format!("feature {name}");
        parts.push(new(id.clone()).with(Effect::NeighbourChanged, kind));
        let mut add = |verb: &str, option: &OptionPath, ty: &Type| {
            let part = new(format!("{verb} {option} of {name}")).of(&id);
            parts.push(part.with(Effect::NeighbourChanged, ty));
        };
        sets.iter().for_each(|KnownOption { option, ty }| add("sets", option, ty));
        reads.iter().for_each(|KnownOption { option, ty }| add("reads", option, ty));
    }
    parts
}
