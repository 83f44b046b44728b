//! Which module of this crate may use which: what ARCHITECTURE.md says of it, checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A module uses only those after it.
const ORDER: [&str; 33] = [
    "command",
    "start",
    "jobs",
    "affected",
    "required",
    "by_hand",
    "realiser",
    "programs",
    "nix",
    "guests",
    "setup",
    "quarantine",
    "shown",
    "runs",
    "released",
    "git",
    "journal",
    "fleet",
    "relations",
    "request",
    "context",
    "config",
    "spelling",
    "out",
    "input",
    "failure",
    "talk",
    "arguments",
    "backends",
    "values",
    "github",
    "generated",
    "codes",
];
/// Used by all, and uses none.
const EXIT: &str = "exit";
/// The longest that a file may be, in lines.
const LONGEST: usize = 400;

/// The sources of this crate, each with the module of the top that it belongs to.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter();
    let files = files.map(|entry| entry.expect("it can be looked at").into_path());
    let rust = files.filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let source = |path: PathBuf| {
        let below = path.strip_prefix(&root).expect("it is below");
        let first = below.iter().next().expect("it has a name").to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        (module, std::fs::read_to_string(&path).expect("it can be read"))
    };
    rust.map(source).collect()
}

/// The modules of the top that a source names: `crate::a::b`, `crate::{a, b::c}`.
fn named(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        let list = rest.strip_prefix('{').and_then(|list| list.split('}').next());
        let paths = list.unwrap_or(rest).split(',');
        for path in paths.take(if list.is_some() { usize::MAX } else { 1 }) {
            let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
            let name: String = path.trim().chars().take_while(is_name).collect();
            // The one type that the top exports.
            named.insert(if name == "Exit" { EXIT.to_owned() } else { name });
        }
    }
    named
}

/// What a module uses and may not use.
fn wrong(module: &str, text: &str) -> Vec<String> {
    let place = |name: &str| ORDER.iter().position(|module| *module == name);
    let here = place(module);
    let may =
        |name: &String| name == EXIT || name == module || here.is_none() || place(name) > here;
    named(text).into_iter().filter(|name| !may(name)).collect()
}

#[test]
fn a_module_uses_only_those_below_it() {
    let sources = sources();
    let known: BTreeSet<&str> = ORDER.into_iter().chain([EXIT, "lib", "mutated"]).collect();
    let found: BTreeSet<&str> = sources.iter().map(|(module, _)| &**module).collect();
    assert_eq!(found, known, "each module has its place in the order");
    for (module, text) in &sources {
        assert_eq!(wrong(module, text), [""; 0], "{module} uses what is above it");
    }
}

#[test]
fn the_map_has_every_module_in_this_order() {
    let map = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ARCHITECTURE.md");
    let map = std::fs::read_to_string(map).expect("it can be read");
    let (_, map) = map.split_once("\n## The commands\n").expect("it has the part");
    let (map, _) = map.split_once("\n## ").expect("another part follows");
    let place = |module: &&str| {
        let names = [format!("`{module}`"), format!("`{module}/`")];
        names.iter().find_map(|name| map.find(name.as_str()))
    };
    let modules: Vec<&str> = ORDER.into_iter().chain([EXIT]).collect();
    let lacking: Vec<_> = modules.iter().filter(|module| place(module).is_none()).collect();
    assert_eq!(lacking, Vec::<&&str>::new(), "ARCHITECTURE.md does not name them");
    let wrong = modules.windows(2).find(|pair| place(&pair[0]) > place(&pair[1]));
    assert_eq!(wrong, None, "ARCHITECTURE.md has them in another order");
}

#[test]
fn a_use_of_what_is_above_is_found() {
    assert_eq!(wrong("nix", "use crate::{Exit, guests, jobs};"), ["jobs"]);
    assert_eq!(wrong("codes", "let it = crate::talk::talk(1, crate::exit::A);"), ["talk"]);
    assert_eq!(wrong("command", "use crate::jobs;\nuse crate::start::{Run, Start};"), [""; 0]);
}

#[test]
fn no_file_is_too_long_to_read() {
    for (module, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "a file of {module} has {lines} lines");
    }
}
