//! Reads Nix text back into a tree, with rnix.

use rnix::ast::{
    Attr, AttrpathValue, BinOpKind, Entry, Expr, HasEntry, InterpolPart, LiteralKind,
    Param as Read, UnaryOpKind,
};

use crate::ast::{Binding, Bound, Key, Nix, Op, Param, Part};

/// The tree that a text means.
pub(super) fn tree(text: &str) -> Nix {
    let root = rnix::Root::parse(text);
    assert!(root.errors().is_empty(), "{:?} in:\n{text}", root.errors());
    expr(root.tree().expr())
}

fn expr(read: Option<Expr>) -> Nix {
    let boxed = |read| Box::new(expr(read));
    match read.expect("a whole expression") {
        Expr::Paren(e) => expr(e.expr()),
        Expr::Ident(e) => Nix::Ident(e.to_string()),
        Expr::Literal(e) => match e.kind() {
            LiteralKind::Integer(n) => Nix::Int(n.value().expect("64 bits")),
            LiteralKind::Float(x) => Nix::Float(x.value().expect("a float")),
            LiteralKind::Uri(uri) => panic!("a bare URI: {uri}"),
        },
        Expr::Str(e) => Nix::Str(parts(&e)),
        Expr::PathRel(e) => Nix::Path(e.to_string()),
        Expr::List(e) => Nix::List(e.items().map(|item| expr(Some(item))).collect()),
        Expr::AttrSet(e) => Nix::Attrs(entries(&e)),
        Expr::Select(e) => Nix::Select {
            base: boxed(e.expr()),
            path: keys(e.attrpath()),
            default: e.default_expr().map(|default| boxed(Some(default))),
        },
        Expr::HasAttr(e) => Nix::HasAttr { base: boxed(e.expr()), path: keys(e.attrpath()) },
        Expr::Apply(e) => application(expr(e.lambda()), expr(e.argument())),
        Expr::Lambda(e) => Nix::Lambda(param(e.param().expect("a parameter")), boxed(e.body())),
        Expr::LetIn(e) => Nix::Let(entries(&e), boxed(e.body())),
        Expr::IfElse(e) => {
            Nix::If(Box::new([expr(e.condition()), expr(e.body()), expr(e.else_body())]))
        }
        Expr::Assert(e) => Nix::Assert(Box::new([expr(e.condition()), expr(e.body())])),
        Expr::UnaryOp(e) => match (e.operator(), expr(e.expr())) {
            (Some(UnaryOpKind::Invert), inner) => Nix::Not(Box::new(inner)),
            (Some(UnaryOpKind::Negate), Nix::Int(n)) => Nix::Int(-n),
            (Some(UnaryOpKind::Negate), Nix::Float(x)) => Nix::Float(-x),
            other => panic!("never printed: {other:?}"),
        },
        Expr::BinOp(e) => binary(e.operator(), expr(e.lhs()), expr(e.rhs())),
        other => panic!("never printed: {other:?}"),
    }
}

fn binary(op: Option<BinOpKind>, left: Nix, right: Nix) -> Nix {
    let op = match op.expect("an operator") {
        BinOpKind::Sub if is_minimum(&left, &right) => return Nix::Int(i64::MIN),
        BinOpKind::Add if left == Nix::Path("./.".to_owned()) => return path(&right),
        BinOpKind::Add => Op::Add,
        BinOpKind::Sub => Op::Subtract,
        BinOpKind::Mul => Op::Multiply,
        BinOpKind::Div => Op::Divide,
        BinOpKind::Concat => Op::Concat,
        BinOpKind::Update => Op::Update,
        BinOpKind::And => Op::And,
        BinOpKind::Or => Op::Or,
        BinOpKind::Equal => Op::Equal,
        BinOpKind::NotEqual => Op::NotEqual,
        BinOpKind::Less => Op::Less,
        BinOpKind::LessOrEq => Op::LessOrEqual,
        BinOpKind::More => Op::Greater,
        BinOpKind::MoreOrEq => Op::GreaterOrEqual,
        other => panic!("never printed: {other:?}"),
    };
    Nix::Binary(op, Box::new([left, right]))
}

fn application(function: Nix, argument: Nix) -> Nix {
    match argument.as_text() {
        // A float that is too small for a literal.
        Some(json) if function == Nix::ident("builtins").dot("fromJSON") => {
            Nix::Float(json.parse().expect("a float"))
        }
        _ => Nix::Apply(Box::new(function), Box::new(argument)),
    }
}

/// Whether a difference is the one integer that is written as one.
fn is_minimum(left: &Nix, right: &Nix) -> bool {
    (left, right) == (&Nix::Int(-i64::MAX), &Nix::Int(1))
}

/// A path that is written as a sum.
fn path(right: &Nix) -> Nix {
    let rest = right.as_text().expect("no interpolation in a path");
    Nix::Path(rest.strip_prefix('/').expect("a slash").to_owned())
}

