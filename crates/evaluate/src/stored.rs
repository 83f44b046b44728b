//! A file of the store, and its content.

use std::collections::BTreeMap;

/// Something in the store, or that a build would put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The derivation that makes it.
    pub derivation: String,
    /// Which output of the derivation it is: `out`, `bin`, ….
    pub output: String,
    /// The derivation's name, such as `curl-8.1`.
    pub name: String,
    /// The package's name, such as `curl`.
    pub pname: String,
    /// The package's version; empty where the name has none.
    pub version: String,
    /// Its attribute path in nixpkgs, where it is one of the packages that were asked about.
    pub attribute: Option<Vec<String>>,
    /// Whether a command makes it that stands where it is used, as with `pkgs.runCommand`: it is no
    /// package.
    pub of_command: bool,
    /// That command, where it was asked for.
    pub command: Option<Command>,
    /// Its content, if the derivation contains it.
    pub content: Option<Content>,
}

impl Stored {
    /// A file or folder that was copied to the store as it is.
    pub(crate) fn source(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        // The name in the store begins with a hash.
        let name = name.split_once('-').map_or(name, |(_, name)| name).to_owned();
        Self {
            derivation: path.to_owned(),
            output: "out".to_owned(),
            pname: name.clone(),
            name,
            version: String::new(),
            attribute: None,
            of_command: false,
            command: None,
            content: None,
        }
    }

    /// Whether it is a whole system of NixOS.
    pub fn is_system(&self) -> bool {
        self.pname.starts_with("nixos-system-")
    }
}

/// What makes something in the store that is no package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Lines of bash.
    pub text: String,
    /// The variables that are set for it, by their names: of the module's author, and the inputs.
    pub environment: BTreeMap<String, String>,
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text {
        /// The text.
        text: String,
        /// The file's path within the store path, such as `/bin/x`; empty where the store path
        /// is the file.
        destination: String,
        /// Whether it may be run.
        executable: bool,
    },
    /// A value in a program's format.
    Settings {
        /// The name of the format in `pkgs.formats`: `json`, `yaml`, ….
        format: String,
        /// The value as JSON.
        value: String,
    },
}

impl Content {
    pub(crate) fn body(&self) -> &str {
        match self {
            Self::Text { text, .. } => text,
            Self::Settings { value, .. } => value,
        }
    }
}
