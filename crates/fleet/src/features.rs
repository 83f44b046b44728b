//! The features that a fleet may use.

use std::collections::BTreeMap;

use domi_model::{Manifest, Taken};

/// Features by name.
#[derive(Debug, Clone, Default)]
pub struct Features(BTreeMap<String, Manifest>);

impl FromIterator<Manifest> for Features {
    fn from_iter<I: IntoIterator<Item = Manifest>>(manifests: I) -> Self {
        let entry = |manifest: Manifest| (manifest.feature.name.clone(), manifest);
        Self(manifests.into_iter().map(entry).collect())
    }
}

impl Features {
    /// The manifest of a feature.
    pub fn get(&self, name: &str) -> Option<&Manifest> {
        self.0.get(name)
    }

    /// Whether there is a feature of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What a feature is called by its name or by one that it had and that is still taken; and what becomes
    /// of the one that it had.
    pub fn current(&self, name: &str) -> Option<(&str, Option<Taken>)> {
        if let Some((name, _)) = self.0.get_key_value(name) {
            return Some((name, None));
        }
        let of = |manifest: &Manifest| {
            let former = manifest.feature.formerly.iter().find(|it| it.name == name);
            former.map(|it| it.taken).filter(|taken| *taken != Taken::NoLonger)
        };
        self.0.iter().find_map(|(now, manifest)| Some((now.as_str(), Some(of(manifest)?))))
    }

    /// What a feature is called now; the name as it is written where nothing is or was called so.
    pub fn called<'a>(&'a self, name: &'a str) -> &'a str {
        self.current(name).map_or(name, |(now, _)| now)
    }

    /// What a feature is called that had this name.
    pub(crate) fn now(&self, name: &str) -> Option<&str> {
        let had = |it: &&Manifest| it.feature.formerly.iter().any(|it| it.name == name);
        self.0.values().find(had).map(|it| &*it.feature.name)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
