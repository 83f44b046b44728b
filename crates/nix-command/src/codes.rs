use domi_model::Code;

/// There is no nix.
pub const NO_NIX: Code = Code("D0801");
/// The nix that is there is too old for what is asked of it.
pub const TOO_OLD: Code = Code("D0802");
/// Flakes are switched off, and cannot be switched on from here.
pub const FLAKES_OFF: Code = Code("D0803");
/// What is asked for needs KVM.
pub const NO_KVM: Code = Code("D0804");
/// Nothing here, and no configured builder, builds for the system.
pub const NO_BUILDER: Code = Code("D0805");
/// Nix wants something from the network, and cannot get it.
pub const OFFLINE: Code = Code("D0806");

/// The workspace has no flake.
pub const NO_FLAKE: Code = Code("D0807");
/// A remote builder does not answer.
pub const BUILDER_DEAD: Code = Code("D0808");
/// Nix cannot write where it has to.
pub const NO_ROOM: Code = Code("D0809");

/// No binary cache is named.
pub const NO_CACHE: Code = Code("D0810");
/// The binary cache does not answer.
pub const CACHE_DEAD: Code = Code("D0811");
/// The binary cache holds what cannot be used.
pub const CACHE_DAMAGED: Code = Code("D0812");
/// The program that a binary cache is used with is not there.
pub const NO_CLIENT: Code = Code("D0813");
/// Something was not copied to the binary cache.
pub const NOT_COPIED: Code = Code("D0814");
/// The flake has no checks to ask a cache about.
pub const NO_CHECKS: Code = Code("D0815");

/// The problems of this crate: code, title, and what it means and how to fix it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NO_NIX,
        "There is no `nix` here",
        "This needs the real Nix. It is searched on PATH; the environment variable `DOMI_NIX` \
         names another one. Any installation works: the one of nixos.org, another distribution \
         of Nix, or the package `nix-bin` of Debian 13 or Ubuntu 25.10 and newer. The portable \
         backend needs no Nix.",
    ),
    (
        TOO_OLD,
        "The `nix` here is too old",
        "The message says what needs which version. The `lib` of nixpkgs refuses a Nix older \
         than 2.18. Install a newer one, and name it with `DOMI_NIX` if it is not the first on \
         PATH.",
    ),
    (
        FLAKES_OFF,
        "Flakes are switched off here",
        "Every call of `nix` enables the features `nix-command` and `flakes`, so usually nothing \
         needs to be configured; but this Nix does not allow it. Add \
         `extra-experimental-features = nix-command flakes` to `/etc/nix/nix.conf`, or use a Nix \
         of your own.",
    ),
    (
        NO_KVM,
        "There is no KVM here",
        "NixOS tests start machines during a build, and Nix only runs such builds on computers \
         that have the system feature `kvm`: `/dev/kvm` must exist, work, and be open to the \
         build users. `--allow-tcg` emulates the machines instead, which is many times slower; \
         `--builders` names a remote builder that has KVM. The portable backend does not need \
         KVM.",
    ),
    (
        NO_BUILDER,
        "Nothing builds for that system here",
        "This computer has another system and does not emulate that one, and no remote builder \
         that Nix knows has it. Name one with `--builders 'ssh://host aarch64-linux'` or in \
         `/etc/nix/machines`, or let this computer emulate it: `boot.binfmt.emulatedSystems` on \
         NixOS, otherwise `qemu-user-static` with `extra-platforms` in `nix.conf`.",
    ),
    (
        OFFLINE,
        "Nix cannot get what it needs from the network",
        "An input of the flake or a package is not in the store yet, and the place that has it \
         cannot be reached; the message names it. Fix the network connection, or take the input \
         from somewhere else: `--nixpkgs` and `DOMI_NIXPKGS` accept a folder or any flake \
         reference.",
    ),
    (
        NO_FLAKE,
        "There is no `flake.nix` here",
        "Backends that use Nix take the tests of features from the `checks` of the workspace's \
         flake, but there is no `flake.nix` beside the workspace's `Cargo.toml`. The template \
         `default` of domi-nix's own flake has a small one. The portable backend needs no flake.",
    ),
    (
        BUILDER_DEAD,
        "A remote builder does not answer",
        "Nix had to build on another computer and could not reach it, and no other builder takes \
         the build. The message holds what `ssh` said. If builds go through a daemon, root \
         connects: with root's key and root's `known_hosts`. Nobody can answer a question of \
         `ssh` then, so the key must have no passphrase and the host must be known. \
         `docs/remote-builders.md` shows a setup that works.",
    ),
    (
        NO_ROOM,
        "Nix cannot write",
        "A disk that Nix writes to is full, or takes nothing; the message is Nix's own, which seldom \
         names the place. It is one of three: the store (`nix store gc` makes room there), the folder \
         of builds, which `TMPDIR` names, and that of its caches, which `XDG_CACHE_HOME` names.",
    ),
    (
        NO_CACHE,
        "No binary cache is named",
        "`domi.toml` has no `url` in its table `[cache]`. Any store that Nix can copy to works, \
         such as `\"file:///srv/cache\"`, `\"https://cache.example.org\"` or `\"s3://bucket\"`; \
         `\"cachix:NAME\"` and `\"attic:SERVER/CACHE\"` name caches of these services.",
    ),
    (
        CACHE_DEAD,
        "The binary cache does not answer",
        "The message says what was tried, and what happened. A missing folder is not treated as \
         an empty cache, because its disk may not be mounted. `--timeout` sets how long the \
         cache may take. A cache that needs a password gets it from the file named by Nix's \
         setting `netrc-file`; one on S3 from the usual files and variables of AWS.",
    ),
    (
        CACHE_DAMAGED,
        "The binary cache has damaged entries",
        "The entry of a path cannot be read, or its content is not what the entry says. Nix \
         refuses such paths when it downloads them. Remove them from the cache (in a folder, the \
         named file), find out how they were damaged, and push again.",
    ),
    (
        NO_CLIENT,
        "The client of the binary cache is missing",
        "Pushing to Cachix needs the program `cachix`, and pushing to Attic needs `attic`. They \
         know their tokens themselves: `CACHIX_AUTH_TOKEN` or `cachix authtoken`, and `attic \
         login`. The program is not on PATH.",
    ),
    (
        NOT_COPIED,
        "Something was not copied to the binary cache",
        "The message holds the output of Nix, or of the cache's client. What was copied before \
         is complete and stays; the same command copies the rest.",
    ),
    (
        NO_CHECKS,
        "The flake has no checks for the system",
        "By default the command looks for the outputs of the flake's `checks`, and there are \
         none for this system. Name another system with `--system`, or name what you mean: \
         `.#hello`.",
    ),
];
