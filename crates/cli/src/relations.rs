//! What features have to do with each other, as their manifests and their crates say it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use camino::Utf8Path;
use cargo_metadata::{DependencyKind, Package};
use domi_model::{Manifest, Place};
use domi_plugin::{Feature, Workspace};
use schemars::JsonSchema;
use serde::Serialize;

/// How a feature has to do with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum How {
    /// It does not work without it.
    Requires,
    /// It does less without it.
    Wants,
    /// It sets an option of it.
    Sets,
    /// It reads an option of it.
    Reads,
    /// Its crate is built from the other's crate.
    BuiltFrom,
    /// A test has it on the machine.
    TestedBeside,
    /// It must not be on its machine.
    Conflicts,
}

impl How {
    /// Between the names of two features.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Requires => "requires",
            Self::Wants => "wants",
            Self::Sets => "sets an option of",
            Self::Reads => "reads an option of",
            Self::BuiltFrom => "is built from",
            Self::TestedBeside => "is tested beside",
            Self::Conflicts => "conflicts with",
        }
    }

    /// The same of several options or tests at once, where it is about such.
    pub(crate) fn words_of(self, count: usize) -> String {
        match self {
            Self::Sets if count > 1 => format!("sets {count} options of"),
            Self::Reads if count > 1 => format!("reads {count} options of"),
            other => other.words().to_owned(),
        }
    }

    /// Whether the feature depends on the other one by it.
    pub(crate) fn is_dependency(self) -> bool {
        self != Self::Conflicts
    }
}

/// That a feature has to do with another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Relation {
    /// The feature.
    pub(crate) from: String,
    /// The other one, which may not be there.
    pub(crate) to: String,
    /// How.
    pub(crate) how: How,
    /// Which option, test or crates: where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) what: Option<String>,
    /// Whether that is so only where a condition on its settings holds.
    pub(crate) conditional: bool,
    /// Where it was written: a file, from the workspace's root, and a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
}

impl Relation {
    /// What is between the two names, with the option, test or crates that it is about.
    pub(crate) fn words(&self) -> String {
        let how = self.how.words();
        match (&self.what, self.how) {
            (None, _) => how.to_owned(),
            (Some(option), How::Sets) => format!("sets {option} of"),
            (Some(option), How::Reads) => format!("reads {option} of"),
            (Some(test), How::TestedBeside) => format!("is tested ({test}) beside"),
            (Some(way), _) => format!("{how} ({way})"),
        }
    }
}

/// All that features have to do with each other, in the order of their names.
pub(crate) fn relations(workspace: &Workspace, features: &[Feature]) -> Vec<Relation> {
    let mut found: BTreeSet<Relation> = built_from(workspace).into_iter().collect();
    features.iter().for_each(|feature| found.extend(of(&feature.manifest)));
    found.into_iter().collect()
}

/// What a manifest says.
fn of(manifest: &Manifest) -> Vec<Relation> {
    let mut found = Vec::new();
    let mut add = |to: &str, how, what: Option<String>, conditional, place: &Option<Place>| {
        let (from, to) = (manifest.feature.name.clone(), to.to_owned());
        let place = place.as_ref().map(ToString::to_string);
        found.push(Relation { from, to, how, what, conditional, place });
    };
    for (all, how) in [
        (&manifest.requires, How::Requires),
        (&manifest.wants, How::Wants),
        (&manifest.conflicts, How::Conflicts),
    ] {
        for it in all {
            add(&it.feature, how, None, it.when.is_some(), &it.place);
        }
    }
    for it in &manifest.system.settings {
        add(&it.feature, How::Sets, Some(it.option.to_string()), it.when.is_some(), &it.place);
    }
    for (other, known) in &manifest.neighbours {
        for read in &known.reads {
            add(other, How::Reads, Some(read.option.to_string()), false, &known.place);
        }
    }
    for test in &manifest.tests {
        for other in test.beside() {
            add(other, How::TestedBeside, Some(test.name.clone()), false, &test.place);
        }
    }
    found
}

