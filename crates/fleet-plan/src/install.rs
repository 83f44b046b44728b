//! The first installation of hosts as a script for bash, by nixos-anywhere. Nothing here runs it.

use std::collections::BTreeMap;
use std::fmt::Write;

use domi_model::shell_word;

use crate::document::Plan;

/// How a host is installed. Whether there is a layout is asked of Nix before anything else, since
/// nixos-anywhere may have left the old system behind when it finds that there is none.
const HELPER: &str = r#"# install_host HOST TARGET: asks, then puts NixOS on the machine that answers at TARGET now.
install_host() {
  local layout answer
  layout=$(nix --extra-experimental-features 'nix-command flakes' eval \
    --apply 'build: build ? diskoScript' ".#nixosConfigurations.\"$1\".config.system.build")
  if [[ $layout != true ]]; then
    echo "$1 has no layout of its disks: systems/hardware/$1.nix imports disko and says one" >&2
    exit 1
  fi
  printf 'All that is on the disks of %s, at %s, will be lost. Type its name to install it: ' "$1" "$2" >&2
  read -r answer
  if [[ $answer != "$1" ]]; then
    echo "$1 is left as it is" >&2
    return
  fi
  nixos-anywhere --flake ".#$1" --target-host "$2"
}
"#;

/// Writes the script. `targets` has the address or name that ssh takes for each host.
pub fn first_installation(plan: &Plan, targets: &BTreeMap<String, String>) -> String {
    let mut text = format!(
        "#!/usr/bin/env bash\n\
         # NixOS for the hosts that are set up for the first time since {}.\n\
         # Written by `cargo xtask fleet plan --script`. Read it, write the addresses that the machines\n\
         # have now, and run it in the folder of flake.nix. It erases disks.\n\
         set -euo pipefail\n",
        plan.from.commit,
    );
    if plan.installs.is_empty() {
        return text + "\n# No host is set up for the first time.\n";
    }
    let _ = write!(text, "\n{HELPER}");
    for install in &plan.installs {
        let target = targets.get(&install.host).unwrap_or(&install.host);
        let (host, target) = (shell_word(&install.host), shell_word(&format!("root@{target}")));
        let _ = write!(text, "\n# {}\ninstall_host {host} {target}\n", install.machine);
    }
    text
}
