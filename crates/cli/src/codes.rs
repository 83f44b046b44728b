//! The problems of this crate, and all of them together.

pub(crate) mod examples;
mod growing;
mod of_fleet;

use domi_model::Code;

pub(crate) use growing::{
    CHANGING, NEW_NAME, NEW_PLACE, NO_TEMPLATE, NOT_COMPARED, NOT_PROMOTED, NOT_RELEASED,
    NOT_REMOVED, NOT_RENAMED, NOT_UNDONE, TEMPLATE_CONFLICT, VERSION_TOO_LOW,
};
pub(crate) use of_fleet::{LIKE_A_PROFILE, NO_REVISION, NO_WORK_TREE, NOT_DEPLOYED, NOT_DESCRIBED};

pub(crate) const CONFIG_SYNTAX: Code = Code("D0501");
pub(crate) const CONFIG_VALUE: Code = Code("D0502");
pub(crate) const CONFIG_UNKNOWN: Code = Code("D0503");
pub(crate) const NO_ROOT: Code = Code("D0504");
pub(crate) const DRIFT: Code = Code("D0505");
pub(crate) const NOT_OURS: Code = Code("D0506");
pub(crate) const LACKING: Code = Code("D0510");
pub(crate) const NO_APT: Code = Code("D0511");
pub(crate) const INSTALL_FAILED: Code = Code("D0512");
pub(crate) const NO_RELEASE: Code = Code("D0513");
pub(crate) const NO_RUN: Code = Code("D0514");
pub(crate) const RUN_UNREADABLE: Code = Code("D0515");
pub(crate) const NO_PROFILE: Code = Code("D0520");
pub(crate) const NOT_EVALUATED: Code = Code("D0521");
pub(crate) const NOT_BUILT: Code = Code("D0522");
pub(crate) const NO_NIXPKGS: Code = Code("D0516");
pub(crate) const BAD_SET: Code = Code("D0517");
pub(crate) const QUARANTINE: Code = Code("D0518");
pub(crate) const NOT_RESUMABLE: Code = Code("D0519");
pub(crate) const NO_DURATIONS: Code = Code("D0523");
pub(crate) const NO_JOB: Code = Code("D0524");
pub(crate) const NOT_MERGED: Code = Code("D0525");
pub(crate) const UNUSABLE: Code = Code("D0526");
pub(crate) const NOT_MADE: Code = Code("D0527");
pub(crate) const NO_SUITE: Code = Code("D0528");
pub(crate) const NOT_VERIFIED: Code = Code("D0529");
pub(crate) const NOT_WATCHED: Code = Code("D0530");
pub(crate) const SCRIPT: Code = Code("D0531");
pub(crate) const NO_HEALTH: Code = Code("D0536");
pub(crate) const NO_PORT: Code = Code("D0540");
pub(crate) const NO_FOLDER: Code = Code("D0541");
pub(crate) const NOT_KEPT: Code = Code("D0542");
pub(crate) const NO_SSH: Code = Code("D1180");
pub(crate) const NOT_ON_MACHINE: Code = Code("D0543");
pub(crate) const DESCRIPTION: Code = Code("D0545");
pub(crate) const OLD_MODULE: Code = Code("D0546");
pub(crate) const NO_NIXOS_TEST: Code = Code("D0555");
pub(crate) const NOTHING_TAKEN: Code = Code("D0564");

