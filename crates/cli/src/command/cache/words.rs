//! Paths of a store, shortened for people.

/// `3 paths`, `1 path`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The name of a path in a store, without the folder and the hash.
fn name(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split_once('-').map_or(file, |(_, name)| name)
}

/// The names of paths, one a line; not more than can be read.
pub(super) fn listed<'p>(paths: impl Iterator<Item = &'p String>) -> String {
    const MOST: usize = 20;
    let mut names: Vec<&str> = paths.map(|path| name(path)).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(MOST);
    let mut text: String = names.iter().take(MOST).map(|name| format!("  {name}\n")).collect();
    if more > 0 {
        text += &format!("  and {more} more; --json names all\n");
    }
    text
}