/// Which features' crates are built from those of others, directly or by way of other crates of the
/// workspace.
fn built_from(workspace: &Workspace) -> Vec<Relation> {
    let packages = workspace.metadata.workspace_packages();
    let packages: BTreeMap<&Utf8Path, &Package> = packages
        .into_iter()
        .filter_map(|package| Some((package.manifest_path.parent()?, package)))
        .collect();
    let by_folder: BTreeMap<&Utf8Path, &str> =
        workspace.features.iter().map(|it| (&*it.folder, &*it.name)).collect();
    let mut found = Vec::new();
    for feature in &workspace.features {
        // The crates that lead to one, and the first one's name in its Cargo.toml.
        let mut open = VecDeque::from([(&*feature.folder, Vec::<String>::new())]);
        let mut seen = BTreeSet::from([&*feature.folder]);
        while let Some((folder, way)) = open.pop_front() {
            let Some(package) = packages.get(folder) else { continue };
            let kept = |kind| kind != DependencyKind::Development;
            for dependency in package.dependencies.iter().filter(|it| kept(it.kind)) {
                let Some(other) = dependency.path.as_deref() else { continue };
                let Some((other, _)) = packages.get_key_value(other) else { continue };
                if !seen.insert(other) {
                    continue;
                }
                let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
                let way: Vec<String> = way.iter().cloned().chain([name.clone()]).collect();
                match by_folder.get(other) {
                    None => open.push_back((other, way)),
                    Some(to) => found.push(Relation {
                        from: feature.name.clone(),
                        to: (*to).to_owned(),
                        how: How::BuiltFrom,
                        what: (way.len() > 1).then(|| way.join(" → ")),
                        conditional: false,
                        place: place(feature, &way[0]),
                    }),
                }
            }
        }
    }
    found
}

/// Where the `Cargo.toml` of a feature names a dependency.
fn place(feature: &domi_plugin::FeatureCrate, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(feature.folder.join("Cargo.toml")).ok()?;
    let document = toml_edit::Document::parse(text.as_str()).ok()?;
    let targets = document.get("target").and_then(|it| it.as_table_like());
    let tables = targets.into_iter().flat_map(|it| it.iter().map(|(_, table)| table));
    let tables = std::iter::once(document.as_item()).chain(tables);
    let mut kinds = tables.flat_map(|it| [it.get("dependencies"), it.get("build-dependencies")]);
    let span = kinds.find_map(|table| {
        let (key, value) = table?.as_table_like()?.get_key_value(name)?;
        key.span().or_else(|| value.span())
    })?;
    let line = text.get(..span.start)?.matches('\n').count() + 1;
    Some(format!("{}:{line}", feature.place.join("Cargo.toml")))
}

/// Which features depend on which, directly.
pub(crate) struct Dependencies<'a>(BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a Relation>>>);

impl<'a> Dependencies<'a> {
    pub(crate) fn of(relations: &'a [Relation]) -> Self {
        let mut all: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for it in relations.iter().filter(|it| it.how.is_dependency() && it.from != it.to) {
            all.entry(&*it.from).or_default().entry(&*it.to).or_default().push(it);
        }
        Self(all)
    }

    /// What a feature has to do with another one that it depends on directly.
    pub(crate) fn between(&self, from: &str, to: &str) -> &[&'a Relation] {
        self.0.get(from).and_then(|all| all.get(to)).map_or(&[], |all| all)
    }