/// The problems of this crate: code, title, and what it means with how to fix it.
pub(crate) const CODES: &[(Code, &str, &str)] = &[
    (
        CONFIG_SYNTAX,
        "`domi.toml` is not TOML",
        "The file at the workspace root cannot be read; the message shows where. Nothing needs the \
         file to exist.",
    ),
    (
        CONFIG_VALUE,
        "A key in `domi.toml` has a wrong value",
        "The message says which values the key takes. Times are strings such as `\"90s\"` or `\"5m\"`, \
         sizes are strings such as `\"512 MiB\"`.",
    ),
    (
        CONFIG_UNKNOWN,
        "`domi.toml` has an unknown key",
        "The key is ignored. It is misspelt, or a newer version has it.",
    ),
    (
        NO_ROOT,
        "There is no cargo workspace here",
        "Features are crates of a cargo workspace, and commands that are about them work in one and \
         in any folder within. No parent folder has a `Cargo.toml` with a `[workspace]` table. A \
         module that was written by hand needs none: `test --module ./site.nix`.",
    ),
    (
        DRIFT,
        "Generated files are out of date",
        "Files made from the features differ from what the features say now: a crate was changed, \
         or a generated file was edited by hand. `cargo xtask generate` writes them again, and \
         removes those that no feature makes any more; commit the result with the change.",
    ),
    (
        NOT_OURS,
        "A file that was not generated is in the way",
        "`generate` wants to write a file, but one without the header of generated files has that \
         name, or a folder, or a link. It is left alone. Move it elsewhere, or remove it.",
    ),
    (
        NOT_MADE,
        "A file says that it was generated, and is not what `generate` left",
        "It stands among generated files with their header, and no feature makes it: a copy, or a \
         file that was edited after its feature had gone. `generate` removes only what an earlier \
         run wrote and nobody has changed: what it noted in cargo's target folder, or what was \
         committed with an index that names it. This one is left alone. Remove it, or its header \
         if it is yours.",
    ),
    (
        LACKING,
        "This computer lacks programs",
        "Machine tests without Nix need QEMU, mke2fs and apt. The message names what is missing \
         and the one command that installs it; as root without a terminal, or with `--yes`, \
         `cargo xtask setup` runs that command itself.",
    ),
    (
        NO_APT,
        "There is no apt here",
        "The portable guest is made from the packages of a Debian-like distribution, which come \
         through its own apt. On another distribution, run the tests in a Debian container or \
         machine (neither needs to be privileged, or to have KVM), or use a backend that needs \
         Nix.",
    ),
    (
        INSTALL_FAILED,
        "Installing what is missing failed",
        "The package manager did not install what is missing. What it said was printed above the \
         problem. Run the command by hand, and then this one again.",
    ),
    (
        NO_RELEASE,
        "No guest can be made from this distribution",
        "Guests are made from Debian or Ubuntu, by the package sources that the apt of this computer \
         has, and this one runs neither, but at most something like one of them. Name package \
         sources as `guest.sources` in `domi.toml`; or, where its apt has the archives of one of \
         the two as sources, the release as `guest.distribution`, such as `\"debian-trixie\"`.",
    ),
    (
        NO_SUITE,
        "The package sources do not have the release",
        "Guests are made from the release that `guest.distribution` in `domi.toml` names. Where no \
         source of this computer's apt is one of that release, it is looked for beside those that \
         are there: on the same servers, under its own name. It is not there, or there are no \
         sources of its family. Name another release, or package sources that have this one as \
         `guest.sources`.",
    ),
    (
        NOT_VERIFIED,
        "Nothing verifies the release",
        "The package sources have the release, and what they say of it is signed by none of the \
         keys that this computer knows for them, so it is not used. The package \
         `debian-archive-keyring` has the keys of Debian's releases, and an update of it those \
         of newer ones; `ubuntu-keyring` those of Ubuntu. Keys can also be named in a file of \
         sources (`guest.sources` in `domi.toml`), as its `Signed-By`.",
    ),
    (
        NOT_WATCHED,
        "A folder cannot be watched",
        "`cargo xtask watch` asks the kernel to tell of changes, which has a limit for each user: \
         `sysctl fs.inotify.max_user_watches` shows it. The message says which folder was one too \
         many, or why else it cannot be watched.",
    ),
    (
        SCRIPT,
        "A script of a feature is faulty",
        "shellcheck found fault with a script. It was given the script as it would be on a machine, \
         with made-up values, from the file that the message names. A line such as \
         `# shellcheck disable=SC2016` in the script passes over one fault, with a reason beside it.",
    ),
    (
        NO_HEALTH,
        "There is no history of health to compare with",
        "`cargo xtask doctor --gate` compares with what `--record` has written. The file has no row by \
         the rules of this version, or a line that cannot be read: what is passed over could be what \
         was green.",
    ),
    (
        NO_PROFILE,
        "There is no such profile",
        "A profile is a file of `systems/profiles`; what it holds is added to the trunk.",
    ),
    (
        NOT_EVALUATED,
        "A system does not evaluate",
        "NixOS refuses what the trunk, the profile and the features together say. The problem \
         names the option or assertion, and the line of the feature's crate that it comes from \
         where it is one of a feature.",
    ),
    (
        NOT_BUILT,
        "A system cannot be built",
        "It evaluates, but something that it needs does not build. The end of that build's log \
         was printed; `nix log` with the derivation that is named shows all of it.",
    ),
    (
        NO_RUN,
        "There is no such run",
        "Each run has a folder under `target/domi/runs`, of which the last 50 are kept. A run is \
         named by its folder's name or a part of it that no other has, or by a path.",
    ),
    (
        RUN_UNREADABLE,
        "The recording of a run cannot be read",
        "A line of the run's `events.jsonl` is no event of the version that this tool reads. A \
         newer version may have written it, or something else has changed it.",
    ),
    (
        NO_NIXPKGS,
        "No nixpkgs is named",
        "Nix is to evaluate modules, and needs the lib and the NixOS modules of a nixpkgs for it. \
         The workspace has no `flake.lock` that names one. `--nixpkgs` or `DOMI_NIXPKGS` do: a \
         folder, or a flake reference such as `github:NixOS/nixpkgs/nixos-26.05`.",
    ),
    (
        BAD_SET,
        "A setting for a module cannot be read",
        "With `--module`, each `--set` is the path of an option from the top, `=`, and a value: \
         JSON where it is that (`81`, `true`, `[\"a\"]`, `\"81\"`), and a text otherwise. \
         `--settings` of `conformance` is all of them as one JSON object.",
    ),
    (
        DESCRIPTION,
        "The description of a module is wrong",
        "`site.domi.toml` says what the module `site.nix` beside it is tested with: settings, machines \
         and tests; so does a `[[module]]` of `domi.toml`. The message says which key or value cannot be read, or what does not fit. \
         `docs/modules.md` shows such a file, and `docs/reference/module.schema.json` is its JSON \
         Schema, which editors read.",
    ),
    (
        OLD_MODULE,
        "NixOS would test an older module",
        "NixOS and `eval` take the module and the tests that are generated from a feature, and those here \
         are not what the feature says now. `cargo xtask generate` writes them; git must know new files. \
         Portable machines need none of them.",
    ),
    (
        NOTHING_TAKEN,
        "Conformance compared no system of a feature",
        "NixOS refused every one of the generated settings, mostly by an assertion that none of them meets. \
         That Rust refuses the same is no sign that both make the same system. A case begins with the \
         settings of one of the feature's tests where nothing generated can be enabled: write a test \
         that enables it.",
    ),
    (
        NO_NIXOS_TEST,
        "There is no NixOS test there",
        "`--nixos-test` names a Nix file with a test for the NixOS test driver: a module with `nodes` and \
         `testScript`, a function that makes one, what `runNixOSTest` or `make-test-python.nix` gives, or a \
         set of those. A function gets `pkgs`, `lib` and `system`. Where a test wants more, such as the \
         inputs of a flake, name the flake's attribute: `.#checks.x86_64-linux.site`. A message of Nix \
         says what it refuses.",
    ),
    (
        QUARANTINE,
        "An entry of the quarantine is incomplete",
        "Each `[[quarantine]]` of `quarantine.toml` says which jobs it is about, as an expression \
         for `--filter`; the reason why their failures are accepted; and the last day of that. \
         After that day a job of the entry is red, passed or failed.",
    ),
    (
        NOT_RESUMABLE,
        "There is no run to resume",
        "`--resume` resumes the last run of the matrix that was stopped or killed, with the \
         arguments it had. The last one was not stopped, or no matrix has been run here.",
    ),
    (
        NO_DURATIONS,
        "The durations cannot be read",
        "`--durations` wants a file such as `target/domi/runs/durations.json`, which every run \
         adds to. Computers that share a plan must all have the same one, or none.",
    ),
    (
        NO_JOB,
        "There is no such job, option or code",
        "A job is named by words that its feature, test, system and backend have, and no other job \
         has all of them. Runs of the past are looked through as well as the features of today. An \
         option is named by its path or the end of it: `feature-x.port`. A code is as \
         `docs/problems.md` has it.",
    ),
    (
        UNUSABLE,
        "A file, a folder or an option cannot be used",
        "It is not there or is something else than it should be, may not be read or written, or its \
         disk is full; or the option does not fit what else was asked for. The message names it. Where \
         a variable names another one, that is said: `DOMI_CACHE` for the cache of images, layers and \
         verdicts, `CARGO_TARGET_DIR` for what is built and recorded, `TMPDIR` for temporary files. \
         Files that reports are to be written to are tried before anything runs.",
    ),
    (
        NOT_MERGED,
        "Runs cannot be merged",
        "Parts of one plan are merged only where every part is there, each job is in one part, and \
         all computers cut the plan in the same way: from the same commit, with the same durations.",
    ),
    (
        NO_PORT,
        "A port cannot lead into a machine",
        "`--forward` of `vm` takes a port of this computer, which must be free, and one of the machine: \
         `8080:80`. What listens on a port is shown by `ss -tlnp`. Only who may do so listens on ports \
         below 1024.",
    ),
    (
        NO_FOLDER,
        "A folder cannot be copied into a machine",
        "`--copy` of `vm` takes a folder of this computer and an absolute path in the machine: \
         `site:/srv/site`. It may hold files, folders and links, 128 MiB in all.",
    ),
    (
        NOT_KEPT,
        "A machine cannot be kept, resumed or removed",
        "One is kept under a name by `vm --keep`, which resumes it the next time, as it was \
         left: with the features and settings that it was made with. One process at a time can use it. \
         `vm --forget` removes it.",
    ),
    (
        NOT_ON_MACHINE,
        "A setting is not of a feature on the machine",
        "`--set` of `vm` begins with the feature: `--set feature-x.port=9090`. It must be one of those \
         that are named, or that these require.",
    ),
    (
        NO_SSH,
        "There is no way into a machine by ssh",
        "`--ssh` of `vm` makes keys for one session with `ssh-keygen`, which is a part of OpenSSH's client. \
         A machine that is kept has an ssh server only if it was made with `--ssh`.",
    ),
];

