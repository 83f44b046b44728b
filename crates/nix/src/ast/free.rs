//! The names that an expression takes from around it.

use std::collections::BTreeSet;

use super::{Binding, Bound, Key, Nix, Param, Part};

impl Nix {
    /// The names that it takes from around it.
    pub(crate) fn free(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        self.collect_free(&mut names);
        names
    }

    fn collect_free(&self, names: &mut BTreeSet<String>) {
        match self {
            Self::Ident(name) => {
                names.insert(name.clone());
            }
            Self::Int(_) | Self::Float(_) | Self::Path(_) => {}
            Self::Str(parts) => {
                for part in parts {
                    if let Part::Interpolation(nix) = part {
                        nix.collect_free(names);
                    }
                }
            }
            Self::List(items) => items.iter().for_each(|item| item.collect_free(names)),
            Self::Attrs(bindings) => bindings.iter().for_each(|b| b.collect_free(names)),
            Self::Select { base, path, default } => {
                base.collect_free(names);
                path.iter().for_each(|key| key.collect_free(names));
                if let Some(default) = default {
                    default.collect_free(names);
                }
            }
            Self::HasAttr { base, path } => {
                base.collect_free(names);
                path.iter().for_each(|key| key.collect_free(names));
            }
            Self::Apply(function, argument) => {
                function.collect_free(names);
                argument.collect_free(names);
            }
            Self::Lambda(param, body) => {
                let mut inner = body.free();
                match param {
                    Param::Ident(name) => inner.retain(|free| free != name),
                    Param::Formals(formals) | Param::Exactly(formals) => {
                        inner.retain(|name| !formals.contains(name));
                    }
                }
                names.extend(inner);
            }
            Self::Let(bindings, body) => {
                let mut inner = body.free();
                for binding in bindings {
                    binding.collect_free(&mut inner);
                }
                let bound: Vec<&str> = bindings.iter().flat_map(Binding::bound_names).collect();
                inner.retain(|name| !bound.contains(&name.as_str()));
                names.extend(inner);
            }
            Self::If(parts) => parts.iter().for_each(|part| part.collect_free(names)),
            Self::Assert(parts) | Self::Binary(_, parts) => {
                parts.iter().for_each(|part| part.collect_free(names));
            }
            Self::Not(inner) => inner.collect_free(names),
        }
    }
}

impl Key {
    fn collect_free(&self, names: &mut BTreeSet<String>) {
        if let Self::Dynamic(nix) = self {
            nix.collect_free(names);
        }
    }
}

impl Binding {
    /// The names that what it binds takes from around it.
    pub(crate) fn free(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        self.collect_free(&mut names);
        names
    }

    fn collect_free(&self, names: &mut BTreeSet<String>) {
        match &self.bound {
            Bound::Value(path, value) => {
                path.iter().for_each(|key| key.collect_free(names));
                value.collect_free(names);
            }
            Bound::Inherit(Some(from), _) => from.collect_free(names),
            Bound::Inherit(None, inherited) => names.extend(inherited.iter().cloned()),
        }
    }

    pub(crate) fn bound_names(&self) -> impl Iterator<Item = &str> {
        let names: Vec<&str> = match &self.bound {
            Bound::Value(path, _) => match path.first() {
                Some(Key::Name(name)) => vec![name],
                _ => vec![],
            },
            Bound::Inherit(_, names) => names.iter().map(String::as_str).collect(),
        };
        names.into_iter()
    }
}
