//! The field of a struct that is an option, in the text of a program; and that text with another name.
//! Comments and layout stay.

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Ident, ImplItem, Item, ItemImpl, Lit, Meta, Token, Type};

/// A field that is an option, by its place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name in Rust.
    pub(super) name: String,
    /// Where that stands.
    ident: Range<usize>,
    /// Where the field begins, behind its attributes.
    begin: usize,
    /// The text of `#[option(name = …)]`, with its quotes.
    explicit: Option<Range<usize>>,
    /// The name of the option.
    option: String,
}

/// An old name that stays an alias.
pub(super) struct Alias {
    pub(super) from: String,
    /// The version in which it is an alias for the first time.
    pub(super) since: String,
}

/// The text of a file; nothing where there is none.
pub(super) fn read(file: &Utf8Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

/// The files of a program, in the order of their names.
pub(super) fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = walkdir::WalkDir::new(folder.join("src")).sort_by_file_name().into_iter();
    let files = entries.flatten().filter_map(|it| Utf8PathBuf::try_from(it.into_path()).ok());
    files.filter(|file| file.extension() == Some("rs")).collect()
}

impl Field {
    /// The field of an option whose name stands in this line.
    pub(super) fn at(text: &str, line: u32, option: &str) -> Option<Self> {
        let file = syn::parse_file(text).ok()?;
        let line = usize::try_from(line).ok()?;
        let is_there = |field: &&syn::Field| {
            field.ident.as_ref().is_some_and(|ident| ident.span().start().line == line)
        };
        let there = structs(&file.items).flat_map(|it| &it.fields).filter(is_there);
        there.filter_map(Self::of).find(|field| field.option == option)
    }

    /// The fields by which a program knows an option of another feature, in their order.
    pub(super) fn of_neighbour(text: &str, feature: &str, option: &str) -> Vec<Self> {
        let Ok(file) = syn::parse_file(text) else { return Vec::new() };
        let names = items(&file.items).into_iter().filter_map(|item| match item {
            Item::Impl(it) => neighbour(it, feature),
            _ => None,
        });
        let names: Vec<Ident> = names.collect();
        let known = structs(&file.items).filter(|it| names.contains(&it.ident));
        let fields = known.flat_map(|it| &it.fields).filter_map(Self::of);
        fields.filter(|field| field.option == option).collect()
    }

    fn of(field: &syn::Field) -> Option<Self> {
        let ident = field.ident.as_ref()?;
        let name = ident.unraw().to_string();
        let explicit = field.attrs.iter().find_map(explicit_name);
        let option = match &explicit {
            Some((_, name)) => name.clone(),
            None => option_name(&name)?,
        };
        let begin = match &field.vis {
            syn::Visibility::Inherited => ident.span(),
            visibility => visibility.span(),
        };
        Some(Self {
            name,
            ident: ident.span().byte_range(),
            begin: begin.byte_range().start,
            explicit: explicit.map(|(place, _)| place),
            option,
        })
    }

    /// The text with another name for the option, and the old one as an alias if it is to be one.
    pub(super) fn renamed(&self, text: &str, to: &str, alias: Option<&Alias>) -> String {
        let field = field_name(to);
        let mut attributes = Vec::new();
        let follows = option_name(&field).as_deref() == Some(to);
        if self.explicit.is_none() && !follows {
            attributes.push(format!("name = {to:?}"));
        }
        if let Some(Alias { from, since }) = alias {
            attributes.push(format!("renamed_from = {from:?}, since = {since:?}"));
        }
        let mut edits = vec![(self.ident.clone(), written(&field))];
        if !attributes.is_empty() {
            let line = text[..self.begin].rfind('\n').map_or(0, |at| at + 1);
            let indent: String =
                text[line..self.begin].chars().take_while(|c| c.is_whitespace()).collect();
            let attribute = format!("#[option({})]\n{indent}", attributes.join(", "));
            edits.push((self.begin..self.begin, attribute));
        }
        edits.extend(self.explicit.clone().map(|place| (place, format!("{to:?}"))));
        replaced(text, edits)
    }
}

