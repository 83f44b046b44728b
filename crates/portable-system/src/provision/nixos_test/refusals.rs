//! What a test for the NixOS test driver may want, and no portable machine has. Pure.

use domi_evaluate::NixosTest;
use domi_model::Problem;

use crate::codes::NOT_FOR_PORTABLE;

/// What to do instead.
const ON_NIXOS: &str = "run this test on NixOS itself, with `nix build` of its derivation";
const WITHOUT: &str = "leave it out of the test, or run the test on NixOS itself";

/// Methods and names of the driver that need what portable machines have not, each with what that is.
const METHODS: [(&str, &str); 21] = [
    ("create_efi_vars", "it needs the variables of EFI"),
    ("create_machine", "it starts a machine of another kind"),
    ("dump_efi_vars", "it needs the variables of EFI"),
    ("dump_tty_contents", "it reads a virtual terminal"),
    ("forward_port", "it needs a network of QEMU's"),
    ("get_screen_text", "it reads the screen"),
    ("get_screen_text_variants", "it reads the screen"),
    ("get_tty_text", "it reads a virtual terminal"),
    ("get_window_names", "it looks at windows"),
    ("read_efi_vars", "it needs the variables of EFI"),
    ("reboot", "it restarts the machine by its keyboard"),
    ("screenshot", "it looks at the screen"),
    ("send_chars", "it types on a keyboard"),
    ("send_key", "it types on a keyboard"),
    ("ssh_backdoor_command", "it needs a socket between the host and the machine"),
    ("switch_root", "it leaves a NixOS's first stage"),
    ("wait_for_text", "it reads the screen"),
    ("wait_for_window", "it looks at windows"),
    ("wait_for_x", "it waits for a graphical session"),
    ("wait_until_tty_matches", "it reads a virtual terminal"),
    ("write_efi_vars", "it needs the variables of EFI"),
];

/// Everything that keeps a test from portable machines beside its nodes' own systems.
pub(super) fn refusals(test: &NixosTest) -> Vec<Problem> {
    let mut out = Vec::new();
    let mut add = |subject: String, message: &str, next: &str| {
        out.push(Problem::error(NOT_FOR_PORTABLE, subject, message).next(next));
    };
    for (node, it) in &test.nodes {
        for name in &it.specialisations {
            let message = "a node of a portable machine is not switched to another system";
            add(format!("nodes.{node}.specialisation.{name}"), message, ON_NIXOS);
        }
        let etc = it.seen.etc.keys().chain(it.seen.changed_etc.keys());
        for file in etc.filter(|file| file.starts_with("systemd/network/")) {
            let message = "a portable machine has its own network, without systemd-networkd";
            add(format!("nodes.{node}: /etc/{file}"), message, ON_NIXOS);
        }
        for option in &it.machine {
            let message = "a portable machine has its own hardware, disk and network";
            add(format!("nodes.{node}.virtualisation.{option}"), message, WITHOUT);
        }
    }
    for name in &test.containers {
        add(format!("containers.{name}"), "only virtual machines are made portable", ON_NIXOS);
    }
    if test.reads_screen {
        add("enableOCR".to_owned(), "a portable machine has no screen", ON_NIXOS);
    }
    for name in &test.python_packages {
        let message = "the driver runs under the python3 of this computer, as it is";
        add(format!("extraPythonPackages: {name}"), message, WITHOUT);
    }
    for argument in &test.driver_arguments {
        let message = "the driver gets no argument of the test";
        add(format!("extraDriverArgs: {argument}"), message, WITHOUT);
    }
    for (method, why) in METHODS.iter().filter(|(method, _)| calls(&test.script, method)) {
        let message = format!("{why}, which a portable machine has not");
        add(format!("testScript: {method}"), &message, WITHOUT);
    }
    let no_folder = "a portable machine has no folder that the host shares";
    for (name, why) in [
        ("allow_reboot", "a portable machine ends when it restarts"),
        ("shared_dir", no_folder),
        ("/tmp/shared", no_folder),
        ("/tmp/xchg", no_folder),
    ] {
        if code(&test.script).any(|line| line.contains(name)) {
            add(format!("testScript: {name}"), why, WITHOUT);
        }
    }
    let switched = test
        .store
        .iter()
        .filter(|(path, stored)| stored.is_system() && test.script.contains(path.as_str()));
    for (_, stored) in switched {
        let message = "the script names a whole system of NixOS, which a portable machine has not: \
                       it is not switched";
        add(format!("testScript: {}", stored.name), message, ON_NIXOS);
    }
    out
}

/// The lines of a script that are no comments.
fn code(script: &str) -> impl Iterator<Item = &str> {
    script.lines().filter(|line| !line.trim_start().starts_with('#'))
}

/// Whether a script calls a method or function of this name, but in a comment.
pub fn calls(script: &str, name: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code(script).any(|line| {
        line.match_indices(name).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + name.len()..]);
            !before.ends_with(is_of_name) && after.trim_start().starts_with('(')
        })
    })
}

#[cfg(test)]
mod tests;
