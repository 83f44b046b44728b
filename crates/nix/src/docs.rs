//! The options of a feature as documentation lists them: one after the other, those within
//! others too, as nixpkgs does it.

use domi_model::{Manifest, OptionDecl, OptionPath, Settings, Submodule, Type, Variant};

use crate::module::module_path;
use crate::scope::Scope;
use crate::shown::Shown;
use crate::submodule::inside_submodule;
use crate::{commonmark, describe, module, print, shown};

/// An option as documentation shows it.
#[derive(Debug)]
pub struct DocOption {
    /// Where it is, `<name>` for any name and `*` for any element.
    pub loc: Vec<String>,
    /// What it is for, in CommonMark.
    pub description: String,
    /// What nixpkgs calls its type.
    pub ty: String,
    /// Its default.
    pub default: Option<Text>,
    /// An example.
    pub example: Option<Text>,
    /// Only the default may set it.
    pub read_only: bool,
    /// The file that declares it, from the root of the repository.
    pub declared_in: String,
}

/// A value as documentation shows it.
#[derive(Debug)]
pub enum Text {
    /// A Nix expression.
    Expression(String),
    /// CommonMark.
    Markdown(String),
}

impl Text {
    /// As it is written.
    pub fn text(&self) -> &str {
        match self {
            Self::Expression(text) | Self::Markdown(text) => text,
        }
    }
}

impl DocOption {
    /// Its place as one writes it.
    pub fn name(&self) -> String {
        let name = |name: &String| match name.as_str() {
            "<name>" | "*" => name.clone(),
            _ => OptionPath::new(name).to_string(),
        };
        self.loc.iter().map(name).collect::<Vec<_>>().join(".")
    }
}

/// All options that are meant to be read about, in the order in which they were written.
pub fn options(manifest: &Manifest) -> Vec<DocOption> {
    let loc: Vec<String> = manifest.feature.option_prefix().map(str::to_owned).into();
    let mut lister = Lister { manifest, listed: vec![enable(manifest, &loc)] };
    lister.all(&Scope::module(manifest), &manifest.options, &loc);
    lister.listed
}

fn enable(manifest: &Manifest, loc: &[String]) -> DocOption {
    DocOption {
        loc: within(loc, "enable"),
        description: format!("Whether to enable {}.", module::enabled_thing(manifest)),
        ty: describe::description(&Type::Bool),
        default: Some(Text::Expression("false".to_owned())),
        example: Some(Text::Expression("true".to_owned())),
        read_only: false,
        declared_in: module_path(manifest),
    }
}

fn within(loc: &[String], name: &str) -> Vec<String> {
    let mut loc = loc.to_vec();
    loc.push(name.to_owned());
    loc
}

struct Lister<'m> {
    manifest: &'m Manifest,
    listed: Vec<DocOption>,
}

impl Lister<'_> {
    fn all(&mut self, scope: &Scope<'_>, options: &[OptionDecl], loc: &[String]) {
        for option in options.iter().filter(|option| !option.internal && !option.hidden) {
            let loc = within(loc, &option.name);
            self.listed.push(documented(self.manifest, scope, option, &loc));
            self.inside(scope, &option.ty, &loc);
        }
    }

    /// Lists the options within a value of a type.
    fn inside(&mut self, scope: &Scope<'_>, ty: &Type, loc: &[String]) {
        match ty {
            Type::NullOr(inner) => self.inside(scope, inner, loc),
            Type::ListOf(inner) | Type::NonEmptyListOf(inner) => {
                self.inside(scope, inner, &within(loc, "*"));
            }
            Type::AttrsOf(inner) | Type::LazyAttrsOf(inner) => {
                self.inside(scope, inner, &within(loc, "<name>"));
            }
            Type::OneOf(types) => types.iter().for_each(|ty| self.inside(scope, ty, loc)),
            Type::Submodule(Submodule { options }) | Type::Settings(Settings { options, .. }) => {
                self.all(&inside_submodule(scope, options).0, options, loc);
            }
            Type::AttrTag(variants) => variants.iter().for_each(|v| self.variant(scope, v, loc)),
            _ => {}
        }
    }

    fn variant(&mut self, scope: &Scope<'_>, variant: &Variant, loc: &[String]) {
        let loc = within(loc, &variant.name);
        self.listed.push(DocOption {
            loc: loc.clone(),
            description: commonmark::plain(&variant.description).to_owned(),
            ty: describe::description(&variant.ty),
            default: None,
            example: None,
            read_only: false,
            declared_in: module_path(self.manifest),
        });
        self.inside(scope, &variant.ty, &loc);
    }
}

fn documented(
    manifest: &Manifest,
    scope: &Scope<'_>,
    option: &OptionDecl,
    loc: &[String],
) -> DocOption {
    let expression = |nix| Text::Expression(print::fragment(&nix));
    let place = option.place.as_ref().map(|place| place.file.clone());
    DocOption {
        loc: loc.to_vec(),
        description: shown::description(scope, option),
        ty: describe::description(&option.ty),
        default: shown::default(scope, option).map(|shown| match shown {
            Shown::Nix(nix) => expression(nix),
            Shown::Markdown(text) => Text::Markdown(text),
        }),
        example: shown::example(scope, option).map(expression),
        read_only: option.read_only,
        declared_in: place.unwrap_or_else(|| module_path(manifest)),
    }
}
