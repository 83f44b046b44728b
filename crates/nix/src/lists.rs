//! Lists that are put together.

use crate::ast::{Nix, Op};

/// Lists one after the other, without the empty ones.
pub(crate) fn concat(lists: impl IntoIterator<Item = Nix>) -> Nix {
    let mut out: Option<Nix> = None;
    for list in lists {
        out = Some(match (out, list) {
            (None, list) => list,
            (Some(Nix::List(mut left)), Nix::List(right)) => {
                left.extend(right);
                Nix::List(left)
            }
            (Some(Nix::List(left)), right) if left.is_empty() => right,
            (Some(left), Nix::List(right)) if right.is_empty() => left,
            (Some(left), right) => append(left, right),
        });
    }
    out.unwrap_or_else(|| Nix::List(Vec::new()))
}

/// `left ++ right`, leaning to the right as Nix reads it.
fn append(left: Nix, right: Nix) -> Nix {
    match left {
        Nix::Binary(Op::Concat, sides) => {
            let [first, rest] = *sides;
            Nix::binary(Op::Concat, first, append(rest, right))
        }
        left => Nix::binary(Op::Concat, left, right),
    }
}
