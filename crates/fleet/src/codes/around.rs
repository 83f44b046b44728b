//! The codes of what is around machines: shells, homes, constants, relationships
//! and gateways.

use domi_model::Code;

/// A text is no name of a package.
pub(crate) const NOT_A_PACKAGE: Code = Code("D2100");
/// A variable of the environment cannot be set so.
pub(crate) const BAD_VARIABLE: Code = Code("D2101");
/// A shell has the name of a feature.
pub(crate) const SHELL_CLASH: Code = Code("D2102");
/// A home is for a host on which its user cannot log in.
pub(crate) const NOT_AT_HOME: Code = Code("D2103");
/// A user has two homes on one host.
pub(crate) const TWO_HOMES: Code = Code("D2104");
/// A file cannot be in a home.
pub(crate) const BAD_HOME_FILE: Code = Code("D2105");
/// The value of a constant is not of its type.
pub(crate) const WRONG_CONSTANT: Code = Code("D2106");
/// A relationship is one of a thing to itself.
pub(crate) const TO_ITSELF: Code = Code("D2109");
/// Relationships lead back to where they begin.
pub(crate) const IN_A_CIRCLE: Code = Code("D2110");
/// A host has two default gateways.
pub(crate) const TWO_GATEWAYS: Code = Code("D2111");
/// A host has none where it says that it has one.
pub(crate) const NO_GATEWAY: Code = Code("D2112");
/// Something refers to what its domain knows nothing of.
pub(crate) const OTHER_DOMAIN: Code = Code("D2113");
/// Two files have the same salt.
pub(crate) const SALT_TWICE: Code = Code("D2114");

/// Each code with its title and what to know of it.
pub const CODES_AROUND: &[(Code, &str, &str)] = &[
    (
        NOT_A_PACKAGE,
        "A text is no name of a package",
        "Packages of shells and homes are those of nixpkgs, by the names of its attributes: `ripgrep`, \
         `python3Packages.httpbin`. Whether there is such a package, Nix alone knows; its error names \
         the file of the fleet.",
    ),
    (
        BAD_VARIABLE,
        "A variable of the environment cannot be set so",
        "Variables of shells and homes have names of capital letters, digits and `_`, and a text of one \
         line. Some are set by whatever starts the shell, such as `PATH` and `HOME`: what a file says of \
         them would have no effect, or take programs away.",
    ),
    (
        SHELL_CLASH,
        "A shell has the name of a feature",
        "Every feature has a shell of its name in the flake, `devShells.<system>.<feature>`, with its \
         software. A shell of the fleet would take its place.",
    ),
    (
        NOT_AT_HOME,
        "A home is for a host on which its user cannot log in",
        "The table `on` of the home means the host, and no authorisation lets the user log in there. \
         Without the table, a home is on all hosts on which its user may log in.",
    ),
    (
        TWO_HOMES,
        "A user has two homes on one host",
        "Two files of `homes` mean one user on one host, so that one would replace the other.",
    ),
    (
        BAD_HOME_FILE,
        "A file cannot be in a home",
        "The keys of `files` are paths within the home, with `/` between their parts: \
         `.config/git/config`. None leads out of it.",
    ),
    (
        WRONG_CONSTANT,
        "The value of a constant is not of its type",
        "A constant that says its `type` has a value of it: a port is a number from 1 to 65535, an address \
         one of IPv4 or IPv6. Whether an option takes the value is looked at where it is used.",
    ),
    (
        TO_ITSELF,
        "A relationship is one of a thing to itself",
        "`from` and `to` of a file of `domain/relationships` name two things.",
    ),
    (
        IN_A_CIRCLE,
        "Relationships lead back to where they begin",
        "Nothing can depend on, own, replace or succeed itself, through others either. Those count that hold \
         on one day, by their `since` and `until`.",
    ),
    (
        TWO_GATEWAYS,
        "A host has two default gateways",
        "Several networks that a network card of the host is in have `gateways` of one version of addresses, \
         and what is in none of its networks goes through one of them. The host's key `gateway` names the \
         network.",
    ),
    (
        NO_GATEWAY,
        "A host has no default gateway where it says that it has one",
        "The key `gateway` of a host names a network that has `gateways`, in which a network card of the host \
         has an address of the same version.",
    ),
    (
        OTHER_DOMAIN,
        "A relationship joins two domains that are kept apart",
        "Machines are there for applications, and applications for the business: so the business names \
         applications and no machine, and a machine names no application. The application between them \
         names both: who answers for it, and on which hosts it runs. `docs/fleet-fields.md` lists which \
         folder is of which domain, and who may refer to whom.",
    ),
    (
        SALT_TWICE,
        "Two files have the same salt",
        "The log has a digest of each file of a person or a user, made with the `salt` in it. When somebody is erased, the \
         salt goes with the file, and the digest says nothing any more. So no two files may have the same salt, \
         as they do where one was copied. `fleet record` writes a new one where there is none.",
    ),
];
