//! The hosts that went are in the flake of the rest, too: it takes the new one as an input.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use domi_fleet::NOT_SPLIT;
use domi_model::Problem;
use domi_nix::{flake_input, with_flake_input, without_flake_inputs};

const FLAKE: &str = "flake.nix";
/// Hosts by the inputs that have them. `nix/flake-module/parts.nix` reads it.
pub(super) const PARTS: &str = "nix/parts.json";

/// Texts of files by their paths; none for those that go.
pub(super) type Texts = BTreeMap<String, Option<String>>;
type Parts = BTreeMap<String, BTreeSet<String>>;

/// The input that the rest gets.
pub(super) struct Input<'i> {
    pub(super) name: &'i str,
    pub(super) url: String,
    pub(super) hosts: &'i BTreeSet<String>,
}

/// Files of both flakes, by their paths from the workspace: what is other here, and there. Nothing where
/// the workspace is no flake.
pub(super) fn composed(
    workspace: &Utf8Path,
    input: Option<&Input<'_>>,
) -> Result<std::result::Result<[Texts; 2], Box<Problem>>> {
    let Some(flake) = read(workspace, FLAKE)? else { return Ok(Ok(Default::default())) };
    let refused = |file: &str, why: String, next: String| {
        Ok(Err(Box::new(Problem::error(NOT_SPLIT, file, why).next(next))))
    };
    let mut parts = match read(workspace, PARTS)?.map(|text| serde_json::from_str::<Parts>(&text)) {
        None => Parts::new(),
        Some(Ok(parts)) => parts,
        Some(Err(error)) => {
            let next = "it has the names of hosts by the name of their input".to_owned();
            return refused(PARTS, format!("cannot be read: {error}"), next);
        }
    };
    let apart: BTreeSet<String> = parts.keys().cloned().collect();
    let [mut here, mut there] = [Texts::new(), Texts::new()];
    // What was split off before belongs to the rest.
    if !apart.is_empty() {
        match without_flake_inputs(&flake, &apart) {
            Ok(new) if new != flake => drop(there.insert(FLAKE.to_owned(), Some(new))),
            Ok(_) => {}
            Err(why) => {
                let next = "give it the shape that it has in a template first".to_owned();
                return refused(FLAKE, why, next);
            }
        }
    }
    let Some(input) = input.filter(|it| !it.hosts.is_empty()) else { return Ok(Ok([here, there])) };
    match with_flake_input(&flake, input.name, &input.url, &apart) {
        Ok(Some(new)) => drop(here.insert(FLAKE.to_owned(), Some(new))),
        Ok(None) => {}
        Err(why) => {
            let line = flake_input(input.name, &input.url);
            let next = format!(
                "write this into it, commit that, and run the command again, or with `--apart`: {line}"
            );
            return refused(FLAKE, why, next);
        }
    }
    parts.entry(input.name.to_owned()).or_default().extend(input.hosts.iter().cloned());
    let text = serde_json::to_string_pretty(&parts).context("names are no JSON")?;
    here.insert(PARTS.to_owned(), Some(text + "\n"));
    Ok(Ok([here, there]))
}

fn read(workspace: &Utf8Path, file: &str) -> Result<Option<String>> {
    let path = workspace.join(file);
    Ok(if path.is_file() { Some(fs_err::read_to_string(path)?) } else { None })
}

/// Where a repository on this computer is, for Nix.
pub(super) fn url(folder: &Utf8Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte);
    let path = folder.as_str().bytes().map(|byte| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    format!("git+file://{}", path.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_an_url_whatever_is_in_it() {
        assert_eq!(url("/srv/a-b_c/shop.1".into()), "git+file:///srv/a-b_c/shop.1");
        assert_eq!(url("/srv/my shop?#%".into()), "git+file:///srv/my%20shop%3F%23%25");
        assert_eq!(url("/srv/ä".into()), "git+file:///srv/%C3%A4");
    }
}
