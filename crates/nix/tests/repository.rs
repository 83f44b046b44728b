//! The Nix files of the whole repository, those written by hand too.

use std::path::{Path, PathBuf};

/// Every Nix file but what is built.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable folder") {
            let entry = entry.expect("a readable folder");
            let path = entry.path();
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            if entry.file_type().expect("a type").is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if name.ends_with(".nix") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 20, "only {} Nix files were found", files.len());
    files
}

/// Looks at every file; `UPDATE_EXPECTED=1` writes those that differ instead.
#[test]
fn every_nix_file_is_as_nixfmt_writes_it() {
    let mut differ = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("text");
        let wanted = match nixfmt_rs::format(&text) {
            Ok(wanted) => wanted,
            Err(error) => panic!("{}: {error:?}", path.display()),
        };
        if wanted == text {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            // The other test may be reading it.
            let new = path.with_extension("new");
            std::fs::write(&new, wanted).expect("the file can be written");
            std::fs::rename(&new, &path).expect("the file can be replaced");
        } else {
            differ.push(path);
        }
    }
    assert!(differ.is_empty(), "`nix fmt` would change {differ:?}");
}

#[test]
fn no_nix_file_takes_in_a_whole_set_of_names() {
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("text");
        let root = rnix::Root::parse(&text);
        assert!(root.errors().is_empty(), "{}: {:?}", path.display(), root.errors());
        let with =
            root.syntax().descendants().find(|node| node.kind() == rnix::SyntaxKind::NODE_WITH);
        assert!(
            with.is_none(),
            "{}: {}",
            path.display(),
            with.map(|w| w.to_string()).unwrap_or_default()
        );
    }
}