/// The problems of every crate, by code.
pub(crate) fn all() -> Vec<(Code, &'static str, &'static str)> {
    let mut all: Vec<_> = [
        domi_model::CODES,
        domi::CODES,
        domi_realise::CODES,
        domi_nix::CODES,
        domi_plugin::CODES,
        domi_affected::CODES,
        domi_fleet::CODES,
        domi_fleet::ACROSS,
        domi_fleet::CODES_AROUND,
        domi_fleet_files::CODES,
        domi_fleet_log::CODES,
        domi_fleet_ontology::CODES,
        domi_github::CODES,
        CODES,
        growing::CODES,
        of_fleet::CODES,
        domi_runner::CODES,
        domi_portable_system::CODES,
        domi_programs::CODES,
        domi_backend_container::CODES,
        domi_nix_command::CODES,
        domi_transplant::CODES,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect();
    all.sort_by_key(|(code, ..)| *code);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_for_one_problem_and_says_how_to_fix_it() {
        let all = all();
        for pair in all.windows(2) {
            assert_ne!(pair[0].0, pair[1].0);
        }
        for (code, title, explanation) in all {
            assert!(code.0.len() == 5 && code.0.starts_with('D'), "{code}");
            assert!(!title.is_empty() && !title.ends_with('.'), "{code}: {title}");
            assert!(explanation.ends_with('.'), "{code}: {explanation}");
        }
    }
}