    /// The shortest ways from a feature to another one that it depends on, `most` of them, in the
    /// order of their names; and how many there are. None where it does not depend on it.
    pub(crate) fn ways(&self, from: &str, to: &str, most: usize) -> (Vec<Vec<&'a str>>, u64) {
        let mut back: BTreeMap<&str, Vec<&'a str>> = BTreeMap::new();
        for (one, all) in &self.0 {
            for next in all.keys() {
                back.entry(next).or_default().push(one);
            }
        }
        // How far each feature is from the end, and by how many ways.
        let mut found: BTreeMap<&str, (usize, u64)> = BTreeMap::from([(to, (0, 1))]);
        let mut open = VecDeque::from([to]);
        while let Some(at) = open.pop_front() {
            let (distance, ways) = found[at];
            for next in back.get(at).into_iter().flatten() {
                match found.get_mut(next) {
                    None => {
                        found.insert(next, (distance + 1, ways));
                        open.push_back(next);
                    }
                    Some((same, more)) if *same == distance + 1 => {
                        *more = more.saturating_add(ways);
                    }
                    Some(_) => {}
                }
            }
        }
        let there = self.0.get_key_value(from).map(|(from, _)| *from);
        let there = there.and_then(|from| Some((from, *found.get(from)?)));
        let Some((from, (length, count))) = there.filter(|(_, (length, _))| *length > 0) else {
            return (Vec::new(), 0);
        };
        let mut ways = vec![vec![from]];
        for left in (0..length).rev() {
            let longer = ways.iter().flat_map(|way| {
                let last = way.last().copied().unwrap_or_default();
                let next = self.0.get(last).into_iter().flat_map(BTreeMap::keys).copied();
                let next = next.filter(|next| found.get(next).is_some_and(|it| it.0 == left));
                next.map(|next| way.iter().copied().chain([next]).collect())
            });
            ways = longer.take(most).collect();
        }
        (ways, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn related(pairs: &[(&str, &str, How)]) -> Vec<Relation> {
        let relation = |(from, to, how): &(&str, &str, How)| Relation {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            how: *how,
            what: None,
            conditional: false,
            place: None,
        };
        pairs.iter().map(relation).collect()
    }

    #[track_caller]
    fn check(pairs: &[(&str, &str, How)], most: usize, ways: &[&str], count: u64) {
        let relations = related(pairs);
        let dependencies = Dependencies::of(&relations);
        let (found, number) = dependencies.ways("a", "z", most);
        let found: Vec<String> = found.iter().map(|way| way.concat()).collect();
        assert_eq!((found, number), (ways.iter().map(|it| (*it).to_owned()).collect(), count));
    }

    #[test]
    fn all_shortest_ways_are_found_and_counted() {
        use How::{Conflicts, Reads, Requires, Wants};
        check(&[("a", "z", Requires), ("a", "z", Reads)], 9, &["az"], 1);
        let diamond =
            [("a", "c", Wants), ("a", "b", Requires), ("b", "z", Wants), ("c", "z", Reads)];
        check(&diamond, 9, &["abz", "acz"], 2);
        check(&diamond, 1, &["abz"], 2);
        // A longer way, a circle and a feature that is not there change nothing.
        let more = [("c", "d", Wants), ("d", "z", Wants), ("z", "a", Wants), ("b", "gone", Wants)];
        check(&[&diamond[..], &more].concat(), 9, &["abz", "acz"], 2);
        check(&[("a", "b", Requires), ("z", "a", Requires)], 9, &[], 0);
        check(&[("a", "z", Conflicts)], 9, &[], 0);
        check(&[], 9, &[], 0);
        // Ways that end elsewhere do not take the place of those that lead there.
        let fan = [("a", "b", Wants), ("a", "c", Wants), ("b", "x", Wants), ("c", "z", Wants)];
        check(&fan, 1, &["acz"], 1);
    }

    #[test]
    fn ways_without_number_are_counted_and_not_walked() {
        let mut pairs = Vec::new();
        let names: Vec<[String; 2]> = (0..40).map(|n| [format!("b{n}"), format!("c{n}")]).collect();
        for (upper, lower) in names.iter().zip(&names[1..]) {
            for from in upper {
                pairs.extend(lower.iter().map(|to| (&**from, &**to, How::Wants)));
            }
        }
        pairs.extend(names[0].iter().map(|to| ("a", &**to, How::Wants)));
        pairs.extend(names[39].iter().map(|from| (&**from, "z", How::Wants)));
        let relations = related(&pairs);
        let (found, count) = Dependencies::of(&relations).ways("a", "z", 3);
        assert_eq!((found.len(), count), (3, 1 << 40));
        assert!(found.iter().all(|way| way.len() == 42 && way.last() == Some(&"z")));
    }
}
