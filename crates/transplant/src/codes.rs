use domi_model::Code;

/// Something of the store has no place on the machine.
pub const NOT_MAPPED: Code = Code("D1101");
/// The system has what the machine cannot get.
pub const NOT_CARRIED: Code = Code("D1102");

/// The problems of this crate: code, title, and what it means with how to mend it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NOT_MAPPED,
        "A package of Nix has no counterpart on the portable guest",
        "The portable guest takes what Nix evaluated, with Debian's packages in the place of those \
         of nixpkgs. The message names the store path and who refers to it. Say in `domi.toml` \
         which packages of Debian hold the same, and where it is not where it would be by its \
         name, what is where:\n\n\
         ```toml\n[packages.nginx]\ndebian = [\"nginx-light\"]\n\
         paths = { \"bin/nginx\" = \"/usr/sbin/nginx\" }\n```\n\n\
         The next run installs them in the guest.",
    ),
    (
        NOT_CARRIED,
        "The portable guest cannot take a part of the system",
        "Nix evaluated something that only a NixOS makes sense of, such as a security wrapper or \
         an activation script. The message names it. Test this on NixOS itself: \
         `--backend nixos-vm`.",
    ),
];
