//! A plan as a script for bash, for a tool that deploys: the hosts that change, in the order of their
//! waves, and what must hold before it goes on. Nothing here runs it.

use std::collections::BTreeMap;
use std::fmt::Write;

use domi_model::shell_word;

use crate::document::{HealthGate, Plan, WaveOfPlan};

/// A tool that brings a configuration to hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// colmena, which takes several hosts at once.
    Colmena,
    /// deploy-rs.
    DeployRs,
}

impl Tool {
    /// The command that changes the hosts of a step.
    fn command(self, hosts: &[String]) -> String {
        match self {
            Self::Colmena => {
                format!(
                    "colmena apply --parallel {} --on {}",
                    hosts.len(),
                    shell_word(&hosts.join(","))
                )
            }
            Self::DeployRs => {
                let targets =
                    hosts.iter().map(|host| format!(" {}", shell_word(&format!(".#{host}"))));
                format!("deploy --targets{}", targets.collect::<String>())
            }
        }
    }
}

/// What the script begins with: how it waits until a host is healthy.
const HELPERS: &str = r#"# within SECONDS: what is awaited from here on has so long, all together.
within() {
  deadline=$((SECONDS + $1))
}

# await COMMAND…: until the command succeeds. All ends if it does not in time.
await() {
  until "$@"; do
    if ((SECONDS >= deadline)); then
      echo "not in time: $*" >&2
      exit 1
    fi
    sleep 2
  done
}

# is_active HOST UNIT
is_active() {
  ssh -n -o BatchMode=yes -o ConnectTimeout=5 "$1" "systemctl is-active --quiet -- $(printf %q "$2")"
}

# answers HOST PORT
answers() {
  # shellcheck disable=SC2016 # The inner bash expands them.
  timeout 5 bash -c 'exec 3<> "/dev/tcp/$0/$1"' "$1" "$2" 2> /dev/null
}
"#;

/// Writes the script. `targets` has the address or name that ssh takes for each host.
pub fn script(plan: &Plan, tool: Tool, targets: &BTreeMap<String, String>) -> String {
    let mut text = format!(
        "#!/usr/bin/env bash\n\
         # The change from {} to the files of now, wave by wave.\n\
         # Written by `cargo xtask fleet plan --script`. Read it before you run it.\n\
         set -euo pipefail\n",
        plan.from.commit,
    );
    for host in &plan.removed {
        let _ = writeln!(text, "# Nothing is done to {}, which is gone.", host.host);
    }
    let new = plan.replaced.iter().chain(plan.added.iter().map(|it| &it.host));
    for host in new.filter(|host| plan.changing.contains(host)) {
        let _ = writeln!(text, "# {host} is a new machine: NixOS must be installed on it before.");
    }
    let installs = plan.installs.iter().map(|it| it.host.as_str());
    let installs = installs.collect::<Vec<_>>().join(", ");
    if !installs.is_empty() {
        let _ = writeln!(text, "# `fleet plan --script nixos-anywhere` installs {installs}.");
    }
    let one;
    let waves = if plan.waves.is_empty() {
        one = [all_at_once(plan)];
        &one
    } else {
        plan.waves.as_slice()
    };
    let waves: Vec<&WaveOfPlan> = waves.iter().filter(|wave| !wave.steps.is_empty()).collect();
    if waves.iter().any(|wave| wave.health.is_some()) {
        let _ = write!(text, "\n{HELPERS}");
    }
    for (index, wave) in waves.iter().enumerate() {
        write_wave(&mut text, wave, tool, targets);
        if wave.soak > 0 && index + 1 < waves.len() {
            let _ = writeln!(text, "sleep {}", wave.soak);
        }
    }
    if waves.is_empty() {
        text += "\n# No host changes.\n";
    }
    text
}

/// Without waves, a change has no order.
fn all_at_once(plan: &Plan) -> WaveOfPlan {
    let steps = if plan.changing.is_empty() { Vec::new() } else { vec![plan.changing.clone()] };
    WaveOfPlan { name: "all".to_owned(), after: Vec::new(), steps, soak: 0, health: None }
}

fn write_wave(
    text: &mut String,
    wave: &WaveOfPlan,
    tool: Tool,
    targets: &BTreeMap<String, String>,
) {
    let all = wave.steps.len();
    for (index, hosts) in wave.steps.iter().enumerate() {
        let step = if all > 1 { format!(", step {} of {all}", index + 1) } else { String::new() };
        let title = shell_word(&format!("wave {}{step}", wave.name));
        let _ = writeln!(text, "\necho {title}\n{}", tool.command(hosts));
        let Some(health) = &wave.health else { continue };
        let _ = writeln!(text, "within {}", health.within);
        for host in hosts {
            write_health(text, health, targets.get(host).unwrap_or(host));
        }
    }
}

fn write_health(text: &mut String, health: &HealthGate, target: &str) {
    let target = shell_word(target);
    for unit in &health.units {
        let _ = writeln!(text, "await is_active {target} {}", shell_word(unit));
    }
    for port in &health.tcp {
        let _ = writeln!(text, "await answers {target} {port}");
    }
}
