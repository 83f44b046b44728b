//! The tree of a fleet: which folder holds what.

/// What a file describes. The folder that it is in says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An organisation or a unit of one.
    Organization,
    /// A person or an agent.
    Person,
    /// A place.
    Location,
    /// A thing that can be a machine.
    Device,
    /// A network that machines are connected to.
    Network,
    /// Who may do what where.
    Authorization,
    /// How it is shown who somebody is.
    Authentication,
    /// A machine.
    Host,
    /// What a machine can be for.
    Role,
    /// A user on machines.
    User,
    /// Hosts that a change reaches together.
    Wave,
    /// A change that has a name.
    Command,
    /// What an event is answered with.
    Reaction,
    /// A secret that machines hold.
    Secret,
    /// A repository of source code.
    Repository,
    /// What an organisation builds, uses or serves.
    Application,
    /// An account with a service of somebody else.
    Account,
    /// A thing that is no machine.
    Equipment,
    /// A group of people.
    Group,
    /// A word of the business.
    Term,
    /// What of this fleet others may refer to.
    View,
    /// Another fleet that this one refers to.
    Context,
    /// A shell for work.
    Shell,
    /// The home of a user on hosts.
    Home,
    /// A value that has a name.
    Constant,
    /// A question about the fleet that is kept.
    Query,
    /// What one thing is to another.
    Relationship,
}

/// All kinds, in the order of the documentation.
pub const KINDS: [Kind; 27] = [
    Kind::Organization,
    Kind::Person,
    Kind::Location,
    Kind::Device,
    Kind::Network,
    Kind::Authorization,
    Kind::Authentication,
    Kind::Host,
    Kind::Role,
    Kind::User,
    Kind::Wave,
    Kind::Command,
    Kind::Reaction,
    Kind::Secret,
    Kind::Repository,
    Kind::Application,
    Kind::Account,
    Kind::Equipment,
    Kind::Group,
    Kind::Term,
    Kind::View,
    Kind::Context,
    Kind::Shell,
    Kind::Home,
    Kind::Constant,
    Kind::Query,
    Kind::Relationship,
];

/// Folders that have their place in the tree and take no files of people.
const WITHOUT_FILES: [&str; 3] = ["domain/procedures", "domain/events", "networks"];

/// The log of what was decided, from the fleet's root: no file that people write.
pub const LOG: &str = "domain/events/log.jsonl";

/// Who signed the log, and up to where: beside it, and no file that people write either.
pub const HEAD: &str = "domain/events/head.txt";

impl Kind {
    /// Its folder, from the fleet's root.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Organization => "domain/organizations",
            Self::Person => "domain/people",
            Self::Location => "domain/locations",
            Self::Device => "domain/inventory/devices",
            Self::Network => "domain/networks/equipment",
            Self::Authorization => "domain/policies/authorization",
            Self::Authentication => "domain/policies/authentication",
            Self::Host => "hosts",
            Self::Role => "nodes",
            Self::User => "users",
            Self::Wave => "domain/procedures/waves",
            Self::Command => "domain/procedures/commands",
            Self::Reaction => "domain/procedures/reactions",
            Self::Secret => "domain/inventory/secrets",
            Self::Repository => "domain/inventory/sourcecode",
            Self::Application => "environments",
            Self::Account => "domain/inventory/accounts",
            Self::Equipment => "domain/inventory/equipment",
            Self::Group => "domain/networks/people",
            Self::Term => "domain/names",
            Self::View => "domain/views",
            Self::Context => "domain/contexts",
            Self::Shell => "shells",
            Self::Home => "homes",
            Self::Constant => "domain/procedures/constants",
            Self::Query => "domain/procedures/queries",
            Self::Relationship => "domain/relationships",
        }
    }

    /// One of it, in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Organization => "organisation or unit",
            Self::Person => "person or agent",
            Self::Location => "location",
            Self::Device => "device",
            Self::Network => "network",
            Self::Authorization => "authorisation",
            Self::Authentication => "authentication",
            Self::Host => "host",
            Self::Role => "role",
            Self::User => "user",
            Self::Wave => "wave",
            Self::Command => "command",
            Self::Reaction => "reaction",
            Self::Secret => "secret",
            Self::Repository => "repository",
            Self::Application => "application",
            Self::Account => "account",
            Self::Equipment => "piece of equipment",
            Self::Group => "group of people",
            Self::Term => "term",
            Self::View => "view",
            Self::Context => "context",
            Self::Shell => "shell",
            Self::Home => "home",
            Self::Constant => "constant",
            Self::Query => "question",
            Self::Relationship => "relationship",
        }
    }

    /// One of it, in a word that never changes: logs have it, and names of files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Organization => "organisation",
            Self::Person => "person",
            Self::Location => "location",
            Self::Device => "device",
            Self::Network => "network",
            Self::Authorization => "authorisation",
            Self::Authentication => "authentication",
            Self::Host => "host",
            Self::Role => "role",
            Self::User => "user",
            Self::Wave => "wave",
            Self::Command => "command",
            Self::Reaction => "reaction",
            Self::Secret => "secret",
            Self::Repository => "repository",
            Self::Application => "application",
            Self::Account => "account",
            Self::Equipment => "equipment",
            Self::Group => "group",
            Self::Term => "term",
            Self::View => "view",
            Self::Context => "context",
            Self::Shell => "shell",
            Self::Home => "home",
            Self::Constant => "constant",
            Self::Query => "question",
            Self::Relationship => "relationship",
        }
    }

    /// That of a word.
    pub fn of(word: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.word() == word)
    }
}

