use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, Ident, LitStr, Token};

use crate::value;

struct Input {
    format: LitStr,
    arguments: Vec<Expr>,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let format = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
        Ok(Self { format, arguments: arguments.into_iter().collect() })
    }
}

/// A part of a format string.
#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    /// `{}`
    Next,
    /// `{name}`
    Name(String),
}

/// The expression of `text!("…", …)`.
pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let Input { format, arguments } = Input::parse.parse2(input)?;
    let parts = split(&format.value()).map_err(|fault| Error::new(format.span(), fault))?;
    let arguments: Vec<(TokenStream, Span)> = arguments.iter().map(argument).collect();
    let mut left = arguments.iter();
    let mut pieces = Vec::new();
    for part in parts {
        pieces.push(match part {
            Part::Text(text) => quote!(::domi::private::text_part(&#text)),
            Part::Next => {
                let argument = left.next();
                let (argument, _) = argument.ok_or_else(|| {
                    Error::new(format.span(), "there are more `{}` than arguments")
                })?;
                argument.clone()
            }
            Part::Name(name) => {
                let name = name_of(&name, format.span());
                quote_spanned!(format.span()=> ::domi::private::text_part(&#name))
            }
        });
    }
    match left.next() {
        Some((_, place)) => Err(Error::new(*place, "this argument has no `{}`")),
        None => Ok(quote!(::domi::private::text(::std::vec![#(#pieces),*]))),
    }
}

/// An argument as a part, and where it is written. It is only looked at, as by `format!`.
fn argument(written: &Expr) -> (TokenStream, Span) {
    let argument = value::wide(written);
    let part = quote_spanned!(written.span()=> ::domi::private::text_part(&#argument));
    (part, written.span())
}

fn is_name(name: &str) -> bool {
    let raw = format!("r#{name}");
    syn::parse_str::<Ident>(name).is_ok() || syn::parse_str::<Ident>(&raw).is_ok()
}

/// The variable of a name, which may be a keyword of Rust: `{type}` is `r#type`.
fn name_of(name: &str, place: Span) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(_) => Ident::new(name, place),
        Err(_) => Ident::new_raw(name, place),
    }
}

/// The expression of `argv![…]`.
pub(crate) fn command_line(input: TokenStream) -> syn::Result<TokenStream> {
    let words = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(input)?;
    if words.is_empty() {
        return Err(Error::new(
            Span::call_site(),
            "a command line begins with its program: `argv![cfg.package().bin(\"rsync\")]`",
        ));
    }
    let words = words.iter().map(|word| argument(word).0);
    Ok(quote!(::domi::Argv::of(::std::vec![#(#words),*])))
}

fn split(format: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..];
        if let Some(after) = brace.strip_prefix("{{").or_else(|| brace.strip_prefix("}}")) {
            text.push_str(&brace[..1]);
            rest = after;
            continue;
        }
        let Some((name, after)) = brace.strip_prefix('{').and_then(|b| b.split_once('}')) else {
            return Err("a brace has no partner; write `{{` or `}}` for a literal one".to_owned());
        };
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        parts.push(match name {
            "" => Part::Next,
            name if is_name(name) => Part::Name(name.to_owned()),
            _ => return Err(format!("`{{{name}}}` is neither `{{}}` nor the name of a variable")),
        });
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_split_at_their_braces() {
        let text = |text: &str| Part::Text(text.to_owned());
        let check = |format, expected: Result<Vec<Part>, ()>| {
            assert_eq!(split(format).map_err(drop), expected, "{format}");
        };
        check("", Ok(vec![]));
        check("plain", Ok(vec![text("plain")]));
        check("a {} b", Ok(vec![text("a "), Part::Next, text(" b")]));
        check("{x}{}", Ok(vec![Part::Name("x".to_owned()), Part::Next]));
        check("{{{}}}", Ok(vec![text("{"), Part::Next, text("}")]));
        check("${{x}}", Ok(vec![text("${x}")]));
        check("{", Err(()));
        check("}", Err(()));
        check("{x:?}", Err(()));
    }
}
