//! A replacement for a type that was refused. The code that uses the type still compiles, so that
//! one mistake gives one error.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, Ident, Type};

use crate::choice::signature_of_cases;
use crate::record::common;

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let option_type = quote! {
        #[automatically_derived]
        impl #generics ::domi::OptionType for #ident #arguments #bounds {
            fn ty() -> ::domi::model::Type {
                ::domi::model::Type::Anything
            }

            fn from_value(_: ::domi::model::Value) -> ::core::option::Option<Self> {
                ::core::option::Option::None
            }

            fn to_value(&self) -> ::domi::model::Value {
                ::domi::model::Value::Null
            }
        }
    };
    let options = quote! {
        #[automatically_derived]
        impl #generics ::domi::Options for #ident #arguments #bounds {
            fn description() -> ::std::string::String {
                ::std::string::String::new()
            }

            fn options(_: &::domi::Expr<Self>) -> ::std::vec::Vec<::domi::model::OptionDecl> {
                ::std::vec::Vec::new()
            }
        }
    };
    let is_struct = matches!(input.data, Data::Struct(_));
    let options = is_struct.then_some(options);
    if !input.generics.params.is_empty() {
        return quote!(#option_type #options);
    }
    let methods = match &input.data {
        Data::Struct(data) => methods(input, &data.fields),
        Data::Enum(data) => {
            let is_plain = data.variants.iter().any(|variant| variant.fields.is_empty());
            let textual = is_plain.then(|| quote!(impl ::domi::Textual for #ident {}));
            let cases = data.variants.iter().map(|variant| match &variant.fields {
                Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                    Some((&variant.ident, &fields.unnamed[0].ty))
                }
                _ => None,
            });
            let cases = cases.collect::<Option<Vec<_>>>().map(|held| cases_of(input, &held));
            quote!(#textual #cases)
        }
        Data::Union(_) => TokenStream::new(),
    };
    let common = common(ident, &format_ident!("deserialize"));
    quote!(#option_type #options #methods #common)
}

fn methods(input: &DeriveInput, fields: &Fields) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let methods_of = format_ident!("{ident}Options");
    let named = fields.iter().filter_map(|field| Some((field.ident.as_ref()?, &field.ty)));
    let signatures: Vec<_> =
        named.map(|(name, ty)| quote!(fn #name(&self) -> ::domi::Expr<#ty>)).collect();
    quote! {
        #[allow(dead_code, missing_docs)]
        #vis trait #methods_of {
            #(#signatures;)*
        }

        #[automatically_derived]
        impl #methods_of for ::domi::Expr<#ident> {
            #(#signatures { ::domi::private::field(self, "") })*
        }
    }
}

fn cases_of(input: &DeriveInput, held: &[(&Ident, &Type)]) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let cases_of = format_ident!("{ident}Cases");
    let (variants, types): (Vec<_>, Vec<_>) = held.iter().copied().unzip();
    let signature = signature_of_cases(&variants, &types);
    quote! {
        #[allow(dead_code, missing_docs, non_snake_case, unused_variables)]
        #vis trait #cases_of {
            #signature;
        }

        #[automatically_derived]
        #[allow(non_snake_case, unused_variables)]
        impl #cases_of for ::domi::Expr<#ident> {
            #signature {
                ::domi::private::field(self, "")
            }
        }
    }
}
