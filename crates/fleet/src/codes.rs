//! The codes of this crate's problems.

pub(crate) mod across;
mod around;

use domi_model::Code;

pub use around::CODES_AROUND;
pub(crate) use around::{
    BAD_HOME_FILE, BAD_VARIABLE, IN_A_CIRCLE, NO_GATEWAY, NOT_A_PACKAGE, NOT_AT_HOME, OTHER_DOMAIN,
    SALT_TWICE, SHELL_CLASH, TO_ITSELF, TWO_GATEWAYS, TWO_HOMES, WRONG_CONSTANT,
};

/// A file is not TOML.
pub(crate) const SYNTAX: Code = Code("D2001");
/// A file has a key that nobody reads.
pub(crate) const UNKNOWN_KEY: Code = Code("D2002");
/// A key has a value that it does not take.
pub(crate) const WRONG_FIELD: Code = Code("D2003");
/// A file lacks a key.
pub(crate) const MISSING_FIELD: Code = Code("D2004");
/// A folder takes no files of people.
pub(crate) const NOT_MODELLED: Code = Code("D2005");
/// A file has no place in a fleet.
pub const STRANGE_FILE: Code = Code("D2006");
/// Two files have the same name.
pub(crate) const NAME_TWICE: Code = Code("D2007");
/// A name refers to nothing.
pub(crate) const UNKNOWN_REFERENCE: Code = Code("D2008");
/// Something is within itself.
pub(crate) const CYCLE: Code = Code("D2009");
/// An identity is given twice.
pub(crate) const ID_TWICE: Code = Code("D2010");
/// A number of a user is given twice.
pub(crate) const NUMBER_TWICE: Code = Code("D2011");
/// An address is not of its network, or is given twice.
pub(crate) const BAD_ADDRESS: Code = Code("D2012");
/// Two networks overlap.
pub(crate) const OVERLAP: Code = Code("D2013");
/// A device is in two places.
pub(crate) const TWO_PLACES: Code = Code("D2014");
/// Something refers to what is retired.
pub(crate) const RETIRED: Code = Code("D2015");
/// Nobody is responsible.
pub(crate) const NOBODY_RESPONSIBLE: Code = Code("D2016");
/// A host does not say where it belongs.
pub(crate) const NO_ORGANIZATION: Code = Code("D2017");
/// Somebody who needs a key has none.
pub(crate) const NO_KEY: Code = Code("D2018");
/// Somebody who may log in has no user.
pub(crate) const NO_USER: Code = Code("D2019");
/// Two values stand on one level.
pub(crate) const CONFLICT: Code = Code("D2020");
/// A value is replaced without saying so.
pub(crate) const OVERRIDDEN: Code = Code("D2021");
/// What is written has no effect.
pub(crate) const NO_EFFECT: Code = Code("D2022");
/// A feature does not work on the host's system.
pub(crate) const NOT_ON_SYSTEM: Code = Code("D2023");
/// A status does not follow the one before.
pub(crate) const TRANSITION: Code = Code("D2024");
/// A number or an identity became another's.
pub(crate) const NOT_KEPT: Code = Code("D2025");
/// A network card is of no network where the host has an address.
pub(crate) const UNCONNECTED: Code = Code("D2026");
/// A host cannot answer for the names of a network.
pub(crate) const NO_NAME_SERVER: Code = Code("D2027");
/// A test of policies fails.
pub const FAILED_TEST: Code = Code("D2028");
/// A full name that cannot be.
pub(crate) const BAD_NAME: Code = Code("D2029");

/// A host is in no wave.
pub(crate) const IN_NO_WAVE: Code = Code("D2053");
/// A host is in two waves that have no order.
pub(crate) const IN_TWO_WAVES: Code = Code("D2054");
/// A wave could never begin.
pub(crate) const NEVER_MET: Code = Code("D2055");

/// A reaction runs a command on what it is not for.
pub(crate) const NOT_FOR_IT: Code = Code("D2061");
/// Reactions answer each other.
pub(crate) const ROUND: Code = Code("D2062");
/// A secret is written where everybody can read it.
pub(crate) const PLAIN_SECRET: Code = Code("D2070");
/// A host uses a secret that it does not hold.
pub(crate) const NOT_HELD: Code = Code("D2071");
/// A day is over by which something was to be done.
pub(crate) const OVERDUE: Code = Code("D2072");
/// Two secrets are in one file.
pub(crate) const ONE_FILE: Code = Code("D2073");
/// A secret is that of somebody who is not on the host.
pub(crate) const NOT_OF_HOST: Code = Code("D2074");
/// Two files are about one thing.
pub(crate) const TWICE: Code = Code("D2075");
/// An application does not run where its file says.
pub(crate) const NOT_RUN: Code = Code("D2076");
/// Nobody is on call.
pub(crate) const NOBODY_CALLED: Code = Code("D2077");