/// A text with other texts in some places, which do not overlap.
pub(super) fn replaced(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(place, _)| std::cmp::Reverse((place.start, place.end)));
    let mut text = text.to_owned();
    for (place, new) in edits {
        text.replace_range(place, &new);
    }
    text
}

/// All items, also those within modules.
fn items(all: &[Item]) -> Vec<&Item> {
    let mut found = Vec::new();
    for item in all {
        match item {
            Item::Mod(module) => {
                found.extend(module.content.iter().flat_map(|(_, all)| items(all)));
            }
            item => found.push(item),
        }
    }
    found
}

fn structs(all: &[Item]) -> impl Iterator<Item = &syn::ItemStruct> {
    items(all).into_iter().filter_map(|item| match item {
        Item::Struct(it) => Some(it),
        _ => None,
    })
}

/// Where a program says the name of a feature that it knows, with its quotes.
pub(super) fn named_neighbours(text: &str, feature: &str) -> Vec<Range<usize>> {
    let Ok(file) = syn::parse_file(text) else { return Vec::new() };
    let impls = items(&file.items).into_iter().filter_map(|item| match item {
        Item::Impl(it) => named(it, feature),
        _ => None,
    });
    impls.collect()
}

/// The type that is said to be another feature: `impl Neighbour for X { const NAME: … = "x"; }`.
fn neighbour(it: &ItemImpl, feature: &str) -> Option<Ident> {
    named(it, feature)?;
    let Type::Path(path) = &*it.self_ty else { return None };
    path.path.get_ident().cloned()
}

/// Where the name of the feature stands that a type is said to be.
fn named(it: &ItemImpl, feature: &str) -> Option<Range<usize>> {
    let (_, of, _) = it.trait_.as_ref()?;
    of.segments.last().filter(|last| last.ident == "Neighbour")?;
    it.items.iter().find_map(|item| match item {
        ImplItem::Const(it) if it.ident == "NAME" => {
            text_of(&it.expr).filter(|(_, name)| name == feature).map(|(place, _)| place)
        }
        _ => None,
    })
}

/// The name that an attribute gives the option, and where it stands.
fn explicit_name(attribute: &Attribute) -> Option<(Range<usize>, String)> {
    let metas = attribute.path().is_ident("option").then(|| {
        attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()
    })??;
    metas.iter().find_map(|meta| match meta {
        Meta::NameValue(it) if it.path.is_ident("name") => text_of(&it.value),
        _ => None,
    })
}

fn text_of(value: &Expr) -> Option<(Range<usize>, String)> {
    match value {
        Expr::Lit(it) => match &it.lit {
            Lit::Str(text) => Some((text.span().byte_range(), text.value())),
            _ => None,
        },
        _ => None,
    }
}

/// The name of the option that a field declares, if it declares one: `listen_port` → `listenPort`.
pub(super) fn option_name(field: &str) -> Option<String> {
    let mut words = field.split('_');
    let mut name = words.next()?.to_owned();
    for word in words {
        let first = word.chars().next().filter(char::is_ascii_lowercase)?;
        name.push(first.to_ascii_uppercase());
        name.push_str(&word[1..]);
    }
    let is_good = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    is_good.then_some(name)
}

/// The name of a field for an option: `listenPort` → `listen_port`, `listenIPv4` → `listen_ipv4`.
pub(super) fn field_name(option: &str) -> String {
    let mut field = String::new();
    let mut before = '_';
    for c in option.chars() {
        if c.is_ascii_uppercase() && !before.is_ascii_uppercase() && before != '_' {
            field.push('_');
        }
        field.push(c.to_ascii_lowercase());
        before = c;
    }
    field
}

