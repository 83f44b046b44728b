//! Names that a feature had: its options under those, as long as they are taken.

use domi_model::{FormerName, Manifest, OptionPath, Taken};

use crate::ast::{Nix, Param};
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
    let alias = |from: Vec<Nix>, to: Vec<Nix>, is_silent: bool| {
        let is_silent = is_silent && *taken == Taken::Silently;
        let function = if is_silent { "mkAliasOptionModule" } else { "mkRenamedOptionModule" };
        Nix::lib_call(function, [path(name, from), path(now, to)])
    };
    // NixOS takes an alias of what is only read for a second definition, and refuses it.
    let options = manifest.options.iter().filter(|option| !option.read_only);
    let options = options.map(|option| value::string(&option.name));
    let options = std::iter::once(value::string("enable")).chain(options).collect();
    let option = || vec![Nix::ident("option")];
    let of_option =
        Nix::Lambda(Param::Ident("option".to_owned()), Box::new(alias(option(), option(), true)));
    let same = Nix::ident("map").call(of_option).call(Nix::List(options));
    let renamed =
        manifest.renamed.iter().map(|it| alias(fixed(&it.from), fixed(&it.to), it.silent));
    let removed = manifest.removed.iter().map(|it| gone(&it.option, &it.reason));
    vec![same, Nix::List(renamed.chain(removed).collect())]
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
