//! What a command makes, as `pkgs.runCommand` has it, for machines that are no NixOS.

use std::collections::BTreeMap;

use domi_evaluate::{Command, Stored};

use crate::text::{FILES, Making, Texts};

impl Texts<'_> {
    /// The path of what a command makes.
    pub(crate) fn made(&mut self, stored: &Stored, command: &Command, within: &str) -> String {
        let hash = blake3::hash(stored.derivation.as_bytes()).to_hex();
        let path = format!("{FILES}/{}-{}", &hash[..32], stored.name);
        if !self.making.iter().any(|making| making.path == path) {
            let others = (std::mem::take(&mut self.debian), std::mem::take(&mut self.needed));
            let (folders, searched) = (std::mem::take(&mut self.folders), self.searched.take());
            let mut environment = BTreeMap::new();
            for (name, value) in &command.environment {
                environment.insert(name.clone(), self.text(value, &stored.name));
            }
            let command = self.text(&command.text, &stored.name);
            let debian = std::mem::replace(&mut self.debian, others.0);
            let needed = std::mem::replace(&mut self.needed, others.1);
            let folders = std::mem::replace(&mut self.folders, folders);
            self.folders_of_made.insert(path.clone(), folders);
            self.searched = searched;
            let (name, path) = (stored.name.clone(), path.clone());
            let on_path = false;
            self.making.push(Making { name, path, command, environment, debian, needed, on_path });
        }
        self.folders.extend(self.folders_of_made.get(&path).into_iter().flatten());
        format!("{path}{within}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Supply;

    #[test]
    fn what_a_command_makes_is_made_after_what_it_needs_and_once() {
        let stored = |name: &str, text: &str, uses: &str| Stored {
            derivation: format!("/nix/store/z-{name}.drv"),
            output: "out".to_owned(),
            name: name.to_owned(),
            pname: name.to_owned(),
            version: String::new(),
            attribute: None,
            of_command: true,
            command: Some(Command {
                text: text.to_owned(),
                environment: [("uses".to_owned(), uses.to_owned())].into(),
            }),
            content: None,
        };
        let (one, two) = ("/nix/store/1-one", "/nix/store/2-two");
        let store = [
            (one.to_owned(), stored("one", "cp -r $uses $out", two)),
            (two.to_owned(), stored("two", "echo x >$out", "")),
        ]
        .into();
        let script = crate::script("s", &format!("{one}/a {one}"), &store, &Supply::default());
        let script = script.expect("it is carried");
        let made: Vec<_> = script.making.iter().map(|making| &*making.name).collect();
        assert_eq!(made, ["two", "one"]);
        let [two, one] = &script.making[..] else { panic!("{:?}", script.making) };
        assert_eq!(one.environment["uses"], two.path);
        assert_eq!(script.text, format!("{0}/a {0}", one.path));
    }
}