/// Each code with its title and what to know of it; a section each in `docs/problems.md`.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        SYNTAX,
        "A file of the fleet is not TOML",
        "The message says what is wrong and where. Nothing is said of what else the file holds \
         until it can be read.",
    ),
    (
        UNKNOWN_KEY,
        "A file of the fleet has an unknown key",
        "It would be ignored, and the file would say something that has no effect. It is misspelt, \
         or belongs into another folder; `docs/fleet-fields.md` lists the keys of each.",
    ),
    (WRONG_FIELD, "A key of the fleet has a wrong value", "The message says what the key takes."),
    (
        MISSING_FIELD,
        "A file of the fleet lacks a key",
        "Nearly everything has a default. This has none that would be right for everybody, such as \
         the number of a user, which stays the same on every machine and is never given again.",
    ),
    (
        NOT_MODELLED,
        "A folder of the fleet takes no files",
        "The folder has its place in the tree, but no files of people are read in it. Such a file is \
         refused, so that nobody believes that it has an effect. The message says where it belongs.",
    ),
    (
        STRANGE_FILE,
        "A file has no place in a fleet",
        "The folders of a fleet hold files that end in `.toml`, whose names are lower-case letters, \
         digits and hyphens, 63 characters at most (users: as on a machine, 31 at most). \
         `README.md` and files whose name begins with a dot are left alone. A folder beside those \
         of the fleet whose name is nearly one of theirs is said, too: nothing reads its files.",
    ),
    (
        NAME_TWICE,
        "Two files of the fleet have the same name",
        "The name of a file is the name of what it describes; folders below only bring order. \
         People who log in, roles and so on are referred to by it, so that it must be one.",
    ),
    (
        UNKNOWN_REFERENCE,
        "A name refers to nothing in the fleet",
        "No file of this kind has the name. The message names the nearest one.",
    ),
    (
        CYCLE,
        "Something is within itself",
        "Units, locations, equipment and hosts that run on others make a tree, and no group of people is in \
         itself. The message names the circle; take one of its `within`, `powered_by`, `runs_on` or \
         `groups` away.",
    ),
    (
        ID_TWICE,
        "Two files have the same id",
        "An id stays with what it names when its file is renamed. A copy of a file needs an id of \
         its own: remove the line, or write a new one.",
    ),
    (
        NUMBER_TWICE,
        "Two users have the same number",
        "A machine knows users by their number, so that both would be one. Files belong to a number \
         long after a user is gone: the number of a retired user stays taken.",
    ),
    (
        BAD_ADDRESS,
        "An address does not fit its network",
        "It is outside of the network's range, is the address of the network itself, or another \
         host has it.",
    ),
    (
        OVERLAP,
        "Two networks overlap",
        "An address would be in both. Networks of retired things do not count.",
    ),
    (
        TWO_PLACES,
        "A device is in two places",
        "Two hosts claim it, its host says another location than the device does, two devices \
         have the same hardware address, or equipment that it is in is elsewhere. Say each in one file alone.",
    ),
    (
        RETIRED,
        "Something refers to what is retired",
        "What is retired is gone, and something that is not still needs it. Name another, or retire \
         what refers to it.",
    ),
    (
        NOBODY_RESPONSIBLE,
        "Nobody is responsible",
        "Every unit, agent, secret, repository and application has a person that answers for it: \
         `responsible = \"name\"`. An agent cannot be it, and nobody who is retired.",
    ),
    (
        NO_ORGANIZATION,
        "A host does not say where it belongs",
        "With one organisation, every host is of it. With several, each host says its `unit`, which \
         may be an organisation.",
    ),
    (
        NO_KEY,
        "Somebody who needs a key has none",
        "A policy asks for a key on these hosts, and somebody may log in there whose file has no \
         `keys`.",
    ),
    (
        NO_USER,
        "Somebody who may log in has no user",
        "An authorisation lets a person or an agent log in, and no file of `users` is theirs: its \
         name is that of the person or agent, or its key `of` names them.",
    ),
    (
        CONFLICT,
        "Two different values stand on one level",
        "Of two roles, or of a file and a policy on its level, none is nearer to the host than the \
         other. Say the value on a nearer level, such as in the host's own file under `override`, \
         or say it once. So is it with one that removes what another adds.",
    ),
    (
        OVERRIDDEN,
        "A value is replaced without saying so",
        "A nearer file sets another value than one that is further away. If that is meant, write it \
         under `override`; if the further value is only a default, write that under `defaults`.",
    ),
    (
        NO_EFFECT,
        "What a file of the fleet says has no effect",
        "It removes what nobody has added, sets what belongs to a feature that the host does not \
         have, or selects no host.",
    ),
    (
        NOT_ON_SYSTEM,
        "A feature does not work on the host's system",
        "The feature says on which systems it works, and that of the host is none of them. Take the \
         feature from the host: `without = [\"name\"]`.",
    ),
    (
        TRANSITION,
        "A status does not follow the one before",
        "From planned, something becomes provisioning or active; from there on it may be in \
         maintenance and active again. Whatever is retired stays so. A file may be removed once what \
         it describes is retired.",
    ),
    (
        NOT_KEPT,
        "A number or an id was given to something else",
        "Files and logs know users by their number and everything else by its id. Both stay with \
         what they were given to, and are never given again.",
    ),
    (
        UNCONNECTED,
        "A network card has no address",
        "`interfaces` says which card of a host gets the addresses of a network, and the host has \
         none there.",
    ),
    (
        NO_NAME_SERVER,
        "A host cannot answer for the names of a network",
        "Names are those of a domain, and so is that of the host that answers for them: the network \
         says its `domain`, and the host has an address in a network that says one. The address of the \
         host's own full name must be known, too: some host answers for its domain or one around it.",
    ),
    (
        FAILED_TEST,
        "A test of policies fails",
        "A table `tests` says what somebody may do on a host, and all policies together say something \
         else. Every policy that means the person and the host counts, whichever file the test is in. \
         Of ports, it is what firewalls let in: `[[reach]]` of roles, and what features open to all. \
         Somebody reaches what a host that they may log in to reaches.",
    ),
    (
        BAD_NAME,
        "A host cannot have its full name",
        "The name of the host and the domain of its network make one that is longer than 253 \
         characters, or that is itself a domain that some host answers for.",
    ),
    (
        IN_NO_WAVE,
        "A host is in no wave",
        "Where there are waves, a change goes through them and reaches nothing else. Every host that is \
         not retired is in one of them: a last wave without the table `on` has all that are left.",
    ),
    (
        IN_TWO_WAVES,
        "A host is in two waves that have no order",
        "Of the waves that fit a host, the one before all others has it. Here none is: their `after` does \
         not say which comes first.",
    ),
    (
        NEVER_MET,
        "A wave could never be gone through",
        "`keep` says how many active hosts of a role are left alone at any time. There are no more than \
         that, so that none of them could ever change.",
    ),
    (
        NOT_FOR_IT,
        "A reaction runs a command on what it is not for",
        "A command is for one kind of thing. A reaction carries it out on what its event is about, or on \
         the thing that its key `to` names; that must be of the command's kind, and there. What an event \
         `removed` is about is not there any more, and only hosts are selected by `on`.",
    ),
    (
        ROUND,
        "Reactions answer each other for ever",
        "The command of one makes an event that the next answers, and so on back to the first. Give one of \
         them a `became` that the commands before it do not set, or take one away.",
    ),
    (
        PLAIN_SECRET,
        "An option that takes a secret has something else",
        "What stands in a file of the fleet can be read by everybody who has the files. An option for a \
         secret takes `{ ref = \"name\" }`, which is a secret of `domain/inventory/secrets`, or `{ file = \
         \"/path\" }`, a file that the machine has. The message does not show what stands there.",
    ),
    (
        NOT_HELD,
        "A host uses a secret that it does not hold",
        "A setting of the host refers to a secret, and the table `on` of the secret does not mean the host: \
         the file would not be there. Let the host hold it, or take the setting from the host.",
    ),
    (
        OVERDUE,
        "A day is over by which something was to be done",
        "A secret is used for longer than its `rotate` says, or the last day of an account or a relationship is over. It is a warning, as nothing in the files is \
         wrong; `fleet check` alone asks what day it is.",
    ),
    (
        ONE_FILE,
        "Two secrets are in one file of a host",
        "A host holds both, and their `path` is the same, so that one would replace the other.",
    ),
    (
        NOT_OF_HOST,
        "The owner of a secret is not on the host",
        "The `owner` is a user of the fleet, and may not log in to a host that holds the secret, so that \
         the machine does not know the user. Names that no file of `users` has are those of users that a \
         feature makes, and are not looked up.",
    ),
    (
        TWICE,
        "Two files of the fleet are about one thing",
        "Two repositories have one address or build one thing, two accounts are one login of a provider, two \
         pieces of equipment of a model have one serial number, two terms have one word, or two relationships say the same of one time. Capital letters \
         make no other word. Say it in one file.",
    ),
    (
        NOT_RUN,
        "An application does not run where its file says",
        "The table `on` of the application means the host, and the host does not have one of the \
         application's `features`. Give it the feature, such as by a role, or narrow the table.",
    ),
    (
        NOBODY_CALLED,
        "Nobody is on call",
        "A group of the kind `on-call` has no person in it who is not retired, not through other groups \
         either. Agents do not count: they wake nobody.",
    ),
];
