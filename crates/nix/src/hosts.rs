//! The NixOS modules of a fleet's hosts.

use std::collections::BTreeMap;

use domi_model::{Manifest, Value};

use crate::ast::{Binding, Key, Nix, Param};
use crate::generate::GeneratedFile;
use crate::host::{Host, HostSecret, HostUser, Names, at, network};
use crate::{header, print, program, value};

/// A module for each host, `nix/hosts.nix`, which has them all by name, and one with the names of
/// all addresses, if there are any. Those are in one file, as each host would have them all.
pub fn hosts(hosts: &[Host<'_>], names: &Names) -> Vec<GeneratedFile> {
    let mut files = vec![GeneratedFile { path: "nix/hosts.nix".to_owned(), content: index(hosts) }];
    if !names.is_empty() {
        files
            .push(GeneratedFile { path: "systems/names.nix".to_owned(), content: names_of(names) });
    }
    files.extend(hosts.iter().map(|host| GeneratedFile {
        path: format!("systems/hosts/{}.nix", host.name),
        content: module(host, names),
    }));
    files
}

fn index(hosts: &[Host<'_>]) -> String {
    let entries = hosts.iter().map(|host| {
        let entry = [
            Binding::new("system", Nix::str(host.system.as_str())),
            Binding::new("module", Nix::Path(format!("../systems/hosts/{}.nix", host.name))),
            Binding::new("target", value::string(&host.target)),
            Binding::new("tags", value::string_list(&host.tags)),
        ];
        Binding::new(host.name, Nix::attrs(entry)).gap()
    });
    print::file(&header::of_fleet("hosts"), &Nix::attrs(entries))
}

fn names_of(names: &Names) -> String {
    let entry = |(address, names): (&String, &Vec<String>)| {
        Binding::new(address.as_str(), value::string_list(names))
    };
    let lines = [
        Binding::new("_class", Nix::str("nixos")),
        at(&["networking", "hosts"], Nix::attrs(names.iter().map(entry))).gap(),
    ];
    print::file(&header::of_names(), &Nix::attrs(lines))
}

fn module(host: &Host<'_>, names: &Names) -> String {
    let mut lines = vec![
        Binding::new("_class", Nix::str("nixos")),
        Binding::new("_file", value::string(host.file)),
    ];
    if !names.is_empty() {
        lines
            .push(Binding::new("imports", Nix::List(vec![Nix::Path("../names.nix".into())])).gap());
    }
    lines.push(network::networking(host).gap());
    lines.extend(network::name_server(host, names).map(Binding::gap));
    lines
        .extend(host.features.iter().map(|(manifest, settings)| feature(manifest, settings).gap()));
    lines.extend(host.users.iter().map(|it| user(it).gap()));
    lines.extend(secrets(&host.secrets).map(Binding::gap));
    let module = Nix::Attrs(lines);
    let module = match module.free().contains("pkgs") {
        true => Nix::Lambda(Param::Formals(vec!["pkgs".to_owned()]), Box::new(module)),
        false => module,
    };
    print::file(&header::of_host(host.name, host.file), &module)
}

fn feature(manifest: &Manifest, settings: &BTreeMap<String, Value>) -> Binding {
    let mut lines = vec![Binding::new("enable", Nix::ident("true"))];
    lines.extend(settings.iter().map(|(name, set)| {
        let nix = value::setting(manifest, &manifest.options, name, set);
        let nix = program::with_packages(manifest, nix, "../..");
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
        let path = ["openssh", "authorizedKeys", "keys"];
        lines.push(at(&path, value::string_list(user.keys)));
    }
    at(&["users", "users", user.name], Nix::attrs(lines))
}

/// Whose the files of secrets are, and who may read them, where they are there: when the machine
/// starts, and when it gets a new configuration.
fn secrets(secrets: &[HostSecret<'_>]) -> Option<Binding> {
    let rule = |it: &HostSecret<'_>| {
        let facts = [("user", it.owner), ("group", it.group), ("mode", it.mode)];
        let facts = facts.map(|(key, value)| Binding::new(key, value::string(value)));
        Binding::at(vec![Key::from(it.path), Key::from("z")], Nix::attrs(facts))
    };
    let path = ["systemd", "tmpfiles", "settings", "fleet-secrets"];
    let rules = Nix::attrs(secrets.iter().map(rule));
    (!secrets.is_empty()).then(|| at(&path, rules))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_the_file_of_a_secret_is_holds_where_it_is_there() {
        let one = HostSecret { path: "/run/secrets/a", owner: "root", group: "www", mode: "0440" };
        let text = print::file("", &Nix::attrs(secrets(&[one])));
        let rule = "systemd.tmpfiles.settings.fleet-secrets.\"/run/secrets/a\".z = {";
        assert!(text.contains(rule) && text.contains("group = \"www\";"), "{text}");
        assert!(secrets(&[]).is_none());
    }
}
