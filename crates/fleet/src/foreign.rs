//! What a name of another fleet means: looked up in what is known of that.

use crate::{Fleet, Foreign, Kind, Person, Published, Shared, document_of};

/// Where a name may be that of another fleet: files of a kind, and their key.
const ACROSS: [(Kind, &str); 25] = [
    (Kind::Organization, "responsible"),
    (Kind::Organization, "within"),
    (Kind::Person, "responsible"),
    (Kind::Person, "units"),
    (Kind::Group, "members"),
    (Kind::Location, "within"),
    (Kind::Device, "location"),
    (Kind::Equipment, "location"),
    (Kind::Network, "location"),
    (Kind::Host, "location"),
    (Kind::Authorization, "who"),
    (Kind::Authorization, "tests.who"),
    (Kind::User, "of"),
    (Kind::Role, "reach.hosts"),
    (Kind::Role, "reach.networks"),
    (Kind::Repository, "responsible"),
    (Kind::Repository, "unit"),
    (Kind::Application, "source"),
    (Kind::Application, "responsible"),
    (Kind::Application, "unit"),
    (Kind::Application, "needs"),
    (Kind::Account, "holder"),
    (Kind::Account, "unit"),
    (Kind::Equipment, "unit"),
    (Kind::Secret, "responsible"),
];

/// Whether a key of files of a kind takes the name of something of another fleet.
pub(crate) fn may_be_foreign(from: Kind, key: &str) -> bool {
    ACROSS.contains(&(from, key))
}

impl Fleet {
    /// What is known of another fleet: the view that its context is pinned to.
    pub fn known_of(&self, context: &str) -> Option<&Published> {
        let context = self.contexts.get(context)?;
        self.documents.get(&document_of(&context.about))?.published.as_ref()
    }

    /// Something of another fleet, if that is known to have it.
    pub fn foreign(&self, kind: Kind, name: &str) -> Option<&Shared> {
        let Foreign { fleet, name } = Foreign::of(name)?;
        self.known_of(fleet)?.thing(kind, name)
    }

    /// A person or agent: of this fleet, or of another one.
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.people.get(name).or_else(|| self.guests.get(name))
    }
}
