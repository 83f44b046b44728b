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
//! A field may be called by a keyword, `r#in`; not by a method of every expression, such as `clone`:
//! there `name` helps.
//!
//! | attribute | meaning |
//! | --- | --- |
//! | `default = …` | value where nobody sets it: a value, `None`, or an expression of other options through `cfg` |
//! | `default_text = "…"` | what documentation shows for the default |
//! | `example = …` | value that documentation shows |
//! | `range = 1..=9` | inclusive bounds of an integer or `f64`, also within `Option` and `Vec` |
//! | `matching = "[a-z]+"` | pattern of a `String`, likewise |
//! | `separator = "; "` | what several definitions of a `String` are joined with |
//! | `name = "listenIPv4"` | another name than the field's |
//! | `internal`, `hidden`, `read_only` | not for users; not in documentation; only the default sets it |
//! | `renamed_from = "old.path"` | the old name still works, with a warning; one of a `read_only` option is read, too |
//! | `renamed_from = "old.path", since = "1.2.0"` | the same of an option that lost its name in this version: without a message until the next minor version, refused from the next major version on |
//!
//! On the struct, `#[options(removed("old.path", "why, and what to do instead"))]`. An enum of
//! names is `types.enum` (`OnFailure` is `"on-failure"`), of integers if it has numbers (`One = 1`); an enum whose variants hold one value
//! each is `types.attrTag`, or with `#[options(untagged)]` `types.oneOf`. What is documented of
//! its variants is part of the option's description.
//!
//! # Expressions
//!
//! `cfg.port()` is no number but an [`Expr<Port>`](Expr): the description is printed as Nix and
//! evaluated in Rust. `text!("http://localhost:{}/", cfg.port())` and
//! `attrs! { "listen": cfg.port() }` put expressions together; [`when`] chooses.
//!
//! Since nobody knows the value before the machine does, what Rust does with values has a twin:
//!
//! | instead of | write |
//! | --- | --- |
//! | `cfg.port() == 80`, `<`, … | `cfg.port().eq(80)`, `.ne`, `.lt`, `.le`, `.gt`, `.ge` |
//! | `if cfg.tls() { a } else { b }` | `when(cfg.tls(), a, b)` |
//! | `if cfg.tls() { system.… }` | `system.when(cfg.tls(), \|system\| …)`, or `.when(cfg.tls())` behind a part |
//! | `let part = memory * 3 / 4` | the same: `cfg.memory() * 3 / 4`, `100 - cfg.reserved()`, `.min(8)` |
//! | `a && b`, `a \|\| b`, `!a` | `a.and(b)`, `a.or(b)`, `!a` |
//! | `.len()`, `.is_empty()`, `.filter(…)`, `.contains(x)` of a list | the same |
//! | `.len()`, `.contains_key(x)` of a map | the same; `.filter_values(\|name, value\| …)` |
//! | `.starts_with(x)`, `.ends_with(x)`, `.split(",")`, `.replace("a", x)` of a string | the same |
//! | `.contains(x)`, `.strip_prefix(x)`, `.strip_suffix(x)` of a string | `.has_part(x)`, `.without_prefix(x)`, `.without_suffix(x)` |
//! | `(1..=cfg.workers()).map(…)` | `one_to(cfg.workers()).map(…)` |
//! | `format!("{}", cfg.port())` | `text!("{}", cfg.port())` |
//! | `match cfg.store() { … }` | `cfg.store().cases(…)`, a closure for each variant |
//! | a shell's `$(…)`, pipes and loops | `.start(script("name", "…").value("url", cfg.url()))` |
//! | a program of its own for everybody | `system.command(&script("shop-status", "…"))` |
//! | `.start("/bin/x a")` | `.start(argv![cfg.package().bin("x"), "a"])` |
//!
//! Integers are calculated with in 64 bits, and every result must fit: this is known from the ranges
//! of the options before anybody sets them, and a product of two options without `range` is refused.
//! So is a division by what may be 0, unless a `when` around it says that it is not.
//!
//! # Other features
//!
//! What a feature uses of another one is a struct of its own with those options, which says whose they
//! are ([`Neighbour`]); the other crate is not needed. `system.neighbour::<Gateway>().set(|it| it.port(), 80)`
//! sets an option where the other feature is on the machine, and
//! `neighbour::<Gateway>().read(|it| it.port()).or(80)` reads one. In a test, `beside::<Gateway>()` enables
//! it. Whether the types are those of the other feature is checked where both are known.
//!
//! # Options of NixOS
//!
//! `system.nixos("services.openssh.enable").set(true)` sets an option of NixOS's own modules
//! ([`System::nixos`]). Only a Nix knows what they make of it, so that a test of such a machine runs
//! where there is one: on NixOS, or with `--realiser nix` on a portable machine. Elsewhere it is skipped,
//! named and counted.
//!
//! # Saying things once
//!
//! What can have one value only is said once: a key such as `Nice`, an environment variable, the
//! description, a setting of a test. A second one is a problem that names both places. A key that
//! systemd reads as a list, such as `ReadWritePaths`, gets longer. [`hardened`](Service::hardened) and
//! [`confined`](Service::confined) give way to any [`config`](Unit::config).

