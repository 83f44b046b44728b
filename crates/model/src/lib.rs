//! What a feature is: its options, values, expressions, system and tests, as data.
//!
//! This crate is the contract between a feature's plugin process and everything that gives a
//! feature meaning (Nix text, the realised system, the runner, documentation). It does no I/O
//! and knows nothing of Nix syntax, Debian, QEMU or cargo.
//!
//! The [`Manifest`] is the root. It is one JSON document, versioned by [`SCHEMA`], that a plugin
//! of any language may print; `docs/reference/manifest.schema.json` is generated from these types.

mod account;
mod arithmetic;
mod at;
mod change;
mod check;
mod claim;
mod claimed;
pub mod codes;
mod commands;
mod context;
mod described;
mod directive;
mod expected;
mod expr;
mod fit;
mod flow;
mod format;
mod former;
mod held;
pub mod ini;
pub mod key_value;
mod known;
mod label;
mod least;
mod manifest;
mod marked;
pub mod names;
mod neighbour;
mod nix_names;
pub mod nixos;
mod nixos_setting;
mod number;
mod operations;
mod operators;
mod option;
mod option_path;
pub mod output;
mod package;
mod parts;
mod path_at;
mod place;
mod places;
mod problem;
mod repeated;
pub mod reserved;
mod schema;
mod scope;
mod shape;
mod shell;
mod specifier;
mod stored;
mod system;
mod test;
mod validate;
mod value;
mod words;
mod written;

pub use domi_pattern as pattern;

pub use account::{Group, NORMAL_IDS, SYSTEM_IDS, User};
pub use arithmetic::NoResult;
pub use at::{entry_at, put_at, take_at};
pub use change::{Changes, IfChanged, RELOAD_TRIGGERS, RESTART_TRIGGERS};
pub use check::{accepts, check, coerced, unknown_option};
pub use claim::{Claim, ClaimKind};
pub use claimed::{Claimed, Thing, plain_path};
pub use codes::CODES;
pub use commands::Commands;
pub use directive::{
    Arrival, Directive, Form, OLDEST_SYSTEMD, PLAIN_WORD, Quoting, Reading, Start, directive,
    is_known_everywhere, is_plain_word,
};
pub use expr::{
    Arithmetic, Compare, Contains, Expr, Fold, HasAttr, If, Join, MapAttrs, MapList, Match,
    MatchArm, NeighbourOption, PackagePath, Replace, Script, SettingsFile, Split, StringPart,
    TextFile, Variable,
};
pub use fit::misfits;
pub use flow::order;
pub use format::Format;
pub use manifest::{
    Assertion, Feature, FormerName, Kind, KnownFeature, KnownOption, Maintainer, Manifest,
    Maturity, Platform, Removed, Renamed, Taken, Warning,
};
pub use marked::{mark, marked};
pub use neighbour::{Neighbour, NeighbourSetting, Priority};
pub use nix_names::{NIX_NAMES, is_nix_name};
pub use nixos_setting::NixosSetting;
pub use number::{LostNumber, lost_numbers};
pub use operators::{ArithmeticOp, CompareOp};
pub use option::{
    Coerced, Conversion, IntRange, NAME, NEIGHBOURS, NumberRange, OptionDecl, PathKind, Settings,
    Submodule, Type, Variant,
};
pub use option_path::OptionPath;
pub use package::Package;
pub use path_at::path_at;
pub use place::Place;
pub use problem::{Code, Problem, Severity};
pub use repeated::repeated_names;
pub use schema::{Keys, SCHEMA, Version, schema};
pub use scope::{Each, Scope};
pub use shell::{ENVIRONMENT_ESCAPED, ENVIRONMENT_NAME, environment_line, scripts, shell_word};
pub use specifier::{Expansion, Ran};
pub use stored::has_package;
pub use system::{
    Command, Content, EtcFile, FirewallPorts, InstalledPackage, Protocol, Setting, Sysctl, System,
    TmpfilesRule, Unit, UnitKind,
};
pub use test::{
    Action, Expectation, Machine, Refusal, Run, Step, Switch, Test, TestBody, TestFile,
};
pub use validate::{validate, validate_free};
pub use value::{NotAValue, Value};
pub use words::{words, words_of};
