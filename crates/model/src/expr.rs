use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ArithmeticOp, CompareOp, Format, OptionPath, Value};

/// An expression over a feature's options: small, typed, and total. Every expression has a value
/// for every legal setting of the options, in Nix and in Rust alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Expr {
    /// A value as it is.
    Literal(Value),
    /// The value of one of the feature's options.
    Option(OptionPath),
    /// What an enclosing map, match or `each` bound to a name.
    Variable(Variable),
    /// The value of an option of another feature, where that is on the machine.
    #[schemars(extend("x-since" = 3))]
    Neighbour(Box<NeighbourOption>),
    /// A string put together from strings, integers, booleans, paths and packages. A float has
    /// no agreed text: use [`Expr::ToJson`].
    Text(Vec<Expr>),
    /// One of two values.
    If(Box<If>),
    /// Compares two values; the order of anything but numbers and strings is not defined.
    Compare(Box<Compare>),
    /// Two integers calculated with.
    #[schemars(extend("x-since" = 3))]
    Arithmetic(Box<Arithmetic>),
    /// The opposite of a boolean.
    Not(Box<Expr>),
    /// Whether all booleans are true.
    And(Vec<Expr>),
    /// Whether any boolean is true.
    Or(Vec<Expr>),
    /// A list.
    List(Vec<Expr>),
    /// Lists, one after the other.
    Concat(Vec<Expr>),
    /// An attribute set.
    Attrs(BTreeMap<String, Expr>),
    /// Attribute sets, the later winning name by name, at any depth.
    Merge(Vec<Expr>),
    /// A value without the attributes that are null, at any depth; elements of lists stay. What
    /// a program takes for its default where a file does not mention it.
    #[schemars(extend("x-since" = 2))]
    WithoutNulls(Box<Expr>),
    /// A list of what the body makes of each element.
    MapList(Box<MapList>),
    /// An attribute set of what the body makes of each value, under the same names.
    MapAttrs(Box<MapAttrs>),
    /// A list of what the body makes of each name and value, in the order of the names.
    AttrsToList(Box<MapAttrs>),
    /// The strings of a list with a separator between them.
    Join(Box<Join>),
    /// The integers from 1 to another one, which can be at most 1000; none where that is less.
    #[schemars(extend("x-since" = 3))]
    UpTo(Box<Expr>),
    /// How many elements a list has.
    #[schemars(extend("x-since" = 3))]
    ListLength(Box<Expr>),
    /// How many attributes a set has.
    #[schemars(extend("x-since" = 3))]
    AttrCount(Box<Expr>),
    /// How many bytes a string has in UTF-8.
    #[schemars(extend("x-since" = 3))]
    StringLength(Box<Expr>),
    /// The elements of a list for which the body is true.
    #[schemars(extend("x-since" = 3))]
    Filter(Box<MapList>),
    /// The attributes of a set for which the body is true.
    #[schemars(extend("x-since" = 3))]
    FilterAttrs(Box<MapAttrs>),
    /// Whether a list has an element that is equal to another value.
    #[schemars(extend("x-since" = 3))]
    Contains(Box<Contains>),
    /// Whether a set has an attribute of a name.
    #[schemars(extend("x-since" = 3))]
    HasAttr(Box<HasAttr>),
    /// Whether a string begins with another.
    #[schemars(extend("x-since" = 3))]
    HasPrefix(Box<StringPart>),
    /// Whether a string ends with another.
    #[schemars(extend("x-since" = 3))]
    HasSuffix(Box<StringPart>),
    /// Whether a string has another anywhere in it.
    #[schemars(extend("x-since" = 3))]
    HasInfix(Box<StringPart>),
    /// A string without what it begins with, if it does.
    #[schemars(extend("x-since" = 3))]
    RemovePrefix(Box<StringPart>),
    /// A string without what it ends with, if it does.
    #[schemars(extend("x-since" = 3))]
    RemoveSuffix(Box<StringPart>),
    /// What is between the separators of a string, as a list.
    #[schemars(extend("x-since" = 3))]
    Split(Box<Split>),
    /// A string with the letters A to Z in lower case; all others stay.
    #[schemars(extend("x-since" = 3))]
    Lowercase(Box<Expr>),
    /// A string with something else in every place where it had a part.
    #[schemars(extend("x-since" = 3))]
    Replace(Box<Replace>),
    /// Whether any or all elements of a list fulfil a condition.
    Fold(Box<Fold>),
    /// What the tag of a tagged union says.
    Match(Box<Match>),
    /// A package of the manifest's `packages`, by its name there.
    Package(String),
    /// A file within a package.
    PackagePath(Box<PackagePath>),
    /// The path of a file that holds settings in a program's format. Never for secrets.
    SettingsFile(Box<SettingsFile>),
    /// The path of a file that holds a text. Never for secrets.
    TextFile(Box<TextFile>),
    /// The path of a script for bash, which may be run. Never for secrets.
    #[schemars(extend("x-since" = 3))]
    Script(Box<Script>),
    /// An attribute set of strings, numbers and booleans as the lines of an environment file, as
    /// systemd and shells read them.
    #[schemars(extend("x-since" = 3))]
    ToEnvironment(Box<Expr>),
    /// A value as one line of JSON.
    ToJson(Box<Expr>),
    /// A specifier of systemd, such as `%t`, alone or as a part of a text: only where systemd
    /// expands it. Nothing else that holds a `%` is ever expanded.
    #[schemars(extend("x-since" = 2))]
    Specifier(String),
    /// A variable that systemd gives to a command, such as `MAINPID`, alone or as a part of a text:
    /// only in arguments of commands. Nothing else that holds a `$` is ever expanded.
    #[schemars(extend("x-since" = 3))]
    CommandVariable(String),
}

