//! What people work with, from a fleet: shells, and homes as home-manager takes them.

use std::collections::BTreeMap;

use crate::ast::{Binding, Key, Nix, Param};
use crate::generate::GeneratedFile;
use crate::host::at;
use crate::{header, print, value};

/// A shell of a fleet. All of it is checked before.
#[derive(Debug, Clone)]
pub struct FleetShell<'a> {
    /// Its name.
    pub name: &'a str,
    /// The file that describes it, from the root of the repository.
    pub file: &'a str,
    /// Packages, by their names in nixpkgs with dots between the parts.
    pub packages: Vec<&'a str>,
    /// Features whose software is there.
    pub features: Vec<&'a str>,
    /// Variables of the environment.
    pub variables: BTreeMap<&'a str, &'a str>,
}

/// The home of a user on hosts. All of it is checked before.
#[derive(Debug, Clone)]
pub struct FleetHome<'a> {
    /// Its name.
    pub name: &'a str,
    /// The file that describes it, from the root of the repository.
    pub file: &'a str,
    /// Whose it is.
    pub user: &'a str,
    /// The hosts that it is on.
    pub hosts: Vec<&'a str>,
    /// The release with which it began.
    pub state_version: &'a str,
    /// Packages, by their names in nixpkgs with dots between the parts.
    pub packages: Vec<&'a str>,
    /// Variables of the environment.
    pub variables: BTreeMap<&'a str, &'a str>,
    /// Files with their texts, by their paths within the home.
    pub files: BTreeMap<&'a str, &'a str>,
}

/// The file with all shells of a fleet.
pub const SHELLS: &str = "nix/shells.nix";

/// The file that names all homes of a fleet, and where the module of each is.
pub const HOMES: &str = "nix/homes.nix";

/// `nix/shells.nix` with all shells, if there are any.
pub fn shells(shells: &[FleetShell<'_>]) -> Option<GeneratedFile> {
    let entries = shells.iter().map(|it| {
        let packages = it.packages.iter().map(|name| value::string_list(&path(name)));
        let entry = [
            Binding::new("file", value::string(it.file)),
            Binding::new("packages", Nix::List(packages.collect())),
            Binding::new("features", value::string_list(&it.features)),
            Binding::new("variables", texts(&it.variables, value::string)),
        ];
        Binding::new(it.name, Nix::attrs(entry)).gap()
    });
    let content = print::file(&header::of_fleet("shells"), &Nix::attrs(entries));
    (!shells.is_empty()).then(|| GeneratedFile { path: SHELLS.to_owned(), content })
}

/// A module for each home, and `nix/homes.nix`, which has them all by name, if there are any.
pub fn homes(homes: &[FleetHome<'_>]) -> Vec<GeneratedFile> {
    if homes.is_empty() {
        return Vec::new();
    }
    let entries = homes.iter().map(|it| {
        let entry = [
            Binding::new("user", value::string(it.user)),
            Binding::new("hosts", value::string_list(&it.hosts)),
            Binding::new("module", Nix::Path(format!("../systems/homes/{}.nix", it.name))),
        ];
        Binding::new(it.name, Nix::attrs(entry)).gap()
    });
    let index = print::file(&header::of_fleet("homes"), &Nix::attrs(entries));
    let index = GeneratedFile { path: HOMES.to_owned(), content: index };
    let modules = homes.iter().map(|it| GeneratedFile {
        path: format!("systems/homes/{}.nix", it.name),
        content: home(it),
    });
    [index].into_iter().chain(modules).collect()
}

fn home(home: &FleetHome<'_>) -> String {
    let mut lines = vec![
        Binding::new("username", value::string(home.user)),
        Binding::new("homeDirectory", value::string(&format!("/home/{}", home.user))),
        Binding::new("stateVersion", value::string(home.state_version)),
    ];
    if !home.packages.is_empty() {
        let package = |name: &&str| Nix::ident("pkgs").select(path(name));
        let packages = Nix::List(home.packages.iter().map(package).collect());
        lines.push(Binding::new("packages", packages));
    }
    if !home.variables.is_empty() {
        let variables = texts(&home.variables, |text| value::string(&in_double_quotes(text)));
        lines.push(Binding::new("sessionVariables", variables));
    }
    lines.extend(home.files.iter().map(|(path, text)| {
        let path = ["file", path, "text"].map(Key::from);
        Binding::at(path.to_vec(), value::string(text))
    }));
    let module = Nix::Attrs(vec![
        Binding::new("_class", Nix::str("homeManager")),
        Binding::new("_file", value::string(home.file)),
        at(&["home"], Nix::attrs(lines)).gap(),
    ]);
    let module = match module.free().contains("pkgs") {
        true => Nix::Lambda(Param::Formals(vec!["pkgs".to_owned()]), Box::new(module)),
        false => module,
    };
    print::file(&header::of_home(home.name, home.file), &module)
}

/// The parts of a package's name.
fn path<'n>(name: &&'n str) -> Vec<&'n str> {
    name.split('.').collect()
}

fn texts(all: &BTreeMap<&str, &str>, print: impl Fn(&str) -> Nix) -> Nix {
    Nix::attrs(all.iter().map(|(name, text)| Binding::new(*name, print(text))))
}

/// A text as a shell reads it between double quotes. home-manager writes variables so, and takes
/// what is in them for code of the shell.
fn in_double_quotes(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '"' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}
