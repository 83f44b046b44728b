use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Expr, Field, Ident, LitStr, Type};

use crate::attributes::{FieldAttributes, doc};
use crate::{literal, names, type_name};

/// A field of a struct, and the option that it declares.
pub(crate) struct OptionField<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) name: String,
    pub(crate) doc: String,
    attributes: FieldAttributes,
}

impl<'a> OptionField<'a> {
    pub(crate) fn read(field: &'a Field, parent: &Ident) -> syn::Result<Self> {
        let ident = field.ident.as_ref().expect("only named fields are read");
        type_name::check(&field.ty, parent)?;
        let attributes = FieldAttributes::read(&field.attrs)?;
        let doc = doc(&field.attrs);
        if doc.is_empty() {
            return Err(Error::new(
                ident.span(),
                "an option needs a description: write a doc comment (`/// …`) above it",
            ));
        }
        let name = match &attributes.name {
            Some(name) if !names::is_camel_case(&name.value()) => {
                return Err(Error::new(name.span(), "an option's name is camelCase"));
            }
            Some(name) => name.value(),
            None => names::option_name(ident)?,
        };
        for value in attributes.default.iter().chain(&attributes.example) {
            literal::check(value, &field.ty, &attributes)?;
        }
        if attributes.read_only && attributes.default.is_none() {
            return Err(Error::new(ident.span(), "a read-only option needs a default"));
        }
        Ok(Self { ident, ty: &field.ty, name, doc, attributes })
    }

    /// The expression of its `OptionDecl`, where `cfg` holds the options beside it.
    pub(crate) fn declaration(&self) -> TokenStream {
        let Self { ty, name, doc, attributes, .. } = self;
        let here = self.ident.span();
        let place = quote_spanned!(here=> ::domi::private::place(::core::file!(), ::core::line!()));
        let base = quote_spanned!(ty.span()=> ::domi::private::option::<#ty>);
        let mut set = TokenStream::new();
        set.extend(self.narrowed_type());
        if let Some(value) = &attributes.default {
            let value = conversion(value, ty);
            set.extend(quote!(option.default = ::core::option::Option::Some(#value.into_model());));
        }
        if let Some(value) = &attributes.example {
            let value = conversion(value, ty);
            set.extend(quote!(option.example = ::domi::private::example(#name, &#value);));
        }
        if let Some(text) = &attributes.default_text {
            set.extend(quote!(option.default_text = ::core::option::Option::Some(#text.into());));
        }
        let FieldAttributes { internal, hidden, read_only, .. } = attributes;
        quote! {{
            let mut option = #base(#name, #doc, #place);
            option.internal = #internal;
            option.hidden = #hidden;
            option.read_only = #read_only;
            #set
            option
        }}
    }

    fn narrowed_type(&self) -> Option<TokenStream> {
        let ty = self.ty;
        if let Some(pattern) = &self.attributes.matching {
            return Some(quote_spanned! {pattern.span()=>
                option.ty = <#ty as ::domi::private::Patterned>::matching(#pattern);
            });
        }
        let range = self.attributes.range.as_ref()?;
        let bound = |bound: &Option<Box<Expr>>| match bound {
            Some(bound) => quote_spanned!(bound.span()=> ::core::option::Option::Some(#bound)),
            None => quote!(::core::option::Option::None),
        };
        let (min, max) = (bound(&range.start), bound(&range.end));
        Some(quote_spanned! {range.span()=>
            option.ty = <#ty as ::domi::private::Bounded>::bounded(#min, #max);
        })
    }

    /// The old path of the option, if it has one.
    pub(crate) fn renamed_from(&self) -> Option<&LitStr> {
        self.attributes.renamed_from.as_ref()
    }

    /// The method that gives the option as an expression.
    pub(crate) fn signature(&self) -> TokenStream {
        let Self { ident, ty, doc, .. } = self;
        quote! {
            #[doc = #doc]
            fn #ident(&self) -> ::domi::Expr<#ty>
        }
    }
}

/// Turns what an author wrote into an expression of a type; complaints point at what they wrote.
fn conversion(value: &Expr, ty: &Type) -> TokenStream {
    // `[]` alone does not say which type its elements have.
    if matches!(value, Expr::Array(array) if array.elems.is_empty()) {
        return quote_spanned!(value.span()=> ::domi::private::empty_list::<#ty>());
    }
    quote_spanned!(value.span()=> ::domi::IntoExpr::<#ty>::into_expr(#value))
}
