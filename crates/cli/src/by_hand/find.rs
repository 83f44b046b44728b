//! Where something is said of a module: beside it, or in `domi.toml`.

use std::path::{Path, PathBuf};

use camino::Utf8Path;
use domi_model::{Place, Problem};

use super::description::Description;
use super::read::{listed, read};
use crate::codes::UNUSABLE;
use crate::config;
use crate::failure::Located;

/// What the file is called that describes `site.nix`: `site.domi.toml`.
const SUFFIX: &str = ".domi.toml";

/// What is said of a module.
#[derive(Debug, Clone)]
pub(super) struct Described {
    /// The folder that its paths are seen from.
    pub(super) folder: PathBuf,
    /// The module, where the description names none.
    pub(super) file: PathBuf,
    /// Where it stands; nothing where nothing is said of the module.
    pub(super) place: Option<Place>,
    /// It always has a name.
    pub(super) description: Description,
}

impl Described {
    /// Whether it is about the module in a file.
    fn is_about(&self, file: &Path) -> bool {
        let named = self.description.module.as_ref().map(|text| self.folder.join(text));
        let named = named.unwrap_or_else(|| self.file.clone());
        std::fs::canonicalize(named).is_ok_and(|named| named == file)
    }
}

/// What is said of the modules that are asked for; of all in `domi.toml`, where none is.
///
/// # Errors
/// All that cannot be found, or read.
pub(super) fn described(
    root: &Utf8Path,
    asked: &[PathBuf],
) -> Result<Vec<Described>, Vec<Located>> {
    let listed = in_config(root)?;
    if asked.is_empty() {
        let next = "write a `[[module]]` there, or name a module after --module";
        return if listed.is_empty() {
            Err(unusable(Path::new(config::FILE), "it has no module", next))
        } else {
            Ok(listed)
        };
    }
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for asked in asked {
        match one(root, &listed, asked) {
            Ok(described) => found.push(described),
            Err(problems) => wrong.extend(problems),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

const NEXT: &str =
    "give --module the path of a NixOS module, or of its description, or a name from domi.toml";

fn unusable(path: &Path, why: &str, next: &str) -> Vec<Located> {
    vec![Problem::error(UNUSABLE, path.display().to_string(), why).next(next).into()]
}

/// What is said of one, which is asked for by its path or its name.
fn one(root: &Utf8Path, listed: &[Described], asked: &Path) -> Result<Described, Vec<Located>> {
    let named = |described: &&Described| {
        described.description.name.as_deref().is_some_and(|name| asked == Path::new(name))
    };
    if let Some(described) = listed.iter().find(named) {
        return Ok(described.clone());
    }
    let path = std::fs::canonicalize(asked);
    let path = path.map_err(|error| unusable(asked, &error.to_string(), NEXT))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (file, beside) = match name.strip_suffix(SUFFIX) {
        Some(stem) => (path.with_file_name(format!("{stem}.nix")), path.clone()),
        None => {
            let stem = name.strip_suffix(".nix").unwrap_or(&name);
            (path.clone(), path.with_file_name(format!("{stem}{SUFFIX}")))
        }
    };
    let is_beside = name.ends_with(SUFFIX) || beside.exists() || beside.is_symlink();
    let in_config = listed.iter().find(|described| described.is_about(&file));
    if let Some(described) = in_config {
        if is_beside {
            let why = format!("{} says something of this module, too", beside.display());
            let next = "say all of it in one place: beside the module, or in domi.toml";
            let again = Problem::error(UNUSABLE, asked.display().to_string(), why).next(next);
            return Err(vec![again.at(described.place.clone()).into()]);
        }
        return Ok(described.clone());
    }
    let mut place = None;
    let mut description = Description::default();
    if is_beside {
        let shown = beside.strip_prefix(root).unwrap_or(&beside).display().to_string();
        let text = config::text(root, &shown).map_err(|problem| vec![Located::from(*problem)])?;
        description = read(&shown, &text.unwrap_or_default())?;
        place = Some(Place { file: shown, line: 1 });
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    description.name.get_or_insert(stem);
    description.summary.get_or_insert_with(|| file.display().to_string());
    let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
    let described = Described { folder, file, place, description };
    if name.ends_with(SUFFIX) || described.is_about(&path) {
        return Ok(described);
    }
    let why = format!("{} is about another module", beside.display());
    Err(unusable(asked, &why, NEXT))
}

/// What `domi.toml` says of modules.
fn in_config(root: &Utf8Path) -> Result<Vec<Described>, Vec<Located>> {
    let text = config::text(root, config::FILE);
    let text = text.map_err(|problem| vec![Located::from(*problem)])?.unwrap_or_default();
    let described = |(mut description, place): (Description, Place)| {
        let module = description.module.clone().unwrap_or_default();
        description.name.get_or_insert_with(|| name_of(&module));
        description.summary.get_or_insert(module);
        let (folder, file) = (root.as_std_path().to_owned(), PathBuf::new());
        Described { folder, file, place: Some(place), description }
    };
    Ok(listed(config::FILE, &text)?.into_iter().map(described).collect())
}

/// What a module is called that says no name: as its file is, or as the attribute of a flake.
fn name_of(module: &str) -> String {
    let name = match module.split_once('#') {
        Some((_, attribute)) => attribute.rsplit('.').next().map(|last| last.trim_matches('"')),
        None => Path::new(module).file_stem().and_then(|stem| stem.to_str()),
    };
    name.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_a_name_is_called_as_its_file_or_its_attribute() {
        let check = |module: &str, expected: &str| assert_eq!(name_of(module), expected);
        check("modules/site.nix", "site");
        check("./site.nix", "site");
        check(".#nixosModules.site", "site");
        check("path:/a#nixosModules.\"site\"", "site");
    }
}
