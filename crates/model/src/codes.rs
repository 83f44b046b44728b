//! The codes of this crate's problems.

use crate::Code;

/// A name is not of the form it must have.
pub const BAD_NAME: Code = Code("D0101");
/// A name is given twice.
pub const DUPLICATE: Code = Code("D0102");
/// A type cannot be expressed.
pub const BAD_TYPE: Code = Code("D0103");
/// An expression has no meaning.
pub const BAD_EXPRESSION: Code = Code("D0104");
/// The description of the feature is incomplete.
pub const BAD_METADATA: Code = Code("D0105");
/// A part of the system is not sound.
pub const BAD_SYSTEM: Code = Code("D0106");
/// A test is not sound.
pub const BAD_TEST: Code = Code("D0107");
/// A rename or removal contradicts the options there are.
pub const BAD_RENAME: Code = Code("D0108");
/// A name is one that machines have already.
pub const RESERVED_NAME: Code = Code("D0109");

/// What a feature wants of others contradicts itself.
pub const BAD_NEIGHBOUR: Code = Code("D0114");
/// An option of another feature is not what a feature takes it for.
pub const MISFIT: Code = Code("D0115");
/// Options of features decide on each other in a circle.
pub const CIRCULAR: Code = Code("D0116");

/// A value is not of its option's type.
pub const WRONG_VALUE: Code = Code("D0201");
/// A name is not an option.
pub const UNKNOWN_OPTION: Code = Code("D0202");
/// An option without a default has no value.
pub const MISSING_VALUE: Code = Code("D0203");

/// Each code with its title and what to know of it; a section each in `docs/problems.md`.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        BAD_NAME,
        "A name is not of the form it must have",
        "Features, machines and tests have kebab-case names, options camelCase ones; keys of unit \
         files and kernel parameters are the words that systemd and the kernel know. Names become \
         file names and Nix attribute names, so nothing else is let through.",
    ),
    (
        DUPLICATE,
        "A name is given twice",
        "Two options, or two keys of a unit, have the same name. Rename or remove one of them. \
         `enable` is always there and cannot be declared.",
    ),
    (
        BAD_TYPE,
        "A type cannot be expressed",
        "The type has no exact twin among the NixOS option types: a pattern that Nix and Rust read \
         differently, alternatives that cannot be told apart, bounds that contradict each other. \
         The message says which; `docs/reference/types.md` lists what there is.",
    ),
    (
        BAD_EXPRESSION,
        "An expression has no meaning",
        "An expression refers to something that is not there, or puts together what does not fit: \
         a list where a string is wanted, or a value that may be null where no condition says that \
         it is set. Expressions must have a value for every legal setting.",
    ),
    (
        BAD_METADATA,
        "The description of the feature is incomplete",
        "A feature has a one-line summary, at least one platform, a description for every option, \
         and for every package its names in nixpkgs and in Debian.",
    ),
    (
        BAD_SYSTEM,
        "A part of the system is not sound",
        "A unit, a file mode or a tmpfiles rule is written in a way that systemd would not accept; \
         or a user, group or owner would not be the same on NixOS and on Debian. An option of NixOS is \
         not set where the rest of the manifest says the same for every kind of machine, such as a file \
         under `/etc` or an open port: what is said of NixOS alone is known to nobody else.",
    ),
    (
        BAD_TEST,
        "A test is not sound",
        "A test needs a name of its own, at least one machine, steps that say which machine they \
         mean where there are several, and settings that the options accept (but for a test of \
         refusal, which names what the refusal is about). Names of machines become host names and \
         variables of a Python script; a pattern for output is limited to what Python and Rust read \
         alike. A network is delayed by 1 to 10,000 ms and loses 1 to 100 % of what a machine sends \
         to others.",
    ),
    (
        BAD_RENAME,
        "A rename or removal contradicts the options there are",
        "The old name of a renamed or removed option must be free, and the new name of a renamed \
         one must be an option. The former name of a feature must be that of no feature, and of no \
         other one before.",
    ),
    (
        RESERVED_NAME,
        "A name is one that machines have already",
        "NixOS, systemd or Debian has a unit, user, group, file or kernel parameter of this name. A \
         feature that takes it would replace what the machine needs in one world and be merged or \
         refused in the other. Choose another name; to add to a unit of the system, use \
         `system.drop_in(\"systemd-journald\")` (`\"dropIn\": true` in the manifest), which takes \
         units that both worlds have. A drop-in only adds: a command that must be replaced is a \
         service of its own.",
    ),
    (
        BAD_NEIGHBOUR,
        "What a feature wants of others contradicts itself",
        "A feature requires, wants or excludes others by their names. It cannot name itself, nor one \
         feature twice whatever the settings: what is required is wanted anyway, and what is \
         excluded can be neither. Where settings decide, give each a condition. It neither sets nor \
         reads options of its own as if they were another's.",
    ),
    (
        MISFIT,
        "An option of another feature is not what a feature takes it for",
        "A feature that sets or reads an option of another one declares it, with its type, because \
         neither is built with the other. The option has to be there. What is set must be accepted \
         there, whatever it is, and what is read must be of the declared type, whatever it is there: \
         a port may be read as an integer, and an integer is not set as a port. What may hold a path of \
         the store, such as a package, can be neither set nor read. The message names both features \
         and says what the option is; declare it so.",
    ),
    (
        CIRCULAR,
        "Options of features decide on each other in a circle",
        "What a feature sets of another one follows from its own options, and from those that it reads \
         for that. Where this leads from a feature back to itself, no option would be known first. \
         One of them must not set the other: let it read what it needs. What units, files and the \
         rest of a system are made of may always be read.",
    ),
    (
        WRONG_VALUE,
        "A value is not of its option's type",
        "The value was refused, as NixOS would refuse it. The message says what the option wants; \
         the place is where the option is declared.",
    ),
    (
        UNKNOWN_OPTION,
        "A name is not an option",
        "The feature declares no option of this name at this place. The message names the nearest \
         one, or all there are.",
    ),
    (
        MISSING_VALUE,
        "An option without a default has no value",
        "Give the option a value, or a default in the feature.",
    ),
];
