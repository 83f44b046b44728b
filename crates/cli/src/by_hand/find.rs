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
    /// What `--module` takes for it: its name in `domi.toml`, or a path.
    pub(super) word: String,
    /// The folder that its paths are seen from.
    pub(super) folder: PathBuf,
    /// The module, where the description names none.
    pub(super) file: PathBuf,
    /// Where it stands; nothing where nothing is said of the module.
    pub(super) place: Option<Place>,
    /// What is said, with a name and a summary in any case.
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
}

/// That something is said of a module of `domi.toml` beside its file as well. One of the two would be passed over.
fn said_twice(root: &Utf8Path, listed: &Described, beside: &Path) -> Located {
    let why = format!("{} says something of this module, too", shown(root, beside));
    let next = "say all of it in one place: beside the module, or in domi.toml";
    let module = listed.description.module.as_deref().unwrap_or_default();
    let problem = Problem::error(UNUSABLE, module, why).next(next);
    problem.at(listed.place.clone()).into()
}

/// What the file says that would describe the module in a file, if that is there.
fn read_beside(root: &Utf8Path, beside: &Path) -> Result<Option<Described>, Vec<Located>> {
    if !is_there(beside) {
        return Ok(None);
    }
    let shown = shown(root, beside);
    let text = config::text(root, &shown).map_err(|problem| vec![Located::from(*problem)])?;
    let description = read(&shown, &text.unwrap_or_default())?;
    let place = Some(Place { file: shown, line: 1 });
    let name = beside.file_name().unwrap_or_default().to_string_lossy();
    let module = format!("{}.nix", name.strip_suffix(SUFFIX).unwrap_or(&name));
    Ok(Some(Described { place, ..alone(&beside.with_file_name(module), description) }))
}

/// A module in a file, of which this is said.
fn alone(file: &Path, mut description: Description) -> Described {
    description.name.get_or_insert_with(|| name_of(&file.to_string_lossy()));
    description.summary.get_or_insert_with(|| file.display().to_string());
    let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
    let (word, file) = (file.display().to_string(), file.to_owned());
    Described { word, folder, file, place: None, description }
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
    let mut wrong = Vec::new();
    for one in &listed {
        let Some(module) = one.module() else { continue };
        let file = beside(&module);
        match read_beside(root, &file) {
            Ok(Some(other)) if other.is_about(&module) => wrong.push(said_twice(root, one, &file)),
            Ok(_) => {}
            Err(problems) => wrong.extend(problems),
        }
    }
    if wrong.is_empty() { Ok(listed) } else { Err(wrong) }
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
    let is_description = path.to_string_lossy().ends_with(SUFFIX);
    let file = if is_description { path.clone() } else { beside(&path) };
    let described = read_beside(root, &file)?;
    let is_meant = |it: &Described| is_description || it.is_about(&path) || it.imports(&path);
    let word = asked.display().to_string();
    match described {
        Some(described) if is_meant(&described) => {
            let module = described.module();
            let twice = module.map_or(Vec::new(), |module| those(&|it| it.is_about(&module)));
            if twice.is_empty() {
                return Ok(vec![Described { word, ..described }]);
            }
            Err(twice.iter().map(|it| said_twice(root, it, &file)).collect())
        }
        other => {
            let in_config = those(&|it| it.is_about(&path));
            if !in_config.is_empty() {
                return Ok(in_config);
            }
            if other.is_some() {
                let why = format!("{} is about another module", file.display());
                return Err(unusable(asked, &why, NEXT));
            }
            Ok(vec![Described { word, ..alone(&path, Description::default()) }])
        }
    }
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
    let mut all: Vec<_> = listed(config::FILE, &text)?.into_iter().map(described).collect();
    // A name that two have leads to both; a path may lead to one.
    let names: Vec<_> = all.iter().map(|it| it.description.name.clone()).collect();
    let is_shared = |name: &Option<String>| names.iter().filter(|it| *it == name).count() > 1;
    for one in all.iter_mut().filter(|it| is_shared(&it.description.name)) {
        one.word = one.description.module.clone().unwrap_or_default();
    }
    Ok(all)
}

/// What a module is called that says no name: as its file is, or as the attribute of a flake.
fn name_of(module: &str) -> String {
    let of_file = |path: &Path| {
        let folder = path.parent().filter(|_| path.ends_with("default.nix"));
        let name = folder.and_then(Path::file_name).or(path.file_stem())?;
        Some(name.to_string_lossy().into_owned())
    };
    let name = match module.split_once('#') {
        Some((_, attribute)) => attribute_path(attribute).ok().and_then(|mut path| path.pop()),
        None => of_file(Path::new(module)),
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
        check("modules/site/default.nix", "site");
        check("default.nix", "default");
        check(".#nixosModules.site", "site");
        check("path:/a#nixosModules.\"site\"", "site");
        check(".#m.\"a.b\"", "a.b");
        check(".#a..b", "module");
        check(".#a.b=c", "module");
        check(".#a.\"b=c\"", "b=c");
    }
}
