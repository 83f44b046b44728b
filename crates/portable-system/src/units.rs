//! What systemd itself thinks of the units that features come to, asked in a guest and of what
//! starts nothing: one guest for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use domi_host::command::shell_word;
use domi_model::Problem;
use domi_realise::{Content, File, System};
use domi_runner::{Job, Plan};

use crate::archive::{archive, seconds_now};
use crate::codes::UNIT_FAULTY;
use crate::driven::{Driven, Fault};
use crate::provision::{Provision, of_job, units};

/// Where the units of features stand in a machine.
const UNITS: &str = "/etc/systemd/system/";
/// Where those that are judged stand in the guest, each set in a folder of its own.
const JUDGED: &str = "/run/domi-units";
/// How long systemd may think of one set.
const LIMIT: Duration = Duration::from_secs(120);

/// The units of one machine of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitSet {
    /// Whose they are: `feature-x › answers › machine`. The first that has them, of several.
    pub of: String,
    /// The names of the feature's own, and of those that it adds to.
    pub names: BTreeSet<String>,
    /// Paths below the folder of units, with what is there.
    files: Vec<File>,
    /// Programs of the feature's own, which are not there unless they are put there.
    programs: Vec<File>,
}

/// The sets of units of a plan, each once, and the packages that their programs come from.
pub fn unit_sets(plan: &Plan) -> (Vec<UnitSet>, Vec<String>) {
    let (mut sets, mut packages) = (Vec::<UnitSet>::new(), BTreeSet::new());
    for job in &plan.jobs {
        // Settings that are refused have no units; the test says so.
        for provision in of_job(job) {
            packages.extend(provision.packages.iter().cloned());
            for (system, files) in provision.systems() {
                let set = UnitSet::of(job, &provision, system, files);
                let known = sets.iter().any(|other| other.files == set.files);
                if !set.names.is_empty() && !known {
                    sets.push(set);
                }
            }
        }
    }
    (sets, packages.into_iter().collect())
}

impl UnitSet {
    fn of(job: &Job, provision: &Provision, system: &System, all: &[File]) -> Self {
        let mut files = Vec::new();
        for file in all {
            let Some(path) = file.path.strip_prefix(UNITS) else { continue };
            files.push(File { path: path.to_owned(), ..file.clone() });
        }
        let is_program = |file: &&File| file.mode & 0o111 != 0;
        let programs = all.iter().filter(is_program).cloned().chain(stand_ins(job)).collect();
        let drop_ins = files.iter().filter_map(|file| file.path.split_once(".d/"));
        let names = units(system).cloned().chain(drop_ins.map(|(unit, _)| unit.to_owned()));
        Self {
            of: format!("{} › {} › {}", job.feature(), job.test.name, provision.name),
            names: names.collect(),
            files,
            programs,
        }
    }

    /// When its timers elapse, as they say it.
    fn calendars(&self) -> BTreeMap<&str, &str> {
        let mut calendars = BTreeMap::new();
        for file in &self.files {
            let Content::Text(text) = &file.content else { continue };
            for line in text.lines() {
                // What has a specifier in it is known to nobody but the timer.
                if let Some(when) = line.strip_prefix("OnCalendar=")
                    && !when.is_empty()
                    && !when.contains('%')
                {
                    calendars.insert(when, &*file.path);
                }
            }
        }
        calendars
    }

    fn problem(&self, subject: &str, message: &str) -> Problem {
        Problem::error(UNIT_FAULTY, format!("{} › {subject}", self.of), message)
            .next("fix the unit in the feature; `man 5 systemd.unit` says what systemd reads")
    }

    /// The complaints in what `systemd-analyze verify` printed that are of these units.
    fn complaints(&self, folder: &str, printed: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for line in printed.lines() {
            let named = self.names.iter().find_map(|name| {
                let rest = line.strip_prefix(&**name)?.strip_prefix(": ")?;
                Some((name.clone(), rest.to_owned()))
            });
            let in_file = || {
                let rest = line.strip_prefix(folder)?.strip_prefix('/')?;
                let (place, message) = rest.split_once(": ")?;
                Some((place.to_owned(), message.to_owned()))
            };
            let Some((subject, message)) = named.or_else(in_file) else { continue };
            let problem = self.problem(&subject, &message);
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }
}

/// Asks systemd in a machine what it thinks of units.
///
/// # Errors
/// When the machine cannot be asked.
pub fn judge_units(machine: &mut dyn Driven, sets: &[UnitSet]) -> Result<Vec<Problem>> {
    let files: Vec<_> = sets.iter().enumerate().flat_map(|(at, set)| placed(at, set)).collect();
    let pushed = machine.push(archive(&files, seconds_now())?).map_err(said)?;
    if !pushed.success() {
        bail!("the units do not reach the guest: {}", String::from_utf8_lossy(&pushed.stderr));
    }
    let mut problems = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        let output = machine.execute(&question(at, set), LIMIT).map_err(said)?;
        let output =
            output.succeeded(&format!("systemd does not judge the units of {}", set.of))?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        problems.extend(set.complaints(&folder(at), &printed));
        for (when, unit) in set.calendars() {
            let output = machine.execute(&elapses(when), LIMIT).map_err(said)?;
            if String::from_utf8_lossy(&output.stdout).contains("Next elapse: never") {
                let message = format!("OnCalendar={when} is over: the timer never elapses");
                problems.push(set.problem(unit, &message));
            }
        }
    }
    Ok(problems)
}

