//! What can be set.

use domi::prelude::*;

/// Forbids what hardly any program needs of the kernel, what attackers like, and passwords at the SSH server.
///
/// A machine has the usual level once the feature is enabled. The strict one also forbids what some
/// programs need: debuggers of running programs, measuring of programs by users, and another kernel
/// without a restart.
///
/// ```nix
/// domi.security.hardening = {
///   enable = true;
///   kernel = "strict";
///   allowedModules = [ "sctp" ];
///   blockedModules = [ "bluetooth" ];
/// };
/// ```
///
/// | forbidden | usual | strict |
/// | --- | --- | --- |
/// | users read the kernel's log | yes | yes |
/// | anyone reads where the kernel is in memory | yes | yes |
/// | a program looks into another one of the same user that it did not start | yes | even into one that it did start |
/// | users give the kernel programs (BPF) | yes | yes |
/// | links and files of other users in shared folders are followed and written | yes | yes |
/// | a program with more rights leaves its memory in a file when it ends badly | yes | yes |
/// | a network says that other ways are better, or a packet says which way it takes | yes | yes |
/// | keys (`SysRq`) give commands to the kernel | yes | yes |
/// | users measure programs, where the kernel knows how to forbid it | | yes |
/// | root starts another kernel without a restart of the machine | | yes |
/// | users have the kernel load code for terminals | | yes |
/// | programs use `io_uring`, where the kernel knows how to forbid it | | yes |
///
/// **The SSH server**, where the machine has one:
///
/// | forbidden | usual | strict |
/// | --- | --- | --- |
/// | somebody logs in with a password | yes | yes |
/// | root logs in | with a password | at all |
/// | keys of an agent, and windows (X11), are passed on | yes | yes |
/// | ports and sockets are passed on | | yes |
/// | older algorithms: `diffie-hellman-*` and `ecdh-sha2-*` for keys, `*-ctr` for what is sent | | yes |
///
/// Give every user a key before you enable this, and another user than root before you are strict: tools
/// that deploy often log in as root. `ssh = "none"` leaves the server as it is. On NixOS the level becomes
/// settings of `services.openssh`; elsewhere it is a file in `/etc/ssh/sshd_config.d`, which a server reads
/// when it starts. On NixOS nothing reads that file but a server that is told to include it.
///
/// **Changes.** A stricter level is in force at once. What a milder one allows again is allowed once the
/// machine has started again. A module that is loaded already stays until then; and modules that the
/// initial RAM disk loads (`boot.initrd.availableKernelModules`) are not kept from it.
///
/// **What it does not do**: it starts no SSH server.
#[derive(Options)]
pub(crate) struct Hardening {
    /// What the kernel forbids.
    #[option(default = Level::Usual)]
    pub(crate) kernel: Level,

    /// What the SSH server forbids.
    #[option(default = Level::Usual)]
    pub(crate) ssh: Level,

    /// Modules that are never loaded, by what they are for.
    #[option(default = [Rare::Networks, Rare::FileSystems], example = [Rare::Networks])]
    pub(crate) rare_modules: Vec<Rare>,

    /// Modules that may be loaded all the same, with `_` in their names, as `lsmod` has them.
    #[option(default = [], example = ["sctp"], matching = "[A-Za-z0-9_]+")]
    pub(crate) allowed_modules: Vec<String>,

    /// Further modules that are never loaded, with `_` in their names, as `lsmod` has them.
    #[option(default = [], example = ["bluetooth"], matching = "[A-Za-z0-9_]+")]
    pub(crate) blocked_modules: Vec<String>,
}

#[derive(Options)]
pub(crate) enum Level {
    /// Nothing beside what the system itself forbids.
    None,
    /// What hardly any program needs.
    Usual,
    /// What most machines can do without.
    Strict,
}

#[derive(Options)]
pub(crate) enum Rare {
    /// Protocols of networks that are hardly used, such as `dccp` and `sctp`.
    Networks,
    /// File systems that are hardly used, such as `cramfs` and `hfs`.
    FileSystems,
}
