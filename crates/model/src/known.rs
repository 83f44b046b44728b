//! What conditions say of values where they hold.

use crate::{Compare, CompareOp, Expr, IntRange, Value};

/// What is known of values.
#[derive(Clone, Default)]
pub(crate) struct Known {
    /// Expressions that are not null.
    set: Vec<Expr>,
    /// How integers compare with fixed ones.
    compared: Vec<(Expr, CompareOp, i64)>,
}

impl Known {
    /// Adds what a condition says where it holds, or where it does not.
    pub(crate) fn add(&mut self, condition: &Expr, holds: bool) {
        match (condition, holds) {
            (Expr::And(parts), true) | (Expr::Or(parts), false) => {
                parts.iter().for_each(|part| self.add(part, holds));
            }
            (Expr::Not(inner), _) => self.add(inner, !holds),
            (Expr::Compare(compare), _) => self.comparison(compare, holds),
            _ => {}
        }
    }

    fn comparison(&mut self, compare: &Compare, holds: bool) {
        let op = if holds { compare.op } else { opposite(compare.op) };
        let (expr, op, value) = match (&compare.left, &compare.right) {
            (expr, Expr::Literal(value)) => (expr, op, value),
            (Expr::Literal(value), expr) => (expr, turned(op), value),
            _ => return,
        };
        match value {
            Value::Null if op == CompareOp::NotEqual => self.set.push(expr.clone()),
            Value::Int(n) => self.compared.push((expr.clone(), op, *n)),
            _ => {}
        }
    }

    /// Forgets what was known of a name that means something else from here on.
    pub(crate) fn forget(&mut self, name: &str) {
        let is_it = |expr: &Expr| matches!(expr, Expr::Variable(it) if it.name == name);
        self.set.retain(|expr| !expr.any(&is_it));
        self.compared.retain(|(expr, ..)| !expr.any(&is_it));
    }

    /// Whether an expression is known not to be null.
    pub(crate) fn is_set(&self, expr: &Expr) -> bool {
        self.set.contains(expr)
    }

    /// What is left of an integer's range. Where nothing is, nobody asks for the value.
    pub(crate) fn narrowed(&self, expr: &Expr, range: IntRange) -> IntRange {
        let of_it = self.compared.iter().filter(|(compared, ..)| compared == expr);
        // What takes away an end may have been said before what makes it one.
        let (excluded, bounds): (Vec<_>, Vec<_>) =
            of_it.partition(|(_, op, _)| *op == CompareOp::NotEqual);
        let mut range = range;
        for (_, op, n) in bounds.into_iter().chain(excluded) {
            let wanted = match op {
                CompareOp::Equal => IntRange::between(*n, *n),
                CompareOp::Less => IntRange::between(i64::MIN, n.saturating_sub(1)),
                CompareOp::LessOrEqual => IntRange::between(i64::MIN, *n),
                CompareOp::Greater => IntRange::between(n.saturating_add(1), i64::MAX),
                CompareOp::GreaterOrEqual => IntRange::between(*n, i64::MAX),
                CompareOp::NotEqual if *n == range.least() => {
                    IntRange::between(n.saturating_add(1), i64::MAX)
                }
                CompareOp::NotEqual if *n == range.most() => {
                    IntRange::between(i64::MIN, n.saturating_sub(1))
                }
                CompareOp::NotEqual => IntRange::ALL,
            };
            range = range.in_both(wanted).unwrap_or(range);
        }
        range
    }
}

/// What holds where a comparison does not.
fn opposite(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal => CompareOp::NotEqual,
        CompareOp::NotEqual => CompareOp::Equal,
        CompareOp::Less => CompareOp::GreaterOrEqual,
        CompareOp::LessOrEqual => CompareOp::Greater,
        CompareOp::Greater => CompareOp::LessOrEqual,
        CompareOp::GreaterOrEqual => CompareOp::Less,
    }
}

/// The comparison with its sides changed.
fn turned(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
        other => other,
    }
}
