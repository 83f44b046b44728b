//! What names mean where an expression stands.

use domi_model::{Expr, Format, IntRange, Manifest, MapAttrs, Match, MatchArm, Type, Variable};

use crate::ast::{Nix, is_identifier};
use crate::infer;
use crate::names;
use crate::value::format_attribute;

/// How expressions reach what they name: the feature's options, and what maps and `each` have
/// bound around them.
#[derive(Clone)]
pub(crate) struct Scope<'m> {
    pub(crate) manifest: &'m Manifest,
    cfg: Nix,
    documentation: bool,
    variables: Vec<Binding>,
}

#[derive(Clone)]
struct Binding {
    name: String,
    nix: Nix,
    ty: Option<Type>,
}

/// Names that the generated files bind or use themselves.
const RESERVED: [&str; 18] = [
    "_",
    "builtins",
    "cfg",
    "config",
    "false",
    "import",
    "iniFormat",
    "jsonFormat",
    "lib",
    "map",
    "null",
    "options",
    "pkgs",
    "toString",
    "tomlFormat",
    "true",
    "utils",
    "yamlFormat",
];

impl<'m> Scope<'m> {
    /// The scope of the module itself, where options are reached by `cfg`.
    pub(crate) fn module(manifest: &'m Manifest) -> Self {
        Self { manifest, cfg: Nix::ident("cfg"), documentation: false, variables: Vec::new() }
    }

    /// The same place in documentation, where options are named in full.
    pub(crate) fn documented(&self) -> Self {
        let cfg = Nix::ident("config").select(self.manifest.feature.option_prefix());
        Self { cfg, documentation: true, ..self.clone() }
    }

    /// With a name that a lambda binds, and the parameter to write for it.
    pub(crate) fn bind(&self, name: &str, ty: Option<Type>) -> (Self, String) {
        let param = self.fresh(name);
        (self.substitute(name, Nix::ident(&param), ty), param)
    }

    /// With a name that stands for an expression.
    pub(crate) fn substitute(&self, name: &str, nix: Nix, ty: Option<Type>) -> Self {
        let mut inner = self.clone();
        inner.variables.push(Binding { name: name.to_owned(), nix, ty });
        inner
    }

    /// With both names of an attribute, and the parameters to write for them.
    pub(crate) fn bind_entry(
        &self,
        name: &str,
        value: &str,
        over: &Expr,
    ) -> (Self, String, String) {
        let (inner, name) = self.bind(name, Some(Type::Str));
        let (inner, value) = inner.bind(value, self.element(over));
        (inner, name, value)
    }

    /// With the value of a union's tag, which is reached through the union.
    pub(crate) fn bind_arm(&self, on: &Expr, union: Nix, arm: &MatchArm) -> Self {
        let ty = self.type_of(on).and_then(|ty| infer::within(ty, std::slice::from_ref(&arm.tag)));
        self.substitute(&arm.item, union.select([arm.tag.as_str()]), ty)
    }

    /// An identifier like the name that has no other meaning here.
    pub(crate) fn fresh(&self, name: &str) -> String {
        let mut plain: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' })
            .collect();
        if !is_identifier(&plain) {
            plain.insert_str(0, "the_");
        }
        let taken = |wanted: &str| {
            RESERVED.contains(&wanted)
                || names::ALL.contains(&wanted)
                || self.variables.iter().any(|variable| variable.nix.free().contains(wanted))
        };
        let mut wanted = plain.clone();
        let mut n = 2;
        while taken(&wanted) {
            wanted = format!("{plain}{n}");
            n += 1;
        }
        wanted
    }

    /// An option of the feature.
    pub(crate) fn option(&self, path: &[String]) -> Nix {
        self.cfg.clone().select(path.iter().map(String::as_str))
    }

    /// What a variable stands for. An unknown one, which validation refuses, prints as its name
    /// would.
    pub(crate) fn variable(&self, variable: &Variable) -> Nix {
        let nix = match self.find(&variable.name) {
            Some(found) => found.nix.clone(),
            None => Nix::ident(&self.fresh(&variable.name)),
        };
        nix.select(variable.path.iter().map(String::as_str))
    }

