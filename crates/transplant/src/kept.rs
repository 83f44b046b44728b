//! Paths of the store that a machine has as Nix made them, and what of their texts only NixOS has.

use domi_evaluate::{Content, Stored};

use crate::from_store::StorePath;
use crate::only_nixos;
use crate::text::{TRUSTED, Texts, store_paths};

impl Texts<'_> {
    /// Notes that the machine has a path of the store.
    pub(crate) fn keep(&mut self, path: &str, stored: &Stored) {
        let Some(kept) = &mut self.kept else { return };
        kept.paths.insert(StorePath {
            path: path.to_owned(),
            derivation: Some(stored.derivation.clone()).filter(|it| it.ends_with(".drv")),
            output: stored.output.clone(),
            name: stored.pname.clone(),
        });
        self.look(path, stored);
    }

    /// The text that Nix writes to a path of the store itself, as a file of the machine's own.
    pub(crate) fn kept_text(&mut self, path: &str, user: &str) -> Option<String> {
        self.kept.as_ref()?;
        match &self.store.get(path)?.content {
            Some(Content::Text { text, destination, .. }) if destination.is_empty() => {
                Some(self.text(text, user))
            }
            _ => None,
        }
    }

    /// Looks through a text of the store, and those that it names. Nothing of them is changed: what only NixOS
    /// has is a problem, whether a Debian has something like it or not.
    fn look(&mut self, path: &str, stored: &Stored) {
        let Some(Content::Text { text, .. }) = &stored.content else { return };
        if !self.kept.as_mut().is_some_and(|kept| kept.looked_at.insert(path.to_owned())) {
            return;
        }
        let user = format!("{} in the store", stored.name);
        for at in only_nixos::paths(text) {
            self.only_there(&text[at], &user);
        }
        for at in only_nixos::whole(text, &TRUSTED) {
            self.debian.insert("ca-certificates".to_owned());
            if text[at.clone()] != *TRUSTED[0] {
                self.only_there(&text[at], &user);
            }
        }
        for at in store_paths(text) {
            if let Some((path, stored)) = self.stored_at(&text[at]) {
                self.look(path, stored);
            }
        }
    }
}
