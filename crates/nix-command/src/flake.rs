use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A flake, and the inputs that are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flake {
    folder: PathBuf,
    inputs: Vec<(String, String)>,
}

impl Flake {
    /// The flake of this folder, where it has one.
    pub fn of(folder: &Path) -> Option<Self> {
        folder
            .join("flake.nix")
            .is_file()
            .then(|| Self { folder: folder.to_owned(), inputs: Vec::new() })
    }

    /// Replaces an input by another flake: a reference, or the path of a folder.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<String>, reference: &str) -> Self {
        self.inputs.push((name.into(), reference_of(reference)));
        self
    }

    /// The words that name an output, for calls that take an installable.
    pub fn words(&self, output: &str) -> Vec<String> {
        let mut words = vec![format!("{}#{output}", self.reference())];
        words.extend(self.flags());
        words
    }

    /// The reference for Nix, as [`flake_reference`] says it.
    pub fn reference(&self) -> String {
        flake_reference(&self.folder)
    }

    /// The flags that replace inputs, and keep the lock file as it is.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = vec!["--no-write-lock-file".to_owned()];
        for (name, reference) in &self.inputs {
            flags.extend(["--override-input", name, reference].map(str::to_owned));
        }
        flags
    }

    /// Whether inputs are replaced.
    pub fn is_changed(&self) -> bool {
        !self.inputs.is_empty()
    }

    /// The flake's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The reference of a flake in a folder. In a git work tree Nix takes the files that git tracks,
/// elsewhere all files.
pub fn flake_reference(folder: &Path) -> String {
    let tree = folder.ancestors().find(|folder| folder.join(".git").exists());
    let Some(tree) = tree else { return path_reference(folder) };
    let below = match folder.strip_prefix(tree) {
        Ok(below) if below != Path::new("") => format!("?dir={}", encoded(below)),
        _ => String::new(),
    };
    format!("git+file:{}{below}", encoded(tree))
}

/// A name of one attribute within the path of an output, which may hold anything.
pub fn attribute(name: &str) -> String {
    let plain =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if plain { name.to_owned() } else { format!("\"{name}\"") }
}

/// A folder's path as a flake reference; anything else is one already.
fn reference_of(text: &str) -> String {
    match std::fs::canonicalize(text) {
        Ok(folder) if folder.is_dir() => path_reference(&folder),
        _ => text.to_owned(),
    }
}

fn path_reference(folder: &Path) -> String {
    format!("path:{}", encoded(folder))
}

/// A path in a URL, with special characters escaped.
pub(crate) fn encoded(path: &Path) -> String {
    let mut out = String::new();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(*byte)),
            b'/' | b'-' | b'.' | b'_' | b'~' | b'+' | b'@' | b':' => out.push(char::from(*byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_flake_has_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(Flake::of(folder.path()), None);
    }

    #[track_caller]
    fn check_reference(tree: Option<&str>, folder: &str, expected: &str) {
        let top = tempfile::tempdir().expect("a temporary folder");
        let path = top.path().canonicalize().expect("it is there");
        fs_err::create_dir_all(path.join(folder)).expect("it can be made");
        fs_err::write(path.join(folder).join("flake.nix"), "{}").expect("it can be written");
        if let Some(tree) = tree {
            fs_err::create_dir_all(path.join(tree).join(".git")).expect("it can be made");
        }
        let flake = Flake::of(&path.join(folder)).expect("it has one");
        assert_eq!(flake.reference().replace(&path.display().to_string(), "TOP"), expected);
    }

    #[test]
    fn git_is_asked_for_what_it_knows() {
        check_reference(None, "a", "path:TOP/a");
        check_reference(Some("a"), "a", "git+file:TOP/a");
        check_reference(Some("a"), "a/b/c", "git+file:TOP/a?dir=b/c");
    }

    #[test]
    fn any_name_of_a_folder_can_stand_in_a_reference() {
        check_reference(None, "a b", "path:TOP/a%20b");
        check_reference(Some("a b"), "a b/c?d#é", "git+file:TOP/a%20b?dir=c%3Fd%23%C3%A9");
    }

    #[test]
    fn an_output_is_named_with_what_replaces_the_inputs() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().canonicalize().expect("it is there");
        fs_err::write(path.join("flake.nix"), "{}").expect("it can be written");
        let flake = Flake::of(&path).expect("it has one");
        let flake = flake.with_input("a", &path.display().to_string()).with_input("b", "nixpkgs/x");
        let path = path.display();
        let expected = [
            &*format!("path:{path}#checks.{}.{}", attribute("x86_64-linux"), attribute("a.b")),
            "--no-write-lock-file",
            "--override-input",
            "a",
            &format!("path:{path}"),
            "--override-input",
            "b",
            "nixpkgs/x",
        ];
        assert_eq!(flake.words("checks.x86_64-linux.\"a.b\""), expected);
    }
}