    /// The functions of a settings format: bound at the top of a module, spelt out in
    /// documentation.
    pub(crate) fn format(&self, format: Format) -> Nix {
        if self.documentation {
            format_functions(format)
        } else {
            Nix::ident(&bound_format(format))
        }
    }

    fn find(&self, name: &str) -> Option<&Binding> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }

    /// The type of an expression, where it is known.
    pub(crate) fn type_of(&self, expr: &Expr) -> Option<Type> {
        match expr {
            Expr::Literal(value) => infer::of_value(value),
            Expr::Option(path) => infer::option(&self.manifest.options, &path.0),
            Expr::Variable(Variable { name, path }) => {
                infer::within(self.find(name)?.ty.clone()?, path)
            }
            Expr::Neighbour(read) => self.type_of_neighbour(read),
            Expr::If(e) => infer::either(self.type_of(&e.then), self.type_of(&e.otherwise)),
            Expr::Match(e) => self.type_of_match(e),
            Expr::Text(_)
            | Expr::Join(_)
            | Expr::PackagePath(_)
            | Expr::RemovePrefix(_)
            | Expr::RemoveSuffix(_)
            | Expr::Lowercase(_)
            | Expr::Replace(_)
            | Expr::ToEnvironment(_)
            | Expr::ToJson(_)
            | Expr::Specifier(_)
            | Expr::CommandVariable(_) => Some(Type::Str),
            Expr::Split(_) => list_of(Type::Str),
            Expr::UpTo(most) => {
                list_of(Type::Int(IntRange::between(1, self.int_range(most).most().max(1))))
            }
            Expr::ListLength(_) | Expr::AttrCount(_) | Expr::StringLength(_) => {
                Some(Type::Int(IntRange::COUNT))
            }
            Expr::Filter(e) => self.type_of(&e.over),
            Expr::FilterAttrs(e) => self.type_of(&e.over),
            // A file of the store is a derivation as well, until it is put into a text.
            Expr::Package(_) | Expr::SettingsFile(_) | Expr::TextFile(_) | Expr::Script(_) => {
                Some(Type::Package)
            }
            Expr::Arithmetic(_) => Some(Type::Int(self.int_range(expr))),
            Expr::Compare(_)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Contains(_)
            | Expr::HasAttr(_)
            | Expr::HasPrefix(_)
            | Expr::HasSuffix(_)
            | Expr::HasInfix(_)
            | Expr::Fold(_) => Some(Type::Bool),
            Expr::List(items) => list_of(self.type_of_all(items)?),
            Expr::Concat(lists) => self.type_of_all(lists),
            Expr::Attrs(_) | Expr::Merge(_) | Expr::WithoutNulls(_) => None,
            Expr::MapList(e) => {
                let (inner, _) = self.bind(&e.item, self.element(&e.over));
                list_of(inner.type_of(&e.body)?)
            }
            Expr::MapAttrs(e) => Some(Type::AttrsOf(Box::new(self.type_of_body(e)?))),
            Expr::AttrsToList(e) => list_of(self.type_of_body(e)?),
        }
    }

    fn type_of_all(&self, exprs: &[Expr]) -> Option<Type> {
        exprs.iter().map(|expr| self.type_of(expr)).reduce(infer::either).flatten()
    }

    fn type_of_match(&self, e: &Match) -> Option<Type> {
        let types =
            e.arms.iter().map(|arm| self.bind_arm(&e.on, Nix::ident("_"), arm).type_of(&arm.body));
        types.reduce(infer::either).flatten()
    }

    fn type_of_body(&self, e: &MapAttrs) -> Option<Type> {
        self.bind_entry(&e.name, &e.value, &e.over).0.type_of(&e.body)
    }

    /// The type of the elements of a list, or of the values of an attribute set.
    pub(crate) fn element(&self, over: &Expr) -> Option<Type> {
        infer::element(self.type_of(over)?)
    }
}

fn list_of(ty: Type) -> Option<Type> {
    Some(Type::ListOf(Box::new(ty)))
}

/// What the functions of a format are bound to at the top of a module: `jsonFormat`.
pub(crate) fn bound_format(format: Format) -> String {
    format!("{}Format", format_attribute(format))
}

/// `pkgs.formats.json { }`
pub(crate) fn format_functions(format: Format) -> Nix {
    Nix::ident("pkgs").dot("formats").dot(format_attribute(format)).call(Nix::attrs([]))
}
