//! What strings begin and end with, and what is made of them.

use domi_model::{Expr as Untyped, Replace, Split, StringPart};

use crate::{
    AbsolutePath, Colons, Commas, Expr, IntOrString, IntoExpr, Lines, LinesOrList, NonEmptyStr,
    SecretFile, SingleLineStr,
};

/// Types whose values are strings, the same ones on every machine.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no string that something can be made of",
    label = "no string",
    note = "`String`, `NonEmptyStr`, `SingleLineStr`, `Lines` and paths outside of the store are; of \
            other values `text!(\"{{}}\", …)` makes one"
)]
pub trait Text {}

macro_rules! strings {
    ($($ty:ty),+) => { $(impl Text for $ty {})+ };
}

strings!(IntOrString, LinesOrList);
strings!(String, NonEmptyStr, SingleLineStr, Lines, Commas, Colons, AbsolutePath, SecretFile);

impl<T: Text> Expr<T> {
    /// Whether it begins with another string.
    pub fn starts_with(&self, part: impl IntoExpr<String>) -> Expr<bool> {
        Expr::from_model(Untyped::HasPrefix(self.and_part(part)))
    }

    /// Whether it ends with another string.
    pub fn ends_with(&self, part: impl IntoExpr<String>) -> Expr<bool> {
        Expr::from_model(Untyped::HasSuffix(self.and_part(part)))
    }

    /// Whether another string is anywhere in it.
    pub fn has_part(&self, part: impl IntoExpr<String>) -> Expr<bool> {
        Expr::from_model(Untyped::HasInfix(self.and_part(part)))
    }

    /// Without another string that it begins with; the same if it does not.
    pub fn without_prefix(&self, part: impl IntoExpr<String>) -> Expr<String> {
        Expr::from_model(Untyped::RemovePrefix(self.and_part(part)))
    }

    /// Without another string that it ends with; the same if it does not.
    pub fn without_suffix(&self, part: impl IntoExpr<String>) -> Expr<String> {
        Expr::from_model(Untyped::RemoveSuffix(self.and_part(part)))
    }

    /// What is between separators, as `str::split` has it: of `a,,b` and `,` three strings. The
    /// separator is not empty.
    pub fn split(&self, separator: &str) -> Expr<Vec<String>> {
        let (separator, text) = (separator.to_owned(), self.as_model().clone());
        Expr::from_model(Untyped::Split(Box::new(Split { separator, text })))
    }

    /// With the letters A to Z in lower case; all others stay as they are.
    pub fn to_ascii_lowercase(&self) -> Expr<String> {
        Expr::from_model(Untyped::Lowercase(Box::new(self.as_model().clone())))
    }

    /// With something else in every place where it has a part, which is not empty.
    pub fn replace(&self, from: &str, to: impl IntoExpr<String>) -> Expr<String> {
        let (from, text) = (from.to_owned(), self.as_model().clone());
        let to = to.into_expr().into_model();
        Expr::from_model(Untyped::Replace(Box::new(Replace { from, to, text })))
    }

    fn and_part(&self, part: impl IntoExpr<String>) -> Box<StringPart> {
        let part = part.into_expr().into_model();
        Box::new(StringPart { part, text: self.as_model().clone() })
    }
}
