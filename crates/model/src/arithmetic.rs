//! Arithmetic on integers of 64 bits, and which integers come out of it.

use std::fmt;

use crate::{ArithmeticOp, Expr, IntRange};

/// Why an operation on all integers of two ranges has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoResult {
    /// The second one may be zero.
    DividesByZero,
    /// The result may be this, which 64 bits do not hold.
    Leaves(i128),
}

impl ArithmeticOp {
    /// The result; `None` where it leaves 64 bits, or zero is divided by.
    pub fn apply(self, left: i64, right: i64) -> Option<i64> {
        match self {
            Self::Add => left.checked_add(right),
            Self::Subtract => left.checked_sub(right),
            Self::Multiply => left.checked_mul(right),
            Self::Divide => left.checked_div(right),
            Self::Remainder => left.checked_rem(right),
            Self::Least => Some(left.min(right)),
            Self::Greatest => Some(left.max(right)),
        }
    }

    /// The range of the results of all integers of two ranges.
    ///
    /// # Errors
    /// Why there is none.
    pub fn range(self, left: IntRange, right: IntRange) -> Result<IntRange, NoResult> {
        let divides = matches!(self, Self::Divide | Self::Remainder);
        // A range that is the wrong way round has nothing in it, but has ends.
        if divides && (right.contains(0) || [right.least(), right.most()].contains(&0)) {
            return Err(NoResult::DividesByZero);
        }
        let corners = [left.least(), left.most()].map(|left| {
            [right.least(), right.most()].map(|right| self.exact(i128::from(left), right.into()))
        });
        let corners = corners.as_flattened();
        let results = (corners.iter().min(), corners.iter().max());
        let (Some(least), Some(most)) = results else { return Err(NoResult::DividesByZero) };
        let (least, most) = match (i64::try_from(*least), i64::try_from(*most)) {
            (Ok(least), Ok(most)) => (least, most),
            (Err(_), _) => return Err(NoResult::Leaves(*least)),
            (_, Err(_)) => return Err(NoResult::Leaves(*most)),
        };
        if self == Self::Remainder {
            return Ok(remainders(left, right));
        }
        Ok(IntRange::between(least, most))
    }

    /// The exact result; of a remainder the quotient, which Nix calculates on the way.
    fn exact(self, left: i128, right: i128) -> i128 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide | Self::Remainder => left / right,
            Self::Least => left.min(right),
            Self::Greatest => left.max(right),
        }
    }

    /// The range within one side's that would do, `other` being the range of the other side.
    fn good_range(self, side: IntRange, of_left: bool, other: IntRange) -> Option<IntRange> {
        let fits = |most: i64| {
            let range =
                IntRange::between(side.least().max(most.saturating_neg()), side.most().min(most));
            let (left, right) = if of_left { (range, other) } else { (other, range) };
            let good = range.least() <= range.most() && self.range(left, right).is_ok();
            good.then_some(range)
        };
        // Less is of no use to anybody.
        let (mut good, mut bad) = (0xff, i64::MAX);
        fits(good)?;
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            if fits(middle).is_some() { good = middle } else { bad = middle }
        }
        fits(good)
    }

    /// What is wrong with an operation, and which range an option would need.
    pub(crate) fn fault(
        self,
        fault: NoResult,
        (left, left_range): (&Expr, IntRange),
        (right, right_range): (&Expr, IntRange),
    ) -> String {
        let (one, other) = (named(left), named(right));
        let NoResult::Leaves(result) = fault else {
            let needed = if right_range.least() < 0 {
                "which 0 is not in"
            } else {
                "of 1 or more (`range = 1..`)"
            };
            return format!(
                "{other} may be 0, by which nothing is divided; give it a range {needed}, or a \
                 condition that it is not 0"
            );
        };
        let whole = format!("{one} {self} {other} may be {result}, which 64 bits do not hold");
        let width = |range: IntRange| i128::from(range.most()) - i128::from(range.least());
        let of_left = width(left_range) >= width(right_range);
        let mut sides =
            [(true, left, left_range, right_range), (false, right, right_range, left_range)];
        if !of_left {
            sides.reverse();
        }
        for (of_left, expr, side, beside) in sides {
            if let Some(good) = self.good_range(side, of_left, beside) {
                let within = format!("{}..={}", good.least(), good.most());
                let name = named(expr);
                return match expr {
                    Expr::Option(_) => format!("{whole}; give {name} a range such as {within}"),
                    _ => format!(
                        "{whole}; keep {name} within {within}, by ranges of options or by the \
                         least and the greatest of two (`min`, `max`)"
                    ),
                };
            }
        }
        let half = IntRange::between(-0x7fff_ffff, 0x7fff_ffff);
        let within = |range: IntRange| {
            let least = range.least().max(half.least());
            format!("{least}..={}", range.most().min(half.most()))
        };
        format!(
            "{whole}; give both a range such as {} and {}",
            within(left_range),
            within(right_range)
        )
    }
}

/// The range of remainders, where no divisor is zero.
fn remainders(left: IntRange, right: IntRange) -> IntRange {
    let size = |n: i64| n.unsigned_abs();
    let divisor = size(right.least()).max(size(right.most()));
    let most = i64::try_from(divisor - 1).unwrap_or(i64::MAX);
    IntRange::between(left.least().clamp(-most, 0), left.most().clamp(0, most))
}

