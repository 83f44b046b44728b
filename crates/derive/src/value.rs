//! Values of options as authors write them, turned into expressions of the option's type.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprParen, Lit, LitInt, Type, UnOp, token};

use crate::docs::ungrouped;

/// Turns a value that an author wrote into an expression of a type; errors point at the value.
pub(crate) fn conversion(value: &Expr, ty: &Type) -> TokenStream {
    let here = value.span();
    // Without help, the compiler would not know the type of their elements.
    match &*written(value) {
        "None" | "Option::None" => return quote_spanned!(here=> ::domi::private::none::<#ty>()),
        "[]" | "vec![]" | "Vec::new()" => {
            return quote_spanned!(here=> ::domi::private::empty_list::<#ty>());
        }
        "BTreeMap::new()" => return quote_spanned!(here=> ::domi::private::empty_map::<#ty>()),
        _ => {}
    }
    let value = unsuffixed(value);
    quote_spanned!(here=> ::domi::IntoExpr::<#ty>::into_expr(#value))
}

/// The source text, without spaces.
fn written(value: &Expr) -> String {
    ungrouped(value).to_token_stream().to_string().split_whitespace().collect()
}

/// A value whose integers have the type that their place needs. Authors write a suffix on integers
/// beyond `i32`, which would demand another type.
pub(crate) fn unsuffixed(value: &Expr) -> Expr {
    changed(value, &|literal| LitInt::new(literal.base10_digits(), literal.span()))
}

/// A value whose integers have 64 bits, like those of Nix, unless they have a suffix.
pub(crate) fn wide(value: &Expr) -> Expr {
    let widened = |literal: &LitInt| match literal.suffix() {
        "" => LitInt::new(&format!("{}i64", literal.base10_digits()), literal.span()),
        _ => literal.clone(),
    };
    grouped(changed(value, &widened))
}

/// A calculation in parentheses, so that what is put before it is of all of it.
fn grouped(value: Expr) -> Expr {
    if !matches!(value, Expr::Binary(_)) {
        return value;
    }
    let paren_token = token::Paren(value.span());
    Expr::Paren(ExprParen { attrs: Vec::new(), paren_token, expr: Box::new(value) })
}

fn changed(value: &Expr, change: &dyn Fn(&LitInt) -> LitInt) -> Expr {
    let mut value = value.clone();
    change_in(&mut value, change);
    value
}

fn change_in(value: &mut Expr, change: &dyn Fn(&LitInt) -> LitInt) {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. })
            if matches!(
                literal.suffix(),
                "" | "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32"
            ) =>
        {
            *literal = change(literal);
        }
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => {
            change_in(&mut unary.expr, change);
        }
        Expr::Paren(inner) => change_in(&mut inner.expr, change),
        Expr::Group(inner) => change_in(&mut inner.expr, change),
        Expr::Array(array) => array.elems.iter_mut().for_each(|e| change_in(e, change)),
        Expr::Tuple(tuple) => tuple.elems.iter_mut().for_each(|e| change_in(e, change)),
        Expr::Call(call) if is_some(&call.func) => {
            call.args.iter_mut().for_each(|e| change_in(e, change));
        }
        _ => {}
    }
}

fn is_some(function: &Expr) -> bool {
    matches!(function, Expr::Path(path) if path.path.is_ident("Some"))
}
