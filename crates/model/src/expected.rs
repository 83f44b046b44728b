//! What is wanted of an expression's type where it stands.

use crate::context::{Context, Fault};
use crate::shape::Shape;
use crate::{Expr, NeighbourOption, OptionPath, Problem, Submodule, Type, Value, check};

impl Context<'_> {
    pub(crate) fn expect_bool(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::Bool => Ok(()),
            other => {
                Err(format!("a condition must be a boolean, but this is {}", other.described()))
            }
        }
    }

    pub(crate) fn expect_text(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            shape if shape.is_text() => Ok(()),
            other => Err(not_text(&other)),
        }
    }

    /// A string, number, boolean or path, or a list of them: what a unit file's key can hold.
    pub(crate) fn expect_setting(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::List(inner) if inner.is_text() || *inner == Shape::Unknown => Ok(()),
            shape if shape.is_text() => Ok(()),
            other => Err(not_text(&other)),
        }
    }

    /// A name, or a list of names.
    pub(crate) fn expect_names(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::List(inner) => match *inner {
                Shape::Str | Shape::Path | Shape::Nothing => Ok(()),
                other => Err(format!("these must be strings, but each is {}", other.described())),
            },
            _ => self.expect_text(expr),
        }
    }

    /// The words of a command: a boolean is none.
    pub(crate) fn expect_words(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Bool => Err("a boolean is no word of a command; use a condition".to_owned()),
            inner if inner.is_text() || inner == Shape::Unknown => Ok(()),
            other => Err(not_text(&other)),
        }
    }

    /// An integer; one that is fixed must not be negative.
    pub(crate) fn expect_count(&self, expr: &Expr) -> Result<(), Fault> {
        match (self.shape(expr)?, expr) {
            (_, Expr::Literal(Value::Int(..0))) => Err("this must not be negative".to_owned()),
            (Shape::Int(_), _) => Ok(()),
            (other, _) => Err(format!("this must be an integer, but is {}", other.described())),
        }
    }

    pub(crate) fn expect_int_list(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Int(_) | Shape::Nothing => Ok(()),
            other => Err(format!("ports must be integers, but this holds {}", other.described())),
        }
    }

    /// A list of ports, whatever the settings.
    pub(crate) fn expect_port_list(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Nothing => Ok(()),
            Shape::Int(range) if range.least() >= 0 && range.most() <= 0xffff => Ok(()),
            Shape::Int(_) => {
                Err("only 0 to 65535 are ports; an option for one has the type port".to_owned())
            }
            other => Err(format!("a port is an integer, but this is {}", other.described())),
        }
    }

    /// A list of texts.
    pub(crate) fn expect_text_list(&self, expr: &Expr) -> Result<(), Fault> {
        match self.list(expr)? {
            Shape::Nothing => Ok(()),
            shape if shape.is_text() => Ok(()),
            other => Err(format!("this must be a list of strings, but has {}", other.described())),
        }
    }

    /// A value that an option of the type accepts, as far as it is known before settings are.
    pub(crate) fn expect_of_type(&self, expr: &Expr, ty: &Type) -> Result<(), Fault> {
        match (expr, ty) {
            (Expr::Literal(value), ty) => {
                check(ty, value, &OptionPath::default(), &self.manifest().packages)
                    .map(drop)
                    .map_err(|problems| said(&problems))
            }
            (Expr::If(it), ty) => {
                self.expect_bool(&it.condition)?;
                self.assuming(&it.condition).expect_of_type(&it.then, ty)?;
                self.refuting(&it.condition).expect_of_type(&it.otherwise, ty)
            }
            (Expr::List(items), Type::ListOf(inner) | Type::NonEmptyListOf(inner)) => {
                items.iter().try_for_each(|item| self.expect_of_type(item, inner))
            }
            (Expr::Attrs(attrs), Type::AttrsOf(inner) | Type::LazyAttrsOf(inner)) => {
                self.shape(expr)?;
                attrs.values().try_for_each(|value| self.expect_of_type(value, inner))
            }
            (Expr::Attrs(attrs), Type::Submodule(Submodule { options })) => {
                self.shape(expr)?;
                let missing = options
                    .iter()
                    .find(|option| option.default.is_none() && !attrs.contains_key(&option.name));
                if let Some(option) = missing {
                    return Err(format!("`{}` has no value and no default", option.name));
                }
                attrs.iter().try_for_each(|(name, value)| {
                    let option = options.iter().find(|option| option.name == *name);
                    let option = option.ok_or_else(|| format!("there is no option `{name}`"))?;
                    let typed = self.expect_of_type(value, &option.ty);
                    typed.map_err(|fault| format!("`{name}`: {fault}"))
                })
            }
            (Expr::Attrs(attrs), Type::AttrTag(variants)) => {
                let only = attrs.iter().next().filter(|_| attrs.len() == 1);
                let variant = only.and_then(|(tag, value)| {
                    Some((variants.iter().find(|variant| variant.name == *tag)?, value))
                });
                match variant {
                    Some((variant, value)) => self.expect_of_type(value, &variant.ty),
                    None => Err("a tagged union has exactly one of its tags".to_owned()),
                }
            }
            (expr, Type::NullOr(inner)) if !matches!(self.shape(expr)?, Shape::Nullable(_)) => {
                self.expect_of_type(expr, inner)
            }
            (expr, ty) => {
                let (is, wanted) = (self.shape(expr)?, Shape::of(ty));
                match is.fits(&wanted) {
                    true => Ok(()),
                    false => Err(format!("this is {}, not {}", is.described(), ty.described())),
                }
            }
        }
    }

    /// An option of another feature, as this one knows it.
    pub(crate) fn neighbour(&self, read: &NeighbourOption) -> Result<Shape, Fault> {
        let NeighbourOption { feature, option, otherwise } = read;
        let known = self.manifest().neighbours.get(feature).and_then(|known| known.read(option));
        let ty = known.ok_or_else(|| {
            format!("`neighbours` does not say that `{option}` of {feature} is read")
        })?;
        self.expect_of_type(otherwise, ty)?;
        Ok(Shape::of(ty).joined(self.shape(otherwise)?))
    }

    pub(crate) fn expect_package(&self, expr: &Expr) -> Result<(), Fault> {
        match self.shape(expr)? {
            Shape::Package => Ok(()),
            other => Err(format!("this must be a package, but is {}", other.described())),
        }
    }
}

/// What problems of a value say, in one sentence.
fn said(problems: &[Problem]) -> Fault {
    let each = problems.iter().map(|problem| match &*problem.subject {
        "" => problem.message.clone(),
        subject => format!("`{subject}` {}", problem.message),
    });
    each.collect::<Vec<_>>().join("; ")
}

fn not_text(shape: &Shape) -> Fault {
    match shape {
        Shape::Nullable(_) => {
            "this may be null; use it only where a condition says that it is set".to_owned()
        }
        Shape::Number => "a number with a fraction has no agreed text; use toJson".to_owned(),
        other => {
            format!("this must be a string, integer, boolean or path, but is {}", other.described())
        }
    }
}