/// What an expression is called in a sentence.
fn named(expr: &Expr) -> String {
    match expr {
        Expr::Literal(value) => value.to_string(),
        Expr::Option(path) => format!("`{path}`"),
        Expr::Variable(variable) => {
            let names = std::iter::once(&variable.name).chain(&variable.path);
            format!("`{}`", names.map(String::as_str).collect::<Vec<_>>().join("."))
        }
        Expr::Arithmetic(inner) => {
            format!("({} {} {})", named(&inner.left), inner.op, named(&inner.right))
        }
        _ => "what is calculated with".to_owned(),
    }
}

impl fmt::Display for ArithmeticOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Least => "min",
            Self::Greatest => "max",
        })
    }
}

impl IntRange {
    /// How many things there can be of a kind: no machine has more bytes to address.
    pub const COUNT: Self = Self { min: Some(0), max: Some(1 << 48) };

    /// All integers of 64 bits.
    pub const ALL: Self = Self { min: None, max: None };

    /// Those from one to another, both among them.
    pub fn between(least: i64, most: i64) -> Self {
        Self { min: Some(least), max: Some(most) }
    }

    /// The least one.
    pub fn least(self) -> i64 {
        self.min.unwrap_or(i64::MIN)
    }

    /// The greatest one.
    pub fn most(self) -> i64 {
        self.max.unwrap_or(i64::MAX)
    }

    /// The range around all of these; of none of them, zero alone.
    pub fn of_all(values: &[i64]) -> Self {
        let ends = (values.iter().min(), values.iter().max());
        Self::between(ends.0.copied().unwrap_or(0), ends.1.copied().unwrap_or(0))
    }

    /// The range that has both in it.
    pub fn around(self, other: Self) -> Self {
        Self::between(self.least().min(other.least()), self.most().max(other.most()))
    }

    /// Those that are in both; none where there are none.
    pub(crate) fn in_both(self, other: Self) -> Option<Self> {
        let range = Self::between(self.least().max(other.least()), self.most().min(other.most()));
        (range.least() <= range.most()).then_some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPS: [ArithmeticOp; 7] = [
        ArithmeticOp::Add,
        ArithmeticOp::Subtract,
        ArithmeticOp::Multiply,
        ArithmeticOp::Divide,
        ArithmeticOp::Remainder,
        ArithmeticOp::Least,
        ArithmeticOp::Greatest,
    ];

    /// Options with such ranges are refused, but not before this is asked.
    #[test]
    fn a_range_the_wrong_way_round_is_divided_by_no_more_than_one_that_has_zero() {
        for (op, end) in OPS.into_iter().flat_map(|op| [(op, -5), (op, 5)]) {
            let wrong = IntRange::between(end.max(0), end.min(0));
            let divides = matches!(op, ArithmeticOp::Divide | ArithmeticOp::Remainder);
            let range = op.range(IntRange::between(1, 2), wrong);
            assert_eq!(range == Err(NoResult::DividesByZero), divides, "{op}: {range:?}");
        }
    }

    #[test]
    fn a_range_holds_every_result_and_is_refused_where_one_has_none() {
        let ends = [-4, -3, -1, 0, 1, 2, 5];
        let ranges = || {
            ends.iter().flat_map(|least| {
                ends.iter().filter(move |most| least <= *most).map(|most| (*least, *most))
            })
        };
        for op in OPS {
            for ((a, b), (c, d)) in ranges().flat_map(|left| ranges().map(move |it| (left, it))) {
                let range = op.range(IntRange::between(a, b), IntRange::between(c, d));
                let results = (a..=b).flat_map(|left| (c..=d).map(move |it| op.apply(left, it)));
                match range {
                    Ok(range) => {
                        for result in results {
                            let result = result.unwrap();
                            assert!(range.contains(result), "{a}..{b} {op} {c}..{d}: {result}");
                        }
                    }
                    Err(_) => assert!(results.into_iter().any(|result| result.is_none())),
                }
            }
        }
    }

    #[test]
    fn what_leaves_64_bits_or_divides_by_zero_has_no_range() {
        let check = |op: ArithmeticOp, left: (i64, i64), right: (i64, i64), result| {
            let range = |(least, most)| IntRange::between(least, most);
            assert_eq!(op.range(range(left), range(right)), result, "{left:?} {op} {right:?}");
        };
        use ArithmeticOp::{Add, Divide, Multiply, Remainder, Subtract};
        let beyond = i128::from(i64::MAX) + 1;
        let leaves = |result| Err(NoResult::Leaves(result));
        check(Add, (0, i64::MAX), (0, 1), leaves(beyond));
        check(Subtract, (i64::MIN, 0), (0, 1), leaves(-beyond - 1));
        check(Multiply, (0, 1 << 62), (2, 2), leaves(beyond));
        check(Multiply, (0, (1 << 62) - 1), (2, 2), Ok(IntRange::between(0, i64::MAX - 1)));
        check(Divide, (i64::MIN, 0), (-1, -1), leaves(beyond));
        check(Remainder, (i64::MIN, 0), (-1, -1), leaves(beyond));
        check(Divide, (1, 9), (0, 3), Err(NoResult::DividesByZero));
        check(Remainder, (1, 9), (-1, 3), Err(NoResult::DividesByZero));
        check(Remainder, (-9, 9), (3, 4), Ok(IntRange::between(-3, 3)));
        check(Remainder, (0, 1), (1, 400), Ok(IntRange::between(0, 1)));
    }
}
