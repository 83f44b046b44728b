//! The codes of this crate's problems.

use domi_model::Code;

/// An option has another name now.
pub const RENAMED: Code = Code("D0204");
/// An option is gone.
pub const REMOVED: Code = Code("D0205");
/// An option is set that only its default may set.
pub const READ_ONLY: Code = Code("D0206");
/// A default depends on itself.
pub const CYCLE: Code = Code("D0207");
/// An assertion of the feature does not hold.
pub const ASSERTION: Code = Code("D0208");
/// The feature warns of these settings.
pub const WARNING: Code = Code("D0209");
/// A `--set` cannot be read.
pub const SET_SYNTAX: Code = Code("D0210");
/// An option is set under its old and its new name.
pub const SET_TWICE: Code = Code("D0211");
/// A name cannot be used where it would stand.
pub const NAME_UNUSABLE: Code = Code("D0212");
/// Two parts of the system have the same name.
pub const TWICE: Code = Code("D0213");
/// A value cannot be written where it would stand.
pub const NOT_WRITABLE: Code = Code("D0214");
/// An expression has no value.
pub const NOT_EVALUATED: Code = Code("D0215");
/// NixOS warns of a unit.
pub const NIXOS_WARNS: Code = Code("D0216");
/// Definitions of an option cannot be merged.
pub const CONFLICT: Code = Code("D0217");
/// Two features have the same thing.
pub const CLASH: Code = Code("D0218");

/// Two features claim what a machine has only once.
pub const CLAIMED: Code = Code("D0220");
/// A feature requires another one that is not enabled.
pub const NOT_THERE: Code = Code("D0221");
/// A feature excludes another one that is enabled.
pub const EXCLUDED: Code = Code("D0222");
/// Features require each other in a circle.
pub const CIRCLE: Code = Code("D0223");
/// A feature wants another one that is not enabled.
pub const WANTED: Code = Code("D0224");
/// Two features set an option of NixOS to different values.
pub const TWO_VALUES: Code = Code("D0228");
/// A running machine cannot be switched from one system to another.
pub const NOT_SWITCHED: Code = Code("D0227");

