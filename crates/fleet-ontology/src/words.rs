//! The words: what each thing of a fleet is called, and what is meant by it.

use domi_fleet::{Domain, Kind};

/// A word.
#[derive(Debug)]
pub(crate) struct Word {
    /// Its name in the vocabulary.
    pub(crate) name: &'static str,
    /// How people write it.
    pub(crate) label: &'static str,
    /// Where it has this meaning.
    pub(crate) domain: Domain,
    /// What is meant.
    pub(crate) meaning: &'static str,
    /// The kind of file that describes one.
    pub(crate) kind: Option<Kind>,
    /// Whether a fleet has things of this name; the others are words alone.
    pub(crate) is_class: bool,
    /// Classes of other vocabularies that each of them belongs to.
    pub(crate) also: &'static [&'static str],
    /// A more general word of this list.
    pub(crate) broader: &'static str,
}

impl Word {
    const fn class(name: &'static str, label: &'static str, domain: Domain) -> Self {
        let (meaning, kind, also, broader): (_, _, &[&str], _) = ("", None, &[], "");
        Self { name, label, domain, meaning, kind, is_class: true, also, broader }
    }

    const fn concept(name: &'static str, domain: Domain, meaning: &'static str) -> Self {
        Self { is_class: false, ..Self::class(name, name, domain).means(meaning) }
    }

