//! The steps of a test as a script for the NixOS test driver.

use std::collections::BTreeMap;

use domi_model::output::trimmed;
use domi_model::{Action, Expectation, Run, Step, Switch, TestFile};

use crate::ast::{Nix, Part};
use crate::cable::Cable;
use crate::python::{call, call_with, literal, shell_word, variable};
use crate::specialisation;

/// The script with which the NixOS test driver takes the steps of a run: its `testScript`.
pub fn script(run: &Run) -> String {
    let parts = parts(run, &BTreeMap::new()).into_iter();
    let texts = parts.filter_map(|part| match part {
        Part::Text(text) => Some(text),
        Part::Interpolation(_) => None,
    });
    texts.collect()
}

/// The function of [`writes`], where a script uses it.
pub(crate) const WRITES: &str = "writes";

/// The script as a string of Nix, which takes the texts of files that are bound to names from there.
pub(crate) fn parts(run: &Run, bound: &BTreeMap<&str, String>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut script = String::new();
    if run.steps.iter().any(uses_patterns) {
        script.push_str("import re\n\n");
    }
    script.push_str("start_all()\n");
    let mut cables = BTreeMap::<String, Cable>::new();
    for step in &run.steps {
        let machine = machine(run, step);
        if let Action::Write(file) = &step.action
            && let Some(text) = bound.get(&*file.content)
        {
            script += &format!("{machine}.succeed(");
            parts.push(Part::Text(std::mem::take(&mut script)));
            let words = [shell_word(&file.mode), shell_word(&file.path)].map(Nix::str);
            let words = words.into_iter().chain([Nix::ident(text)]);
            parts.push(Part::Interpolation(words.fold(Nix::ident(WRITES), Nix::call)));
            script.push_str(")\n");
            continue;
        }
        if let Action::Switch(switch) = &step.action {
            let name = run.machine_of(step).unwrap_or_default();
            script += &call(&format!("{machine}.succeed"), &switch_command(run, name, switch));
            script.push('\n');
            continue;
        }
        let cable = cables.entry(machine.clone()).or_default();
        for line in statements(&machine, cable, step) {
            script.push_str(&line);
            script.push('\n');
        }
    }
    parts.push(Part::Text(script));
    parts
}

/// From the mode, the path and the text of a file: the command that [`write`] is, as a string of
/// Python, which reads what JSON writes.
pub(crate) fn writes() -> Nix {
    let text = |text: &str| Part::Text(text.to_owned());
    let quoted = Nix::lib_call("escapeShellArg", [Nix::ident("text")]);
    let command = Nix::Str(vec![
        text("printf %s "),
        Part::Interpolation(quoted),
        text(" | install -D -m "),
        Part::Interpolation(Nix::ident("mode")),
        text(" /dev/stdin "),
        Part::Interpolation(Nix::ident("path")),
    ]);
    let json = Nix::ident("builtins").dot("toJSON").call(command);
    Nix::lambda("mode", Nix::lambda2("path", "text", json))
}

fn uses_patterns(step: &Step) -> bool {
    matches!(step.action, Action::Output { expect: Expectation::Matches(_), .. })
}

/// The step's machine; the only one there is may be left out.
fn machine(run: &Run, step: &Step) -> String {
    variable(run.machine_of(step).unwrap_or("machine"))
}

/// How many seconds the driver waits by default. Commands that it does not try again have no limit.
const USUAL_WAIT: u32 = 900;

fn statements(machine: &str, cable: &mut Cable, step: &Step) -> Vec<String> {
    let method = |name: &str, text: &str| vec![call(&format!("{machine}.{name}"), text)];
    let plain = |name: &str| format!("{machine}.{name}()");
    let longer = step.limit.filter(|limit| limit.get() > USUAL_WAIT);
    let timeout = longer.map(|limit| format!("timeout={limit}"));
    let wait = |name: &str, text: &str| {
        vec![call_with(&format!("{machine}.{name}"), text, timeout.as_deref())]
    };
    match &step.action {
        Action::WaitForUnit(unit) => wait("wait_for_unit", unit),
        Action::WaitForPort(port) => {
            let more = timeout.map_or(String::new(), |timeout| format!(", {timeout}"));
            vec![format!("{machine}.wait_for_open_port({port}{more})")]
        }
        // The driver puts the name into a command as it is.
        Action::WaitForFile(path) => wait("wait_for_file", &shell_word(path)),
        Action::Succeed(command) => method("succeed", command),
        Action::Fail(command) => method("fail", command),
        Action::Eventually(command) => wait("wait_until_succeeds", command),
        Action::Output { command, expect } => output(machine, command, expect),
        // The driver's own `start_job` and `stop_job` do not look at the outcome.
        Action::Start(unit) => method("succeed", &systemctl("start", unit)),
        Action::Stop(unit) => method("succeed", &systemctl("stop", unit)),
        Action::Restart(unit) => method("succeed", &systemctl("restart", unit)),
        Action::Write(file) => method("succeed", &write(file)),
        Action::Crash => {
            *cable = Cable::default();
            vec![plain("crash"), plain("start")]
        }
        // The driver's own `reboot` wants the machine to have been started for it.
        Action::Reboot => {
            *cable = Cable::default();
            vec![plain("shutdown"), plain("start")]
        }
        Action::CutNetwork => cable.cut(machine),
        Action::DelayNetwork { millis } => cable.delay(machine, *millis),
        Action::LosePackets { percent } => cable.lose(machine, *percent),
        Action::HealNetwork => cable.heal(machine),
        // Where it switches to depends on the other steps.
        Action::Switch(_) => Vec::new(),
        Action::Python(code) => vec![code.trim_matches('\n').to_owned()],
    }
}

/// The command that switches a machine of a test to a specialisation of the system that was booted, or back to
/// that itself. The one that runs may be a specialisation, and knows of no other one.
pub fn switch_command(run: &Run, machine: &str, switch: &Switch) -> String {
    let specialisation = specialisation::name(run, machine, switch);
    let within = specialisation.map(|name| format!("/specialisation/{name}")).unwrap_or_default();
    format!("/run/booted-system{within}/bin/switch-to-configuration test")
}

fn systemctl(verb: &str, unit: &str) -> String {
    format!("systemctl {verb} {}", shell_word(unit))
}

/// Writes a file and its folder, whatever it holds.
fn write(file: &TestFile) -> String {
    format!(
        "printf %s {} | install -D -m {} /dev/stdin {}",
        shell_word(&file.content),
        shell_word(&file.mode),
        shell_word(&file.path)
    )
}

fn output(machine: &str, command: &str, expect: &Expectation) -> Vec<String> {
    let condition = match expect {
        Expectation::Equals(text) => format!("output.rstrip() == {}", literal(trimmed(text))),
        Expectation::Contains(text) => format!("{} in output", literal(text)),
        Expectation::Matches(pattern) => {
            format!("re.search({}, output.rstrip(), re.ASCII)", literal(pattern))
        }
    };
    vec![
        call(&format!("output = {machine}.succeed"), command),
        format!("assert {condition}, f\"the output is {{output!r}}\""),
    ]
}
