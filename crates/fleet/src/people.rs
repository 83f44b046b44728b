use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "kind",
        "\"person\" or \"agent\"",
        "An agent is a program that acts for people. A person where it is left out.",
    )
    .shaped(Shape::Word(&["person", "agent"])),
    Field::new(
        "units",
        "a list of names of organisations or units",
        "What the person or agent is a member of.",
    )
    .naming(Kind::Organization)
    .shaped(Shape::Texts),
    Field::new(
        "responsible",
        "the name of a person",
        "Who answers for an agent. Every agent has somebody.",
    )
    .naming(Kind::Person),
    Field::new(
        "keys",
        "a list of public SSH keys",
        "Public keys, as `ssh-keygen` writes them into `*.pub`: `ssh-ed25519 AAAA… ada`.",
    )
    .shaped(Shape::Texts),
];

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Principal {
    /// A human being.
    #[default]
    Person,
    /// A program that acts for people.
    Agent,
}

impl Principal {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Agent => "agent",
        }
    }
}

/// A person or an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// What every file says.
    pub about: About,
    /// Which of the two.
    pub kind: Principal,
    /// What it is a member of.
    pub units: Vec<Ref>,
    /// Who answers for an agent.
    pub responsible: Option<Ref>,
    /// Public keys.
    pub keys: Vec<String>,
}

impl Person {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let kinds = [Principal::Person, Principal::Agent].map(|kind| (kind.as_str(), kind));
        let kind = fields.word("kind", &kinds).map(|(kind, _)| kind).unwrap_or_default();
        let mut keys = Vec::new();
        for Ref { name: key, line } in fields.references("keys") {
            match public_key(&key) {
                Ok(()) => keys.push(key),
                Err(why) => {
                    let next = "write one line of a file that ends in .pub";
                    fields.problem(WRONG_FIELD, "keys", line, why, next);
                }
            }
        }
        let units = fields.references("units");
        Self { about, kind, units, responsible: fields.reference("responsible"), keys }
    }
}

/// Kinds of keys that OpenSSH takes.
const KEYS: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// Says what is wrong with a public key. The key itself is never shown: it may be a private one.
pub(crate) fn public_key(text: &str) -> Result<(), String> {
    if text.contains("PRIVATE KEY") {
        return Err("a private key stands here, where everybody can read it".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("a key is one line".to_owned());
    }
    let mut words = text.split(' ');
    let kind = words.next().filter(|kind| KEYS.contains(kind));
    let Some(kind) = kind else {
        return Err(format!("a key begins with its kind: {}", KEYS.join(", ")));
    };
    let body = words.next().unwrap_or_default();
    let good = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    // The first bytes of a key are the length and the name of its kind, again.
    let begin = match kind {
        "ssh-ed25519" => "AAAAC3NzaC1lZDI1NTE5",
        "ssh-rsa" => "AAAAB3NzaC1yc2",
        _ => "AAAA",
    };
    if body.len() < 40 || !body.starts_with(begin) || !body.chars().all(good) {
        return Err(format!("what follows `{kind}` is no key of this kind"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_public_one() {
        let check = |text: &str, good: bool| assert_eq!(public_key(text).is_ok(), good, "{text}");
        let body = "AAAAC3NzaC1lZDI1NTE5AAAAIGZha2UgZmFrZSBmYWtlIGZha2UgZmFrZSBmYWs=";
        check(&format!("ssh-ed25519 {body}"), true);
        check(&format!("ssh-ed25519 {body} ada@laptop of hers"), true);
        check(&format!("ssh-rsa {body}"), false);
        check(body, false);
        check("ssh-ed25519", false);
        check(&format!("ssh-ed25519 {body}\nssh-ed25519 {body}"), false);
        let private = public_key("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn").unwrap_err();
        assert!(private.contains("private") && !private.contains("b3Bl"));
    }
}
