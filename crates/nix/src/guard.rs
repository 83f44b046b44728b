//! Values that must not break out of where they stand: a module refuses them as `domi-realise`
//! does, before they become lines or names of something else.

use domi_model::reserved::Kind;
use domi_model::{Expr, Type, UnitKind};

use crate::ast::Nix;
use crate::scope::Scope;
use crate::{library, names};

/// What a text must be, where it is not fixed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form<'a> {
    /// Something that the pattern matches.
    Matching(&'a str),
    /// A path below `/etc`.
    EtcPath,
    /// The path of a rule of tmpfiles.d, which makes something or only looks after it.
    TmpfilesPath { makes: bool },
    /// A unit that is made, without its suffix.
    Unit(UnitKind),
    /// A user that is made.
    NewUser,
    /// A group that is made.
    NewGroup,
    /// A kernel parameter.
    Sysctl,
}

impl Form<'_> {
    /// What it is called, where no two may have one name.
    pub(crate) fn unique(self) -> Option<&'static str> {
        match self {
            Self::EtcPath => Some("file of /etc"),
            Self::Unit(kind) => Some(kind.suffix()),
            Self::Sysctl => Some("kernel parameter"),
            Self::Matching(_) | Self::TmpfilesPath { .. } | Self::NewUser | Self::NewGroup => None,
        }
    }
}

/// A user or group.
pub(crate) const USER: &str = "[A-Za-z_][A-Za-z0-9_-]{0,30}";

/// A word that NixOS puts in single quotes.
pub(crate) const QUOTED: &str = "[^'\\[:cntrl:]]*";

/// A field of `/etc/passwd`.
pub(crate) const FIELD: &str = "[^:[:cntrl:]]*";

/// A unit's name without its suffix, which may have 255 bytes with it.
fn fitting_unit(suffix: &str, name: Nix) -> Nix {
    let most = 254 - suffix.len();
    if suffix == "slice" {
        let levels = "[A-Za-z0-9:_][A-Za-z0-9:_.]*(-[A-Za-z0-9:_.]+)*";
        return library::fitting(levels, library::fitting(&format!(".{{1,{most}}}"), name));
    }
    let pattern = format!("[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{{0,{}}}[A-Za-z0-9:_.-])?", most - 2);
    library::fitting(&pattern, name)
}

impl Scope<'_> {
    /// A value that becomes a line, or some lines, of a file of lines.
    pub(crate) fn one_line(&self, expr: &Expr) -> Nix {
        let nix = self.expr(expr);
        if self.is_tame(expr) { nix } else { Nix::ident(names::ONE_LINE).call(nix) }
    }

    /// A text that must be of a form.
    pub(crate) fn fitting(&self, form: Form<'_>, expr: &Expr) -> Nix {
        match form {
            Form::TmpfilesPath { makes: true } if !is_fixed(expr) => {
                self.free_name(Kind::Tmpfiles, "", expr, self.tmpfiles_path(expr))
            }
            Form::TmpfilesPath { .. } => self.tmpfiles_path(expr),
            _ if is_fixed(expr) => self.string(expr),
            Form::Matching(pattern) => library::fitting(pattern, self.string(expr)),
            Form::EtcPath => {
                let path = Nix::ident(names::ETC_PATH).call(self.string(expr));
                self.free_name(Kind::Etc, "", expr, path)
            }
            Form::Unit(kind) => {
                let name = fitting_unit(kind.suffix(), self.string(expr));
                self.free_name(Kind::Unit, kind.suffix(), expr, name)
            }
            Form::NewUser => {
                let name = library::fitting(USER, self.string(expr));
                self.free_name(Kind::User, "", expr, name)
            }
            Form::NewGroup => {
                let name = library::fitting(USER, self.string(expr));
                self.free_name(Kind::Group, "", expr, name)
            }
            Form::Sysctl => self.expr(expr),
        }
    }

    /// Whether no value that the expression has can break a line.
    pub(crate) fn is_tame(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Literal(_)
            | Expr::PackagePath(_)
            | Expr::Package(_)
            | Expr::SettingsFile(_)
            | Expr::TextFile(_)
            | Expr::Script(_)
            | Expr::ToJson(_)
            | Expr::Specifier(_)
            | Expr::CommandVariable(_)
            | Expr::UpTo(_)
            | Expr::Compare(_)
            | Expr::Arithmetic(_)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::ListLength(_)
            | Expr::AttrCount(_)
            | Expr::StringLength(_)
            | Expr::Contains(_)
            | Expr::HasAttr(_)
            | Expr::HasPrefix(_)
            | Expr::HasSuffix(_)
            | Expr::HasInfix(_)
            | Expr::Fold(_) => true,
            Expr::Text(parts) | Expr::List(parts) | Expr::Concat(parts) => {
                parts.iter().all(|part| self.is_tame(part))
            }
            Expr::Neighbour(read) => {
                self.is_tame(&read.otherwise)
                    && self.type_of(expr).is_some_and(|ty| is_tame_type(&ty))
            }
            Expr::If(e) => self.is_tame(&e.then) && self.is_tame(&e.otherwise),
            Expr::Attrs(attrs) => attrs.values().all(|value| self.is_tame(value)),
            Expr::Merge(sets) => sets.iter().all(|set| self.is_tame(set)),
            Expr::WithoutNulls(inner) => self.is_tame(inner),
            Expr::Option(_) | Expr::Variable(_) => {
                self.type_of(expr).is_some_and(|ty| is_tame_type(&ty))
            }
            Expr::MapList(_)
            | Expr::MapAttrs(_)
            | Expr::AttrsToList(_)
            | Expr::Join(_)
            | Expr::Filter(_)
            | Expr::FilterAttrs(_)
            | Expr::RemovePrefix(_)
            | Expr::RemoveSuffix(_)
            | Expr::Split(_)
            | Expr::Lowercase(_)
            | Expr::Replace(_)
            | Expr::ToEnvironment(_)
            | Expr::Match(_) => false,
        }
    }
}

/// Whether all of it is known while the module is printed.
pub(crate) fn is_fixed(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(_) | Expr::Specifier(_) | Expr::CommandVariable(_) => true,
        Expr::Text(parts) => parts.iter().all(is_fixed),
        _ => false,
    }
}

fn is_tame_type(ty: &Type) -> bool {
    match ty {
        Type::Bool
        | Type::Int(_)
        | Type::IntEnum(_)
        | Type::Port
        | Type::Float
        | Type::Number(_)
        | Type::Package => true,
        Type::Enum(names) => names.iter().all(|name| !name.contains(['\n', '\r', '\\'])),
        Type::ListOf(inner) | Type::NonEmptyListOf(inner) | Type::NullOr(inner) => {
            is_tame_type(inner)
        }
        Type::OneOf(types) => types.iter().all(is_tame_type),
        _ => false,
    }
}
