use proc_macro2::{Ident as Ident2, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Expr, Field, Ident, LitStr, Type};

use crate::attributes::FieldAttributes;
use crate::docs::Doc;
use crate::{literal, names, type_name, value};

/// A field of a struct, and the option that it declares.
pub(crate) struct OptionField<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) name: String,
    doc: Doc,
    attributes: FieldAttributes,
}

impl<'a> OptionField<'a> {
    pub(crate) fn read(field: &'a Field, parent: &Ident) -> syn::Result<Self> {
        let ident = field.ident.as_ref().expect("only named fields are read");
        type_name::check(&field.ty, parent)?;
        let attributes = FieldAttributes::read(&field.attrs)?;
        let doc = Doc::read(&field.attrs);
        if doc.is_empty() {
            return Err(Error::new(
                ident.span(),
                "an option needs a description: write a doc comment (`/// …`) above it",
            ));
        }
        names::check_method(ident)?;
        let name = match &attributes.name {
            Some(name) if !names::is_camel_case(&name.value()) => {
                return Err(Error::new(
                    name.span(),
                    "an option's name is camelCase: letters and digits, the first a small letter",
                ));
            }
            Some(name) => name.value(),
            None => names::option_name(ident)?,
        };
        type_name::check_narrowing(&field.ty, &attributes)?;
        for value in attributes.default.iter().chain(&attributes.example) {
            literal::check(value, &field.ty, &attributes)?;
        }
        if attributes.read_only && attributes.default.is_none() {
            return Err(Error::new(ident.span(), "a read-only option needs a default"));
        }
        Ok(Self { ident, ty: &field.ty, name, doc, attributes })
    }

    /// The option type of the field. It is always asked for in this way, so that a wrong type gives
    /// one error only.
    pub(crate) fn typed(&self) -> TokenStream {
        typed(self.ty)
    }

    /// The expression of its `OptionDecl`, where `cfg` holds the options beside it.
    pub(crate) fn declaration(&self, cfg: &Ident2) -> TokenStream {
        let Self { ty, name, attributes, .. } = self;
        let doc = self.doc.text();
        let here = self.ident.span();
        let place = quote_spanned!(here=> ::domi::private::place(::core::file!(), ::core::line!()));
        let typed = self.typed();
        let mut set = TokenStream::new();
        set.extend(self.narrowed_type());
        if let Some(value) = &attributes.default {
            let value = with_cfg(cfg, value, &value::conversion(value, ty));
            set.extend(quote!(.default(#value)));
        }
        if let Some(value) = &attributes.example {
            let value = with_cfg(cfg, value, &value::conversion(value, ty));
            set.extend(quote!(.example(&#value)));
        }
        if let Some(text) = &attributes.default_text {
            set.extend(quote!(.default_text(#text)));
        }
        let FieldAttributes { internal, hidden, read_only, .. } = attributes;
        quote! {
            #typed.option(#name, &#doc, #place)
                .visibility(#internal, #hidden, #read_only)
                #set
                .declaration()
        }
    }

    fn narrowed_type(&self) -> Option<TokenStream> {
        let ty = self.ty;
        if let Some(pattern) = &self.attributes.matching {
            return Some(quote_spanned! {pattern.span()=>
                .narrowed(<#ty as ::domi::private::Patterned>::matching(#pattern))
            });
        }
        if let Some(separator) = &self.attributes.separator {
            return Some(quote_spanned! {separator.span()=>
                .narrowed(<#ty as ::domi::private::Separable>::separated(#separator))
            });
        }
        let range = self.attributes.range.as_ref()?;
        let bound = |bound: &Option<Box<Expr>>| match bound {
            Some(bound) => {
                let bound = value::unsuffixed(bound);
                quote_spanned!(bound.span()=> ::core::option::Option::Some(#bound))
            }
            None => quote!(::core::option::Option::None),
        };
        let (min, max) = (bound(&range.start), bound(&range.end));
        Some(quote_spanned! {range.span()=>
            .narrowed(<#ty as ::domi::private::Bounded>::bounded(#min, #max))
        })
    }

    /// The old paths of the option, each with the version in which it lost that name.
    pub(crate) fn renamed_from(&self) -> &[(LitStr, Option<LitStr>)] {
        &self.attributes.renamed_from
    }

    /// The method that gives the option as an expression.
    pub(crate) fn signature(&self) -> TokenStream {
        let Self { ident, ty, doc, .. } = self;
        let docs = doc.attributes();
        quote! {
            #(#docs)*
            fn #ident(&self) -> ::domi::Expr<#ty>
        }
    }
}

/// What makes an option of a type.
pub(crate) fn typed(ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> ::domi::private::typed::<#ty>())
}

/// An expression in which `cfg` is the options. What a name means depends on whether it was written
/// in a macro or passed to one, so this sets it for both.
fn with_cfg(cfg: &Ident2, written: &Expr, expression: &TokenStream) -> TokenStream {
    let mut names = Vec::new();
    collect(written.to_token_stream(), &mut names);
    if names.is_empty() {
        return expression.clone();
    }
    quote!({ #(let #names = #cfg; let _ = #names;)* #expression })
}

fn collect(tokens: TokenStream, names: &mut Vec<Ident2>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) if name.unraw() == "cfg" => names.push(name),
            TokenTree::Group(group) => collect(group.stream(), names),
            _ => {}
        }
    }
}
