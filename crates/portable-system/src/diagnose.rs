//! What a machine can still say after a failure.

use std::time::Duration;

use domi_event::{Diagnostics, Journal};
use domi_host::command::shell_word;
use domi_runner::Artifacts;

use crate::driven::Driven;
use crate::machines::Machines;

/// How much of a journal goes into the event stream; the folder has all of it.
const LINES: usize = 40;
/// How long a machine is asked; one that does not answer by then says nothing.
const PATIENCE: Duration = Duration::from_secs(20);
/// Stands between the answers.
const MARK: &str = "\u{1}domi\u{1}";

/// Where the units of features stand.
const UNITS: &str = "/etc/systemd/system/";

/// What systemd complained of in the text of units, as far as a machine can still say it.
pub(crate) fn complaints(machine: &mut dyn Driven) -> String {
    let question = "journalctl -b --no-pager -q -o cat _PID=1 -p warning";
    let Ok(output) = machine.execute(question, PATIENCE) else { return String::new() };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines()
        .filter(|line| line.starts_with(UNITS))
        .fold(String::new(), |all, line| all + line + "\n")
}

/// Asks every machine that still runs, adds what matters to the diagnostics, and puts all of it
/// into the job's folder.
pub(crate) fn ask(
    machines: &mut Machines,
    units: &[(String, Vec<String>)],
    into: &mut Diagnostics,
    folder: &Artifacts,
) {
    for (name, machine) in machines.machines() {
        let units = units.iter().find(|(of, _)| of == name).map_or(&[][..], |(_, units)| units);
        if machine.is_running() {
            ask_one(name, &mut **machine, units, into, folder);
        }
    }
}

fn ask_one(
    name: &str,
    machine: &mut dyn Driven,
    units: &[String],
    into: &mut Diagnostics,
    folder: &Artifacts,
) {
    let Ok(output) = machine.execute(&question(units), PATIENCE) else { return };
    let answers = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut answers = answers.split(MARK);
    let mut next = || answers.next().unwrap_or_default().trim_end();
    let (failed, journal, everything, status) = (next(), next(), next(), next());
    into.failed_units.extend(failed_units(failed).map(|unit| format!("{name}: {unit}")));
    if !journal.is_empty() {
        into.journals.push(Journal { machine: name.to_owned(), text: last_lines(journal) });
    }
    folder.keep(&format!("{name}.units-journal.txt"), journal);
    folder.keep(&format!("{name}.journal.txt"), everything);
    folder.keep(&format!("{name}.status.txt"), status);
}

/// Everything in one command.
fn question(units: &[String]) -> String {
    let named: Vec<_> = units.iter().map(|unit| format!("-u {}", shell_word(unit))).collect();
    let journal = "journalctl -b --no-pager -q -o short-monotonic";
    let of_units = match &named[..] {
        [] => "true".to_owned(),
        named => format!("{journal} {}", named.join(" ")),
    };
    let all: Vec<_> = units.iter().map(|unit| shell_word(unit)).collect();
    let status = match &all[..] {
        [] => "true".to_owned(),
        all => format!("systemctl status --no-pager -l -- {}", all.join(" ")),
    };
    format!(
        "set +e
systemctl list-units --failed --plain --no-legend --no-pager
printf %s {mark}
{of_units}
printf %s {mark}
{journal} -n 2000
printf %s {mark}
{status}
exit 0
",
        mark = shell_word(MARK)
    )
}

fn failed_units(listed: &str) -> impl Iterator<Item = &str> {
    listed.lines().filter_map(|line| line.split_whitespace().next())
}

/// The end of a log, as far as the event stream has it.
pub fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
