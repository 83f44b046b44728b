use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, LitStr, Token, braced, bracketed, token};

use crate::value;

/// A value as `attrs!` writes it.
enum Node {
    Attrs(Vec<Pair>),
    List(Vec<Node>),
    Value(Box<Expr>),
}

struct Pair {
    key: LitStr,
    value: Node,
}

impl Parse for Node {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        if input.peek(token::Brace) {
            braced!(content in input);
            return pairs(&content);
        }
        if input.peek(token::Bracket) {
            bracketed!(content in input);
            let items = Punctuated::<Self, Token![,]>::parse_terminated(&content)?;
            return Ok(Self::List(items.into_iter().collect()));
        }
        input.parse().map(Self::Value)
    }
}

impl Parse for Pair {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = input.parse()?;
        input.parse::<Token![:]>()?;
        Ok(Self { key, value: input.parse()? })
    }
}

fn pairs(input: ParseStream<'_>) -> syn::Result<Node> {
    let pairs: Vec<Pair> =
        Punctuated::<Pair, Token![,]>::parse_terminated(input)?.into_iter().collect();
    for (i, pair) in pairs.iter().enumerate() {
        if pairs[..i].iter().any(|other| other.key.value() == pair.key.value()) {
            return Err(syn::Error::new(pair.key.span(), "this name is given twice"));
        }
    }
    Ok(Node::Attrs(pairs))
}

/// The expression of `attrs! { … }`.
pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let node = tokens(&pairs.parse2(input)?);
    Ok(quote!(::domi::private::document(#node)))
}

/// `null`, as in JSON and Nix.
fn is_null(value: &Expr) -> bool {
    matches!(value, Expr::Path(path) if path.path.is_ident("null"))
}

fn tokens(node: &Node) -> TokenStream {
    match node {
        Node::Attrs(pairs) => {
            let keys = pairs.iter().map(|pair| &pair.key);
            let values = pairs.iter().map(|pair| tokens(&pair.value));
            quote!(::domi::private::attrs_expr([#((#keys, #values)),*]))
        }
        Node::List(items) => {
            let items = items.iter().map(tokens);
            quote!(::domi::private::list_expr([#(#items),*]))
        }
        Node::Value(value) if is_null(value) => quote!(::domi::private::null()),
        Node::Value(value) => {
            let written = value::wide(value);
            quote_spanned!(value.span()=> ::domi::private::any_part(&#written))
        }
    }
}
