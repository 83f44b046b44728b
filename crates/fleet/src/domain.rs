//! The three domains: which folder is of which, and who may refer to whom.

use crate::Kind;

/// What something of a fleet is a matter of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// Who people are, what they have and what they agreed on.
    Business,
    /// What is built, used and served.
    Application,
    /// How machines are described and built: packages, modules, configurations.
    Nix,
}

/// What is of the business and may name features all the same: the levels of which all hosts get
/// what they say.
pub const LEVELS: [Kind; 2] = [Kind::Organization, Kind::Location];

impl Domain {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Business, Self::Application, Self::Nix];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Application => "application",
            Self::Nix => "nix",
        }
    }

    /// What people call it, where a sentence begins.
    pub fn title(self) -> &'static str {
        match self {
            Self::Business => "The business",
            Self::Application => "Applications",
            Self::Nix => "Nix",
        }
    }

    /// The domains whose things its own may refer to. Machines are there for applications, and
    /// applications for the business, so that nothing further up names a machine, and no machine names
    /// what it is there for.
    pub fn names(self) -> &'static [Self] {
        match self {
            Self::Business => &[Self::Business, Self::Application],
            Self::Application => &[Self::Business, Self::Application, Self::Nix],
            Self::Nix => &[Self::Business, Self::Nix],
        }
    }
}

impl Kind {
    /// What its files are a matter of. None of what is said about things of whichever domain, such
    /// as words and relationships.
    pub fn domain(self) -> Option<Domain> {
        Some(match self {
            Self::Organization
            | Self::Person
            | Self::Group
            | Self::Location
            | Self::Device
            | Self::Equipment
            | Self::Constant => Domain::Business,
            Self::Application | Self::Repository | Self::Account => Domain::Application,
            Self::Host
            | Self::Role
            | Self::User
            | Self::Home
            | Self::Shell
            | Self::Network
            | Self::Secret
            | Self::Authorization
            | Self::Authentication
            | Self::Wave => Domain::Nix,
            Self::Term
            | Self::Relationship
            | Self::View
            | Self::Context
            | Self::Query
            | Self::Command
            | Self::Reaction => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KINDS, Target};

    /// The domain of what a key names; none where that is of every one.
    fn domain_of(target: Target) -> Option<Domain> {
        match target {
            Target::Thing(kind) => kind.domain(),
            Target::Anything => None,
            Target::Feature | Target::Package => Some(Domain::Nix),
        }
    }

    #[test]
    fn no_key_names_what_the_rule_does_not_let_it_name() {
        let mut names = 0;
        for kind in KINDS {
            let Some(from) = kind.domain() else { continue };
            for (key, target) in kind.names() {
                let at = format!("{}: {key}", kind.folder());
                let to = domain_of(target).unwrap_or_else(|| panic!("{at} names anything"));
                let is_level = LEVELS.contains(&kind) && target == Target::Feature;
                assert!(from.names().contains(&to) || is_level, "{at}: {from:?} names {to:?}");
                names += 1;
            }
        }
        assert!(names > 80, "{names}");
    }
}
