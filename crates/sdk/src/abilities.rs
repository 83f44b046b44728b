//! What can be done with the values of a type, in Nix and in Rust alike.

use crate::{
    AbsolutePath, Colons, Commas, IntOrString, Lines, LinesOrList, NonEmptyStr, Package, Port,
    SecretFile, SingleLineStr, StorePath,
};

/// Types whose values have a text that Nix and Rust agree on.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` has no agreed text",
    label = "no text",
    note = "strings, integers, booleans, paths, packages and enums of names have one",
    note = "for anything else, write `.to_json()`; for an `Option`, say with `.or(…)` or `.map(…)` what null means"
)]
pub trait Textual {}

/// Types whose values can be told to be the same.
#[diagnostic::on_unimplemented(
    message = "two expressions of type `{Self}` cannot be compared",
    note = "strings, numbers, booleans, paths and enums of names can; of an `Option`, `.is_set()` \
            says whether it is null, and `.or(…)` what it is then"
)]
pub trait Comparable {}

/// Types whose values have an order.
#[diagnostic::on_unimplemented(message = "expressions of type `{Self}` have no order")]
pub trait Ordered: Comparable {}

impl<T: Textual> Comparable for T {}
impl Comparable for f64 {}

macro_rules! marked {
    ($trait:ident: $($ty:ty),+) => { $(impl $trait for $ty {})+ };
}

marked!(Textual: bool, i8, i16, i32, i64, u8, u16, u32, Port, String, NonEmptyStr, SingleLineStr);
marked!(Textual: IntOrString, LinesOrList);
marked!(Textual: Lines, Commas, Colons, AbsolutePath, StorePath, SecretFile, Package);
marked!(Ordered: i8, i16, i32, i64, u8, u16, u32, Port, f64, String, NonEmptyStr, SingleLineStr);
