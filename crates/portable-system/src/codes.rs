use domi_model::Code;

/// Nix refuses the settings of a portable machine.
pub(crate) const REFUSED_BY_NIX: Code = Code("D0706");
/// A hand-written module of which nothing would be tested.
pub(crate) const NOTHING_TO_TEST: Code = Code("D0707");
/// systemd finds fault with a unit.
pub(crate) const UNIT_FAULTY: Code = Code("D0712");

/// A NixOS test wants what portable machines have not.
pub(crate) const NOT_FOR_PORTABLE: Code = Code("D0731");
/// The NixOS test driver does not run here.
pub const NO_DRIVER: Code = Code("D0732");

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
    (
        NOT_FOR_PORTABLE,
        "A NixOS test wants what portable machines have not",
        "With `--nixos-test`, each node of a test becomes a Debian machine that has what the node's \
         configuration adds to an empty node. The message names what such a machine cannot have: a \
         system to switch to, a screen, other hardware, a folder that the host shares. Nothing of the \
         test is run. Run it on NixOS itself, or leave that part out.",
    ),
    (
        NO_DRIVER,
        "The NixOS test driver does not run here",
        "The script of a NixOS test is run by the driver of the nixpkgs that the test is from, under \
         the first `python3` on PATH. The message is what Python said. Drivers of 2025 need the \
         Python packages `ptpython`, `colorama` and `junit-xml`; those of 2026 need Python 3.13, and \
         `ipython`, `pydantic` and `remote-pdb` as well:\n\n\
         ```\npython3 -m venv venv && venv/bin/pip install ptpython colorama junit-xml\n\
         PATH=$PWD/venv/bin:$PATH xtask test --nixos-test tests/site.nix\n```\n\n\
         `--driver` names another one.",
    ),
];
