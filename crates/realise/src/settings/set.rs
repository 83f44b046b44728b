//! Settings from the command line: `port=9090`, `jobs.docs.schedule=daily`, `settings.a.b=[1,2]`.

use std::collections::BTreeMap;

use domi_model::{
    Manifest, OptionDecl, OptionPath, Problem, Settings, Submodule, Type, Value, accepts, check,
    codes::UNKNOWN_OPTION, lost_numbers, put_at, repeated_names, unknown_option,
};

use serde::de::IgnoredAny;

use crate::codes::{REMOVED, SET_SYNTAX};

/// Reads `option=value`. An option that holds a string takes the text as it is; others take JSON,
/// and `null` where they may be null.
///
/// # Errors
/// What cannot be read, which option does not exist, or what its type refuses. What only holds
/// between options is not decided here.
pub fn parse(text: &str, manifest: &Manifest) -> Result<(OptionPath, Value), Vec<Problem>> {
    let syntax = |message: &str| {
        vec![Problem::error(SET_SYNTAX, text, message).next("write it as `option=value`")]
    };
    let (names, value) = split(text).map_err(syntax)?;
    let path = OptionPath(names);
    let ty = type_at(manifest, &path)?;
    let Some(value) = read(ty, value) else {
        let wants = ty.described();
        let message = match (lost_numbers(value).first(), repeated_names(value).first()) {
            (Some(lost), _) => lost.to_string(),
            (None, Some(name)) => format!("`{name}` stands twice in {value:?}"),
            (None, None) => format!("{value:?} is not {wants}"),
        };
        let problem = Problem::error(SET_SYNTAX, path.to_string(), message);
        return Err(vec![problem.next(format!("give it {wants}, as JSON"))]);
    };
    check(ty, &value, &path, &manifest.packages)?;
    Ok((path, value))
}

/// Reads `option=value` and puts it among the settings; attributes around it are made at need,
/// and what was there before is replaced.
///
/// # Errors
/// As [`parse`]; also where the value would stand within one that has no names in it.
pub fn apply(
    text: &str,
    manifest: &Manifest,
    settings: &mut BTreeMap<String, Value>,
) -> Result<(), Vec<Problem>> {
    let (path, value) = parse(text, manifest)?;
    put_at(settings, &path.0, value);
    Ok(())
}

/// Splits `a."b c".d=text` into names and text.
///
/// # Errors
/// What is not of this form, in words for whoever wrote it.
pub fn split(text: &str) -> Result<(Vec<String>, &str), &'static str> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
            None => {
                let end = rest.find(['.', '=']).ok_or("there is no `=`")?;
                (&rest[..end], &rest[end..])
            }
        };
        if name.is_empty() {
            return Err("a name is empty");
        }
        names.push(name.to_owned());
        match after.split_at_checked(1) {
            Some(("=", value)) => return Ok((names, value)),
            Some((".", more)) => rest = more,
            Some(_) => return Err("after a quoted name comes `.` or `=`"),
            None => return Err("there is no `=`"),
        }
    }
}

/// The type of the value at a path.
fn type_at<'m>(manifest: &'m Manifest, path: &OptionPath) -> Result<&'m Type, Vec<Problem>> {
    if path.0 == ["enable"] {
        return Ok(&Type::Bool);
    }
    let is_within = |old: &OptionPath| path.0.starts_with(&old.0);
    if let Some(removed) = manifest.removed.iter().find(|removed| is_within(&removed.option)) {
        let message = format!("is gone: {}", removed.reason);
        let problem = Problem::error(REMOVED, removed.option.to_string(), message);
        return Err(vec![problem.next("take the setting away")]);
    }
    let renamed = manifest.renamed.iter().find(|renamed| is_within(&renamed.from));
    let Some(renamed) = renamed else { return within(&manifest.options, false, path, 0) };
    let below = &path.0[renamed.from.0.len()..];
    within(&manifest.options, false, &OptionPath([&renamed.to.0, below].concat()), 0)
}