// Derived code and macros call the crate by its name, within it too.
extern crate self as domi;

// Each group uses only itself and what stands above it.

// What expressions of the manifest are made with, and what is wrong where an author writes them.
mod bind;
mod conditions;
mod fault;
mod place;
mod plain;

// The types of options.
mod abilities;
mod added;
mod containers;
mod run_time;
mod types;

// Expressions, what may be written for one, and what is made of them.
mod attrs;
mod collections;
mod expr;
mod into_expr;
mod measured;
mod misuse;
mod numbers;
mod packages;
mod strings;
mod texts;

// Structs of options.
mod old_name;
mod options;
mod serde_impls;
mod settings;

// What a machine has.
mod account;
mod changes;
mod command;
mod confinement;
mod key_values;
mod keys;
mod neighbour;
mod nixos;
mod part;
mod scripts;
mod software;
mod system;
mod unit;
mod unit_kinds;
mod unit_names;

// Tests of it.
mod refused;
mod test;
mod test_certificate;

// The feature, and its program.
mod feature;
mod metadata;
mod plugin;

// What derived code and macros call; nothing here uses it.
#[doc(hidden)]
pub mod private;

pub use abilities::{Comparable, Ordered, Textual};
pub use account::{AddedFile, AddedGroup, AddedUser};
pub use attrs::{Attrs, IntoAny};
pub use changes::Triggered;
pub use collections::Map;
pub use command::{Argv, CommandLine};
pub use containers::{Either, IntOrString, LazyMap, LinesOrList, NonEmptyVec, OneOrMany};
pub use domi_derive::{Options, argv, attrs, text};
pub use domi_model as model;
pub use domi_model::{IfChanged, Kind};
pub use expr::{Expr, IntoExpr, when};
pub use feature::{Feature, Named, Rules, manifest};
pub use key_values::IntoSetting;
pub use measured::Measured;
pub use metadata::Crate;
pub use misuse::{Formatted, Operand};
pub use neighbour::{Beside, Neighbour, NeighbourSettings, Read, SetOption, neighbour};
pub use nixos::NixosOption;
pub use numbers::{Integer, one_to};
#[doc(hidden)]
pub use old_name::OldName;
pub use options::{Options, instance_name};
pub use packages::package;
pub use part::Part;
#[doc(hidden)]
pub use plugin::{Answer, respond};
pub use plugin::{CODES, run};
pub use refused::Refused;
pub use scripts::{Script, environment_file, environment_lines, script};
pub use settings::{
    Free, Ini, Json, KeyValue, Settings, SettingsFormat, Toml, Yaml, settings_file, text_file,
};
pub use software::Software;
pub use strings::Text;
pub use system::System;
pub use test::{Machines, Refusal, Switched, Tests};
pub use test_certificate::{TEST_CERTIFICATE, TEST_KEY};
pub use texts::{CommandVariable, IntoText, Specifier, command_variable, main_pid, specifier};
pub use types::{
    AbsolutePath, Anything, Bounded, Colons, Commas, Float, Lines, NonEmptyStr, OptionType,
    Package, Patterned, Port, SecretFile, Separable, SingleLineStr, StorePath,
};
pub use unit::{DropIn, Secret, Service, Timer, Unit, credential_path, kinds};
pub use unit_kinds::mount_unit;
pub use unit_names::UnitNames;

/// Everything that the `main.rs` of a feature needs.
pub mod prelude {
    pub use std::collections::BTreeMap;
    pub use std::time::Duration;

    pub use crate::IntoExpr as _;
    pub use crate::{
        AbsolutePath, Anything, Colons, Commas, Either, Expr, Feature, Float, IfChanged, Ini,
        IntOrString, Json, KeyValue, Kind, LazyMap, Lines, LinesOrList, Neighbour, NonEmptyStr,
        NonEmptyVec, OneOrMany, Options, Package, Port, Rules, SecretFile, Settings, SingleLineStr,
        Software, StorePath, System, Tests, Toml, Yaml, argv, attrs, command_variable,
        credential_path, environment_file, environment_lines, instance_name, main_pid, neighbour,
        one_to, package, script, settings_file, specifier, text, text_file, when,
    };
}
