//! The expressions that an expression is put together from.

use crate::Expr;

impl Expr {
    /// The expressions directly within it.
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            Self::Literal(_)
            | Self::Option(_)
            | Self::Variable(_)
            | Self::Package(_)
            | Self::Specifier(_)
            | Self::CommandVariable(_) => Vec::new(),
            Self::Neighbour(it) => vec![&it.otherwise],
            Self::Text(parts)
            | Self::And(parts)
            | Self::Or(parts)
            | Self::List(parts)
            | Self::Concat(parts)
            | Self::Merge(parts) => parts.iter().collect(),
            Self::Attrs(attrs) => attrs.values().collect(),
            Self::Not(inner)
            | Self::WithoutNulls(inner)
            | Self::UpTo(inner)
            | Self::ListLength(inner)
            | Self::AttrCount(inner)
            | Self::StringLength(inner)
            | Self::Lowercase(inner)
            | Self::ToEnvironment(inner)
            | Self::ToJson(inner) => vec![inner],
            Self::If(it) => vec![&it.condition, &it.then, &it.otherwise],
            Self::Compare(it) => vec![&it.left, &it.right],
            Self::Arithmetic(it) => vec![&it.left, &it.right],
            Self::MapList(it) | Self::Filter(it) => vec![&it.over, &it.body],
            Self::MapAttrs(it) | Self::AttrsToList(it) | Self::FilterAttrs(it) => {
                vec![&it.over, &it.body]
            }
            Self::Contains(it) => vec![&it.list, &it.item],
            Self::HasAttr(it) => vec![&it.attrs, &it.name],
            Self::HasPrefix(it)
            | Self::HasSuffix(it)
            | Self::HasInfix(it)
            | Self::RemovePrefix(it)
            | Self::RemoveSuffix(it) => vec![&it.part, &it.text],
            Self::Split(it) => vec![&it.text],
            Self::Replace(it) => vec![&it.to, &it.text],
            Self::Join(it) => vec![&it.list],
            Self::Fold(it) => vec![&it.over, &it.condition],
            Self::Match(it) => {
                std::iter::once(&it.on).chain(it.arms.iter().map(|arm| &arm.body)).collect()
            }
            Self::PackagePath(it) => vec![&it.package],
            Self::SettingsFile(it) => vec![&it.value],
            Self::TextFile(it) => vec![&it.text],
            Self::Script(it) => it.values.values().chain(it.lists.values()).collect(),
        }
    }

    /// Whether something holds of it or of an expression within it, at any depth.
    pub fn any(&self, holds: &impl Fn(&Expr) -> bool) -> bool {
        holds(self) || self.parts().into_iter().any(|part| part.any(holds))
    }
}