fn within<'m>(
    options: &'m [OptionDecl],
    free: bool,
    path: &OptionPath,
    depth: usize,
) -> Result<&'m Type, Vec<Problem>> {
    let name = &path.0[depth];
    match options.iter().find(|option| option.name == *name) {
        Some(option) => below(&option.ty, path, depth + 1),
        None if free => Ok(&Type::Anything),
        None => {
            let names: Vec<_> = options.iter().map(|option| &*option.name).collect();
            let at = OptionPath(path.0[..=depth].to_vec());
            Err(vec![unknown_option(&at, name, &names)])
        }
    }
}

fn below<'m>(ty: &'m Type, path: &OptionPath, depth: usize) -> Result<&'m Type, Vec<Problem>> {
    if depth == path.0.len() {
        return Ok(ty);
    }
    match ty {
        Type::NullOr(inner) => below(inner, path, depth),
        Type::AttrsOf(inner) | Type::LazyAttrsOf(inner) => below(inner, path, depth + 1),
        Type::Submodule(Submodule { options }) => within(options, false, path, depth),
        Type::Settings(Settings { options, .. }) => within(options, true, path, depth),
        Type::Anything => Ok(ty),
        Type::AttrTag(variants) => {
            match variants.iter().find(|variant| variant.name == path.0[depth]) {
                Some(variant) => below(&variant.ty, path, depth + 1),
                None => {
                    let names: Vec<_> = variants.iter().map(|variant| &*variant.name).collect();
                    let at = OptionPath(path.0[..=depth].to_vec());
                    Err(vec![unknown_option(&at, &path.0[depth], &names)])
                }
            }
        }
        Type::OneOf(types) => {
            let none = BTreeMap::new();
            let has_names = |ty: &&Type| {
                accepts(ty, &Value::empty_attrs(), &none) || matches!(ty, Type::AttrTag(_))
            };
            match types.iter().find(has_names) {
                Some(ty) => below(ty, path, depth),
                None => Err(vec![no_names(ty, path, depth)]),
            }
        }
        _ => Err(vec![no_names(ty, path, depth)]),
    }
}

fn no_names(ty: &Type, path: &OptionPath, depth: usize) -> Problem {
    let at = OptionPath(path.0[..depth].to_vec());
    let message = format!("`{at}` is {}, which has no names in it", ty.described());
    Problem::error(UNKNOWN_OPTION, path.to_string(), message).next(format!("set `{at}` as a whole"))
}

/// A value of the type, as far as the text can be one.
fn read(ty: &Type, text: &str) -> Option<Value> {
    match ty {
        ty if ty.is_text() => Some(Value::from(text)),
        Type::Float => match json(text)? {
            // The text of a float may leave out the point.
            #[expect(clippy::cast_precision_loss, reason = "a person wrote the number as a float")]
            Value::Int(n) => Some(Value::Float(n as f64)),
            other => Some(other),
        },
        Type::NullOr(inner) => {
            if text == "null" {
                Some(Value::Null)
            } else {
                read(inner, text)
            }
        }
        Type::Coerced(it) => {
            let none = BTreeMap::new();
            let fitting = read(&it.to, text).filter(|value| accepts(&it.to, value, &none));
            fitting.or_else(|| read(&it.from, text))
        }
        Type::OneOf(types) => {
            // Strings come last, since any text could be one.
            let (texts, others): (Vec<_>, Vec<_>) =
                types.iter().partition(|ty| matches!(read(ty, "\0"), Some(Value::Str(_))));
            let fitting =
                |ty: &&Type| read(ty, text).filter(|value| accepts(ty, value, &BTreeMap::new()));
            others.iter().chain(&texts).find_map(fitting).or_else(|| read(texts.first()?, text))
        }
        Type::Anything => match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => json(text),
            Err(_) => Some(Value::from(text)),
        },
        _ => json(text),
    }
}

fn json(text: &str) -> Option<Value> {
    Value::from_json_text(text).ok()
}
