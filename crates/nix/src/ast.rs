//! A Nix syntax tree, as small as what this crate prints. Every string in it is data: the
//! printer alone decides how it is written.

mod free;
mod walk;

/// A Nix expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Nix {
    /// A name; always a valid identifier.
    Ident(String),
    /// An integer.
    Int(i64),
    /// A finite float.
    Float(f64),
    /// A string with interpolated expressions.
    Str(Vec<Part>),
    /// A relative path, beginning with `./` or `../`.
    Path(String),
    /// `[ … ]`
    List(Vec<Nix>),
    /// `{ … }`
    Attrs(Vec<Binding>),
    /// `base.a.b`, or `base.a.b or default`.
    Select { base: Box<Nix>, path: Vec<Key>, default: Option<Box<Nix>> },
    /// `base ? a.b`
    HasAttr { base: Box<Nix>, path: Vec<Key> },
    /// `function argument`
    Apply(Box<Nix>, Box<Nix>),
    /// `param: body`
    Lambda(Param, Box<Nix>),
    /// `let … in body`
    Let(Vec<Binding>, Box<Nix>),
    /// `if condition then … else …`
    If(Box<[Nix; 3]>),
    /// `assert condition; body`
    Assert(Box<[Nix; 2]>),
    /// `!e`
    Not(Box<Nix>),
    /// `left op right`
    Binary(Op, Box<[Nix; 2]>),
}

/// A part of a string.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    /// Itself.
    Text(String),
    /// `${…}`
    Interpolation(Nix),
}

/// A name in an attribute path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Key {
    /// A fixed name, in quotes where it is no identifier.
    Name(String),
    /// A name that an expression gives.
    Dynamic(Nix),
}

/// What a lambda binds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Param {
    /// `name:`
    Ident(String),
    /// `{ a, b, ... }:`
    Formals(Vec<String>),
    /// `{ a, b }`, for `callPackage`.
    Exactly(Vec<String>),
}

/// A line of an attribute set or a `let`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Binding {
    /// A comment above it; each line becomes a line.
    pub(crate) comment: Option<String>,
    /// Whether an empty line stands above it.
    pub(crate) gap: bool,
    /// What it binds.
    pub(crate) bound: Bound,
}

/// What a [`Binding`] binds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bound {
    /// `a.b = value;`
    Value(Vec<Key>, Nix),
    /// `inherit (from) a b;`
    Inherit(Option<Nix>, Vec<String>),
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Update,
    Add,
    Subtract,
    Multiply,
    Divide,
    Concat,
}

impl Binding {
    /// `key = value;`
    pub(crate) fn new(key: impl Into<Key>, value: Nix) -> Self {
        Self::at(vec![key.into()], value)
    }

    /// `a.b = value;`
    pub(crate) fn at(path: Vec<Key>, value: Nix) -> Self {
        Self { comment: None, gap: false, bound: Bound::Value(path, value) }
    }

    /// With `a = { b = c; }` written as `a.b = c`, where that is all that there is.
    pub(crate) fn flattened(mut self) -> Self {
        if let Bound::Value(path, Nix::Attrs(inner)) = &mut self.bound
            && let [Self { comment: None, bound: Bound::Value(rest, value), .. }] =
                inner.as_mut_slice()
        {
            path.append(rest);
            let value = std::mem::replace(value, Nix::List(Vec::new()));
            let path = std::mem::take(path);
            self.bound = Bound::Value(path, value);
        }
        self
    }

    /// With an empty line above it.
    pub(crate) fn gap(mut self) -> Self {
        self.gap = true;
        self
    }

    /// With a comment above it.
    pub(crate) fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl Key {
    /// The name that an expression gives; a fixed one where it is a fixed string.
    pub(crate) fn from_nix(nix: Nix) -> Self {
        match nix.as_text() {
            Some(name) => Self::Name(name.to_owned()),
            None => Self::Dynamic(nix),
        }
    }
}

impl Nix {
    pub(crate) fn ident(name: &str) -> Self {
        debug_assert!(is_identifier(name), "{name:?} is no identifier");
        Self::Ident(name.to_owned())
    }

    /// A string without interpolation.
    pub(crate) fn str(text: impl Into<String>) -> Self {
        Self::Str(vec![Part::Text(text.into())])
    }

    /// `lib.a.b`, from `"a.b"`.
    pub(crate) fn lib(path: &str) -> Self {
        Self::ident("lib").dot(path)
    }

    /// A fixed path of names within it, from `"a.b"`; for names that this crate chose.
    pub(crate) fn dot(self, path: &str) -> Self {
        self.select(path.split('.').map(Key::from))
    }

    /// Attributes within it, by names that are data.
    pub(crate) fn select<K: Into<Key>>(self, names: impl IntoIterator<Item = K>) -> Self {
        let mut names = names.into_iter().map(Into::into).peekable();
        if names.peek().is_none() {
            return self;
        }
        match self {
            Self::Select { base, mut path, default: None } => {
                path.extend(names);
                Self::Select { base, path, default: None }
            }
            other => Self::Select { base: Box::new(other), path: names.collect(), default: None },
        }
    }

    /// It applied to an argument.
    pub(crate) fn call(self, argument: Self) -> Self {
        Self::Apply(Box::new(self), Box::new(argument))
    }

