//! What commands make of a system, as `pkgs.runCommand` has it.

use domi_realise::File;
use domi_transplant::Making;

/// What is to be made for a machine, before it starts.
#[derive(Debug, Clone, Default)]
pub struct ToMake {
    /// Each after what it needs.
    pub making: Vec<Making>,
    /// The files that commands may refer to.
    pub files: Vec<File>,
}

impl ToMake {
    /// Adds what is not yet there.
    pub(crate) fn add(&mut self, making: Vec<Making>, files: &[File]) {
        for one in making {
            match self.making.iter_mut().find(|known| known.path == one.path) {
                Some(known) => known.on_path |= one.on_path,
                None => self.making.push(one),
            }
        }
        for file in files.iter().filter(|file| file.path.starts_with("/etc/domi/files/")) {
            if !self.files.contains(file) {
                self.files.push(file.clone());
            }
        }
    }
}