impl Expr {
    /// The text that the expression is whatever the settings, where it is one.
    pub fn fixed_text(&self) -> Option<String> {
        match self {
            Self::Literal(Value::Str(text)) => Some(text.clone()),
            Self::Text(parts) => parts.iter().map(Self::fixed_text).collect(),
            _ => None,
        }
    }
}

/// A bound name, and the way from its value to the one meant: `job.schedule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// Names of attributes within it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
}

/// An option of another feature, and what counts where that is not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeighbourOption {
    /// The feature: one of the manifest's `neighbours`.
    pub feature: String,
    /// The option: one that `neighbours` names.
    pub option: OptionPath,
    /// The value where the feature is not there, or not enabled.
    pub otherwise: Expr,
}

/// One of two values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct If {
    /// A boolean.
    pub condition: Expr,
    /// The value where it is true.
    pub then: Expr,
    /// The value where it is false.
    pub otherwise: Expr,
}

/// Two values compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Compare {
    /// How.
    pub op: CompareOp,
    /// The first value.
    pub left: Expr,
    /// The second value.
    pub right: Expr,
}

/// Two integers, calculated with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Arithmetic {
    /// How.
    pub op: ArithmeticOp,
    /// The first integer.
    pub left: Expr,
    /// The second integer.
    pub right: Expr,
}

/// What a body makes of each element of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapList {
    /// The list.
    pub over: Expr,
    /// The name bound to the element.
    pub item: String,
    /// What it becomes.
    pub body: Expr,
}

/// What a body makes of each name and value of an attribute set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapAttrs {
    /// The attribute set.
    pub over: Expr,
    /// The name bound to the attribute's name.
    pub name: String,
    /// The name bound to the attribute's value.
    pub value: String,
    /// What they become.
    pub body: Expr,
}

/// Strings with a separator between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Join {
    /// The separator.
    pub separator: String,
    /// The list of strings.
    pub list: Expr,
}

/// A list and what may be in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contains {
    /// The list.
    pub list: Expr,
    /// A boolean, number, string or path.
    pub item: Expr,
}

/// An attribute set and a name that may be in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HasAttr {
    /// The attribute set, with any names.
    pub attrs: Expr,
    /// A string.
    pub name: Expr,
}

/// A string and what may be a part of it. Neither has a path of the store in it, which is another
/// one on portable machines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StringPart {
    /// The part.
    pub part: Expr,
    /// The string.
    pub text: Expr,
}

/// A string and what separates its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Split {
    /// The separator, which is not empty.
    pub separator: String,
    /// The string.
    pub text: Expr,
}

/// A string in which something is replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Replace {
    /// What is replaced, which is not empty.
    pub from: String,
    /// What comes in its place.
    pub to: Expr,
    /// The string.
    pub text: Expr,
}

/// Whether elements of a list fulfil a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fold {
    /// True: all must. False: one is enough.
    pub all: bool,
    /// The list.
    pub over: Expr,
    /// The name bound to the element.
    pub item: String,
    /// A boolean.
    pub condition: Expr,
}

/// What the tag of a tagged union says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Match {
    /// The tagged union.
    pub on: Expr,
    /// An arm for every tag.
    pub arms: Vec<MatchArm>,
}

/// The value where a union has a certain tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MatchArm {
    /// The tag.
    pub tag: String,
    /// The name bound to the tag's value.
    pub item: String,
    /// The value.
    pub body: Expr,
}

/// A file within a package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackagePath {
    /// The package: an option of type package, or [`Expr::Package`].
    pub package: Expr,
    /// The path within it, such as `bin/rsync`.
    pub path: String,
}

/// A file that holds settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsFile {
    /// The file's name.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// What it holds.
    pub value: Expr,
}

/// A file that holds a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextFile {
    /// The file's name.
    pub name: String,
    /// What it holds.
    pub text: Expr,
}

/// A file that bash runs. Values reach it as variables, so that nothing in them is ever read as
/// shell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The file's name.
    pub name: String,
    /// Variables that are set before the text, each to a string.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Expr>,
    /// Arrays that are set before the text, each to a list of strings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, Expr>,
    /// The script, without `#!` and `set -e`, which it begins with.
    pub text: String,
}

impl Script {
    /// What a script begins with after its `#!` line: a command that fails ends it.
    pub const BEGINS: &str = "set -e\n";

    /// The script with made-up values, for a program that judges scripts by their text.
    pub fn sample(&self) -> String {
        let mut out = format!("#!/bin/bash\n{}", Self::BEGINS);
        out.extend(self.values.keys().map(|name| format!("{name}='a value'\n")));
        out.extend(self.lists.keys().map(|name| format!("{name}=('a value' another)\n")));
        out + &self.text + "\n"
    }
}
