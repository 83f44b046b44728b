//! The types of what options hold.

use crate::{OptionDecl, Settings, Submodule, Type, Variant};

impl Type {
    /// The type of what an option of this type holds, where every value has become what is made of
    /// it.
    pub fn held(self) -> Self {
        let inner = |ty: Box<Self>| Box::new(ty.held());
        match self {
            Self::Coerced(coerced) => coerced.to.held(),
            Self::ListOf(ty) => Self::ListOf(inner(ty)),
            Self::NonEmptyListOf(ty) => Self::NonEmptyListOf(inner(ty)),
            Self::AttrsOf(ty) => Self::AttrsOf(inner(ty)),
            Self::LazyAttrsOf(ty) => Self::LazyAttrsOf(inner(ty)),
            Self::NullOr(ty) => Self::NullOr(inner(ty)),
            Self::OneOf(types) => Self::OneOf(types.into_iter().map(Self::held).collect()),
            Self::Submodule(it) => Self::Submodule(Submodule { options: each(it.options) }),
            Self::Settings(it) => {
                Self::Settings(Settings { format: it.format, options: each(it.options) })
            }
            Self::AttrTag(variants) => Self::AttrTag(
                variants.into_iter().map(|it| Variant { ty: it.ty.held(), ..it }).collect(),
            ),
            other => other,
        }
    }
}

fn each(options: Vec<OptionDecl>) -> Vec<OptionDecl> {
    options.into_iter().map(|it| OptionDecl { ty: it.ty.held(), ..it }).collect()
}
