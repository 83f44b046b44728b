//! How tightly expressions hold together.

use crate::ast::{Nix, Op};

/// How tightly an expression holds together; a place wants at least its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Lowest,
    Or,
    And,
    Equality,
    Comparison,
    Update,
    Not,
    Add,
    Multiply,
    Concat,
    HasAttr,
    Negative,
    Apply,
    Select,
    Atom,
}

impl Level {
    /// The next tighter one.
    pub(super) fn above(self) -> Self {
        match self {
            Self::Lowest => Self::Or,
            Self::Or => Self::And,
            Self::And => Self::Equality,
            Self::Equality => Self::Comparison,
            Self::Comparison => Self::Update,
            Self::Update => Self::Not,
            Self::Not => Self::Add,
            Self::Add => Self::Multiply,
            Self::Multiply => Self::Concat,
            Self::Concat => Self::HasAttr,
            Self::HasAttr => Self::Negative,
            Self::Negative => Self::Apply,
            Self::Apply => Self::Select,
            Self::Select | Self::Atom => Self::Atom,
        }
    }

    pub(super) fn of(nix: &Nix) -> Self {
        match nix {
            Nix::Lambda(..) | Nix::Let(..) | Nix::If(_) | Nix::Assert(_) => Self::Lowest,
            Nix::Binary(op, _) => Self::of_op(*op),
            Nix::Not(_) => Self::Not,
            Nix::HasAttr { .. } => Self::HasAttr,
            // Written as a subtraction: the number without its sign does not exist.
            Nix::Int(i64::MIN) => Self::Add,
            Nix::Int(n) if *n < 0 => Self::Negative,
            Nix::Float(x) if has_no_literal(*x) => Self::Apply,
            Nix::Float(x) if x.is_sign_negative() => Self::Negative,
            Nix::Apply(..) => Self::Apply,
            Nix::Select { .. } => Self::Select,
            // `1.a` and `./x.a` read as other things than attributes of a number or a path.
            Nix::Int(_) | Nix::Float(_) | Nix::Path(_) => Self::Select,
            Nix::Ident(_) | Nix::Str(_) | Nix::List(_) | Nix::Attrs(_) => Self::Atom,
        }
    }

    pub(super) fn of_op(op: Op) -> Self {
        match op {
            Op::Or => Self::Or,
            Op::And => Self::And,
            Op::Equal | Op::NotEqual => Self::Equality,
            Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => Self::Comparison,
            Op::Update => Self::Update,
            Op::Add | Op::Subtract => Self::Add,
            Op::Multiply | Op::Divide => Self::Multiply,
            Op::Concat => Self::Concat,
        }
    }
}

/// Nix refuses literals so small that they lose precision, and takes the sign of a zero for a
/// subtraction.
pub(super) fn has_no_literal(x: f64) -> bool {
    x.is_subnormal() || x == 0.0 && x.is_sign_negative()
}
