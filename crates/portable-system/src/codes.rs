use domi_model::Code;

/// Nix refuses the settings of a portable machine.
pub(crate) const REFUSED_BY_NIX: Code = Code("D0706");
/// A hand-written module of which nothing would be tested.
pub(crate) const NOTHING_TO_TEST: Code = Code("D0707");
/// systemd finds fault with a unit.
pub(crate) const UNIT_FAULTY: Code = Code("D0712");

/// Every problem that portable machines find: its number, title, and how to fix it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        REFUSED_BY_NIX,
        "Nix refuses the settings",
        "With `--realiser nix` the systems of portable machines are what Nix evaluates. The message \
         is Nix's own: an assertion that fails, a value of the wrong type, an option that is not \
         there.",
    ),
    (
        NOTHING_TO_TEST,
        "Nothing of the module would be tested",
        "Of a hand-written module it is tested whether the units that it has started at boot come \
         up and stay. With these settings it has none. Most modules do nothing until an option \
         `enable` is set; `--check` adds a command that must succeed.",
    ),
    (
        UNIT_FAULTY,
        "systemd finds fault with a unit",
        "`cargo xtask guest units` has systemd itself read the units that a feature comes to with \
         the settings of its tests. The message is systemd's: a key that it does not know in that \
         section, a value that it cannot read, a program that is not there, a timer that never \
         elapses. systemd starts most of such units all the same, without what it could not read.",
    ),
];
