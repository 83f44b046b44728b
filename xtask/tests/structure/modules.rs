//! The modules of a crate, and which of them use which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::structure::names::{self, Import, Named};

/// A module that has a file of its own, by its path from the root: `["a", "inner"]`.
type Module = Vec<String>;

/// A crate as its files say.
pub(crate) struct Crate {
    modules: BTreeMap<Module, Named>,
}

/// Modules each of which uses the others, directly or not.
pub(crate) struct Circle {
    /// Their paths, `a::inner`, sorted. The root is `crate`.
    pub(crate) modules: Vec<String>,
    /// What they use of each other: `a -> b: B`.
    uses: Vec<String>,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}", self.modules.join(", "))?;
        self.uses.iter().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

impl Crate {
    /// Reads a crate from its first file.
    pub(crate) fn read(root: &Path) -> Self {
        let mut modules = BTreeMap::new();
        read_module(root, root.parent().expect("it is in a folder"), Module::new(), &mut modules);
        Self { modules }
    }

    /// The circles of its modules.
    pub(crate) fn circles(&self) -> Vec<Circle> {
        let uses = self.uses();
        let reach: BTreeMap<&Module, BTreeSet<&Module>> =
            self.modules.keys().map(|module| (module, reached(module, &uses))).collect();
        let mut circles = BTreeSet::new();
        for (module, reached) in &reach {
            let circle: Vec<&Module> =
                reached.iter().copied().filter(|other| reach[other].contains(module)).collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().map(|circle| shown(&circle, &uses)).collect()
    }

    /// What each module uses of which other.
    fn uses(&self) -> BTreeMap<&Module, BTreeMap<&Module, BTreeSet<String>>> {
        let mut all = BTreeMap::new();
        for (module, named) in &self.modules {
            let mut uses: BTreeMap<&Module, BTreeSet<String>> = BTreeMap::new();
            for path in &named.paths {
                if let Some((target, name)) = self.resolve(module, path, 0)
                    && target != module
                {
                    uses.entry(target).or_default().insert(name);
                }
            }
            all.insert(module, uses);
        }
        all
    }

    /// The module that has what a path names, and the name that it has there. None where the path
    /// leads out of the crate.
    fn resolve(&self, from: &Module, path: &[String], depth: usize) -> Option<(&Module, String)> {
        // A name that is passed on in a circle is an error of the compiler's.
        if depth > 20 {
            return None;
        }
        let mut at = from.clone();
        let mut rest = path;
        let mut local = false;
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" => at = Module::new(),
                "super" => drop(at.pop()),
                "self" => {}
                name => {
                    let child: Module = at.iter().cloned().chain([name.to_owned()]).collect();
                    if !self.modules.contains_key(&child) {
                        break;
                    }
                    at = child;
                }
            }
            local = true;
            rest = others;
        }
        let (module, named) = self.modules.get_key_value(&at)?;
        let Some((name, others)) = rest.split_first() else {
            return Some((module, "it".to_owned()));
        };
        // What is only imported there is of the module that has it.
        if let Some(Import { path, .. }) = named.imports.iter().find(|import| &import.name == name)
        {
            let path: Vec<String> = path.iter().chain(others).cloned().collect();
            // The path itself is looked at where it is written.
            return (local || depth > 0).then(|| self.resolve(&at, &path, depth + 1)).flatten();
        }
        if named.items.contains(name) {
            return Some((module, name.clone()));
        }
        let through = named.globs.iter().filter(|glob| *glob != path).find_map(|glob| {
            let path: Vec<String> = glob.iter().chain(rest).cloned().collect();
            let found = self.resolve(&at, &path, depth + 1)?;
            self.modules[found.0].items.contains(&found.1).then_some(found)
        });
        through.or_else(|| local.then(|| (module, name.clone())))
    }
}

fn reached<'a>(
    from: &'a Module,
    uses: &BTreeMap<&'a Module, BTreeMap<&'a Module, BTreeSet<String>>>,
) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        open.extend(uses[module].keys().filter(|next| reached.insert(**next)));
    }
    reached
}

fn shown(
    circle: &[&Module],
    uses: &BTreeMap<&Module, BTreeMap<&Module, BTreeSet<String>>>,
) -> Circle {
    let name = |module: &Module| match module.as_slice() {
        [] => "crate".to_owned(),
        path => path.join("::"),
    };
    let mut lines = Vec::new();
    for module in circle {
        for (other, names) in uses[module].iter().filter(|(other, _)| circle.contains(other)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            lines.push(format!("{} -> {}: {}", name(module), name(other), names.join(", ")));
        }
    }
    Circle { modules: circle.iter().map(|module| name(module)).collect(), uses: lines }
}

/// Reads the file of a module, whose children lie in a folder, and then those.
fn read_module(
    file: &Path,
    children: &Path,
    module: Module,
    modules: &mut BTreeMap<Module, Named>,
) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let source = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let named = names::read(&source);
    for child in named.children.clone() {
        let path: Module = module.iter().cloned().chain([child.clone()]).collect();
        let below = children.join(&child);
        let files: [PathBuf; 2] = [children.join(format!("{child}.rs")), below.join("mod.rs")];
        let file = files.iter().find(|file| file.exists());
        let file =
            file.unwrap_or_else(|| panic!("{} has no module {child}", file_name(file, children)));
        read_module(file, &below, path, modules);
    }
    modules.insert(module, named);
}

fn file_name(file: Option<&PathBuf>, children: &Path) -> String {
    file.map_or(children, PathBuf::as_path).display().to_string()
}
