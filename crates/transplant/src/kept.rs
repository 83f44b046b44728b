//! Paths of the store that a machine has as Nix made them, and what of their texts only NixOS has.

use domi_evaluate::{Content, Stored};
use domi_model::Problem;

use crate::codes::NOT_CARRIED;
use crate::from_store::StorePath;
use crate::only_nixos::{self, is_of_path};
use crate::text::{STORE, TRUSTED, Texts};

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
        for at in only_nixos::paths(text) {
            self.only_there(&text[at], &stored.name);
        }
        for at in only_nixos::whole(text, &TRUSTED) {
            self.debian.insert("ca-certificates".to_owned());
            if text[at.clone()] != *TRUSTED[0] {
                self.only_there(&text[at], &stored.name);
            }
        }
        for (at, _) in text.match_indices(STORE) {
            let rest = &text[at..];
            let end = rest.find(|c| !is_of_path(c)).unwrap_or(rest.len());
            if let Some((path, stored)) = self.stored_at(&rest[..end]) {
                self.look(path, stored);
            }
        }
    }

    fn only_there(&mut self, path: &str, user: &str) {
        let message = format!("{user} in the store refers to {path}, which only NixOS has");
        let next = "name what is meant by its package, such as ${pkgs.curl}/bin/curl";
        self.add(Problem::error(NOT_CARRIED, path, message).next(next));
    }
}