fn parts(read: &rnix::ast::Str) -> Vec<Part> {
    let parts = read.normalized_parts().into_iter().map(|part| match part {
        InterpolPart::Literal(text) => Part::Text(text),
        InterpolPart::Interpolation(inner) => Part::Interpolation(expr(inner.expr())),
    });
    merged_parts(parts.collect())
}

fn keys(read: Option<rnix::ast::Attrpath>) -> Vec<Key> {
    read.expect("an attribute path").attrs().map(key).collect()
}

fn key(read: Attr) -> Key {
    merged_key(match read {
        Attr::Ident(name) => Key::Name(name.to_string()),
        Attr::Dynamic(inner) => Key::Dynamic(expr(inner.expr())),
        Attr::Str(name) => Key::Dynamic(Nix::Str(parts(&name))),
    })
}

fn param(read: Read) -> Param {
    match read {
        Read::IdentParam(name) => Param::Ident(name.to_string()),
        Read::Pattern(pattern) => {
            assert!(pattern.ellipsis_token().is_some() && pattern.pat_bind().is_none());
            let names = pattern.pat_entries().map(|entry| entry.to_string());
            Param::Formals(names.collect())
        }
    }
}

fn entries(read: &impl HasEntry) -> Vec<Binding> {
    let bindings = read.entries().map(|entry| match entry {
        Entry::AttrpathValue(entry) => value(&entry),
        Entry::Inherit(entry) => {
            let from = entry.from().map(|from| expr(from.expr()));
            Bound::Inherit(from, entry.attrs().map(|name| name.to_string()).collect())
        }
    });
    bindings.map(|bound| Binding { comment: None, gap: false, bound }).collect()
}

fn value(read: &AttrpathValue) -> Bound {
    Bound::Value(keys(read.attrpath()), expr(read.value()))
}

/// The tree with what a text has more than one form of in one form: parts of strings joined,
/// names that are fixed strings as names, no comments, no NUL.
pub(super) fn merged(tree: Nix) -> Nix {
    let boxed = |inner: Box<Nix>| Box::new(merged(*inner));
    let pair = |sides: Box<[Nix; 2]>| Box::new(sides.map(merged));
    match tree {
        Nix::Ident(_) | Nix::Int(_) | Nix::Float(_) | Nix::Path(_) => tree,
        Nix::Str(parts) => Nix::Str(merged_parts(
            parts
                .into_iter()
                .map(|part| match part {
                    Part::Text(text) => Part::Text(without_nul(&text)),
                    Part::Interpolation(inner) => Part::Interpolation(merged(inner)),
                })
                .collect(),
        )),
        Nix::List(items) => Nix::List(items.into_iter().map(merged).collect()),
        Nix::Attrs(bindings) => Nix::Attrs(merged_bindings(bindings)),
        Nix::Select { base, path, default } => {
            Nix::Select { base: boxed(base), path: merged_path(path), default: default.map(boxed) }
        }
        Nix::HasAttr { base, path } => Nix::HasAttr { base: boxed(base), path: merged_path(path) },
        Nix::Apply(function, argument) => Nix::Apply(boxed(function), boxed(argument)),
        Nix::Lambda(param, body) => Nix::Lambda(param, boxed(body)),
        Nix::Let(bindings, body) => Nix::Let(merged_bindings(bindings), boxed(body)),
        Nix::If(parts) => Nix::If(Box::new(parts.map(merged))),
        Nix::Assert(parts) => Nix::Assert(pair(parts)),
        Nix::Not(inner) => Nix::Not(boxed(inner)),
        Nix::Binary(Op::Subtract, sides) if is_minimum(&sides[0], &sides[1]) => Nix::Int(i64::MIN),
        Nix::Binary(op, sides) => Nix::Binary(op, pair(sides)),
    }
}

fn merged_bindings(bindings: Vec<Binding>) -> Vec<Binding> {
    let bound = |bound| match bound {
        Bound::Value(path, value) => Bound::Value(merged_path(path), merged(value)),
        Bound::Inherit(from, names) => Bound::Inherit(from.map(merged), names),
    };
    bindings
        .into_iter()
        .map(|binding| Binding { comment: None, gap: false, bound: bound(binding.bound) })
        .collect()
}

fn merged_path(path: Vec<Key>) -> Vec<Key> {
    path.into_iter().map(merged_key).collect()
}

fn merged_key(key: Key) -> Key {
    match key {
        Key::Name(name) => Key::Name(without_nul(&name)),
        Key::Dynamic(nix) => Key::from_nix(merged(nix)),
    }
}

fn merged_parts(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for part in parts {
        match (out.last_mut(), part) {
            (_, Part::Text(text)) if text.is_empty() => {}
            (Some(Part::Text(last)), Part::Text(text)) => last.push_str(&text),
            (_, part) => out.push(part),
        }
    }
    out
}

fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
