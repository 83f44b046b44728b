use std::collections::{BTreeMap, BTreeSet};

use super::{Validator, is_camel};
use crate::codes::{
    BAD_EXPRESSION, BAD_METADATA, BAD_NAME, BAD_NEIGHBOUR, BAD_TYPE, DUPLICATE, WRONG_VALUE,
};
use crate::context::Context;
use crate::shape::Shape;
use crate::{
    Coerced, Conversion, Expr, NAME, NEIGHBOURS, OptionDecl, OptionPath, Place, Problem, Type,
    accepts, check, is_nix_name, nix_names, pattern,
};

impl Validator<'_> {
    pub(super) fn options(
        &mut self,
        options: &[OptionDecl],
        at: &OptionPath,
        context: &Context<'_>,
    ) {
        let mut names = BTreeSet::new();
        if at.0.is_empty() {
            names.insert("enable");
        }
        for option in options {
            let path = at.join(&option.name);
            let subject = path.to_string();
            let place = option.place.as_ref();
            if !is_camel(&option.name) {
                let message = "an option's name is camelCase".to_owned();
                self.add_at(BAD_NAME, &subject, message, place);
            }
            if is_nix_name(&option.name) {
                self.add_at(BAD_NAME, &subject, nix_names::fault(&option.name), place);
            }
            if !names.insert(&option.name) {
                let message = "the option is declared twice".to_owned();
                self.add_at(DUPLICATE, &subject, message, place);
            }
            if option.description.trim().is_empty() {
                let message = "the option has no description".to_owned();
                self.add_at(BAD_METADATA, &subject, message, place);
            }
            self.ty(&option.ty, &path, place, context);
            self.default(option, &path, context);
            let packages = &self.manifest.packages;
            let example = option.example.as_ref();
            if let Some(Err(problems)) = example.map(|x| check(&option.ty, x, &path, packages)) {
                self.values("example", problems, place);
            }
            if option.default.is_none() && has_empty_value(&option.ty) {
                let message = "without a default NixOS takes an empty value; say which".to_owned();
                self.add_at(BAD_TYPE, &subject, message, place);
            }
            if option.read_only && option.default.is_none() {
                let message = "a read-only option needs a default".to_owned();
                self.add_at(BAD_TYPE, &subject, message, place);
            }
        }
    }

    pub(super) fn values(&mut self, what: &str, problems: Vec<Problem>, place: Option<&Place>) {
        for mut problem in problems {
            problem.message = format!("the {what} is wrong: {}", problem.message);
            problem.place = place.cloned();
            self.problems.push(problem);
        }
    }

    fn default(&mut self, option: &OptionDecl, path: &OptionPath, context: &Context<'_>) {
        let Some(default) = &option.default else { return };
        let place = option.place.as_ref();
        if default.any(&|expr| matches!(expr, Expr::Neighbour(_))) {
            let message =
                "a default does not read options of other features; where the option may \
                           be left out, make it null and read there what takes its place"
                    .to_owned();
            self.add_at(BAD_NEIGHBOUR, &path.to_string(), message, place);
        }
        if let Expr::Literal(value) = default {
            if let Err(problems) = check(&option.ty, value, path, &self.manifest.packages) {
                self.values("default", problems, place);
            }
            return;
        }
        let wanted = Shape::of(&option.ty);
        match context.shape(default) {
            Err(fault) => self.add_at(BAD_EXPRESSION, &path.to_string(), fault, place),
            Ok(shape) if shape.fits(&wanted) => {}
            Ok(shape) => {
                let (is, wants) = (shape.described(), option.ty.described());
                let problem = Problem::error(
                    WRONG_VALUE,
                    path.to_string(),
                    format!("the default is {is}, not {wants}"),
                );
                self.problems.push(problem.at(place.cloned()));
            }
        }
    }

    pub(super) fn ty(
        &mut self,
        ty: &Type,
        at: &OptionPath,
        place: Option<&Place>,
        context: &Context<'_>,
    ) {
        let mut fault = |message: String| {
            self.problems
                .push(Problem::error(BAD_TYPE, at.to_string(), message).at(place.cloned()));
        };
        match ty {
            Type::Int(range) if range.min.zip(range.max).is_some_and(|(min, max)| min > max) => {
                fault("the least value is above the greatest".to_owned());
            }
            Type::Number(range) => {
                let bounds = [range.min, range.max];
                if bounds.iter().flatten().any(|bound| !bound.is_finite()) {
                    fault("a bound is not finite".to_owned());
                }
                if range.min.zip(range.max).is_some_and(|(min, max)| min > max) {
                    fault("the least value is above the greatest".to_owned());
                }
            }
            Type::StrMatching(text) => {
                if let Err(error) = pattern::compile(text) {
                    fault(format!("the pattern {text:?} is not understood alike: {error}"));
                }
            }
            Type::Enum(names) => {
                let unique: BTreeSet<_> = names.iter().collect();
                if names.is_empty() || unique.len() != names.len() {
                    fault("an enum needs values, each once".to_owned());
                }
            }
            Type::IntEnum(values) => {
                let unique: BTreeSet<_> = values.iter().collect();
                if values.is_empty() || unique.len() != values.len() {
                    fault("an enum needs values, each once".to_owned());
                }
            }
            Type::SeparatedStr(separator) if separator.contains('\0') => {
                fault("a separator holds no NUL".to_owned());
            }
            Type::OneOf(types) => {
                if types.len() < 2 {
                    fault("a choice needs at least two types".to_owned());
                } else if let Some(kind) = shared_kind(types) {
                    fault(format!(
                        "two of the alternatives are {kind}, which cannot be told apart"
                    ));
                }
                let joins = |ty: &Type| matches!(ty, Type::Coerced(it) if matches!(it.by, Conversion::Join(_)));
                if types.iter().any(joins) {
                    // Nix tries to join any list, and fails where another type would take it.
                    fault("a list that is joined cannot be told from others here".to_owned());
                }
                types.iter().for_each(|ty| self.ty(ty, at, place, context));
            }
            Type::Coerced(it) => {
                if let Some(message) = coercion_fault(it) {
                    fault(message.to_owned());
                }
                self.ty(&it.from, at, place, context);
                self.ty(&it.to, at, place, context);
            }
            Type::NullOr(inner) => {
                if matches!(**inner, Type::NullOr(_)) {
                    fault("null is allowed twice".to_owned());
                }
                self.ty(inner, at, place, context);
            }
            Type::ListOf(inner) | Type::NonEmptyListOf(inner) => {
                self.ty(inner, at, place, context);
            }
            Type::AttrsOf(inner) | Type::LazyAttrsOf(inner) => {
                self.ty(inner, &at.join("<name>"), place, &context.bind(NAME, Shape::Str));
            }
            Type::Submodule(submodule) => {
                let inner = context.bind(NEIGHBOURS, context.record(&submodule.options));
                self.options(&submodule.options, at, &inner);
            }
            Type::Settings(settings) => {
                let inner = context.bind(NEIGHBOURS, context.record(&settings.options));
                self.options(&settings.options, at, &inner);
            }
            Type::AttrTag(variants) => {
                let unique: BTreeSet<_> = variants.iter().map(|variant| &variant.name).collect();
                if variants.is_empty() || unique.len() != variants.len() {
                    fault("a tagged union needs tags, each once".to_owned());
                }
                for variant in variants {
                    let path = at.join(&variant.name);
                    if is_nix_name(&variant.name) {
                        let message = nix_names::fault(&variant.name);
                        self.add_at(BAD_NAME, &path.to_string(), message, place);
                    }
                    if variant.description.trim().is_empty() {
                        let message = "the tag has no description".to_owned();
                        self.add_at(BAD_METADATA, &path.to_string(), message, place);
                    }
                    self.ty(&variant.ty, &path, place, context);
                }
            }
            _ => {}
        }
    }
}