/// Each code with its title and what to know of it; a section each in `docs/problems.md`.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        RENAMED,
        "An option has another name now",
        "The old name still works, for now. Write the new one, which the message names.",
    ),
    (
        REMOVED,
        "An option is gone",
        "The option has no effect any more and is refused, so that nobody believes it had one. The \
         message is the feature author's reason and says what to do instead.",
    ),
    (
        READ_ONLY,
        "An option is set that only its default may set",
        "The feature tells something through this option; nobody else may set it. Take the setting \
         away.",
    ),
    (
        CYCLE,
        "A default depends on itself",
        "The defaults of these options refer to each other in a circle. Setting one of them breaks \
         the circle; the feature's author should give one of them a default of its own.",
    ),
    (
        ASSERTION,
        "An assertion of the feature does not hold",
        "Each setting is legal alone, but together they are not. The message is the feature \
         author's and says why.",
    ),
    (
        WARNING,
        "The feature warns of these settings",
        "The settings work, but the feature's author wants something to be known about them.",
    ),
    (
        SET_SYNTAX,
        "A `--set` cannot be read",
        "It is written `option=value`: names with dots between them, those with other characters \
         in quotes (`jobs.\"my docs\".schedule=daily`). Options that hold strings take the text as \
         it is, all others JSON.",
    ),
    (
        SET_TWICE,
        "An option is set under its old and its new name",
        "Both names mean the same option. Keep the new one.",
    ),
    (
        NAME_UNUSABLE,
        "A name cannot be used where it would stand",
        "Units, users, groups and files have names of a certain form: a unit's is of letters, \
         digits and `:-_.\\@`, at most 255 bytes with its suffix; a user's begins with a letter or \
         `_` and has at most 31 characters. Names of instances often become part of them.",
    ),
    (
        TWICE,
        "Two parts of the system have the same name",
        "Two units, files, users or keys of a unit have one name, so one of them would be lost. \
         Make the names differ, such as by the instance's own name.",
    ),
    (
        NOT_WRITABLE,
        "A value cannot be written where it would stand",
        "A line of a unit file, of tmpfiles.d or of sysctl.d ends at a line break, so that a value \
         with one in it would become two lines; TOML has no null and INI no lists. Change the \
         value.",
    ),
    (
        NOT_EVALUATED,
        "An expression has no value",
        "The manifest is not sound: an expression in it refers to something that is not there, or \
         puts together what does not fit. The feature's author fixes it; the checks that a plugin \
         runs on its own manifest say where.",
    ),
    (
        NIXOS_WARNS,
        "NixOS warns of a unit",
        "With these settings a unit has something that NixOS warns of, in these words: an order \
         after `network-online.target` without a dependency on it, or a oneshot service that is \
         to be restarted, which systemd refuses. Change the setting that it comes from.",
    ),
    (
        CONFLICT,
        "Definitions of an option cannot be merged",
        "Several modules set the option, with the same priority, and its type cannot merge what \
         they say: only lists, lines and sets can be. Keep one of the definitions, or give one a \
         priority of its own (`lib.mkForce`, `lib.mkDefault`).",
    ),
    (
        CLASH,
        "Two features have the same thing",
        "Two features on one machine have the same kernel parameter, or users or groups with the \
         same number. NixOS refuses that, too. Change the name or number in one of the features, or \
         the setting that it is made from.",
    ),
    (
        CLAIMED,
        "Two features claim what a machine has only once",
        "Two features on one machine listen on one port, own one path, or make a unit, user or group \
         of one name. The message names the options that decide on it. What is claimed follows from \
         units, users, groups, files under `/etc`, rules of tmpfiles.d and folders such as \
         `StateDirectory`; ports and other paths are declared with `system.claims_tcp`, \
         `claims_udp` and `claims_path`. The generated modules refuse the same, as an assertion.",
    ),
    (
        NOT_THERE,
        "A feature requires another one that is not enabled",
        "The feature does not work without the other one on its machine. Enable both. Tests of the \
         feature have what it requires, with as little set as can be.",
    ),
    (
        EXCLUDED,
        "Two features exclude each other",
        "One of the features says that it does not work beside the other one. Keep one of them on \
         the machine.",
    ),
    (
        CIRCLE,
        "Features require each other in a circle",
        "Each of the features is one that the others need, so that none comes first. Let one of them \
         `wants` the other, or make a feature of what both need.",
    ),
    (
        WANTED,
        "A feature wants another one that is not enabled",
        "The feature works without the other one, and does less. Enable the other one on the same \
         machine, or let the warning be.",
    ),
    (
        NOT_SWITCHED,
        "A running machine cannot be switched to these settings",
        "A step of a test switches a machine to settings that change something whose effect on a \
         running machine is not the same on NixOS and on a portable one: a drop-in of a unit that the \
         machine has anyway, settings of systemd itself, the number, home or groups of a user who \
         stays, the number of a group that stays, a user or group without a fixed number that comes \
         after another has gone or that comes back, a file under `/etc` that becomes a folder or the \
         other way round, a unit that a boot starts and that says `RefuseManualStart`, an option that \
         another feature of the machine sets too. Start a machine with these settings in a test of its \
         own.",
    ),
    (
        TWO_VALUES,
        "Two features set an option of NixOS to different values",
        "Two features on one machine set one option of NixOS's own modules to different booleans or numbers, or one of \
         them to null, and both count as much. An attribute set is looked at attribute by attribute. Most options \
         take one such value; of the few that take several, for example the types `boolByOr` and `attrs`, nothing is known \
         here, so that they are refused as well. Texts and lists are left to NixOS, which joins many of them. Let one of the features say `by_default()`, or \
         change the settings that the values follow from.",
    ),
];
