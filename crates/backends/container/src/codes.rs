use domi_model::Code;

/// A container is asked for, for what is no container's.
pub const NOT_FOR_CONTAINERS: Code = Code("D0713");
/// This computer lacks what containers need.
pub const NONE_HERE: Code = Code("D0714");

/// Every problem that this backend finds: its number, title, and how to fix it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NOT_FOR_CONTAINERS,
        "A container cannot run the test",
        "With `--backend portable-container` or `nixos-native` nothing else runs a test. A container has \
         the architecture of this computer, and the NixOS test driver cannot drive it. For `nixos-native` \
         and `--store real`, the store of Nix must be on this computer. Tests that ask \
         for what a container would not keep are skipped, with the reason; `docs/lanes.md` lists \
         what that is.",
    ),
    (
        NONE_HERE,
        "No containers here",
        "This computer lacks something that containers need. The message says what, and which \
         command brings it. `cargo xtask guest probe` shows everything that was tried, and \
         `--again` tries it again.",
    ),
];
