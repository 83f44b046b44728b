//! Attributes of flakes, as a person writes them.

use std::path::Path;

use domi_evaluate::FlakeModule;

/// An attribute of a flake, such as `.#nixosModules.site`, with a path seen from a folder.
///
/// # Errors
/// What is wrong with the path of the attribute.
pub(crate) fn flake_module(folder: &Path, text: &str) -> Result<FlakeModule, String> {
    let (flake, attribute) = text.split_once('#').unwrap_or((text, ""));
    let attribute = attribute_path(attribute)?;
    let flake = match flake {
        "" => local_flake(folder),
        path if path.starts_with(['.', '/']) => local_flake(&folder.join(path)),
        reference => reference.to_owned(),
    };
    Ok(FlakeModule { flake, attribute })
}

/// The names in `nixosModules."a.b"`.
pub(super) fn attribute_path(text: &str) -> Result<Vec<String>, &'static str> {
    match domi_realise::set::split(&format!("{text}="))? {
        (names, "") => Ok(names),
        _ => Err("a `=` stands outside of quotes"),
    }
}

/// The reference of a flake in a folder, without links in its path.
fn local_flake(folder: &Path) -> String {
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    domi_nix_command::flake_reference(&folder)
}
