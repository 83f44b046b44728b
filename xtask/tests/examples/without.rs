//! The problems without an example, by the reason why there is none. The list may only become shorter.

/// Each reason with its codes.
pub(crate) const CODES: &[(&str, &str)] = &[
    (
        "a machine or a container has to be made first, from packages of the network",
        "D0712 D0718 D0719 D0731 D0732 D1180",
    ),
    ("a Nix that builds says it", "D0522 D0808"),
    ("a Nix of long ago says it", "D0802 D0803"),
    ("something would be installed on the computer", "D0512"),
    (
        "it depends on the computer's distribution, kernel, limits or disk",
        "D0513 D0530 D0714 D0809",
    ),
    ("the clock of the computer has to be set, or ten thousand files to be there", "D2047 D2064"),
    ("what is wrong is found before it, and has an example", "D0215 D0302 D0303 D1302"),
];