    const fn of(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    const fn means(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }

    const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    const fn within(self, broader: &'static str) -> Self {
        Self { broader, ..self }
    }
}

use Domain::{Application, Business, Nix};

/// All words, those of a domain in the order of the alphabet.
pub(crate) const WORDS: &[Word] = &[
    Word::class("Access", "access", Business)
        .means("That a person or agent may log in to a host as a user, because a policy says so.")
        .within("capability"),
    Word::class("Agent", "agent", Business)
        .of(Kind::Person)
        .means("A program that acts for people. A person answers for it.")
        .also(&["foaf:Agent", "prov:Agent", "prov:SoftwareAgent"])
        .within("entity"),
    Word::class("Command", "command", Business)
        .of(Kind::Command)
        .means("A change of what files say, with a name and parameters. It runs no program.")
        .within("action"),
    Word::class("Constant", "constant", Business)
        .of(Kind::Constant)
        .means("A value that has a name, so that settings that are to be alike take it from one file.")
        .within("entity"),
    Word::class("Context", "other fleet", Business)
        .of(Kind::Context)
        .means("Another fleet, as this one knows it: a view of it, at the version that is pinned.")
        .within("entity"),
    Word::class("Device", "device", Business)
        .of(Kind::Device)
        .means("A thing that can be touched and that a machine can be.")
        .within("resource"),
    Word::class("Equipment", "equipment", Business)
        .of(Kind::Equipment)
        .means("A thing that is no machine: a rack, a power supply, a printer, a cable.")
        .within("resource"),
    Word::class("Event", "event", Business)
        .means("Something that was decided. It is a line of the log, and never changes.")
        .also(&["prov:Activity"]),
    Word::class("Group", "group", Business)
        .of(Kind::Group)
        .means("People and agents who are named together, of whichever units they are.")
        .within("entity"),
    Word::class("Location", "location", Business)
        .of(Kind::Location)
        .means("A place: a site, a building, a room.")
        .also(&["org:Site"])
        .within("entity"),
    Word::class("Membership", "membership", Business)
        .means("That a person or agent belongs to an organisation or unit.")
        .also(&["org:Membership"]),
    Word::class("Organization", "organisation", Business)
        .of(Kind::Organization)
        .means("People who do something together, with somebody who answers for it.")
        .also(&["org:Organization"])
        .within("entity"),
    Word::class("Person", "person", Business)
        .of(Kind::Person)
        .means("Somebody who belongs to an organisation or works with it.")
        .also(&["foaf:Agent", "foaf:Person", "prov:Agent", "prov:Person"])
        .within("entity"),
    Word::class("Question", "question", Business)
        .of(Kind::Query)
        .means("What a fleet keeps to be asked again, in plain English and as a query.")
        .within("projection"),
    Word::class("Reaction", "reaction", Business)
        .of(Kind::Reaction)
        .means("That an event is answered by a command, each event once.")
        .within("action"),
    Word::class("Relationship", "relationship", Business)
        .of(Kind::Relationship)
        .means("What one thing is to another, for some time, where nothing else says it.")
        .within("entity"),
    Word::class("Term", "term", Business)
        .of(Kind::Term)
        .means("A word of the business with its meaning, as a file of the fleet says it.")
        .within("entity"),
    Word::class("Unit", "unit", Business)
        .of(Kind::Organization)
        .means("A part of an organisation, within it or within another unit.")
        .also(&["org:Organization", "org:OrganizationalUnit"])
        .within("Organization"),
    Word::class("View", "view", Business)
        .of(Kind::View)
        .means("What of a fleet others may refer to. It is published with a version and a digest.")
        .within("entity"),
    Word::concept(
        "action",
        Business,
        "What somebody asks for. It can be refused; what comes of it is an event.",
    ),
    Word::concept("capability", Business, "What somebody may do, or what something can do."),
    Word::concept(
        "entity",
        Business,
        "What stays the same thing while what is said of it changes: a file with an id.",
    ),
    Word::concept(
        "resource",
        Business,
        "What is used and can run short or be lost: devices, addresses, numbers of users.",
    ),
    Word::class("Account", "account", Application)
        .of(Kind::Account)
        .means("That somebody of the organisation is known to a service of somebody else.")
        .within("resource"),
    Word::class("Application", "application", Application)
        .of(Kind::Application)
        .means("What an organisation builds, uses or serves: features or packages, where they run.")
        .also(&["noria:Application"])
        .within("entity"),
    Word::class("Opening", "opening", Application)
        .means("That others reach ports of hosts of a role: hosts, roles or networks that it names.")
        .within("capability"),
    Word::class("Repository", "repository", Application)
        .of(Kind::Repository)
        .means("Where source code is kept, and what is built from it.")
        .within("resource"),
    Word::concept("app", Application, "A program of a package, as something that can be run."),
    Word::concept(
        "behavior",
        Application,
        "What a machine does when its configuration is active. Tests of features show it.",
    ),
    Word::concept(
        "component",
        Application,
        "A part that is built and tested alone, and put together with others.",
    ),
    Word::class("Address", "address", Nix)
        .means("An address that a host has in a network.")
        .also(&["noria:NetworkInterface"])
        .within("resource"),
    Word::class("Authentication", "authentication", Nix)
        .of(Kind::Authentication)
        .means("A policy that says how somebody shows who they are.")
        .within("entity"),
    Word::class("Authorization", "authorisation", Nix)
        .of(Kind::Authorization)
        .means("A policy that says who may do what on which hosts.")
        .within("entity"),
    Word::class("Feature", "feature", Nix)
        .means(
            "A crate from which options, a module, tests and docs come. A host that has it runs what \
             it describes.",
        )
        .also(&["noria:Application"])
        .within("component"),
    Word::class("Home", "home", Nix)
        .of(Kind::Home)
        .means("What a user has in their home on hosts: programs, variables and files.")
        .within("entity"),
    Word::class("Host", "host", Nix)
        .of(Kind::Host)
        .means("A machine with a configuration: metal, a virtual machine, a container, a cloud image.")
        .also(&["noria:Resource"])
        .within("entity"),
    Word::class("Network", "network", Nix)
        .of(Kind::Network)
        .means("What machines are connected to, with its ranges of addresses.")
        .also(&["noria:NetworkLink"])
        .within("resource"),
    Word::class("Role", "role", Nix)
        .of(Kind::Role)
        .means("What a machine can be for. It implies no host.")
        .within("entity"),
    Word::class("Secret", "secret", Nix)
        .of(Kind::Secret)
        .means("A file that only some may read, on the hosts that hold it. No value of one is known.")
        .within("resource"),
    Word::class("Shell", "shell", Nix)
        .of(Kind::Shell)
        .means("Programs and variables for some work, which whoever enters it has.")
        .within("entity"),
    Word::class("User", "user", Nix)
        .of(Kind::User)
        .means("What a person or agent is on machines, with a number that is given once.")
        .within("entity"),
    Word::class("Wave", "wave", Nix)
        .of(Kind::Wave)
        .means("Hosts that a change reaches together, and what must hold before the next ones get it.")
        .within("entity"),
    Word::concept(
        "configuration",
        Nix,
        "What all modules of a machine come to together, with everything that it needs.",
    ),
    Word::concept(
        "derivation",
        Nix,
        "How something is built, and of what, said so fully that everybody builds the same.",
    ),
    Word::concept(
        "flake",
        Nix,
        "A folder whose inputs are locked, and whose outputs Nix evaluates.",
    ),
    Word::concept("input", Nix, "Another flake that a flake uses, at the version that is locked."),
    Word::concept(
        "module",
        Nix,
        "Options, and what follows from them for a machine. Modules are put together.",
    ),
    Word::concept("package", Nix, "What is built and can be installed, with all that it needs."),
    Word::concept(
        "projection",
        Nix,
        "What follows from the files of a fleet and can be made again: settings, names, pictures.",
    ),
];

/// The word of this name.
pub(crate) fn word(name: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.name == name)
}
