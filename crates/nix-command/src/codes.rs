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

/// The problems of this crate: code, title, and what it means with how to mend it.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        NO_NIX,
        "There is no `nix` here",
        "What was asked for needs the real Nix. It is looked for on PATH; the environment variable \
         `DOMI_NIX` names it elsewhere. Any installation will do: the one of nixos.org, another \
         distribution of Nix, or the package `nix-bin` of Debian 13 or Ubuntu 25.10 and newer. The \
         portable backend needs none.",
    ),
    (
        TOO_OLD,
        "The `nix` that is here is too old",
        "The message says what needs which version. The `lib` of nixpkgs refuses to be evaluated by \
         a Nix older than 2.18. Install a newer one, and name it with `DOMI_NIX` if it is not the \
         first on PATH.",
    ),
    (
        FLAKES_OFF,
        "Flakes are switched off here",
        "Every call of `nix` asks for the features `nix-command` and `flakes`, so nothing needs to \
         be configured; but this Nix does not grant them. Have `extra-experimental-features = \
         nix-command flakes` put into `/etc/nix/nix.conf`, or use a Nix of your own.",
    ),
    (
        NO_KVM,
        "There is no KVM here",
        "NixOS tests start machines within a build, and Nix leaves such builds to computers that \
         have the system feature `kvm`: `/dev/kvm` must be there, work, and be open to the build \
         users. With `--allow-tcg` the machines are emulated, which is many times slower; a remote \
         builder that has KVM (`--builders`) is the other way. The portable backend needs none.",
    ),
    (
        NO_BUILDER,
        "Nothing builds for that system here",
        "This computer is of another system, emulates it not, and no remote builder that Nix knows \
         of is of it. Name one with `--builders 'ssh://host aarch64-linux'` or in \
         `/etc/nix/machines`, or let this computer emulate it: `boot.binfmt.emulatedSystems` on \
         NixOS, otherwise `qemu-user-static` with `extra-platforms` in `nix.conf`.",
    ),
    (
        OFFLINE,
        "Nix cannot get what it needs from the network",
        "An input of the flake or a package is not in the store yet, and the place that has it cannot \
         be reached; the message names it. Mend the connection, or give the input from somewhere \
         else: `--nixpkgs` and `DOMI_NIXPKGS` take a folder or any flake reference.",
    ),
    (
        NO_FLAKE,
        "There is no `flake.nix` here",
        "Backends that use Nix take the tests of features from the flake of the workspace, as its \
         `checks`. The folder that has the workspace's `Cargo.toml` has no `flake.nix`; the \
         template `default` of domi-nix's own flake shows a small one. The portable backend needs \
         none.",
    ),
    (
        BUILDER_DEAD,
        "A remote builder does not answer",
        "Nix was to build on another computer, could not reach it, and nobody else takes the build. \
         The message holds what `ssh` said. Where builds go through a daemon, it is root that \
         connects: root's key, root's `known_hosts`. Nobody can answer a question of `ssh` then, so \
         the key has no passphrase and the host is known before. `docs/remote-builders.md` shows a \
         setup that works.",
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
        "`domi.toml` has no `url` in its table `[cache]`. Any store that Nix can copy to will do, \
         such as `\"file:///srv/cache\"`, `\"https://cache.example.org\"` or `\"s3://bucket\"`; \
         `\"cachix:NAME\"` and `\"attic:SERVER/CACHE\"` name caches of these services.",
    ),
    (
        CACHE_DEAD,
        "The binary cache does not answer",
        "The message says what was tried, and what came of it. A folder that is not there is not \
         taken for an empty cache: its disk may not be mounted. How long the cache may take is set \
         with `--timeout`. A cache that wants a password gets it from the file that Nix's setting \
         `netrc-file` names, one of S3 from the usual files and variables of AWS.",
    ),
    (
        CACHE_DAMAGED,
        "The binary cache holds what cannot be used",
        "What the cache says of a path cannot be read, or what it has is not what it says. Nix \
         refuses such paths when it downloads them. Have them removed from the cache (of a folder, \
         the file that is named), find out how they came there, and push again.",
    ),
    (
        NO_CLIENT,
        "The client of the binary cache is not there",
        "Cachix is pushed to with `cachix`, and Attic with `attic`, which know their tokens \
         themselves: `CACHIX_AUTH_TOKEN` or `cachix authtoken`, and `attic login`. Neither was found \
         on PATH where it was needed.",
    ),
    (
        NOT_COPIED,
        "Something was not copied to the binary cache",
        "The message holds what Nix, or the client of the cache, said. What was copied before is \
         whole and stays, and the same command copies the rest.",
    ),
    (
        NO_CHECKS,
        "The flake has no checks for the system",
        "The cache is asked for what the `checks` of the workspace's flake come to, system by \
         system. Name another system with `--system`, or what is meant: `.#hello`.",
    ),
];
