//! The files of packages of crates of the workspace.

use crate::ast::{Binding, Key, Nix, Param};
use crate::program::FOLDER;
use crate::{COMMAND, GeneratedFile, print, value};

/// A crate of the workspace whose programs features use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramCrate {
    /// Its name.
    pub name: String,
    /// The folder that it is in, from the root of the repository.
    pub folder: String,
    /// Its version.
    pub version: String,
    /// What it is, in a line; empty where it does not say.
    pub description: String,
    /// Its licences, by their SPDX names; none where they are something else than a choice of them.
    pub licenses: Vec<String>,
    /// Files and folders that cargo needs to read the workspace, from its root.
    pub sources: Vec<String>,
    /// The program that `nix run` starts, where it has but one.
    pub main: Option<String>,
}

/// The file of a crate's programs: a function for `callPackage`.
pub fn program(of: &ProgramCrate) -> GeneratedFile {
    let path = format!("{FOLDER}/{}.nix", of.name);
    let at =
        |path: &[&str], value| Binding::at(path.iter().map(|it| Key::from(*it)).collect(), value);
    let sources = of.sources.iter().map(|source| Nix::Path(format!("../../{source}"))).collect();
    let source = Nix::attrs([
        Binding::new("root", Nix::Path("../..".to_owned())),
        Binding::new("fileset", Nix::lib_call("fileset.unions", [Nix::List(sources)])),
    ]);
    let flags = ["--package", &of.name].map(value::string);
    let mut meta = Vec::new();
    if !of.description.is_empty() {
        meta.push(Binding::new("description", value::string(&of.description)));
    }
    if !of.licenses.is_empty() {
        let names = Nix::List(of.licenses.iter().map(|name| value::string(name)).collect());
        let all = Nix::ident("map").call(Nix::lib("getLicenseFromSpdxId")).call(names);
        meta.push(Binding::new("license", all));
    }
    meta.extend(of.main.as_ref().map(|main| Binding::new("mainProgram", value::string(main))));
    meta.push(Binding::new("platforms", Nix::lib("platforms.linux")));
    let lines = [
        Binding::new("pname", value::string(&of.name)),
        Binding::new("version", value::string(&of.version)),
        Binding::new("src", Nix::lib_call("fileset.toSource", [source])).gap(),
        at(&["cargoLock", "lockFile"], Nix::Path("../../Cargo.lock".to_owned())),
        Binding::new("cargoBuildFlags", Nix::List(flags.to_vec())),
        Binding::new("cargoTestFlags", Nix::List(flags.to_vec())),
        Binding::new("meta", Nix::attrs(meta)).gap(),
    ];
    let package = Nix::ident("rustPlatform").dot("buildRustPackage").call(Nix::Attrs(lines.into()));
    let arguments = vec!["lib".to_owned(), "rustPlatform".to_owned()];
    let content = Nix::Lambda(Param::Exactly(arguments), Box::new(package));
    let header = format!(
        "The programs of the crate {}.\n\nGenerated from {} by `{COMMAND}`.",
        of.name, of.folder
    );
    GeneratedFile { path, content: print::file(&header, &content) }
}
