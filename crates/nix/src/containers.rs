//! Which tests mean the same with containers for machines. The NixOS test driver runs these in Nix's sandbox.

use domi_model::{Action, Manifest, Run, Step, Test, TestFile};

/// Bits of a mode by which a program runs as its owner or its group.
const SET_ID: u32 = 0o6000;

/// Why a test has no variant with containers, as far as its feature itself knows: others on the machines may need a
/// kernel of their own.
pub fn no_containers(manifest: &Manifest, test: &Test) -> Option<String> {
    let Some(run) = test.run() else { return Some("it has no machine".to_owned()) };
    if let Some(why) = run.kernel_reason() {
        return Some(why);
    }
    if manifest.may_need_kernel() {
        let what = "an extra.nix, options of NixOS or parameters of the kernel";
        return Some(format!("its feature has {what}, which may need a kernel of its own"));
    }
    if let Some(what) = run.steps.iter().find_map(about_machine) {
        return Some(format!("a container of Nix's sandbox is not for what it does: it {what}"));
    }
    sets_id(run).then(|| {
        "it makes a program that runs with its owner's rights (chmod u+s, setcap), which Nix's sandbox forbids"
            .to_owned()
    })
}

/// What a step does to the machine itself: its power, its cable, its whole system, or what nobody knows.
fn about_machine(step: &Step) -> Option<&'static str> {
    Some(match step.action {
        Action::Crash => "cuts the power",
        Action::Reboot => "starts a machine again",
        Action::CutNetwork
        | Action::DelayNetwork { .. }
        | Action::LosePackets { .. }
        | Action::HealNetwork => "disturbs the network",
        Action::Switch(_) => "gives a machine other settings",
        Action::Python(_) => "runs Python",
        _ => return None,
    })
}

fn sets_id(run: &Run) -> bool {
    let by_mode = |file: &TestFile| u32::from_str_radix(&file.mode, 8).is_ok_and(has_id);
    let of_machines = run.machines.values().flat_map(|machine| &machine.files);
    let by_step = |step: &Step| match &step.action {
        Action::Write(file) => by_mode(file),
        Action::Succeed(command)
        | Action::Fail(command)
        | Action::Eventually(command)
        | Action::Output { command, .. } => is_setting_id(command),
        _ => false,
    };
    of_machines.into_iter().any(by_mode) || run.steps.iter().any(by_step)
}

fn has_id(mode: u32) -> bool {
    mode & SET_ID != 0
}

/// Whether a command may give a file such rights, as far as its words tell.
fn is_setting_id(command: &str) -> bool {
    let is_between = |c: char| c.is_whitespace() || "'\";|&()`".contains(c);
    let mut sets_modes = false;
    command.split(is_between).any(|word| {
        let program = word.rsplit('/').next().unwrap_or_default();
        sets_modes |= ["chmod", "install"].contains(&program);
        let mode = word.trim_start_matches("--mode=").trim_start_matches("-m");
        let is_octal = mode.len() > 3 && mode.bytes().all(|c| (b'0'..=b'7').contains(&c));
        let by_number = is_octal && u32::from_str_radix(mode, 8).is_ok_and(has_id);
        let by_letter = mode.split(',').any(|part| {
            part.split_once(['+', '=']).is_some_and(|(who, what)| {
                who.chars().all(|c| "ugoa".contains(c)) && what.contains('s')
            })
        });
        program == "setcap" || sets_modes && (by_number || by_letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_give_a_file_the_rights_of_its_owner_is_known_by_its_words() {
        for sets in [
            "chmod 4755 /var/lib/id",
            "chmod u+s x",
            "true; chmod -R u=rwxs,g=rx x",
            "sh -c 'chmod 2755 /srv'",
            "/run/current-system/sw/bin/chmod +s x",
            "install -m4755 a b",
            "install --mode=06755 a b",
            "setcap cap_net_raw+ep x",
        ] {
            assert!(is_setting_id(sets), "{sets}");
        }
        for sets_none in [
            "chmod 0755 x",
            "chmod 1777 x",
            "chmod u+x s",
            "install -D -m 0644 /dev/stdin /srv/x",
            "echo 4755",
            "chmod a+rX /srv/files",
            "curl http://a/?b+s",
        ] {
            assert!(!is_setting_id(sets_none), "{sets_none}");
        }
    }
}
