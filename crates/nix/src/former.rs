//! Names that a feature had: its options under those, as long as they are taken.

use domi_model::{FormerName, Manifest, OptionPath, Renamed, Taken};

use crate::ast::{Binding, Key, Nix, Param, Part};
use crate::markdown::code;
use crate::{commonmark, value};

/// Lists of modules, to be joined with `++`: settings under old names of the feature are those of its options,
/// or are refused with the new name. Each option has an alias of its own: priorities within a set of several
/// would be lost.
pub(crate) fn imports(manifest: &Manifest) -> Vec<Nix> {
    manifest.feature.formerly.iter().flat_map(|former| of(manifest, former)).collect()
}

fn of(manifest: &Manifest, FormerName { name, taken }: &FormerName) -> Vec<Nix> {
    let [domi, kind, now] = manifest.feature.option_prefix();
    let path = |name: &str, option: Vec<Nix>| {
        Nix::List([domi, kind, name].into_iter().map(value::string).chain(option).collect())
    };
    let fixed = |option: &OptionPath| option.0.iter().map(|name| value::string(name)).collect();
    let gone = |option: &OptionPath, reason: &str| {
        let reason = commonmark::description(reason);
        Nix::lib_call("mkRemovedOptionModule", [path(name, fixed(option)), reason])
    };
    if *taken == Taken::NoLonger {
        let reason = format!("The feature has another name: `{domi}.{kind}.{now}`.");
        return vec![Nix::List(vec![gone(&OptionPath(Vec::new()), &reason)])];
    }
    let silently = *taken == Taken::Silently;
    let option = || Nix::ident("option");
    let same = alias(path(name, vec![option()]), path(now, vec![option()]), silently);
    let settable = manifest.options.iter().filter(|option| !option.read_only);
    let settable = std::iter::once("enable").chain(settable.map(|option| &*option.name));
    let read_only: Vec<_> = manifest.options.iter().filter(|option| option.read_only).collect();
    let read_only = (!read_only.is_empty()).then(|| {
        let [from, to] = [name, now].map(|name| Way::of_each([domi, kind, name]));
        let reading = reading(from, &to, silently);
        each(reading, read_only.into_iter().map(|option| &*option.name))
    });
    let renamed =
        manifest.renamed.iter().map(|it| old_name(manifest, name, it, silently && it.silent));
    let removed = manifest.removed.iter().map(|it| gone(&it.option, &it.reason));
    let own = Nix::List(renamed.chain(removed).collect());
    [each(same, settable)].into_iter().chain(read_only).chain([own]).collect()
}

/// The module of each of some options, which calls its name `option`.
fn each<'a>(module: Nix, options: impl Iterator<Item = &'a str>) -> Nix {
    let options = Nix::List(options.map(value::string).collect());
    Nix::ident("map").call(Nix::lambda("option", module)).call(options)
}

/// The module of an old name of an option, under some name of the feature: an alias, or what reads it
/// where the option may only be read.
pub(crate) fn old_name(
    manifest: &Manifest,
    feature: &str,
    Renamed { from, to, .. }: &Renamed,
    is_silent: bool,
) -> Nix {
    let [domi, kind, now] = manifest.feature.option_prefix();
    let ways = [([domi, kind, feature], from), ([domi, kind, now], to)];
    if manifest.option(&to.0).is_some_and(|option| option.read_only) {
        let [from, to] = ways.map(|(prefix, option)| Way::of(prefix, option));
        return reading(from, &to, is_silent);
    }
    let [from, to] = ways.map(|(prefix, option)| {
        let names = prefix.into_iter().chain(option.0.iter().map(String::as_str));
        Nix::List(names.map(value::string).collect())
    });
    alias(from, to, is_silent)
}

/// An alias of an option, which no documentation has. A path is a list of strings.
fn alias(from: Nix, to: Nix, is_silent: bool) -> Nix {
    if !is_silent {
        return Nix::lib_call("mkRenamedOptionModule", [from, to]);
    }
    // NixOS's own `mkAliasOptionModule` is this, and its documentation has the old name beside the new one.
    let no = || Nix::ident("false");
    let parts = [
        ("from", from),
        ("to", to),
        ("visible", no()),
        ("warn", no()),
        ("use", Nix::Lambda(Param::Ident("value".to_owned()), Box::new(Nix::ident("value")))),
    ];
    let parts = parts.into_iter().map(|(name, part)| Binding::new(name, part));
    Nix::lib_call("doRename", [Nix::attrs(parts)])
}

/// The way to an option: in code, and as people read it.
struct Way {
    keys: Vec<Key>,
    told: Vec<Part>,
}

impl Way {
    fn of([domi, kind, feature]: [&str; 3], option: &OptionPath) -> Self {
        let names = [domi, kind, feature].into_iter().chain(option.0.iter().map(String::as_str));
        let told = Part::Text(format!("{domi}.{kind}.{feature}.{option}"));
        Self { keys: names.map(Key::from).collect(), told: vec![told] }
    }

    /// To each option whose name is bound to `option`.
    fn of_each(feature: [&str; 3]) -> Self {
        let option = || Nix::ident("option");
        let keys = feature.map(Key::from).into_iter().chain([Key::Dynamic(option())]);
        let told = [Part::Text(format!("{}.", feature.join("."))), Part::Interpolation(option())];
        Self { keys: keys.collect(), told: told.into() }
    }
}

/// What reads an option under another name, of it or of the feature. NixOS takes an alias of what is only
/// read for a second definition, and refuses it: this has the value as its default, so that whoever sets it is
/// refused as for the option.
fn reading(from: Way, to: &Way, is_silent: bool) -> Nix {
    let text = |before: &str, way: &Way, after: &str| {
        let [before, after] = [before, after].map(|text| Part::Text(text.to_owned()));
        let parts = std::iter::once(before).chain(way.told.clone()).chain([after]);
        joined(parts)
    };
    let mut parts = vec![
        Binding::new("type", Nix::lib("types.raw")),
        Binding::new("visible", Nix::ident("false")),
        Binding::new("readOnly", Nix::ident("true")),
        Binding::new("default", Nix::ident("config").select(to.keys.clone())),
        Binding::new("description", Nix::Str(text("Alias of {option}`", to, "`."))),
    ];
    if !is_silent {
        let was = text("The option `", &from, "' has been renamed to `");
        let is = text("", to, "'.");
        let warning = joined(was.into_iter().chain(is));
        parts.push(Binding::new("apply", Nix::lib_call("warn", [Nix::Str(warning)])));
    }
    let option = Nix::lib_call("mkOption", [Nix::attrs(parts)]);
    let path = std::iter::once("options".into()).chain(from.keys).collect();
    Nix::attrs([Binding::at(path, option)])
}

/// Parts of a string, of which no two that follow each other are texts.
fn joined(parts: impl Iterator<Item = Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Part::Text(before)), Part::Text(text)) => *before += &text,
            (_, part) => joined.push(part),
        }
    }
    joined
}

/// What the reference says of them.
pub(crate) fn lines(manifest: &Manifest) -> Vec<String> {
    let [domi, kind, now] = manifest.feature.option_prefix();
    let line = |FormerName { name, taken }: &FormerName| {
        let is = match taken {
            Taken::Silently => "are taken",
            Taken::WithWarning => "are taken with a warning",
            Taken::NoLonger => "are no longer taken",
        };
        let path = |name: &str| code(&format!("{domi}.{kind}.{name}"));
        format!("- Settings of {} {is}; they are those of {} now.", path(name), path(now))
    };
    manifest.feature.formerly.iter().map(line).collect()
}
