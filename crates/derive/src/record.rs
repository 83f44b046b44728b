use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{DataStruct, DeriveInput, Error, Fields, Ident};

use crate::attributes::TypeAttributes;
use crate::docs::Doc;
use crate::field::OptionField;

/// The options of a struct.
pub(crate) fn expand(input: &DeriveInput, data: &DataStruct) -> syn::Result<TokenStream> {
    let Fields::Named(named) = &data.fields else {
        return Err(Error::new_spanned(
            &input.ident,
            "an option needs a name: write a struct with named fields",
        ));
    };
    let attributes = TypeAttributes::read(&input.attrs)?;
    if attributes.untagged {
        return Err(Error::new_spanned(&input.ident, "only an enum can be untagged"));
    }
    let fields = read_all(named.named.iter().map(|field| OptionField::read(field, &input.ident)))?;
    unique(&fields)?;
    let options = options(input, &fields, &attributes);
    let option_type = option_type(&input.ident, &fields);
    let methods = methods(input, &fields);
    let common = common(&input.ident, &format_ident!("deserialize_options"));
    Ok(quote!(#options #option_type #methods #common))
}

/// Reads all, so that all errors are reported at once.
pub(crate) fn read_all<T>(results: impl Iterator<Item = syn::Result<T>>) -> syn::Result<Vec<T>> {
    let mut read = Vec::new();
    let mut errors: Option<Error> = None;
    for result in results {
        match (result, &mut errors) {
            (Ok(one), _) => read.push(one),
            (Err(error), Some(errors)) => errors.combine(error),
            (Err(error), None) => errors = Some(error),
        }
    }
    errors.map_or(Ok(read), Err)
}

fn unique(fields: &[OptionField<'_>]) -> syn::Result<()> {
    let mut seen = BTreeMap::new();
    for field in fields {
        if let Some(other) = seen.insert(&field.name, field.ident) {
            let message = format!("`{other}` gives the option `{}` too", field.name);
            return Err(Error::new(field.ident.span(), message));
        }
    }
    Ok(())
}

fn options(
    input: &DeriveInput,
    fields: &[OptionField<'_>],
    attributes: &TypeAttributes,
) -> TokenStream {
    let ident = &input.ident;
    let doc = Doc::read(&input.attrs).text();
    let cfg = Ident::new("cfg", Span::mixed_site());
    let declarations = fields.iter().map(|field| field.declaration(&cfg));
    let renamed = fields.iter().flat_map(|field| {
        let to = &field.name;
        field.renamed_from().iter().map(move |(from, since)| match since {
            Some(since) => {
                quote!(::domi::private::renamed(#from, #to, ::core::option::Option::Some(#since)))
            }
            None => quote!(::domi::private::renamed(#from, #to, ::core::option::Option::None)),
        })
    });
    let removed = attributes
        .removed
        .iter()
        .map(|(path, reason)| quote!(::domi::private::removed(#path, #reason)));
    quote! {
        #[automatically_derived]
        impl ::domi::Options for #ident {
            fn description() -> ::std::string::String {
                #doc
            }

            fn options(#cfg: &::domi::Expr<Self>) -> ::std::vec::Vec<::domi::model::OptionDecl> {
                let _ = #cfg;
                ::std::vec![#(#declarations),*]
            }

            fn renamed() -> ::std::vec::Vec<::domi::OldName> {
                ::std::vec![#(#renamed),*]
            }

            fn removed() -> ::std::vec::Vec<::domi::model::Removed> {
                ::std::vec![#(#removed),*]
            }
        }
    }
}

fn option_type(ident: &Ident, fields: &[OptionField<'_>]) -> TokenStream {
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let typed: Vec<_> = fields.iter().map(OptionField::typed).collect();
    quote! {
        #[automatically_derived]
        impl ::domi::OptionType for #ident {
            fn ty() -> ::domi::model::Type {
                ::domi::private::submodule::<Self>()
            }

            fn from_value(value: ::domi::model::Value) -> ::core::option::Option<Self> {
                let mut fields = ::domi::private::Fields::of::<Self>(value)?;
                ::core::option::Option::Some(Self {
                    #(#idents: #typed.take(&mut fields, #names)?),*
                })
            }

            fn to_value(&self) -> ::domi::model::Value {
                ::domi::private::attrs([
                    #((#names, #typed.value(&self.#idents))),*
                ])
            }
        }
    }
}

/// A trait with a method for each option: expressions are a type of another crate, which cannot get
/// methods otherwise.
fn methods(input: &DeriveInput, fields: &[OptionField<'_>]) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let methods_of = format_ident!("{ident}Options");
    let doc = format!("The options of [`{ident}`], as expressions.");
    let signatures: Vec<_> = fields.iter().map(OptionField::signature).collect();
    let names = fields.iter().map(|field| &field.name);
    quote! {
        #[doc = #doc]
        #[allow(dead_code)]
        #vis trait #methods_of {
            #(#signatures;)*
        }

        #[automatically_derived]
        impl #methods_of for ::domi::Expr<#ident> {
            #(#signatures { ::domi::private::field(self, #names) })*
        }
    }
}

/// What every derived type has: a literal of it, and serde.
pub(crate) fn common(ident: &Ident, deserialize: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::domi::IntoExpr<#ident> for #ident {
            fn into_expr(self) -> ::domi::Expr<#ident> {
                ::domi::private::literal(&self)
            }
        }

        #[automatically_derived]
        impl ::domi::IntoExpr<::core::option::Option<#ident>> for #ident {
            fn into_expr(self) -> ::domi::Expr<::core::option::Option<#ident>> {
                ::domi::IntoExpr::into_expr(::core::option::Option::Some(self))
            }
        }

        #[automatically_derived]
        impl ::domi::IntoAny for #ident {
            fn into_any(self) -> ::domi::model::Expr {
                ::domi::private::literal(&self).into_model()
            }
        }

        #[automatically_derived]
        impl ::domi::Refused for #ident {
            fn into_untyped(self) -> ::domi::model::Expr {
                ::domi::private::literal(&self).into_model()
            }
        }

        #[automatically_derived]
        impl ::domi::private::serde::Serialize for #ident {
            fn serialize<S>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error>
            where
                S: ::domi::private::serde::Serializer,
            {
                ::domi::private::serialize(self, serializer)
            }
        }

        #[automatically_derived]
        impl<'de> ::domi::private::serde::Deserialize<'de> for #ident {
            fn deserialize<D>(deserializer: D) -> ::core::result::Result<Self, D::Error>
            where
                D: ::domi::private::serde::Deserializer<'de>,
            {
                ::domi::private::#deserialize(deserializer)
            }
        }
    }
}
