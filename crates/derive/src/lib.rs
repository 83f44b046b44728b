//! The macros of `domi-sdk`; use them through it.
//!
//! They turn annotated Rust types into the code that declares options, and literals into
//! expressions. What the manifest cannot express is refused here, at the place where it is
//! written. This crate knows nothing of systems and tests, which need no macros.

mod attributes;
mod choice;
mod docs;
mod document;
mod field;
mod interpolate;
mod literal;
mod names;
mod record;
mod stub;
mod type_name;
mod value;

use proc_macro::TokenStream;
use syn::{Data, DeriveInput, Error, parse_macro_input};

/// Declares the options of a feature or submodule (a struct with named fields), the values of an
/// option (an enum of names), a tagged union (an enum whose variants hold a value), or a choice
/// of types (the same, with `#[options(untagged)]`).
///
/// The type also becomes `Serialize` and `Deserialize`, in exactly the form that NixOS writes:
/// camelCase names, every value checked as the option's type says, options with a plain default
/// may be missing. So it needs no serde attributes.
///
/// See the documentation of the `domi` crate for the attributes.
#[proc_macro_derive(Options, attributes(option, options))]
pub fn options(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let expanded = expand(&input).unwrap_or_else(|error| {
        let (error, stub) = (error.into_compile_error(), stub::expand(&input));
        quote::quote!(#error #stub)
    });
    expanded.into()
}

fn expand(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "options cannot be generic: each has one type; write a struct for each use",
        ));
    }
    match &input.data {
        Data::Struct(data) => record::expand(input, data),
        Data::Enum(data) => choice::expand(input, data),
        Data::Union(data) => Err(Error::new_spanned(
            data.union_token,
            "options cannot be a union; write an enum whose variants hold the values",
        )),
    }
}

/// A string with expressions in it: `text!("http://{}:{port}/", cfg.host())`.
///
/// Braces hold the next argument (`{}`) or the name of a variable (`{port}`); `{{` and `}}` are
/// braces. Arguments are strings, integers, booleans, paths, packages, and expressions of them.
#[proc_macro]
pub fn text(input: TokenStream) -> TokenStream {
    interpolate::expand(input.into()).unwrap_or_else(Error::into_compile_error).into()
}

/// A command line: `argv![cfg.package().bin("rsync"), "--archive", job.source()]`. No shell reads
/// it: each argument arrives as it is.
#[proc_macro]
pub fn argv(input: TokenStream) -> TokenStream {
    interpolate::command_line(input.into()).unwrap_or_else(Error::into_compile_error).into()
}

/// A value of any shape with expressions in it, written like JSON:
/// `attrs! { "listen": { "port": cfg.port() }, "threads": 2, "names": ["a", cfg.name()] }`. `null`
/// is null.
#[proc_macro]
pub fn attrs(input: TokenStream) -> TokenStream {
    document::expand(input.into()).unwrap_or_else(Error::into_compile_error).into()
}
