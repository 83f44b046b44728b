//! How values are compared and calculated with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How two values are compared. An integer and a float compare as numbers, also for equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CompareOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// How two integers are calculated with. No result leaves 64 signed bits, and nothing is divided
/// by zero: whether it could is known from the ranges of the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, without the fraction: `-7 / 2` is `-3`.
    Divide,
    /// What a division leaves, with the sign of the first integer: of `-7` and `2` it is `-1`.
    Remainder,
    /// The lesser one.
    Least,
    /// The greater one.
    Greatest,
}
