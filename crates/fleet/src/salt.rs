//! What the digest of a file is made with, where it must say nothing to anybody who lacks the file.

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields};
use crate::{About, Kind, Ref, hexadecimal};

/// The key of files that are of a person.
pub(crate) const FIELDS: &[Field] = &[Field::new(
    "salt",
    "64 digits of hexadecimal",
    "`fleet record` writes it, at random. With it the log has a digest of the file that says nothing \
     to anybody who lacks it. It is erased with the file, and no two files have the same.",
)];

impl Kind {
    /// Whether its files are of a person, whom they can be erased with.
    pub fn is_personal(self) -> bool {
        matches!(self, Self::Person | Self::User)
    }
}

/// Reads the salt of a file of a kind.
pub(crate) fn read(kind: Kind, fields: &mut Fields<'_>) -> Option<Ref> {
    if !kind.is_personal() {
        return None;
    }
    let salt = fields.reference("salt")?;
    if hexadecimal::bytes(&salt.name).is_none() {
        let next = "take the line away: `fleet record` writes another one";
        fields.problem(WRONG_FIELD, "salt", salt.line, "is no salt", next);
        return None;
    }
    Some(salt)
}

impl About {
    /// What the digest of the file is made with, in hexadecimal, where the file has it. It is shown to
    /// nobody, so that it goes with the file.
    pub fn salt(&self) -> Option<&str> {
        self.salt.as_ref().map(|salt| salt.name.as_str())
    }

    /// What stands for the text of the file: with a salt, for whoever has the file alone. Of a person's
    /// file without one, nothing does.
    pub(crate) fn digest_of(&self, kind: Kind, text: &str) -> String {
        let digest = match self.salt().and_then(hexadecimal::bytes) {
            Some(salt) => blake3::keyed_hash(&salt, text.as_bytes()),
            None if kind == Kind::Person => return String::new(),
            // Logs from before users had salts have these.
            None => blake3::hash(text.as_bytes()),
        };
        digest.to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fleet, Piece, State};

    #[test]
    fn a_digest_needs_the_salt_that_the_file_has() {
        let (people, users) = ("domain/people/ada.toml", "users/ada.toml");
        let digest = |path: &str, text: &str| {
            let state = State::of(&Fleet::of([Piece::read(path, text)]).0);
            state.things().next().and_then(|it| it.digest.clone())
        };
        let plain = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
        let with = |salt: &str| format!("title = 'Ada'\nsalt = '{salt}'\n");
        let (one, two) = (with(&"0a".repeat(32)), with(&"0b".repeat(32)));
        for path in [people, users] {
            assert!(digest(path, &one).is_some_and(|it| it != plain(&one)), "{path}");
            assert_ne!(digest(path, &one), digest(path, &two));
            assert_ne!(digest(path, &one), digest(path, &format!("# x\n{one}")));
        }
        let without = "title = 'Ada'\n";
        assert_eq!((digest(people, without), digest(users, without)), (None, Some(plain(without))));
        for wrong in ["", "0A", &"0A".repeat(32), &"0a".repeat(33), &"äb".repeat(20)] {
            assert_eq!((digest(people, &with(wrong)), hexadecimal::bytes(wrong)), (None, None));
        }
        // Elsewhere there is no such key.
        assert_eq!(digest("hosts/a.toml", &one), Some(plain(&one)));
    }
}