/// What stands for programs of the workspace's crates: systemd looks only whether there is a program.
fn stand_ins(job: &Job) -> impl Iterator<Item = File> {
    let built =
        job.manifests().flat_map(|it| it.packages.values()).flat_map(domi_model::Package::built);
    let content = || Content::Text("#!/bin/sh\n".to_owned());
    built.map(move |(_, path)| File { path: path.to_owned(), mode: 0o755, content: content() })
}

/// Whoever asks here has nothing to decide.
fn said(fault: Fault) -> anyhow::Error {
    anyhow!(fault.message)
}

fn folder(at: usize) -> String {
    format!("{JUDGED}/{at}")
}

fn placed(at: usize, set: &UnitSet) -> impl Iterator<Item = File> {
    let units = set.files.iter().map(move |file| {
        let path = Path::new(&folder(at)).join(&file.path).display().to_string();
        File { path, ..file.clone() }
    });
    units.chain(set.programs.iter().cloned())
}

/// Has systemd read a set of units as it would if they stood where it reads them. A unit that is
/// only added to is the distribution's.
fn question(at: usize, set: &UnitSet) -> String {
    let folder = folder(at);
    let names: Vec<_> = set.names.iter().map(|name| shell_word(name)).collect();
    format!(
        "export SYSTEMD_LOG_COLOR=0 SYSTEMD_LOG_TARGET=console SYSTEMD_UNIT_PATH={folder}:
cd {folder}
units=()
for unit in {names}; do
  for place in {folder} /usr/lib/systemd/system; do
    [[ ! -e $place/$unit ]] || {{ units+=(\"$place/$unit\"); break; }}
  done
done
type systemd-analyze >/dev/null
systemd-analyze verify --man=no -- \"${{units[@]}}\" 2>&1 || true
",
        names = names.join(" ")
    )
}

fn elapses(when: &str) -> String {
    format!("systemd-analyze calendar -- {} 2>&1 || true", shell_word(when))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(files: &[(&str, &str)], names: &[&str]) -> UnitSet {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            mode: 0o444,
            content: Content::Text((*text).to_owned()),
        };
        UnitSet {
            of: "x › it works › m".to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            files: files.iter().map(file).collect(),
            programs: Vec::new(),
        }
    }

    #[test]
    fn only_what_is_said_of_the_features_own_units_counts() {
        let set = set(&[], &["a b.service", "ssh.service"]);
        let printed = "/run/domi-units/1/a b.service:5: Unknown key name 'execstart', ignoring.\n\
                       a b.service: Command /usr/bin/none is not executable: No such file\n\
                       a b.service: Command /usr/bin/none is not executable: No such file\n\
                       other.service: Command /usr/bin/none is not executable\n\
                       /usr/lib/systemd/system/x.service:3: old\n\
                       /run/domi-units/11/a b.service:5: of another\n\
                       /run/domi-units/1/ssh.service.d/x.conf:2: Failed to parse: y\n";
        let said: Vec<_> = set
            .complaints("/run/domi-units/1", printed)
            .into_iter()
            .map(|problem| format!("{}: {}", problem.subject, problem.message))
            .collect();
        assert_eq!(
            said,
            [
                "x › it works › m › a b.service:5: Unknown key name 'execstart', ignoring.",
                "x › it works › m › a b.service: Command /usr/bin/none is not executable: No such file",
                "x › it works › m › ssh.service.d/x.conf:2: Failed to parse: y",
            ]
        );
    }

    #[test]
    fn programs_of_a_feature_are_put_where_its_units_look_for_them() {
        let mut set = set(&[("a.service", "x")], &["a.service"]);
        let content = Content::Text("#!/bin/sh\n".to_owned());
        let program = File { path: "/etc/domi/files/run".to_owned(), mode: 0o555, content };
        set.programs.push(program.clone());
        let all: Vec<_> = placed(3, &set).map(|file| (file.path, file.mode)).collect();
        let unit = "/run/domi-units/3/a.service".to_owned();
        assert_eq!(all, [(unit, 0o444), (program.path, 0o555)]);
    }

    #[test]
    fn calendars_are_asked_as_they_are_written() {
        let timer = "[Timer]\nOnCalendar=daily\nOnCalendar=\nOnCalendar=*-*-01 %H\nOnBoot=1\n";
        let set = set(&[("a.timer", timer), ("a.service", "[Service]\nX=OnCalendar=x\n")], &[]);
        assert_eq!(set.calendars(), [("daily", "a.timer")].into());
    }
}
