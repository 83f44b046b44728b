//! Whether options of other features are what a feature takes them for.

use crate::codes::MISFIT;
use crate::shape::Shape;
use crate::stored::Stored;
use crate::{
    Coerced, IntRange, KnownOption, Manifest, NumberRange, OptionDecl, OptionPath, Problem,
    Settings, Submodule, Type,
};

/// What a feature takes other ones for that they are not. Those that are not among the others are
/// passed over.
pub fn misfits(manifest: &Manifest, others: &[&Manifest]) -> Vec<Problem> {
    let name = &manifest.feature.name;
    let mut problems = Vec::new();
    for (other, known) in &manifest.neighbours {
        let Some(real) = others.iter().find(|it| it.feature.name == *other) else { continue };
        let mut add = |message: String, next: Option<String>| {
            let problem = Problem::error(MISFIT, name, message).at(known.place.clone());
            problems.push(problem.next(next.unwrap_or(format!("declare it as {other} has it"))));
        };
        if real.feature.kind != known.kind {
            let (is, taken) = (real.feature.kind.as_str(), known.kind.as_str());
            let message =
                format!("it takes {other} for one of the {taken}, and it is one of the {is}");
            add(message, None);
            continue;
        }
        for (uses, known) in [(Uses::Sets, &known.sets), (Uses::Reads, &known.reads)] {
            for option in known {
                if let Err(Misfit { fault, next }) = misfit(real, option, uses) {
                    let verb = uses.verb();
                    add(format!("it {verb} `{}` of {other}: {fault}", option.option), next);
                }
            }
        }
    }
    problems
}

impl KnownOption {
    /// What is set there, as the options of a feature are declared.
    ///
    /// # Errors
    /// Why nothing can be set there.
    pub fn set(options: &[OptionDecl], option: &OptionPath) -> Result<Self, String> {
        Self::of(options, option, Uses::Sets)
    }

    /// What is read there, as the options of a feature are declared.
    ///
    /// # Errors
    /// Why nothing can be read there.
    pub fn read(options: &[OptionDecl], option: &OptionPath) -> Result<Self, String> {
        Self::of(options, option, Uses::Reads)
    }

    fn of(options: &[OptionDecl], option: &OptionPath, uses: Uses) -> Result<Self, String> {
        let ty = reach(options, &option.0, uses)?.clone();
        Ok(Self { option: option.clone(), ty })
    }
}

/// What a feature does with an option of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Uses {
    /// Whatever it says must be accepted there.
    Sets,
    /// Whatever is there must be what it expects.
    Reads,
}

impl Uses {
    fn verb(self) -> &'static str {
        match self {
            Self::Sets => "sets",
            Self::Reads => "reads",
        }
    }
}

/// Why an option is not what it is taken for.
struct Misfit {
    fault: String,
    /// What to do, where that is not to declare it as the other feature has it.
    next: Option<String>,
}

impl From<String> for Misfit {
    fn from(fault: String) -> Self {
        Self { fault, next: None }
    }
}

fn misfit(real: &Manifest, known: &KnownOption, uses: Uses) -> Result<(), Misfit> {
    // Who reads an option may know it by an old name.
    let path = match uses {
        Uses::Sets => known.option.0.clone(),
        Uses::Reads => real.current(&known.option.0),
    };
    let ty = reach(&real.options, &path, uses)?;
    match uses {
        Uses::Sets => {
            fits(&known.ty, ty, uses)?;
            joins_alike(&known.ty, ty)
        }
        Uses::Reads => {
            let mut shape = Stored::of(&real.options).record(&real.options);
            for name in &path {
                let Shape::Record(mut fields) = shape else { break };
                shape = fields.remove(name).unwrap_or(Shape::Unknown);
            }
            if shape.may_be_stored() {
                return Err("it may hold a path of the store, which is another one on portable \
                            machines"
                    .to_owned()
                    .into());
            }
            Ok(fits(ty, &known.ty, uses)?)
        }
    }
}

/// Whether what is set is joined with what others set exactly where the feature expects it: its
/// place behind theirs follows from the type that it knows.
fn joins_alike(known: &Type, real: &Type) -> Result<(), Misfit> {
    match (known.is_joined(), joining(known, real)) {
        (false, Some(joined)) => {
            let fault = "several settings of it are joined there, and of what it is taken for they \
                         are not: it would have no place among them";
            let next = match joined {
                Type::Lines => "declare it as lines, which are joined with newlines".to_owned(),
                Type::SeparatedStr(separator) => {
                    format!("declare it as a string that is joined with {separator:?}")
                }
                other => format!("declare it as {}", other.described()),
            };
            Err(Misfit { fault: fault.to_owned(), next: Some(next) })
        }
        (true, None) => {
            let fault =
                "several settings of what it is taken for are joined, and of it they are not";
            Err(fault.to_owned().into())
        }
        _ => Ok(()),
    }
}

/// The type by which values of one type are joined where another one is wanted, if any are.
fn joining<'t>(from: &Type, to: &'t Type) -> Option<&'t Type> {
    match (from, to) {
        (Type::OneOf(types), to) => types.iter().find_map(|from| joining(from, to)),
        (Type::NullOr(from), to) => joining(from, to),
        (from, Type::NullOr(to)) => joining(from, to),
        (from, Type::OneOf(types)) => {
            let mut fitting = types.iter().filter(|to| fits(from, to, Uses::Sets).is_ok());
            fitting.find_map(|to| joining(from, to))
        }
        (_, to) => to.is_joined().then_some(to),
    }
}

