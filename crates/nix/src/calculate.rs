//! Arithmetic.

use domi_model::{Arithmetic, ArithmeticOp, Expr, IntRange, Type, Value};

use crate::ast::{Nix, Op};
use crate::scope::Scope;

impl Scope<'_> {
    pub(crate) fn arithmetic(&self, e: &Arithmetic) -> Nix {
        let sides = [self.expr(&e.left), self.expr(&e.right)];
        let op = match e.op {
            ArithmeticOp::Add => Op::Add,
            ArithmeticOp::Subtract => Op::Subtract,
            ArithmeticOp::Multiply => Op::Multiply,
            ArithmeticOp::Divide => Op::Divide,
            ArithmeticOp::Remainder => return Nix::lib_call("mod", sides),
            ArithmeticOp::Least => return Nix::lib_call("min", sides),
            ArithmeticOp::Greatest => return Nix::lib_call("max", sides),
        };
        Nix::Binary(op, Box::new(sides))
    }

    /// The range of an integer, as far as its options alone tell.
    pub(crate) fn int_range(&self, expr: &Expr) -> IntRange {
        match expr {
            Expr::Literal(Value::Int(n)) => IntRange::between(*n, *n),
            Expr::Arithmetic(e) => {
                let range = e.op.range(self.int_range(&e.left), self.int_range(&e.right));
                // What a condition makes certain is not known here.
                range.unwrap_or(IntRange::ALL)
            }
            _ => match self.type_of(expr) {
                Some(Type::Int(range)) => range,
                Some(Type::IntEnum(values)) => IntRange::of_all(&values),
                Some(Type::Port) => IntRange::between(0, 0xffff),
                _ => IntRange::ALL,
            },
        }
    }
}