/// A name as it is written in Rust, also one that is a keyword.
fn written(name: &str) -> String {
    match syn::parse_str::<Ident>(name) {
        Ok(_) => name.to_owned(),
        Err(_) => format!("r#{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "use domi::prelude::*;\n\n/// A.\n#[derive(Options)]\nstruct A {\n    /// Ü, the port. // kept\n    \
        #[option(default = 80, range = 1..=9)] // mine\n    pub(crate) port: Port, // the port\n    /// It.\n    #[option(name = \
        \"listenIPv4\", default = \"x\")]\n    address: String,\n}\n";

    #[track_caller]
    fn check(line: u32, to: &str, alias: Option<&str>, before: &str, after: &str) {
        let option = alias.unwrap_or(if line == 11 { "listenIPv4" } else { "port" });
        let field = Field::at(PROGRAM, line, option).expect("a field");
        let alias = alias.map(|from| Alias { from: from.to_owned(), since: "0.1.0".to_owned() });
        assert!(PROGRAM.contains(before), "{before}");
        let expected = PROGRAM.replace(before, after);
        assert_eq!(field.renamed(PROGRAM, to, alias.as_ref()), expected);
    }

    #[test]
    fn a_field_gets_another_name_and_all_else_stays() {
        check(
            8,
            "listenPort",
            Some("port"),
            "    pub(crate) port: Port",
            "    #[option(renamed_from = \"port\", since = \"0.1.0\")]\n    pub(crate) listen_port: Port",
        );
        check(8, "listenPort", None, "pub(crate) port: Port", "pub(crate) listen_port: Port");
        check(8, "type", None, "pub(crate) port: Port", "pub(crate) r#type: Port");
        check(
            8,
            "listenIPv6",
            None,
            "    pub(crate) port: Port",
            "    #[option(name = \"listenIPv6\")]\n    pub(crate) listen_ipv6: Port",
        );
        check(
            11,
            "host",
            None,
            "\"listenIPv4\", default = \"x\")]\n    address",
            "\"host\", default = \"x\")]\n    host",
        );
        assert_eq!(Field::at(PROGRAM, 3, "port"), None);
        assert_eq!(Field::at("no program", 1, "port"), None);
        let one_line = "struct A { host: String, port: Port }";
        assert_eq!(Field::at(one_line, 1, "port").expect("a field").name, "port");
    }

    #[test]
    fn another_feature_is_known_by_its_name() {
        let program = "mod cache {\n struct Cache { port: Port }\n impl Neighbour for Cache { const NAME: \
                       &str = \"cache\"; const KIND: Kind = Kind::Services; }\n}\nstruct B { port: Port }\n";
        let fields = Field::of_neighbour(program, "cache", "port");
        let expected = program.replacen("port", "listen_port", 1);
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].renamed(program, "listenPort", None), expected);
        assert_eq!(Field::of_neighbour(program, "cache", "host"), []);
        assert_eq!(Field::of_neighbour(program, "b", "port"), []);
        let renamed = named_neighbours(program, "cache").into_iter();
        let renamed = replaced(program, renamed.map(|it| (it, "\"store\"".to_owned())).collect());
        assert_eq!(renamed, program.replace("\"cache\"", "\"store\""));
        assert!(named_neighbours(program, "Neighbour").is_empty());
        let twice = format!("{program}mod more {{ {program} }}");
        assert_eq!(Field::of_neighbour(&twice, "cache", "port").len(), 2);
    }

    #[test]
    fn names_of_fields_and_options_follow_from_each_other() {
        for (option, field) in [("port", "port"), ("listenPort", "listen_port"), ("a1B2", "a1_b2")]
        {
            assert_eq!(field_name(option), field);
            assert_eq!(option_name(field).as_deref(), Some(option));
        }
        assert_eq!(field_name("listenIPv4"), "listen_ipv4");
        for none in ["Port", "port_1", "a-b", "a.b", "", "ü"] {
            assert_eq!(option_name(none), None, "{none}");
        }
    }
}
