use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, Scope};

/// Numbers that a system user may be given: NixOS and Debian give none of them away by
/// themselves before all others are taken.
pub const SYSTEM_IDS: RangeInclusive<u32> = 400..=899;

/// Numbers that a user for people may be given.
pub const NORMAL_IDS: RangeInclusive<u32> = 1000..=29999;

/// A user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Its name: a string.
    pub name: Expr,
    /// Whether it is for people to log in as, rather than for a service. It has a number of its
    /// own, bash as its shell and a home that is made, `/home/<name>` where none is given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("x-since" = 3))]
    pub normal: bool,
    /// Its number: [`SYSTEM_IDS`] or [`NORMAL_IDS`]. The machine chooses one where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-since" = 3))]
    pub uid: Option<u32>,
    /// Its primary group: a string.
    pub group: Expr,
    /// Other groups that it is in, each a string: groups of the feature, or ones that NixOS and
    /// Debian both have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-since" = 3))]
    pub extra_groups: Vec<Expr>,
    /// What it is for: a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Expr>,
    /// Its home folder: a string; `/var/empty` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Expr>,
    /// Whether its home folder is made, with mode 0700.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("x-since" = 3))]
    pub create_home: bool,
    /// Its shell: the path of a program in a package. Nobody can log in where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-since" = 3))]
    pub shell: Option<Expr>,
    /// When, and how often.
    #[serde(default, skip_serializing_if = "Scope::is_plain")]
    pub scope: Scope,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// Its name: a string.
    pub name: Expr,
    /// Its number: [`SYSTEM_IDS`] or [`NORMAL_IDS`]. The machine chooses one where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-since" = 3))]
    pub gid: Option<u32>,
    /// When, and how often.
    #[serde(default, skip_serializing_if = "Scope::is_plain")]
    pub scope: Scope,
}