    /// A function of `lib` applied to arguments.
    pub(crate) fn lib_call(path: &str, arguments: impl IntoIterator<Item = Self>) -> Self {
        arguments.into_iter().fold(Self::lib(path), Self::call)
    }

    /// `param: body`, or just `f` where it would be `param: f param`.
    pub(crate) fn lambda(param: &str, body: Self) -> Self {
        if let Self::Apply(function, argument) = &body
            && matches!(&**argument, Self::Ident(name) if name == param)
            && is_plain_function(function)
            && !function.free().contains(param)
        {
            return (**function).clone();
        }
        let param = if body.free().contains(param) { param } else { "_" };
        Self::Lambda(Param::Ident(param.to_owned()), Box::new(body))
    }

    /// `first: second: body`.
    pub(crate) fn lambda2(first: &str, second: &str, body: Self) -> Self {
        let inner = Self::lambda(second, body);
        Self::lambda(first, inner)
    }

    pub(crate) fn binary(op: Op, left: Self, right: Self) -> Self {
        Self::Binary(op, Box::new([left, right]))
    }

    /// `!e`, with the operator turned round where there is one to turn.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Binary(Op::Equal, sides) => Self::Binary(Op::NotEqual, sides),
            Self::Binary(Op::NotEqual, sides) => Self::Binary(Op::Equal, sides),
            other => Self::Not(Box::new(other)),
        }
    }

    /// A choice, in the shortest idiom that says it.
    pub(crate) fn if_else(condition: Self, then: Self, otherwise: Self) -> Self {
        match (&condition, &then, &otherwise) {
            (_, then, Self::List(none)) if none.is_empty() => match then {
                Self::List(items) if items.len() == 1 => {
                    Self::lib_call("optional", [condition, items[0].clone()])
                }
                _ => Self::lib_call("optionals", [condition, then.clone()]),
            },
            (_, _, Self::Attrs(none)) if none.is_empty() => {
                Self::lib_call("optionalAttrs", [condition, then])
            }
            (_, _, none) if none.as_text() == Some("") => {
                Self::lib_call("optionalString", [condition, then])
            }
            (Self::HasAttr { base, path }, then, _)
                if *then == (**base).clone().select(path.iter().cloned()) =>
            {
                Self::Select {
                    base: base.clone(),
                    path: path.clone(),
                    default: Some(Box::new(otherwise)),
                }
            }
            _ => Self::If(Box::new([condition, then, otherwise])),
        }
    }

    /// An attribute set, with `inherit` wherever a name is only passed on.
    pub(crate) fn attrs(bindings: impl IntoIterator<Item = Binding>) -> Self {
        Self::Attrs(with_inherit(bindings))
    }

    /// `let … in body`, or just the body where there is nothing to bind.
    pub(crate) fn let_in(bindings: Vec<Binding>, body: Self) -> Self {
        if bindings.is_empty() {
            return body;
        }
        Self::Let(with_inherit(bindings), Box::new(body))
    }

    /// The text, if it is a string without interpolation.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Str(parts) => match parts.as_slice() {
                [] => Some(""),
                [Part::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A name or a path of names that stands for a function: what may lose its parameter without
/// anything being evaluated sooner.
fn is_plain_function(nix: &Nix) -> bool {
    match nix {
        Nix::Ident(_) => true,
        Nix::Select { base, default: None, .. } => is_plain_function(base),
        Nix::Apply(function, argument) => {
            is_plain_function(function) && matches!(**argument, Nix::Ident(_) | Nix::Int(_))
        }
        _ => false,
    }
}

/// Turns `a = a;` and `a = x.a;` into `inherit`, one line for each source, where the first was.
fn with_inherit(bindings: impl IntoIterator<Item = Binding>) -> Vec<Binding> {
    let mut out: Vec<Binding> = Vec::new();
    for binding in bindings {
        let Some((from, name)) = inheritable(&binding) else {
            out.push(binding);
            continue;
        };
        let line = out.iter_mut().find_map(|b| match &mut b.bound {
            Bound::Inherit(source, names) if *source == from => Some(names),
            _ => None,
        });
        match line {
            Some(names) => names.push(name),
            None => out.push(Binding { bound: Bound::Inherit(from, vec![name]), ..binding }),
        }
    }
    out
}

fn inheritable(binding: &Binding) -> Option<(Option<Nix>, String)> {
    let Bound::Value(path, value) = &binding.bound else { return None };
    let [Key::Name(name)] = path.as_slice() else { return None };
    if !is_identifier(name) || binding.comment.is_some() {
        return None;
    }
    match value {
        Nix::Ident(source) if source == name => Some((None, name.clone())),
        Nix::Select { base, path, default: None } => match path.split_last()? {
            (Key::Name(last), rest) if last == name && matches!(**base, Nix::Ident(_)) => {
                Some((Some((**base).clone().select(rest.iter().cloned())), name.clone()))
            }
            _ => None,
        },
        _ => None,
    }
}

const KEYWORDS: [&str; 10] =
    ["if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"];

/// Whether Nix reads it as a name without quotes.
pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '-'))
        && !KEYWORDS.contains(&name)
}