/// What is wrong with a type that also takes values of another one. No value may be of both, so
/// that it is clear what becomes of each.
fn coercion_fault(coerced: &Coerced) -> Option<&'static str> {
    let Coerced { from, by, to } = coerced;
    let is_string = |ty: &Type| ty.is_text() && !matches!(ty, Type::Package | Type::Path(_));
    let is_one = |ty: &Type| {
        let number = matches!(
            ty,
            Type::Bool
                | Type::Int(_)
                | Type::IntEnum(_)
                | Type::Port
                | Type::Float
                | Type::Number(_)
        );
        number || ty.is_text() && *ty != Type::Package
    };
    let (good, fault) = match by {
        Conversion::Singleton => (
            matches!(to, Type::ListOf(inner) | Type::NonEmptyListOf(inner) if **inner == *from)
                && is_one(from),
            "a list is made of a boolean, number, string or path, the type of its elements",
        ),
        Conversion::Digits => (
            matches!(from, Type::Int(_) | Type::IntEnum(_) | Type::Port) && is_string(to),
            "a string of digits is made of an integer, for a type of strings",
        ),
        Conversion::Join(_) => (
            matches!(from, Type::ListOf(inner) if **inner == Type::Str) && is_string(to),
            "strings are joined of a list of any strings, for a type of strings",
        ),
    };
    (!good).then_some(fault)
}

/// Whether some versions of nixpkgs give an option of this type a value where nobody does.
fn has_empty_value(ty: &Type) -> bool {
    let ty = match ty {
        Type::Coerced(it) => &it.to,
        other => other,
    };
    matches!(
        ty,
        Type::ListOf(_)
            | Type::AttrsOf(_)
            | Type::LazyAttrsOf(_)
            | Type::NullOr(_)
            | Type::Submodule(_)
            | Type::Settings(_)
    )
}

/// What two alternatives of a choice have in common, if anything does.
fn shared_kind(types: &[Type]) -> Option<&'static str> {
    use crate::Value;
    let samples = [
        ("lists", Value::List(vec![Value::Null])),
        ("attribute sets", Value::Attrs([(String::new(), Value::Null)].into())),
        ("nullable", Value::Null),
    ];
    let none = BTreeMap::new();
    samples.into_iter().find_map(|(kind, sample)| {
        (types.iter().filter(|ty| accepts(ty, &sample, &none)).count() > 1).then_some(kind)
    })
}