/// The type that a path leads to. Only what is set may be below names that settings bring.
fn reach<'t>(options: &'t [OptionDecl], path: &[String], uses: Uses) -> Result<&'t Type, String> {
    let Some((name, rest)) = path.split_first() else {
        return Err("no option is named".to_owned());
    };
    let option = options.iter().find(|option| option.name == *name);
    let Some(option) = option else {
        let names: Vec<_> = options.iter().map(|it| format!("`{}`", it.name)).collect();
        return Err(format!("there is no option `{name}`, only {}", names.join(", ")));
    };
    if uses == Uses::Sets && option.read_only {
        return Err(format!("`{name}` may only be read"));
    }
    within(&option.ty, rest, uses)
}

fn within<'t>(ty: &'t Type, path: &[String], uses: Uses) -> Result<&'t Type, String> {
    let Some((name, rest)) = path.split_first() else { return Ok(ty) };
    match ty {
        Type::Submodule(Submodule { options }) => reach(options, path, uses),
        Type::AttrsOf(inner) | Type::LazyAttrsOf(inner) if uses == Uses::Sets => {
            within(inner, rest, uses)
        }
        Type::NullOr(inner) if uses == Uses::Sets => within(inner, path, uses),
        other => Err(format!("`{name}` is looked for in {}", other.described())),
    }
}

/// Whether every value of a type is one of another; of submodules that are known in part, as far as
/// they are known.
fn fits(from: &Type, to: &Type, uses: Uses) -> Result<(), String> {
    let each = |from: &Type, to: &Type| fits(from, to, uses);
    match (from, to) {
        (_, Type::Anything) => Ok(()),
        (Type::NullOr(from), Type::NullOr(to))
        | (Type::ListOf(from) | Type::NonEmptyListOf(from), Type::ListOf(to))
        | (Type::NonEmptyListOf(from), Type::NonEmptyListOf(to))
        | (
            Type::AttrsOf(from) | Type::LazyAttrsOf(from),
            Type::AttrsOf(to) | Type::LazyAttrsOf(to),
        ) => each(from, to),
        (Type::Coerced(it), to) if uses == Uses::Reads => each(&it.to, to),
        (from, Type::Coerced(it)) if from != to => {
            let Coerced { from: other, to, .. } = &**it;
            each(from, to).or_else(|fault| each(from, other).map_err(|_| fault))
        }
        (Type::OneOf(types), to) => types.iter().try_for_each(|from| each(from, to)),
        (from, Type::OneOf(types)) if types.iter().any(|to| each(from, to).is_ok()) => Ok(()),
        (from, Type::NullOr(to)) => each(from, to),
        (Type::Submodule(from), Type::Submodule(to)) => options(&from.options, &to.options, uses),
        (Type::Settings(from), Type::Settings(to)) if from.format == to.format => {
            let (Settings { options: from, .. }, Settings { options: to, .. }) = (from, to);
            options(from, to, uses)
        }
        (Type::AttrTag(from), Type::AttrTag(to)) => from.iter().try_for_each(|variant| {
            let other = to.iter().find(|other| other.name == variant.name);
            let other = other.ok_or_else(|| format!("it has no tag `{}`", variant.name))?;
            each(&variant.ty, &other.ty)
        }),
        (from, to) if from == to || is_scalar_within(from, to) => Ok(()),
        (from, to) => Err(match uses {
            Uses::Sets => format!("it takes {}, not {}", to.described(), from.described()),
            Uses::Reads => format!("it is {}, not {}", from.described(), to.described()),
        }),
    }
}

/// Whether options fit as far as the feature knows them.
fn options(from: &[OptionDecl], to: &[OptionDecl], uses: Uses) -> Result<(), String> {
    let (known, real) = match uses {
        Uses::Sets => (from, to),
        Uses::Reads => (to, from),
    };
    known.iter().try_for_each(|option| {
        let own = std::slice::from_ref(&option.name);
        let other = reach(real, own, uses)?;
        let fitting = match uses {
            Uses::Sets => fits(&option.ty, other, uses),
            Uses::Reads => fits(other, &option.ty, uses),
        };
        fitting.map_err(|fault| format!("`{}`: {fault}", option.name))
    })
}

/// Whether every value of a type that is made of no others is one of another such type.
fn is_scalar_within(from: &Type, to: &Type) -> bool {
    let is_any_text = |ty: &Type| matches!(ty, Type::Str | Type::Lines | Type::SeparatedStr(_));
    match (from, to) {
        (Type::Package, _) | (_, Type::Package) => false,
        (from, to) if from.is_text() && is_any_text(to) => true,
        (Type::Enum(from), Type::Enum(to)) => from.iter().all(|name| to.contains(name)),
        (Type::Path(_), Type::Path(crate::PathKind::Any)) => true,
        (Type::IntEnum(from), Type::IntEnum(to)) => from.iter().all(|n| to.contains(n)),
        (Type::Float | Type::Number(_), Type::Number(NumberRange { min: None, max: None })) => true,
        (from, Type::Number(NumberRange { min: None, max: None })) => integers(from).is_some(),
        (_, Type::IntEnum(_)) => false,
        (from, to) => match (integers(from), integers(to)) {
            (Some(from), Some(to)) => from.least() >= to.least() && from.most() <= to.most(),
            _ => false,
        },
    }
}

/// The integers of a type that has no other values.
fn integers(ty: &Type) -> Option<IntRange> {
    match ty {
        Type::Int(range) => Some(*range),
        Type::Port => Some(IntRange::between(0, 65535)),
        Type::IntEnum(values) => Some(IntRange::of_all(values)),
        _ => None,
    }
}
