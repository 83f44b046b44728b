use camino::Utf8PathBuf;
use cargo_metadata::{Package, TargetKind};
use serde_json::Value;

/// The keys of `[package.metadata.domi]` that say how the feature is run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// The feature's name, where it is not the crate's.
    pub(crate) name: Option<String>,
    /// The plugin's program and arguments, where it is not a binary of the crate.
    pub(crate) command: Option<Vec<String>>,
    /// What that program reads, where the table says it.
    pub(crate) reads: Option<Vec<Utf8PathBuf>>,
}

/// Reads the table of a package; `None` where the package is no feature.
///
/// Other keys than these are the SDK's, or for tools of other people.
pub(crate) fn table(package: &Package) -> Option<Result<Table, String>> {
    let table = package.metadata.get("domi")?;
    Some(match table {
        Value::Object(table) => read(table, "package.metadata.domi"),
        _ => Err("`package.metadata.domi` must be a table".to_owned()),
    })
}

/// Reads the keys of a table that stands there.
pub(crate) fn read(table: &serde_json::Map<String, Value>, place: &str) -> Result<Table, String> {
    let name = match table.get("name") {
        None => None,
        Some(Value::String(name)) if is_name(name) => Some(name.clone()),
        Some(_) => return Err(format!("`name` in {place} must be in kebab-case")),
    };
    let command = match table.get("command") {
        None => None,
        Some(command) => Some(words(command).ok_or_else(|| {
            format!("`command` in {place} must be a list of strings, the first a program")
        })?),
    };
    let reads = match table.get("reads") {
        None => None,
        Some(_) if command.is_none() => {
            return Err(format!(
                "`reads` in {place} is what a `command` reads, and there is none; of a binary, the \
                 compiler says it"
            ));
        }
        Some(reads) => Some(
            paths(reads)
                .ok_or_else(|| format!("`reads` in {place} must be a list of files and folders"))?,
        ),
    };
    Ok(Table { name, command, reads })
}

/// Whether a name may be a feature's: it becomes an option, a file and a flake output.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn paths(reads: &Value) -> Option<Vec<Utf8PathBuf>> {
    let paths = strings(reads)?.into_iter().map(|path| (!path.is_empty()).then(|| path.into()));
    paths.collect()
}

fn strings(list: &Value) -> Option<Vec<String>> {
    list.as_array()?.iter().map(|word| word.as_str().map(str::to_owned)).collect()
}

fn words(command: &Value) -> Option<Vec<String>> {
    strings(command).filter(|words| words.first().is_some_and(|program| !program.is_empty()))
}

/// The binary of a package that prints its manifest.
pub(crate) fn binary(package: &Package) -> Result<String, String> {
    let names: Vec<&str> = package
        .targets
        .iter()
        .filter(|target| target.kind.contains(&TargetKind::Bin))
        .map(|target| target.name.as_str())
        .collect();
    if let Some(default) = &package.default_run {
        return Ok(default.clone());
    }
    match names[..] {
        [] => Err("the crate has no binary that could print its manifest".to_owned()),
        [only] => Ok(only.to_owned()),
        _ if names.contains(&package.name.as_str()) => Ok(package.name.to_string()),
        _ => Err(format!("the crate has several binaries: {}", names.join(", "))),
    }
}
