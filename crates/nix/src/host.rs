//! The NixOS modules of a fleet's hosts, from what was merged for each.

use std::collections::BTreeMap;

use domi_model::{Manifest, Platform, Value};

use crate::ast::{Binding, Key, Nix, Param};
use crate::generate::GeneratedFile;
use crate::{header, print, value};

/// A host, with what it gets. All of it is checked before: names are those of a machine and of
/// users, and settings have the types of their options.
#[derive(Debug, Clone)]
pub struct Host<'a> {
    /// Its name.
    pub name: &'a str,
    /// The file that describes it, from the root of the repository.
    pub file: &'a str,
    /// Its platform.
    pub system: Platform,
    /// Its features with their settings.
    pub features: Vec<(&'a Manifest, &'a BTreeMap<String, Value>)>,
    /// Who may log in.
    pub users: Vec<HostUser<'a>>,
}

/// Somebody who may log in to a host.
#[derive(Debug, Clone)]
pub struct HostUser<'a> {
    /// The name of the user.
    pub name: &'a str,
    /// The user's number.
    pub uid: Option<u32>,
    /// Whether they may act as root.
    pub administers: bool,
    /// Further groups.
    pub groups: Vec<&'a str>,
    /// Public keys of SSH.
    pub keys: &'a [String],
}

/// A module for each host, and `nix/hosts.nix`, which has them all by name.
pub fn hosts(hosts: &[Host<'_>]) -> Vec<GeneratedFile> {
    let mut files = vec![GeneratedFile { path: "nix/hosts.nix".to_owned(), content: index(hosts) }];
    files.extend(hosts.iter().map(|host| GeneratedFile {
        path: format!("systems/hosts/{}.nix", host.name),
        content: module(host),
    }));
    files
}

fn index(hosts: &[Host<'_>]) -> String {
    let entries = hosts.iter().map(|host| {
        let entry = [
            Binding::new("system", Nix::str(host.system.as_str())),
            Binding::new("module", Nix::Path(format!("../systems/hosts/{}.nix", host.name))),
        ];
        Binding::new(host.name, Nix::attrs(entry)).gap()
    });
    print::file(&header::of_hosts(), &Nix::attrs(entries))
}

fn module(host: &Host<'_>) -> String {
    let mut lines = vec![
        Binding::new("_class", Nix::str("nixos")),
        Binding::new("_file", value::string(host.file)),
        at(&["networking", "hostName"], value::string(host.name)).gap(),
    ];
    lines
        .extend(host.features.iter().map(|(manifest, settings)| feature(manifest, settings).gap()));
    lines.extend(host.users.iter().map(|it| user(it).gap()));
    let module = Nix::Attrs(lines);
    let module = match module.free().contains("pkgs") {
        true => Nix::Lambda(Param::Formals(vec!["pkgs".to_owned()]), Box::new(module)),
        false => module,
    };
    print::file(&header::of_host(host.name, host.file), &module)
}

fn at(path: &[&str], value: Nix) -> Binding {
    Binding::at(path.iter().map(|key| Key::from(*key)).collect(), value).flattened()
}

fn feature(manifest: &Manifest, settings: &BTreeMap<String, Value>) -> Binding {
    let mut lines = vec![Binding::new("enable", Nix::ident("true"))];
    lines.extend(settings.iter().map(|(name, set)| {
        let nix = value::setting(manifest, &manifest.options, name, set);
        Binding::new(name.as_str(), nix).flattened()
    }));
    let path = manifest.feature.option_prefix().into_iter().map(Key::from).collect();
    Binding::at(path, Nix::attrs(lines)).flattened()
}

fn user(user: &HostUser<'_>) -> Binding {
    let mut lines = vec![Binding::new("isNormalUser", Nix::ident("true"))];
    lines.extend(user.uid.map(|uid| Binding::new("uid", Nix::Int(uid.into()))));
    let administrators = user.administers.then_some("wheel");
    let groups: Vec<Nix> =
        administrators.into_iter().chain(user.groups.iter().copied()).map(value::string).collect();
    if !groups.is_empty() {
        lines.push(Binding::new("extraGroups", Nix::List(groups)));
    }
    if !user.keys.is_empty() {
        let keys = Nix::List(user.keys.iter().map(|key| value::string(key)).collect());
        lines.push(at(&["openssh", "authorizedKeys", "keys"], keys));
    }
    at(&["users", "users", user.name], Nix::attrs(lines))
}
