//! Where something is said of a module: beside it, or in `domi.toml`.

use std::path::{Path, PathBuf};

use camino::Utf8Path;
use domi_model::{Place, Problem};

use super::description::Description;
use super::flake::attribute_path;
use super::read::{listed, read};
use crate::codes::UNUSABLE;
use crate::config;
use crate::failure::Located;

/// What the file is called that describes `site.nix`: `site.domi.toml`.
const SUFFIX: &str = ".domi.toml";

/// What is said of a module.
#[derive(Debug, Clone)]
pub(super) struct Described {
    /// What `--module` takes for it: its name in `domi.toml`, or the path that was asked for.
    pub(super) word: String,
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
        self.module().is_some_and(|module| module == file)
    }

    /// Whether the module in a file is one of its imports.
    fn imports(&self, file: &Path) -> bool {
        let mut imports = self.description.imports.iter().filter_map(|text| self.file_of(text));
        imports.any(|import| import == file)
    }

    /// The file of its module; nothing where it is an attribute of a flake, or is not there.
    fn module(&self) -> Option<PathBuf> {
        match &self.description.module {
            Some(text) => self.file_of(text),
            None => std::fs::canonicalize(&self.file).ok(),
        }
    }

    fn file_of(&self, text: &str) -> Option<PathBuf> {
        let path = (!text.contains('#')).then(|| self.folder.join(text));
        std::fs::canonicalize(path?).ok()
    }

    /// That something is said of it beside its file as well, where that is so. One of the two would be passed
    /// over.
    fn said_twice(&self, root: &Utf8Path) -> Option<Located> {
        let module = self.module()?;
        let beside = beside(&module);
        if !is_there(&beside) {
            return None;
        }
        let why = format!("{} says something of this module, too", shown(root, &beside));
        let next = "say all of it in one place: beside the module, or in domi.toml";
        let problem = Problem::error(UNUSABLE, shown(root, &module), why).next(next);
        Some(problem.at(self.place.clone()).into())
    }
}

/// The file that describes the module in a file.
fn beside(module: &Path) -> PathBuf {
    let name = module.file_name().unwrap_or_default().to_string_lossy();
    module.with_file_name(format!("{}{SUFFIX}", name.strip_suffix(".nix").unwrap_or(&name)))
}

fn is_there(file: &Path) -> bool {
    file.exists() || file.is_symlink()
}

/// A path, from the root where it is below that.
fn shown(root: &Utf8Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
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
            said_once(root, listed)
        };
    }
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for asked in asked {
        match of_one(root, &listed, asked) {
            Ok(described) => found.extend(described),
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

/// Modules of `domi.toml`, if nothing is said of any of them beside its file.
fn said_once(root: &Utf8Path, listed: Vec<Described>) -> Result<Vec<Described>, Vec<Located>> {
    let twice: Vec<Located> = listed.iter().filter_map(|it| it.said_twice(root)).collect();
    if twice.is_empty() { Ok(listed) } else { Err(twice) }
}

/// What is said of one module, which is asked for by its path or its name. `domi.toml` may have it several times, each
/// with other settings.
fn of_one(
    root: &Utf8Path,
    listed: &[Described],
    asked: &Path,
) -> Result<Vec<Described>, Vec<Located>> {
    let those = |fit: &dyn Fn(&Described) -> bool| {
        listed.iter().filter(|it| fit(it)).cloned().collect::<Vec<_>>()
    };
    let named = those(&|it| it.description.name.as_deref().map(Path::new) == Some(asked));
    if !named.is_empty() {
        return said_once(root, named);
    }
    let path = std::fs::canonicalize(asked);
    let path = path.map_err(|error| unusable(asked, &error.to_string(), NEXT))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (file, beside) = match name.strip_suffix(SUFFIX) {
        Some(stem) => (path.with_file_name(format!("{stem}.nix")), path.clone()),
        None => (path.clone(), beside(&path)),
    };
    let in_config = those(&|it| it.is_about(&file));
    if !in_config.is_empty() {
        return said_once(root, in_config);
    }
    let mut place = None;
    let mut description = Description::default();
    if is_there(&beside) {
        let shown = shown(root, &beside);
        let text = config::text(root, &shown).map_err(|problem| vec![Located::from(*problem)])?;
        description = read(&shown, &text.unwrap_or_default())?;
        place = Some(Place { file: shown, line: 1 });
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    description.name.get_or_insert(stem);
    description.summary.get_or_insert_with(|| file.display().to_string());
    let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
    let word = asked.display().to_string();
    let described = Described { word, folder, file, place, description };
    if name.ends_with(SUFFIX) || described.is_about(&path) || described.imports(&path) {
        return Ok(vec![described]);
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
        let word = description.name.get_or_insert_with(|| name_of(&module)).clone();
        description.summary.get_or_insert(module);
        let (folder, file) = (root.as_std_path().to_owned(), PathBuf::new());
        Described { word, folder, file, place: Some(place), description }
    };
    Ok(listed(config::FILE, &text)?.into_iter().map(described).collect())
}

/// What a module is called that says no name: as its file is, or as the attribute of a flake.
fn name_of(module: &str) -> String {
    let name = match module.split_once('#') {
        Some((_, attribute)) => attribute_path(attribute).ok().and_then(|mut path| path.pop()),
        None => Path::new(module).file_stem().map(|stem| stem.to_string_lossy().into_owned()),
    };
    // What is wrong with a path is said where the module is read. That it gives no name would be said for nothing.
    name.unwrap_or_else(|| "module".to_owned())
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
        check(".#m.\"a.b\"", "a.b");
        check(".#a..b", "module");
    }
}
