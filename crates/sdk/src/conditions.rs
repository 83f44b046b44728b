//! Conditions put together, and the condition that something is not null.

use domi_model::{Compare, CompareOp, Expr as Untyped, Value};

use crate::plain::null;

/// Both conditions. The second one is asked only where the first is true, so it may rely on it.
pub(crate) fn both(first: Untyped, second: Untyped) -> Untyped {
    match first {
        Untyped::And(mut parts) => {
            parts.push(second);
            Untyped::And(parts)
        }
        first => Untyped::And(vec![first, second]),
    }
}

/// When an expression is not null, and what it is then.
pub(crate) fn presence(expr: &Untyped) -> (Untyped, Untyped) {
    let (mut conditions, value) = conditions(expr);
    let condition =
        if conditions.len() == 1 { conditions.remove(0) } else { Untyped::And(conditions) };
    (condition, value)
}

fn conditions(expr: &Untyped) -> (Vec<Untyped>, Untyped) {
    match expr {
        Untyped::If(branch) if branch.otherwise == null() => {
            let (more, value) = if is_never_null(&branch.then) {
                (Vec::new(), branch.then.clone())
            } else {
                conditions(&branch.then)
            };
            let more = more.into_iter().filter(|more| *more != branch.condition);
            ([branch.condition.clone()].into_iter().chain(more).collect(), value)
        }
        other => (vec![compare(CompareOp::NotEqual, other.clone(), null())], other.clone()),
    }
}

/// Whether the kind of an expression alone says that it is not null.
fn is_never_null(expr: &Untyped) -> bool {
    !matches!(
        expr,
        Untyped::Literal(Value::Null)
            | Untyped::Option(_)
            | Untyped::Variable(_)
            | Untyped::Neighbour(_)
            | Untyped::If(_)
            | Untyped::Match(_)
    )
}

/// Whether a comparison of the two holds.
pub(crate) fn compare(op: CompareOp, left: Untyped, right: Untyped) -> Untyped {
    Untyped::Compare(Box::new(Compare { op, left, right }))
}
