//! Going through an expression.

use super::{Binding, Bound, Key, Nix, Part};

impl Nix {
    /// Shows it and all that is in it, from the outside to the inside. What `look` replaces, or says
    /// no to, is not gone into.
    pub(crate) fn walk(&mut self, look: &mut dyn FnMut(&mut Self) -> bool) {
        if !look(self) {
            return;
        }
        match self {
            Self::Ident(_) | Self::Int(_) | Self::Float(_) | Self::Path(_) => {}
            Self::Str(parts) => {
                for part in parts {
                    if let Part::Interpolation(nix) = part {
                        nix.walk(look);
                    }
                }
            }
            Self::List(items) => items.iter_mut().for_each(|item| item.walk(look)),
            Self::Attrs(bindings) => bindings.iter_mut().for_each(|it| it.walk(look)),
            Self::Select { base, path, default } => {
                base.walk(look);
                path.iter_mut().for_each(|key| key.walk(look));
                if let Some(default) = default {
                    default.walk(look);
                }
            }
            Self::HasAttr { base, path } => {
                base.walk(look);
                path.iter_mut().for_each(|key| key.walk(look));
            }
            Self::Apply(function, argument) => {
                function.walk(look);
                argument.walk(look);
            }
            Self::Lambda(_, body) | Self::Not(body) => body.walk(look),
            Self::Let(bindings, body) => {
                bindings.iter_mut().for_each(|it| it.walk(look));
                body.walk(look);
            }
            Self::If(parts) => parts.iter_mut().for_each(|part| part.walk(look)),
            Self::Assert(parts) | Self::Binary(_, parts) => {
                parts.iter_mut().for_each(|part| part.walk(look));
            }
        }
    }
}

impl Key {
    fn walk(&mut self, look: &mut dyn FnMut(&mut Nix) -> bool) {
        if let Self::Dynamic(nix) = self {
            nix.walk(look);
        }
    }
}

impl Binding {
    pub(crate) fn walk(&mut self, look: &mut dyn FnMut(&mut Nix) -> bool) {
        match &mut self.bound {
            Bound::Value(path, value) => {
                path.iter_mut().for_each(|key| key.walk(look));
                value.walk(look);
            }
            Bound::Inherit(Some(from), _) => from.walk(look),
            Bound::Inherit(None, _) => {}
        }
    }
}
