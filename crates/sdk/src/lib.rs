//! What a feature's author sees.
//!
//! A feature is one crate whose program prints a manifest. Its `main.rs` has three parts: a
//! struct with `#[derive(Options)]`, what the [`System`] does with those options, and [`Tests`]
//! of it; [`main!`] makes a program of them. This crate turns them into the types of
//! `domi-model`; it knows nothing of Nix, Debian, QEMU or of how a test is run.
//!
//! # Options
//!
//! Each field of the struct is an option: its doc comment is the description, its type says which
//! values are accepted ([`OptionType`] lists them), and `open_firewall` is called `openFirewall`.
//! An `Option` is null where nobody sets it; any other option without a default must be set.
//!
//! | attribute | meaning |
//! | --- | --- |
//! | `default = …` | value where nobody sets it: a value, or an expression of other options through `cfg` |
//! | `default_text = "…"` | what documentation shows for the default |
//! | `example = …` | value that documentation shows |
//! | `range = 1..=9` | inclusive bounds of an integer or `f64`, also within `Option` and `Vec` |
//! | `matching = "[a-z]+"` | pattern of a `String`, likewise |
//! | `name = "listenIPv4"` | another name than the field's |
//! | `internal`, `hidden`, `read_only` | not for users; not in documentation; only the default sets it |
//! | `renamed_from = "old.path"` | the old name still works, with a warning |
//!
//! On the struct, `#[options(removed("old.path", "why, and what to do instead"))]`. An enum of
//! names is `types.enum` (`OnFailure` is `"on-failure"`); an enum whose variants hold one value
//! each is `types.attrTag`, or with `#[options(untagged)]` `types.oneOf`.
//!
//! # Expressions
//!
//! `cfg.port()` is no number but an [`Expr<Port>`](Expr): the description is printed as Nix and
//! evaluated in Rust. `text!("http://localhost:{}/", cfg.port())` and
//! `attrs! { "listen": cfg.port() }` put expressions together; [`when`] chooses.

// Derived code and macros call the crate by its name, within it too.
extern crate self as domi;

#[doc(hidden)]
pub mod private;

mod bind;
mod containers;
mod expr;
mod feature;
mod into;

mod metadata;
mod plugin;
mod serde_impls;
mod settings;
mod software;
mod system;
mod test;
mod types;
mod unit;

pub use containers::{Either, LazyMap, NonEmptyVec};
pub use domi_derive::{Options, attrs, text};
pub use domi_model as model;
pub use expr::{Comparable, Expr, Map, Ordered, instance_name, package, when};
pub use feature::{Feature, Options, Rules, manifest};
pub use into::{IntoAny, IntoExpr, IntoSetting, IntoText, Textual};
pub use metadata::Crate;
#[doc(hidden)]
pub use plugin::{Answer, respond};
pub use plugin::{CODES, run};
pub use settings::{
    Attrs, Free, Ini, Json, Settings, SettingsFormat, Toml, Yaml, settings_file, text_file,
};
pub use software::Software;
pub use system::{Part, System};
pub use test::{Machines, Refusal, Tests};
pub use types::{
    AbsolutePath, Anything, Bounded, Float, Lines, NonEmptyStr, OptionType, Package, Patterned,
    Port, SecretFile, SingleLineStr, StorePath,
};
pub use unit::{Argv, DropIn, Secret, Service, Timer, Unit, credential_path, kinds};

/// Everything that the `main.rs` of a feature needs.
pub mod prelude {
    pub use std::collections::BTreeMap;

    pub use crate::IntoExpr as _;
    pub use crate::{
        AbsolutePath, Anything, Either, Expr, Feature, Float, Ini, Json, LazyMap, Lines,
        NonEmptyStr, NonEmptyVec, Options, Package, Port, Rules, SecretFile, Settings,
        SingleLineStr, Software, StorePath, System, Tests, Toml, Yaml, argv, attrs,
        credential_path, instance_name, package, settings_file, text, text_file, when,
    };
}
