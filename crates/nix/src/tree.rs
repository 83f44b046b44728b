//! Definitions of NixOS options, gathered from all over a manifest and written once each: no
//! attribute path is begun twice, and what cannot stand in one attribute set is merged.

use crate::ast::{Binding, Key, Nix};
use crate::lists::concat;
use crate::names;

/// Definitions by attribute path.
#[derive(Default)]
pub(crate) struct Tree {
    children: Vec<(Key, Tree)>,
    values: Vec<Nix>,
    /// Lists of values.
    spread: Vec<Nix>,
    /// What the names in it are of, where no two definitions may have one.
    unique: Option<&'static str>,
    lists: Vec<Segment>,
}

/// How many names with one condition are written below it, rather than each with it.
const MANY: usize = 3;

/// A part of a list.
pub(crate) struct Segment {
    /// The part.
    pub(crate) list: Nix,
    /// When it is there.
    pub(crate) when: Option<Nix>,
}

impl Tree {
    /// Defines what a path has; other definitions of it are merged with this one.
    pub(crate) fn set(&mut self, path: impl IntoIterator<Item = Key>, value: Nix) {
        self.at(path).values.push(value);
    }

    /// Defines what a path has by a list of definitions.
    pub(crate) fn spread(&mut self, path: impl IntoIterator<Item = Key>, values: Nix) {
        self.at(path).spread.push(values);
    }

    /// Has a name refused that two definitions of the path have.
    pub(crate) fn keep_unique(&mut self, path: impl IntoIterator<Item = Key>, what: &'static str) {
        self.at(path).unique = Some(what);
    }

    /// Defines a part of the list that a path has.
    pub(crate) fn extend(&mut self, path: impl IntoIterator<Item = Key>, segment: Segment) {
        self.at(path).lists.push(segment);
    }

    fn at(&mut self, path: impl IntoIterator<Item = Key>) -> &mut Self {
        let mut node = self;
        for key in path {
            let found = node.children.iter().position(|(name, _)| *name == key);
            let index = found.unwrap_or_else(|| {
                node.children.push((key, Self::default()));
                node.children.len() - 1
            });
            node = &mut node.children[index].1;
        }
        node
    }

    /// The definitions as lines of an attribute set.
    pub(crate) fn into_bindings(self) -> Vec<Binding> {
        let mut bindings = Vec::new();
        for (key, child) in self.children {
            let mut path = vec![key];
            let child = child.descend(&mut path);
            bindings.push(Binding::at(path, child.into_nix()).flattened());
        }
        bindings
    }

    /// Follows the path for as long as there is only one way.
    fn descend(mut self, path: &mut Vec<Key>) -> Self {
        while self.values.is_empty()
            && self.spread.is_empty()
            && self.lists.is_empty()
            && self.children.len() == 1
        {
            let (key, child) = self.children.remove(0);
            path.push(key);
            self = child;
        }
        self
    }

    /// Takes out what many names have on one condition, as one definition for each condition.
    fn take_groups(&mut self) -> Vec<Nix> {
        let mut conditions: Vec<(Nix, usize)> = Vec::new();
        for (key, child) in &self.children {
            let Some((condition, _)) = child.conditional(key) else { continue };
            match conditions.iter_mut().find(|(known, _)| known == condition) {
                Some((_, count)) => *count += 1,
                None => conditions.push((condition.clone(), 1)),
            }
        }
        let group = |(condition, _): (Nix, usize)| {
            let mut lines = Vec::new();
            self.children.retain(|(key, child)| match child.conditional(key) {
                Some((its, value)) if *its == condition => {
                    lines.push(Binding::at(vec![key.clone()], value.clone()).flattened());
                    false
                }
                _ => true,
            });
            when(Some(condition), Nix::attrs(lines))
        };
        conditions.into_iter().filter(|(_, count)| *count >= MANY).map(group).collect()
    }

    /// The condition of the only definition of a fixed name, and its value.
    fn conditional(&self, key: &Key) -> Option<(&Nix, &Nix)> {
        let is_alone = self.children.is_empty() && self.spread.is_empty() && self.lists.is_empty();
        match (key, &self.values[..]) {
            (Key::Name(_), [only]) if is_alone => conditional(only),
            _ => None,
        }
    }

    /// The definitions as a value.
    pub(crate) fn into_nix(mut self) -> Nix {
        let mut parts = Vec::new();
        // Fixed names are never twice; no function has to look for one that is.
        let is_fixed = self.spread.is_empty()
            && self.values.is_empty()
            && self.children.iter().all(|(key, _)| matches!(key, Key::Name(_)));
        if is_fixed {
            self.unique = None;
        }
        let groups = if self.unique.is_none() { self.take_groups() } else { Vec::new() };
        // Two names that only evaluation tells may turn out to be one.
        let clashing = self.children.len() > 1;
        let (dynamic, fixed): (Vec<_>, Vec<_>) = self
            .children
            .into_iter()
            .partition(|(key, _)| clashing && matches!(key, Key::Dynamic(_)));
        let alone = dynamic.into_iter().map(|child| vec![child]);
        for children in std::iter::once(fixed).chain(alone).filter(|some| !some.is_empty()) {
            let tree = Self { children, ..Self::default() };
            parts.push(Nix::attrs(tree.into_bindings()));
        }
        parts.extend(groups);
        parts.extend(self.values);
        if !self.lists.is_empty() {
            parts.push(list(self.lists));
        }
        let merge = match self.unique {
            Some(what) => Nix::ident(names::DISJOINT).call(Nix::str(what)),
            None => Nix::lib("mkMerge"),
        };
        if !self.spread.is_empty() {
            let fixed = (!parts.is_empty()).then_some(Nix::List(parts));
            return merge.call(concat(fixed.into_iter().chain(self.spread)));
        }
        match <[Nix; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => merge.call(Nix::List(parts)),
        }
    }
}

fn list(mut segments: Vec<Segment>) -> Nix {
    if let [Segment { list, when: Some(_) }] = segments.as_mut_slice() {
        let list = std::mem::replace(list, Nix::List(Vec::new()));
        return when(segments.remove(0).when, list);
    }
    concat(segments.into_iter().map(|segment| match segment.when {
        Some(condition) => Nix::if_else(condition, segment.list, Nix::List(Vec::new())),
        None => segment.list,
    }))
}

/// The condition and the value of what [`when`] made.
fn conditional(nix: &Nix) -> Option<(&Nix, &Nix)> {
    let Nix::Apply(function, value) = nix else { return None };
    let Nix::Apply(function, condition) = &**function else { return None };
    (**function == Nix::lib("mkIf")).then_some((condition, value))
}

/// The value where the condition, if any, is true.
pub(crate) fn when(condition: Option<Nix>, value: Nix) -> Nix {
    match condition {
        Some(condition) => Nix::lib_call("mkIf", [condition, value]),
        None => value,
    }
}
