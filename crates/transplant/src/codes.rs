use domi_model::Code;

/// Something in the store has no counterpart on the machine.
pub const NOT_MAPPED: Code = Code("D1101");
/// The system has something that cannot be carried over.
pub const NOT_CARRIED: Code = Code("D1102");

/// The problems of this crate: code, title, and what it means and how to fix it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NOT_MAPPED,
        "A package of Nix has no counterpart on the portable guest",
        "The portable guest takes what Nix evaluated, with Debian's packages instead of those of \
         nixpkgs. The message names the store path and what refers to it. Name in `domi.toml` the \
         packages of Debian that hold the same, and the files that are not under `/usr`:\n\n\
         ```toml\n[packages.nginx]\ndebian = [\"nginx-light\"]\n\
         paths = { \"bin/nginx\" = \"/usr/sbin/nginx\" }\n```\n\n\
         The next run installs them in the guest.",
    ),
    (
        NOT_CARRIED,
        "The portable guest cannot take a part of the system",
        "Nix evaluated something that only makes sense on NixOS, such as a security wrapper or \
         an activation script. The message names it. Test this on NixOS itself: `--backend \
         nixos-vm`.",
    ),
];
