//! Settings of a program in its own file format.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use domi_model::{Expr as Untyped, Format, OptionDecl, SettingsFile, TextFile, Type, Value};

use crate::options::{neighbours, submodule};
use crate::{AbsolutePath, Anything, Expr, IntoAny, IntoText, Map, OptionType, Options};

/// A file format of program settings.
pub trait SettingsFormat {
    /// Its name in the manifest.
    const FORMAT: Format;
}

macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub struct $name;

            impl SettingsFormat for $name {
                const FORMAT: Format = Format::$name;
            }
        )+
    };
}

formats! {
    /// JSON.
    Json;
    /// TOML.
    Toml;
    /// YAML.
    Yaml;
    /// INI.
    Ini;
    /// Lines of a key and its value with a space between them, as in `sshd_config`: `yes` and `no`
    /// for booleans, and a list as one line for each of its elements.
    KeyValue;
}

/// No declared options within [`Settings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free;

impl Options for Free {
    fn description() -> String {
        String::new()
    }

    fn options(_: &Expr<Self>) -> Vec<OptionDecl> {
        Vec::new()
    }
}

impl OptionType for Free {
    fn ty() -> Type {
        submodule::<Self>()
    }

    fn from_value(_: Value) -> Option<Self> {
        Some(Self)
    }

    fn to_value(&self) -> Value {
        Value::empty_attrs()
    }
}

/// Settings of a program in its own file format (RFC 42): the options of `D`, and freely any
/// other value that the format can hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings<F, D = Free> {
    /// The declared options.
    pub declared: D,
    /// Everything else.
    pub free: BTreeMap<String, Value>,
    format: PhantomData<F>,
}

impl<F: SettingsFormat, D: Options> OptionType for Settings<F, D> {
    fn ty() -> Type {
        Type::Settings(domi_model::Settings {
            format: F::FORMAT,
            options: D::options(&neighbours()),
        })
    }

    fn from_value(value: Value) -> Option<Self> {
        let Value::Attrs(mut declared) = value else { return None };
        let names: Vec<_> =
            D::options(&neighbours()).into_iter().map(|option| option.name).collect();
        let free = declared.clone().into_iter().filter(|(name, _)| !names.contains(name)).collect();
        declared.retain(|name, _| names.contains(name));
        let declared = D::from_value(Value::Attrs(declared))?;
        Some(Self { declared, free, format: PhantomData })
    }

    fn to_value(&self) -> Value {
        let mut all = self.free.clone();
        if let Value::Attrs(declared) = self.declared.to_value() {
            all.extend(declared);
        }
        Value::Attrs(all)
    }
}

impl<F, D: Options> Expr<Settings<F, D>> {
    /// The declared options, as expressions.
    pub fn declared(&self) -> Expr<D> {
        Expr::from_model(self.as_model().clone())
    }
}

/// By all names, declared ones and others.
impl<F: SettingsFormat, D: Options> Map for Settings<F, D> {
    type Value = Anything;
}

/// The path of a file that holds settings in the format. Everyone can read it: no secrets.
pub fn settings_file<F: SettingsFormat>(
    _: F,
    name: &str,
    settings: impl IntoAny,
) -> Expr<AbsolutePath> {
    let (name, value) = (name.to_owned(), settings.into_any());
    let file = SettingsFile { name, format: F::FORMAT, value };
    Expr::from_model(Untyped::SettingsFile(Box::new(file)))
}

/// The path of a file that holds a text. Everyone can read it: no secrets.
pub fn text_file(name: &str, text: impl IntoText) -> Expr<AbsolutePath> {
    let (name, text) = (name.to_owned(), text.into_text());
    Expr::from_model(Untyped::TextFile(Box::new(TextFile { name, text })))
}
