//! Whether every value of a type that is made of no others is one of another such type.

use std::collections::BTreeMap;

use domi_model::{IntRange, NumberRange, OptionPath, PathKind, Type, Value, check};

/// Whether whatever may be said of an option of one type may be said where it is of the other, with
/// the same result.
pub(crate) fn is_scalar_within(from: &Type, to: &Type) -> bool {
    if from == to {
        return true;
    }
    let takes = |value: Value| check(to, &value, &OptionPath::default(), &BTreeMap::new()).is_ok();
    match (from, to) {
        // A path of a module's own folder is no string, and a package is nothing else.
        (Type::Path(_), Type::Path(PathKind::Any)) => true,
        (Type::Path(_) | Type::Package, _) | (_, Type::Path(_) | Type::Package) => false,
        (Type::Enum(names), to) if to.is_text() => {
            names.iter().all(|name| takes(Value::from(name.clone())))
        }
        (Type::IntEnum(numbers), _) => numbers.iter().all(|number| takes(Value::from(*number))),
        (_, Type::Enum(_) | Type::IntEnum(_)) => false,
        (Type::Lines | Type::SeparatedStr(_), Type::Lines | Type::SeparatedStr(_)) => {
            separator(from) == separator(to)
        }
        // Several settings of it would no longer be joined.
        (Type::Lines | Type::SeparatedStr(_), _) => false,
        (from, Type::Str | Type::Lines | Type::SeparatedStr(_)) => from.is_text(),
        (Type::Float, Type::Number(NumberRange { min: None, max: None })) => true,
        (Type::Number(from), Type::Number(to)) => is_within(from, to),
        (from, Type::Number(to)) => integers(from).is_some_and(|(min, max)| {
            // Beyond 2^53 the nearest float decides, for bounds as for values.
            #[expect(clippy::cast_precision_loss, reason = "as values are compared with bounds")]
            let (min, max) = (Some(min as f64), Some(max as f64));
            is_within(&NumberRange { min, max }, to)
        }),
        (from, to) => match (integers(from), integers(to)) {
            (Some(from), Some(to)) => from.0 >= to.0 && from.1 <= to.1,
            _ => false,
        },
    }
}

fn separator(ty: &Type) -> Option<&str> {
    match ty {
        Type::Lines => Some("\n"),
        Type::SeparatedStr(separator) => Some(separator),
        _ => None,
    }
}

fn is_within(from: &NumberRange, to: &NumberRange) -> bool {
    let least = to.min.is_none_or(|min| from.min.is_some_and(|from| from >= min));
    let most = to.max.is_none_or(|max| from.max.is_some_and(|from| from <= max));
    least && most
}

/// The least and the greatest integer of a type that has all between them, and no other values.
fn integers(ty: &Type) -> Option<(i64, i64)> {
    match ty {
        Type::Int(IntRange { min, max }) => {
            Some((min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX)))
        }
        Type::Port => Some((0, 65535)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_within_another_where_each_of_its_values_is() {
        let ty = |json: &str| -> Type { serde_json::from_str(json).expect("a type") };
        let within = [
            (r#""port""#, r#"{"int":{"min":0}}"#),
            (r#""port""#, r#"{"number":{"min":-0.5}}"#),
            (r#"{"intEnum":[1,2]}"#, r#"{"intEnum":[2,3,1]}"#),
            (r#"{"intEnum":[1,2]}"#, r#""port""#),
            (r#"{"intEnum":[1,2]}"#, r#"{"number":{"max":2}}"#),
            (r#"{"int":{"min":1,"max":2}}"#, r#"{"int":{"max":2}}"#),
            (r#""float""#, r#"{"number":{}}"#),
            (r#"{"enum":["a","b"]}"#, r#"{"strMatching":"[a-c]"}"#),
            (r#"{"enum":["a"]}"#, r#""nonEmptyStr""#),
            (r#"{"strMatching":"a+"}"#, r#""str""#),
            (r#""nonEmptyStr""#, r#""lines""#),
            (r#"{"path":"external"}"#, r#"{"path":"any"}"#),
        ];
        for (one, other) in within {
            assert!(is_scalar_within(&ty(one), &ty(other)), "{one} is within {other}");
            assert!(!is_scalar_within(&ty(other), &ty(one)), "{other} is not within {one}");
        }
        for (one, other) in [
            (r#""bool""#, r#""str""#),
            (r#""float""#, r#"{"int":{}}"#),
            (r#""float""#, r#"{"number":{"min":0}}"#),
            (r#"{"path":"any"}"#, r#""str""#),
            (r#""package""#, r#""str""#),
            (r#""lines""#, r#"{"separatedStr":","}"#),
            (r#"{"enum":["a","d"]}"#, r#"{"strMatching":"[a-c]"}"#),
            (r#"{"strMatching":"a"}"#, r#"{"strMatching":"b"}"#),
            (r#"{"path":"inStore"}"#, r#"{"path":"external"}"#),
        ] {
            assert!(!is_scalar_within(&ty(one), &ty(other)), "{one} is not within {other}");
            assert!(!is_scalar_within(&ty(other), &ty(one)), "{other} is not within {one}");
        }
        assert!(is_scalar_within(&ty(r#""lines""#), &ty(r#"{"separatedStr":"\n"}"#)));
    }
}
