use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{DataEnum, DeriveInput, Error, Fields, Ident, Type, Variant};

use crate::attributes::{TypeAttributes, variant_name};
use crate::docs::Doc;
use crate::field::typed;
use crate::record::{common, read_all};
use crate::{names, type_name};

/// The option type of an enum: its kind depends on what the variants hold.
pub(crate) fn expand(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let attributes = TypeAttributes::read(&input.attrs)?;
    if !attributes.removed.is_empty() {
        return Err(Error::new_spanned(&input.ident, "only a struct has options to remove"));
    }
    let plain = data.variants.iter().filter(|variant| variant.fields.is_empty()).count();
    let specific = if data.variants.is_empty() {
        return Err(Error::new_spanned(
            &input.ident,
            "an option needs a possible value: this enum has no variants",
        ));
    } else if plain == data.variants.len() && !attributes.untagged {
        if data.variants.iter().any(|variant| variant.discriminant.is_some()) {
            numbers_only(input, data)?
        } else {
            names_only(input, data)?
        }
    } else if attributes.untagged {
        one_of(input, data)?
    } else {
        tagged(input, data)?
    };
    let common = common(&input.ident, &format_ident!("deserialize"));
    Ok(quote!(#specific #common))
}

fn names_only(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let ident = &input.ident;
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let names = read_all(data.variants.iter().map(|variant| {
        let name = variant_name(&variant.attrs)?;
        Ok(name.map_or_else(|| names::value_name(&variant.ident), |name| name.value()))
    }))?;
    unique(&variants, &names)?;
    let docs = data.variants.iter().map(|variant| Doc::read(&variant.attrs).text());
    Ok(quote! {
        #[automatically_derived]
        impl ::domi::OptionType for #ident {
            fn values() -> ::std::string::String {
                ::domi::private::values(&[#((::core::option::Option::Some(#names), #docs)),*])
            }

            fn ty() -> ::domi::model::Type {
                ::domi::model::Type::Enum(::std::vec![#(#names.into()),*])
            }

            fn from_value(value: ::domi::model::Value) -> ::core::option::Option<Self> {
                match ::domi::private::string(&value)? {
                    #(#names => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn to_value(&self) -> ::domi::model::Value {
                ::domi::model::Value::from(match self {
                    #(Self::#variants => #names),*
                })
            }
        }

        #[automatically_derived]
        impl ::domi::Textual for #ident {}
    })
}

/// An enum of integers: every variant has its number.
fn numbers_only(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let ident = &input.ident;
    if let Some(without) = data.variants.iter().find(|variant| variant.discriminant.is_none()) {
        let advice = "give every variant a number, or none: `One = 1`";
        return Err(Error::new_spanned(without, advice));
    }
    for variant in &data.variants {
        if let Some(name) = variant_name(&variant.attrs)? {
            return Err(Error::new(name.span(), "a variant with a number has no other name"));
        }
    }
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let numbers: Vec<_> =
        variants.iter().map(|variant| quote!((#ident::#variant as i64))).collect();
    let docs = data.variants.iter().map(|variant| Doc::read(&variant.attrs).text());
    Ok(quote! {
        #[automatically_derived]
        impl ::domi::OptionType for #ident {
            fn values() -> ::std::string::String {
                ::domi::private::values(&[#(
                    (::core::option::Option::Some(&::std::format!("{}", #numbers)), #docs)
                ),*])
            }

            fn ty() -> ::domi::model::Type {
                ::domi::model::Type::IntEnum(::std::vec![#(#numbers),*])
            }

            fn from_value(value: ::domi::model::Value) -> ::core::option::Option<Self> {
                match value {
                    #(::domi::model::Value::Int(n) if n == #numbers => {
                        ::core::option::Option::Some(Self::#variants)
                    })*
                    _ => ::core::option::Option::None,
                }
            }

            fn to_value(&self) -> ::domi::model::Value {
                ::domi::model::Value::Int(match self {
                    #(Self::#variants => #numbers),*
                })
            }
        }

        #[automatically_derived]
        impl ::domi::Textual for #ident {}

        #[automatically_derived]
        impl ::domi::Integer for #ident {}
    })
}

/// A variant that holds one value.
struct Holder<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    name: String,
    doc: Doc,
}

impl<'a> Holder<'a> {
    fn read(variant: &'a Variant, parent: &Ident) -> syn::Result<Self> {
        let advice = match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => "",
            Fields::Unit => {
                "give every variant a value, or none: a tag without a value has no NixOS type"
            }
            Fields::Named(_) => "write the fields as a struct of their own, and hold that",
            Fields::Unnamed(_) => "write the values as a struct with named fields, and hold that",
        };
        if !advice.is_empty() {
            return Err(Error::new_spanned(variant, advice));
        }
        let ty = &variant.fields.iter().next().expect("has one field").ty;
        type_name::check(ty, parent)?;
        let doc = Doc::read(&variant.attrs);
        let name = match variant_name(&variant.attrs)? {
            Some(name) if !names::is_camel_case(&name.value()) => {
                return Err(Error::new(name.span(), "a tag is camelCase"));
            }
            Some(name) => name.value(),
            None => names::tag_name(&variant.ident),
        };
        Ok(Self { ident: &variant.ident, ty, name, doc })
    }
}

fn tagged(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let ident = &input.ident;
    let holders =
        read_all(data.variants.iter().map(|variant| Holder::read(variant, &input.ident)))?;
    if let Some(holder) = holders.iter().find(|holder| holder.doc.is_empty()) {
        return Err(Error::new(
            holder.ident.span(),
            "a tag needs a description: write a doc comment (`/// …`) above it",
        ));
    }
    let variants: Vec<_> = holders.iter().map(|holder| holder.ident).collect();
    let names: Vec<_> = holders.iter().map(|holder| holder.name.clone()).collect();
    unique(&variants, &names)?;
    let docs = holders.iter().map(|holder| holder.doc.text());
    let types: Vec<_> = holders.iter().map(|holder| typed(holder.ty)).collect();
    let cases = cases(input, &holders);
    Ok(quote! {
        #[automatically_derived]
        impl ::domi::OptionType for #ident {
            fn ty() -> ::domi::model::Type {
                ::domi::model::Type::AttrTag(::std::vec![
                    #(#types.variant(#names, &#docs)),*
                ])
            }

            fn from_value(value: ::domi::model::Value) -> ::core::option::Option<Self> {
                let (tag, value) = ::domi::private::tagged(value)?;
                match &*tag {
                    #(#names => #types.of(value).map(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn to_value(&self) -> ::domi::model::Value {
                match self {
                    #(Self::#variants(value) => {
                        ::domi::private::attrs([(#names, #types.value(value))])
                    })*
                }
            }
        }

        #cases
    })
}

/// A trait whose one method says what an expression is for each tag.
fn cases(input: &DeriveInput, holders: &[Holder<'_>]) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let cases_of = format_ident!("{ident}Cases");
    let doc = format!("What an expression is for each tag of [`{ident}`].");
    let names: Vec<_> = holders.iter().map(|holder| &holder.name).collect();
    let types: Vec<_> = holders.iter().map(|holder| holder.ty).collect();
    let arguments: Vec<_> = holders.iter().map(|h| format_ident!("case_{}", h.name)).collect();
    let signature = signature_of_cases(&arguments, &types);
    quote! {
        #[doc = #doc]
        #[allow(dead_code, non_snake_case)]
        #vis trait #cases_of {
            /// The value where the union has a certain tag, in the order of the variants.
            #signature;
        }

        #[automatically_derived]
        #[allow(non_snake_case)]
        impl #cases_of for ::domi::Expr<#ident> {
            #signature {
                ::domi::private::Cases::of(self)
                    #(.case(#names, #arguments))*
                    .into_expr()
            }
        }
    }
}

/// The method that takes what an expression is for each tag.
pub(crate) fn signature_of_cases(arguments: &[impl ToTokens], types: &[&Type]) -> TokenStream {
    quote! {
        fn cases<U>(
            &self,
            #(#arguments: impl ::core::ops::FnOnce(::domi::Expr<#types>) -> ::domi::Expr<U>),*
        ) -> ::domi::Expr<U>
    }
}

fn one_of(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let ident = &input.ident;
    let holders =
        read_all(data.variants.iter().map(|variant| Holder::read(variant, &input.ident)))?;
    if holders.len() < 2 {
        return Err(Error::new_spanned(ident, "a choice needs at least two types"));
    }
    let variants: Vec<_> = holders.iter().map(|holder| holder.ident).collect();
    let types: Vec<_> = holders.iter().map(|holder| typed(holder.ty)).collect();
    let docs = holders.iter().map(|holder| holder.doc.text());
    Ok(quote! {
        #[automatically_derived]
        impl ::domi::OptionType for #ident {
            fn values() -> ::std::string::String {
                ::domi::private::values(&[#((::core::option::Option::None, #docs)),*])
            }

            fn ty() -> ::domi::model::Type {
                ::domi::model::Type::OneOf(::std::vec![#(#types.ty()),*])
            }

            fn from_value(value: ::domi::model::Value) -> ::core::option::Option<Self> {
                #(if #types.accepts(&value) {
                    return #types.of(value).map(Self::#variants);
                })*
                ::core::option::Option::None
            }

            fn to_value(&self) -> ::domi::model::Value {
                match self {
                    #(Self::#variants(value) => #types.value(value)),*
                }
            }
        }
    })
}

fn unique(variants: &[&Ident], names: &[String]) -> syn::Result<()> {
    let mut seen = BTreeMap::new();
    for (variant, name) in variants.iter().zip(names) {
        if let Some(other) = seen.insert(name, variant) {
            let message = format!("`{other}` has the name `{name}` too");
            return Err(Error::new(variant.span(), message));
        }
    }
    Ok(())
}
