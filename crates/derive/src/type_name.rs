use quote::ToTokens;
use syn::{Error, GenericArgument, Ident, PathArguments, Type};

use crate::attributes::FieldAttributes;

/// The last name of a type's path, if it has one: `Port` of `domi::Port`.
pub(crate) fn last_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        Type::Group(group) => last_name(&group.elem),
        _ => None,
    }
}

/// The type within `Option<…>`, or the type itself.
pub(crate) fn without_option(ty: &Type) -> &Type {
    match (last_name(ty).as_deref(), arguments(ty).first()) {
        (Some("Option"), Some(inner)) => inner,
        _ => ty,
    }
}

fn arguments(ty: &Type) -> Vec<&Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    let Some(PathArguments::AngleBracketed(arguments)) =
        path.path.segments.last().map(|segment| &segment.arguments)
    else {
        return Vec::new();
    };
    arguments
        .args
        .iter()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
        .collect()
}

/// Refuses a type that is narrowed in two ways, and a `range` or `matching` of a known type that has
/// none.
pub(crate) fn check_narrowing(ty: &Type, attributes: &FieldAttributes) -> syn::Result<()> {
    let FieldAttributes { range, matching, separator, .. } = attributes;
    let given = [
        range.as_ref().map(|it| ("range", it.to_token_stream())),
        matching.as_ref().map(|it| ("matching", it.to_token_stream())),
        separator.as_ref().map(|it| ("separator", it.to_token_stream())),
    ];
    if let [(first, _), (second, written), ..] =
        &given.into_iter().flatten().collect::<Vec<_>>()[..]
    {
        let message = format!("`{first}` and `{second}` exclude each other: keep one of them");
        return Err(Error::new_spanned(written, message));
    }
    let mut inner = ty;
    while let (Some("Option" | "Vec" | "NonEmptyVec"), Some(of)) =
        (last_name(inner).as_deref(), arguments(inner).first())
    {
        inner = of;
    }
    let Some(name) = last_name(inner).filter(|name| KNOWN.contains(&name.as_str())) else {
        return Ok(());
    };
    let is_number = NUMBERS.contains(&name.as_str());
    if let Some(range) = attributes.range.as_ref().filter(|_| !is_number) {
        let message = format!("`range` is for integers and `f64`, not `{name}`");
        return Err(Error::new_spanned(range, message));
    }
    if let Some(pattern) = attributes.matching.as_ref().filter(|_| name != "String") {
        let message = format!("`matching` narrows `String`, not `{name}`");
        return Err(Error::new_spanned(pattern, message));
    }
    Ok(())
}

const NUMBERS: [&str; 8] = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "f64"];

/// Types of options that the SDK has.
const KNOWN: [&str; 27] = [
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "f64",
    "bool",
    "String",
    "Float",
    "Port",
    "NonEmptyStr",
    "SingleLineStr",
    "Lines",
    "Commas",
    "Colons",
    "AbsolutePath",
    "StorePath",
    "SecretFile",
    "Package",
    "Anything",
    "Settings",
    "BTreeMap",
    "LazyMap",
    "Either",
    "Free",
];

/// Refuses the types that cannot be that of an option of the type called `parent`, with what to
/// write instead.
pub(crate) fn check(ty: &Type, parent: &Ident) -> syn::Result<()> {
    if let Some(advice) = advice(ty) {
        return Err(Error::new_spanned(ty, advice));
    }
    if matches!(ty, Type::Path(path) if path.path.is_ident(parent)) {
        let message = format!("`{parent}` cannot contain itself: NixOS could not document it");
        return Err(Error::new_spanned(ty, message));
    }
    arguments(ty).into_iter().try_for_each(|ty| check(ty, parent))
}

fn advice(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => {
            "`()` holds nothing to set; leave the field out"
        }
        Type::Tuple(_) => {
            "NixOS has no tuples; write a struct with named fields, or `Vec` where all are alike"
        }
        Type::Reference(_) => "an option owns its value; write `String` or `Vec<…>`",
        Type::Array(_) => {
            "an option's list has no fixed length; write `Vec<…>` or `NonEmptyVec<…>`"
        }
        _ => match last_name(ty)?.as_str() {
            "u64" => {
                "not every `u64` fits an integer of Nix (64 bits, signed); write `u32`, or `i64` with `range = 0..`"
            }
            "usize" => "`usize` has no fixed width; write `u32`, or `i64` with `range = 0..`",
            "isize" => "`isize` has no fixed width; write `i32` or `i64`",
            "u128" | "i128" => "integers of Nix have 64 bits; write `i64`",
            "f32" => "numbers of Nix have 64 bits; write `f64`",
            "char" => "NixOS has no characters; write `String` with `matching = \".\"`",
            "str" => "an option owns its value; write `String`",
            "PathBuf" | "Utf8PathBuf" | "Path" | "OsString" => {
                "say which paths are meant; write `AbsolutePath`, `StorePath` or `SecretFile`"
            }
            "HashMap" | "IndexMap" => {
                "attribute names are sorted in Nix; write `BTreeMap<String, …>`"
            }
            "HashSet" | "BTreeSet" => "NixOS has no sets; write `Vec<…>`",
            "Box" | "Rc" | "Arc" => "options cannot nest without end; write the type itself",
            "Duration" => {
                "say the unit; write `u32` and name the option `timeoutSeconds`, or `String` for systemd's time spans"
            }
            "Value" => "say what the value is; where it may be anything, write `Anything`",
            _ => return None,
        },
    })
}
