//! Names that a feature had: its options under those, as long as they are taken.

use domi_model::{FormerName, Manifest, OptionPath, Taken};

use crate::ast::{Binding, Nix, Param, Part};
use crate::markdown::code;
use crate::{commonmark, value};

/// What the module imports so that settings under old names of the feature are those of its options, or
/// are refused with the new name: lists. Each option has an alias of its own: priorities within a set of
/// several would be lost.
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
    let is_silent = |is_silent: bool| is_silent && *taken == Taken::Silently;
    let same = each(manifest, name, false, |from, to| alias(from, to, is_silent(true)));
    let read = each(manifest, name, true, |from, to| reading(from, to, is_silent(true)));
    let renamed = manifest.renamed.iter().map(|it| {
        alias(path(name, fixed(&it.from)), path(now, fixed(&it.to)), is_silent(it.silent))
    });
    let removed = manifest.removed.iter().map(|it| gone(&it.option, &it.reason));
    let own = Nix::List(renamed.chain(removed).collect());
    same.into_iter().chain(read).chain([own]).collect()
}

/// What each option has under a former name, of those that may be set or of those that are only read.
fn each(
    manifest: &Manifest,
    name: &str,
    read_only: bool,
    make: impl Fn(Nix, Nix) -> Nix,
) -> Option<Nix> {
    let options = manifest.options.iter().filter(|option| option.read_only == read_only);
    let options = options.map(|option| &*option.name);
    let enable = (!read_only).then_some("enable");
    let options: Vec<_> = enable.into_iter().chain(options).map(value::string).collect();
    if options.is_empty() {
        return None;
    }
    let [domi, kind, now] = manifest.feature.option_prefix();
    let path = |name: &str| {
        let path = [domi, kind, name].into_iter().map(value::string);
        Nix::List(path.chain([Nix::ident("option")]).collect())
    };
    let of_option = Nix::lambda("option", make(path(name), path(now)));
    Some(Nix::ident("map").call(of_option).call(Nix::List(options)))
}

/// An alias of an option, which no documentation has. A path is a list of strings.
pub(crate) fn alias(from: Nix, to: Nix, is_silent: bool) -> Nix {
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

/// What reads an option under another name. NixOS takes an alias of what is only read for a second definition,
/// and refuses it: this has the value as its default, so that whoever sets it is refused as for the option.
fn reading(from: Nix, to: Nix, is_silent: bool) -> Nix {
    let now = Nix::lib_call("getAttrFromPath", [to.clone(), Nix::ident("config")]);
    let shown = |path: Nix| Part::Interpolation(Nix::lib_call("showOption", [path]));
    let text = |text: &str| Part::Text(text.to_owned());
    let alias = vec![text("Alias of {option}`"), shown(to.clone()), text("`.")];
    let yes = || Nix::ident("true");
    let mut parts = vec![
        Binding::new("type", Nix::lib("types.raw")),
        Binding::new("visible", Nix::ident("false")),
        Binding::new("readOnly", yes()),
        Binding::new("default", now),
        Binding::new("description", Nix::Str(alias)),
    ];
    if !is_silent {
        let warning = vec![
            text("The option `"),
            shown(from.clone()),
            text("' has been renamed to `"),
            shown(to),
            text("'."),
        ];
        parts.push(Binding::new("apply", Nix::lib_call("warn", [Nix::Str(warning)])));
    }
    let option = Nix::lib_call("mkOption", [Nix::attrs(parts)]);
    Nix::attrs([Binding::new("options", Nix::lib_call("setAttrByPath", [from, option]))])
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
