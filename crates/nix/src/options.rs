//! Option declarations, and which NixOS type each option has. A type may have options again, so
//! that neither is below the other.

use domi_model::{IntRange, NumberRange, OptionDecl, PathKind, Settings, Submodule, Type, Variant};

use crate::ast::{Binding, Key, Nix};
use crate::package_option::package_option;
use crate::scope::Scope;
use crate::submodule::inside_submodule;
use crate::{commonmark, shown, value};

/// Options as an attribute set of declarations.
pub(crate) fn declarations(scope: &Scope<'_>, options: &[OptionDecl]) -> Nix {
    Nix::attrs(bindings(scope, options))
}

/// Options as lines of an attribute set.
pub(crate) fn bindings(scope: &Scope<'_>, options: &[OptionDecl]) -> Vec<Binding> {
    options
        .iter()
        .map(|option| Binding::new(option.name.as_str(), declaration(scope, option)).gap())
        .collect()
}

fn declaration(scope: &Scope<'_>, option: &OptionDecl) -> Nix {
    if let Some(package) = package_option(scope, option) {
        return package;
    }
    let mut lines = vec![Binding::new("type", nix_type(scope, &option.ty))];
    if option.internal {
        lines.push(Binding::new("internal", Nix::ident("true")));
    }
    if option.hidden {
        lines.push(Binding::new("visible", Nix::ident("false")));
    }
    if option.read_only {
        lines.push(Binding::new("readOnly", Nix::ident("true")));
    }
    if let Some(default) = &option.default {
        lines.push(Binding::new("default", shown::default_value(scope, &option.ty, default)));
    }
    lines.extend(shown::default_text(scope, option).map(|text| Binding::new("defaultText", text)));
    lines
        .extend(shown::example_text(scope, option).map(|example| Binding::new("example", example)));
    lines.push(Binding::new("description", commonmark::description(&option.description)));
    Nix::lib_call("mkOption", [Nix::attrs(lines)])
}

/// The NixOS type.
pub(crate) fn nix_type(scope: &Scope<'_>, ty: &Type) -> Nix {
    let of = |name: &str, inner: &Type| named(name).call(nix_type(scope, inner));
    match ty {
        Type::Bool => named("bool"),
        Type::Int(range) => int(*range),
        Type::Port => named("port"),
        Type::Float => named("float"),
        Type::Number(range) => number(*range),
        Type::Str => named("str"),
        Type::NonEmptyStr => named("nonEmptyStr"),
        Type::SingleLineStr => named("singleLineStr"),
        Type::Lines => named("lines"),
        Type::StrMatching(pattern) => named("strMatching").call(value::string(pattern)),
        Type::Enum(names) => named("enum").call(value::string_list(names)),
        Type::Path(PathKind::Any) => named("path"),
        Type::Path(PathKind::InStore) => named("pathInStore"),
        Type::Path(PathKind::External) => named("externalPath"),
        Type::Package => named("package"),
        Type::ListOf(inner) => of("listOf", inner),
        Type::NonEmptyListOf(inner) => of("nonEmptyListOf", inner),
        Type::AttrsOf(inner) => of("attrsOf", inner),
        Type::LazyAttrsOf(inner) => of("lazyAttrsOf", inner),
        Type::NullOr(inner) => of("nullOr", inner),
        Type::OneOf(types) => one_of(scope, types),
        Type::Submodule(inner) => submodule(scope, inner),
        Type::AttrTag(variants) => attr_tag(scope, variants),
        Type::Settings(inner) => settings(scope, inner),
        Type::Anything => named("anything"),
    }
}

fn named(name: &str) -> Nix {
    Nix::lib("types").dot(name)
}

/// The type with exactly these bounds. nixpkgs has no type with one bound alone, so that the
/// other is then the end of 64 bits.
fn int(IntRange { min, max }: IntRange) -> Nix {
    let range = (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX));
    let name = match range {
        (i64::MIN, i64::MAX) => "int",
        (0, i64::MAX) => "ints.unsigned",
        (1, i64::MAX) => "ints.positive",
        (0, 0xff) => "ints.u8",
        (0, 0xffff) => "ints.u16",
        (0, 0xffff_ffff) => "ints.u32",
        (-0x80, 0x7f) => "ints.s8",
        (-0x8000, 0x7fff) => "ints.s16",
        (-0x8000_0000, 0x7fff_ffff) => "ints.s32",
        (min, max) => {
            return named("ints.between").call(Nix::Int(min)).call(Nix::Int(max));
        }
    };
    named(name)
}

/// The type with exactly these bounds, the other being the end of finite floats.
fn number(NumberRange { min, max }: NumberRange) -> Nix {
    match (min, max) {
        (None, None) => named("number"),
        (Some(0.0), None) => named("numbers.nonnegative"),
        _ => named("numbers.between")
            .call(bound(min.unwrap_or(f64::MIN)))
            .call(bound(max.unwrap_or(f64::MAX))),
    }
}

/// A bound as one writes it: `1` rather than `1.0`.
#[expect(clippy::cast_possible_truncation, reason = "checked to be a small whole number")]
fn bound(x: f64) -> Nix {
    if x.fract() == 0.0 && x.abs() < 1e9 { Nix::Int(x as i64) } else { Nix::Float(x) }
}

fn one_of(scope: &Scope<'_>, types: &[Type]) -> Nix {
    match types {
        [only] => nix_type(scope, only),
        [first, second] => {
            named("either").call(nix_type(scope, first)).call(nix_type(scope, second))
        }
        types => {
            named("oneOf").call(Nix::List(types.iter().map(|ty| nix_type(scope, ty)).collect()))
        }
    }
}

fn submodule(scope: &Scope<'_>, submodule: &Submodule) -> Nix {
    let (inner, args) = inside_submodule(scope, &submodule.options);
    let options = declarations(&inner, &submodule.options);
    let module = Nix::attrs([Binding::at(vec!["options".into()], options)]);
    named("submodule").call(args.apply_to(module))
}

fn attr_tag(scope: &Scope<'_>, variants: &[Variant]) -> Nix {
    let tags = variants.iter().map(|variant| {
        let option = Nix::lib_call(
            "mkOption",
            [Nix::attrs([
                Binding::new("type", nix_type(scope, &variant.ty)),
                Binding::new("description", commonmark::description(&variant.description)),
            ])],
        );
        Binding::new(variant.name.as_str(), option).gap()
    });
    named("attrTag").call(Nix::attrs(tags))
}

fn settings(scope: &Scope<'_>, settings: &Settings) -> Nix {
    let (inner, args) = inside_submodule(scope, &settings.options);
    let free = Binding::new(Key::from("freeformType"), free_type(scope, settings));
    let mut bindings = vec![free];
    if !settings.options.is_empty() {
        bindings.push(Binding::new("options", declarations(&inner, &settings.options)));
    }
    named("submodule").call(args.apply_to(Nix::attrs(bindings)))
}

/// What a format can hold.
fn free_type(scope: &Scope<'_>, settings: &Settings) -> Nix {
    match settings.free_type() {
        Some(ty) => named("attrsOf").call(nix_type(scope, &ty)),
        None => scope.format(settings.format).dot("type"),
    }
}