/// What a path within a fleet's root is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// It belongs to files of this kind.
    Of(Kind),
    /// Something between the root and the folders of kinds: `domain`, `domain/inventory`.
    Between,
    /// It is the log of what was decided, or who signed that.
    Log,
    /// It is within a folder that has its place, and takes no files of people.
    WithoutFiles(&'static str),
    /// It is within a folder of the fleet, and no part of the tree.
    Unknown,
    /// It is no part of the fleet.
    Outside,
}

/// What a path is, with `/` between its parts and from the fleet's root.
pub fn folder_of(path: &str) -> Folder {
    if path == LOG || path == HEAD {
        return Folder::Log;
    }
    let is_in = |folder: &str| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if let Some(kind) = KINDS.into_iter().find(|kind| is_in(kind.folder())) {
        return Folder::Of(kind);
    }
    if let Some(folder) = WITHOUT_FILES.into_iter().find(|folder| is_in(folder)) {
        return Folder::WithoutFiles(folder);
    }
    let mut all = KINDS.iter().map(|kind| kind.folder()).chain(WITHOUT_FILES);
    if all.any(|folder| folder.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))) {
        return Folder::Between;
    }
    if is_in("domain") { Folder::Unknown } else { Folder::Outside }
}

/// What to do next about a folder that is no part of the tree: the nearest one that is.
pub(crate) fn nearest(path: &str) -> String {
    let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
    let all = KINDS.iter().map(|kind| kind.folder()).chain(WITHOUT_FILES);
    crate::spelling::instead(folder, all, "folder")
}

/// Whether a file of this name says nothing of a fleet and may be in every folder.
pub fn is_left_alone(name: &str) -> bool {
    name.starts_with('.') || name == "README.md"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_a_kind_or_is_refused_or_is_no_part_of_the_fleet() {
        let check = |path: &str, expected: Folder| assert_eq!(folder_of(path), expected, "{path}");
        check("hosts/a.toml", Folder::Of(Kind::Host));
        check("hosts/site/a.toml", Folder::Of(Kind::Host));
        check("domain/policies/authorization/x.toml", Folder::Of(Kind::Authorization));
        check("domain/inventory", Folder::Between);
        check("domain/inventory/devices", Folder::Of(Kind::Device));
        check("domain/inventory/x.toml", Folder::Unknown);
        check("domain/events/x.toml", Folder::WithoutFiles("domain/events"));
        check("domain/events/log.jsonl", Folder::Log);
        check("domain/events/head.txt", Folder::Log);
        check("domain/procedures/x.toml", Folder::WithoutFiles("domain/procedures"));
        check("domain/procedures/waves/x.toml", Folder::Of(Kind::Wave));
        check("domain/procedures/wavesx/x.toml", Folder::WithoutFiles("domain/procedures"));
        check("domain/inventory/secrets/x.toml", Folder::Of(Kind::Secret));
        check("networks/x.toml", Folder::WithoutFiles("networks"));
        check("domain/eventz/x.toml", Folder::Unknown);
        check("crates/x.toml", Folder::Outside);
        check("hostsx/a.toml", Folder::Outside);
    }

    #[test]
    fn words_of_kinds_stay_as_logs_have_them() {
        let words = [
            "organisation",
            "person",
            "location",
            "device",
            "network",
            "authorisation",
            "authentication",
            "host",
            "role",
            "user",
            "wave",
            "command",
            "reaction",
            "secret",
            "repository",
            "application",
            "account",
            "equipment",
            "group",
            "term",
            "view",
            "context",
            "shell",
            "home",
            "constant",
            "question",
            "relationship",
        ];
        assert_eq!(KINDS.map(Kind::word), words);
    }
}
