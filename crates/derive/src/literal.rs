//! Checks defaults and examples while compiling: whether a literal is of the option's type. The
//! rest is checked when the feature prints its manifest.

use syn::{Error, Expr, ExprLit, ExprRange, Lit, Type, UnOp};

use crate::attributes::FieldAttributes;
use crate::type_name::{last_name, without_option};

/// Refuses a literal that the option would refuse.
pub(crate) fn check(value: &Expr, ty: &Type, attributes: &FieldAttributes) -> syn::Result<()> {
    let ty = without_option(ty);
    let name = last_name(ty).unwrap_or_default();
    let is_literal = integer(value).is_some() || float(value).is_some() || string(value).is_some();
    if name == "Either" && is_literal {
        return Err(Error::new_spanned(
            value,
            "say which of the two types it has: `Either::Left(…)` or `Either::Right(…)`",
        ));
    }
    if let Some(n) = integer(value) {
        if name == "Float" {
            return Err(Error::new_spanned(
                value,
                format!("a `Float` is no integer: write `{n}.0`"),
            ));
        }
        within(value, n, bounds(&name))?;
        within(value, n, attributes.range.as_ref().map_or((None, None), range_of))?;
    }
    if let Some(x) = float(value) {
        let (min, max) = attributes.range.as_ref().map_or((None, None), float_range_of);
        if min.is_some_and(|min| x < min) || max.is_some_and(|max| x > max) {
            return Err(Error::new_spanned(value, "this is out of the option's range"));
        }
    }
    match string(value) {
        Some(text) => check_text(value, &text, &name, attributes),
        None => Ok(()),
    }
}

fn check_text(value: &Expr, text: &str, ty: &str, attributes: &FieldAttributes) -> syn::Result<()> {
    let fault = match ty {
        "NonEmptyStr" if text.trim().is_empty() => "this is empty",
        "SingleLineStr" if text.trim_end_matches('\n').contains(['\n', '\r']) => {
            "this has more than one line"
        }
        "AbsolutePath" | "StorePath" | "SecretFile" if !text.starts_with('/') => {
            "this is not an absolute path"
        }
        _ if text.contains('\0') => "a string of Nix holds no NUL",
        _ => "",
    };
    if !fault.is_empty() {
        return Err(Error::new_spanned(value, fault));
    }
    let Some(pattern) = &attributes.matching else { return Ok(()) };
    match domi_pattern::compile(&pattern.value()) {
        Ok(regex) if !regex.is_match(text.as_bytes()) => Err(Error::new_spanned(
            value,
            format!("this does not match the option's pattern `{}`", pattern.value()),
        )),
        _ => Ok(()),
    }
}

fn within(value: &Expr, n: i128, (min, max): (Option<i128>, Option<i128>)) -> syn::Result<()> {
    if min.is_some_and(|min| n < min) || max.is_some_and(|max| n > max) {
        let bound = |bound: Option<i128>| bound.map(|n| n.to_string()).unwrap_or_default();
        let message = format!("{n} is out of the option's range {}..={}", bound(min), bound(max));
        return Err(Error::new_spanned(value, message));
    }
    Ok(())
}

fn bounds(ty: &str) -> (Option<i128>, Option<i128>) {
    let (min, max): (i128, i128) = match ty {
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "i64" | "f64" | "Anything" => (i64::MIN.into(), i64::MAX.into()),
        "u8" => (0, u8::MAX.into()),
        "u16" | "Port" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        _ => return (None, None),
    };
    (Some(min), Some(max))
}

fn range_of(range: &ExprRange) -> (Option<i128>, Option<i128>) {
    (range.start.as_deref().and_then(integer), range.end.as_deref().and_then(integer))
}

#[expect(clippy::cast_precision_loss, reason = "a bound of a float that was written as an integer")]
fn float_range_of(range: &ExprRange) -> (Option<f64>, Option<f64>) {
    let number = |bound: &Expr| float(bound).or_else(|| integer(bound).map(|n| n as f64));
    (range.start.as_deref().and_then(number), range.end.as_deref().and_then(number))
}

/// The value of an integer literal, which may have a sign.
pub(crate) fn integer(value: &Expr) -> Option<i128> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(n), .. }) => n.base10_parse().ok(),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => Some(-integer(&unary.expr)?),
        Expr::Group(group) => integer(&group.expr),
        Expr::Paren(paren) => integer(&paren.expr),
        _ => None,
    }
}

fn float(value: &Expr) -> Option<f64> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Float(x), .. }) => x.base10_parse().ok(),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => Some(-float(&unary.expr)?),
        Expr::Group(group) => float(&group.expr),
        Expr::Paren(paren) => float(&paren.expr),
        _ => None,
    }
}

fn string(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Group(group) => string(&group.expr),
        Expr::Paren(paren) => string(&paren.expr),
        _ => None,
    }
}
