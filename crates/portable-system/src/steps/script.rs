//! Steps as words and as scripts for the guest's bash. Pure text: nothing here runs anything.

use std::time::Duration;

use domi_host::command::shell_word;
use domi_model::{Action, Expectation, Switch};

/// What the runner does for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Means {
    /// Runs a script in the guest.
    Script(String),
    /// Unpacks a file in the guest.
    Write,
    /// Does something to the machine from outside.
    Outside,
    /// Gives the machine another system.
    Switch,
    /// Nothing: only the NixOS test driver can.
    Nothing,
}

/// Exit statuses by which a waiting script says why it gave up. Their own numbers, so that no
/// command of the test is mistaken for one.
pub(crate) const UNIT_FAILED: i32 = 201;
/// The unit is inactive and nothing is about to start it.
pub(crate) const UNIT_INACTIVE: i32 = 202;
/// What was waited for did not come in time.
pub(crate) const LATE: i32 = 203;

/// The step in words, for people.
pub(crate) fn words(action: &Action) -> String {
    match action {
        Action::WaitForUnit(unit) => format!("{unit} becomes active"),
        Action::WaitForPort(port) => format!("port {port} opens"),
        Action::WaitForFile(path) => format!("{path} is there"),
        Action::Succeed(command) => format!("`{command}` succeeds"),
        Action::Fail(command) => format!("`{command}` fails"),
        Action::Eventually(command) => format!("`{command}` succeeds at last"),
        Action::Output { command, expect } => match expect {
            Expectation::Equals(_) => format!("`{command}` prints exactly this"),
            Expectation::Contains(text) => format!("`{command}` prints {text:?} somewhere"),
            Expectation::Matches(pattern) => format!("`{command}` prints what matches {pattern:?}"),
        },
        Action::Start(unit) => format!("start {unit}"),
        Action::Stop(unit) => format!("stop {unit}"),
        Action::Restart(unit) => format!("restart {unit}"),
        Action::Switch(switch) => switched(switch),
        Action::Write(file) => format!("write {}", file.path),
        Action::Crash => "cut the power and start again".to_owned(),
        Action::Reboot => "reboot".to_owned(),
        Action::CutNetwork => "cut the network".to_owned(),
        Action::DelayNetwork { millis } => format!("delay what it sends by {millis} ms"),
        Action::LosePackets { percent } => format!("lose {percent} % of what it sends"),
        Action::HealNetwork => "heal the network".to_owned(),
        Action::Python(_) => "Python for the NixOS test driver".to_owned(),
    }
}

fn switched(switch: &Switch) -> String {
    let changed: Vec<_> = switch.settings.keys().map(String::as_str).collect();
    match (switch.enable, changed.is_empty()) {
        (false, _) => "switch to a system without the feature".to_owned(),
        (true, true) => "switch to the settings that it started with".to_owned(),
        (true, false) => format!("switch to other settings: {}", changed.join(", ")),
    }
}

/// What is done for the step, given how long it may take.
pub(crate) fn means(action: &Action, limit: Duration) -> Means {
    Means::Script(match action {
        Action::WaitForUnit(unit) => wait_for_unit(unit, limit),
        Action::WaitForPort(port) => {
            // `localhost` is every address of it, as for anyone who connects by that name.
            until(&format!("{{ exec 3<>/dev/tcp/localhost/{port}; }} 2>/dev/null"), limit)
        }
        Action::WaitForFile(path) => until(&format!("[[ -e {} ]]", shell_word(path)), limit),
        Action::Succeed(command) | Action::Fail(command) => command.clone(),
        Action::Output { command, .. } => command.clone(),
        Action::Eventually(command) => eventually(command, limit, LAST_WORDS),
        Action::Start(unit) => systemctl("start", unit),
        Action::Stop(unit) => systemctl("stop", unit),
        Action::Restart(unit) => systemctl("restart", unit),
        Action::Write(_) => return Means::Write,
        Action::Switch(_) => return Means::Switch,
        Action::Crash
        | Action::Reboot
        | Action::CutNetwork
        | Action::DelayNetwork { .. }
        | Action::LosePackets { .. }
        | Action::HealNetwork => return Means::Outside,
        Action::Python(_) => return Means::Nothing,
    })
}

fn systemctl(verb: &str, unit: &str) -> String {
    format!("systemctl {verb} -- {}", shell_word(unit))
}

/// Counts seconds from now (the shell that runs this may be old), and pauses without starting a
/// program, by reading a pipe that nobody writes to: under emulation a program costs some 20 ms.
const CLOCK: &str = "SECONDS=0
exec {clock}<> <(:)
pause() { read -rt 0.1 -u \"$clock\" || true; }
";

fn deadline(limit: Duration) -> u64 {
    limit.as_secs().max(1)
}

fn until(condition: &str, limit: Duration) -> String {
    let limit = deadline(limit);
    format!(
        "{CLOCK}until {condition}; do
  (( SECONDS < {limit} )) || exit {LATE}
  pause
done
"
    )
}

/// Waits as the NixOS test driver does: a failed unit is the end, and so is an inactive one that
/// no job is about to start.
fn wait_for_unit(unit: &str, limit: Duration) -> String {
    let unit = shell_word(unit);
    let limit = deadline(limit);
    format!(
        "{CLOCK}state() {{ systemctl show --property=ActiveState --value -- {unit}; }}
while true; do
  now=$(state)
  case $now in
  active) exit 0 ;;
  failed) exit {UNIT_FAILED} ;;
  inactive)
    jobs=$(systemctl list-jobs --no-legend --no-pager)
    if [[ -z $jobs || $jobs == 'No jobs'* ]]; then
      now=$(state)
      [[ $now != inactive ]] || exit {UNIT_INACTIVE}
    fi
    ;;
  esac
  if (( SECONDS >= {limit} )); then
    echo \"$now\"
    exit {LATE}
  fi
  pause
done
"
    )
}

/// Where a guest keeps what the last try of a command wrote to its standard error.
const LAST_WORDS: &str = "/run/domi/last-words";

/// Tries the command until it succeeds. What the last try wrote is what the step writes. A try
/// lasts as long as a command does: until its standard output is closed; its standard error goes to
/// a file, as a pipe would have to be waited for.
fn eventually(command: &str, limit: Duration, last_words: &str) -> String {
    let command = shell_word(command);
    let last_words = shell_word(last_words);
    let limit = deadline(limit);
    format!(
        "{CLOCK}command={command}
last_words={last_words}
while true; do
  : >\"$last_words\"
  set +e
  said=$( (set -euo pipefail; eval \"$command\") 2>>\"$last_words\" </dev/null)
  status=$?
  set -e
  if (( status == 0 || SECONDS >= {limit} )); then
    printf '%s\\n' \"$said\"
    last_words=$(<\"$last_words\")
    [[ -z $last_words ]] || printf '%s\\n' \"$last_words\" >&2
    (( status == 0 )) || exit {LATE}
    exit 0
  fi
  pause
done
"
    )
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use domi_host::Interrupt;
    use domi_host::command::{End, Program};

    use super::*;

    /// Soon, where a step is to run out of its time; where it is not, a busy computer may take long.
    fn limit(end: i32) -> Duration {
        Duration::from_secs(if end == LATE { 1 } else { 50 })
    }

    fn script(action: &Action, end: i32) -> String {
        match means(action, limit(end)) {
            Means::Script(script) => script,
            other => panic!("{other:?} is no script"),
        }
    }

    /// Runs a step's script here, as a guest does.
    #[track_caller]
    fn check_in(setup: &str, action: &Action, end: i32, stdout: &str) {
        let text = format!("set -euo pipefail; {setup}\n{}", script(action, end));
        let run = Program::new("bash").args(["-c", &text]).time_limit(Duration::from_secs(60));
        let outcome = run.run(&Interrupt::default()).unwrap();
        let said = String::from_utf8_lossy(&outcome.stderr);
        let printed = String::from_utf8_lossy(&outcome.stdout);
        assert_eq!((outcome.end, &*printed), (End::Exit(end), stdout), "{text}\n{said}");
    }

    #[track_caller]
    fn check(action: &Action, end: i32, stdout: &str) {
        check_in("", action, end, stdout);
    }

    #[test]
    fn a_port_is_open_once_something_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        check(&Action::WaitForPort(port), 0, "");
        drop(listener);
        check(&Action::WaitForPort(port), LATE, "");
    }

    #[test]
    fn a_port_that_opens_later_is_seen() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let late = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(250));
            TcpListener::bind(("127.0.0.1", port)).unwrap().accept().map(drop).unwrap();
        });
        let Means::Script(script) = means(&Action::WaitForPort(port), Duration::from_secs(50))
        else {
            panic!("no script")
        };
        let run = Program::new("bash").args(["-c", &format!("set -euo pipefail; {script}")]);
        assert!(run.run(&Interrupt::default()).unwrap().success());
        late.join().unwrap();
    }

    #[test]
    fn a_file_is_waited_for_whatever_its_name_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it's $(a) \"name\"\n");
        let path = path.to_str().unwrap().to_owned();
        check(&Action::WaitForFile(path.clone()), LATE, "");
        fs_err::write(&path, "").unwrap();
        check(&Action::WaitForFile(path), 0, "");
    }

    /// Tries a command here, as a guest does: how that ends, and what it wrote.
    #[track_caller]
    fn check_eventually(command: &str, end: i32, stdout: &str, stderr: &str) {
        let folder = tempfile::tempdir().unwrap();
        let last_words = folder.path().join("it's here");
        let script = eventually(command, limit(end), last_words.to_str().unwrap());
        let text = format!("set -euo pipefail; {script}");
        let run = Program::new("bash").args(["-c", &text]).time_limit(Duration::from_secs(60));
        let outcome = run.run(&Interrupt::default()).unwrap();
        let [out, err] = [&outcome.stdout, &outcome.stderr].map(|s| String::from_utf8_lossy(s));
        assert_eq!((outcome.end, &*out, &*err), (End::Exit(end), stdout, stderr), "{text}");
    }

    #[test]
    fn eventually_writes_what_the_last_try_wrote() {
        check_eventually("echo 'it'\\''s'; echo two >&2", 0, "it's\n", "two\n");
        check_eventually("echo no; false; echo never", LATE, "no\n", "");
        check_eventually("echo why >&2; false", LATE, "\n", "why\n");
        check_eventually("false | true", LATE, "\n", "");
        check_eventually("exec 2>&-; echo $unset; echo never", LATE, "\n", "");
    }

    #[test]
    fn a_try_lasts_until_its_standard_output_is_closed() {
        check_eventually("(sleep 0.2; echo late) & echo now", 0, "now\nlate\n", "");
        check_eventually("(exec >&2; sleep 1000; echo late) & kill $!", 0, "\n", "");
        // What holds nothing but standard error is not waited for.
        check_eventually("sleep 1000 >/dev/null &", 0, "\n", "");
    }

    #[test]
    fn eventually_survives_a_command_that_is_no_bash() {
        let folder = tempfile::tempdir().unwrap();
        let last_words = folder.path().join("last-words");
        let text = eventually("if (", Duration::from_secs(1), last_words.to_str().unwrap());
        let run = Program::new("bash").args(["-c", &format!("set -euo pipefail; {text}")]);
        assert_eq!(run.run(&Interrupt::default()).unwrap().end, End::Exit(LATE));
    }

    #[test]
    fn eventually_tries_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tries");
        let file = file.to_str().unwrap();
        let command = format!("echo x >> {file}; [[ $(wc -l < {file}) == 3 ]]");
        check_eventually(&command, 0, "\n", "");
    }

    /// A systemctl that answers from a list, one word a call.
    fn systemctl_says(states: &str, jobs: &str) -> String {
        format!(
            "answers=$(mktemp); trap 'rm -f $answers' EXIT; printf '%s\\n' {states} > $answers
             systemctl() {{
               if [[ $1 == list-jobs ]]; then echo '{jobs}'; return; fi
               [[ $* == 'show --property=ActiveState --value -- a.service' ]] || exit 99
               head -n1 $answers
               if (( $(wc -l < $answers) > 1 )); then sed -i 1d $answers; fi
             }}"
        )
    }

    #[test]
    fn a_unit_is_waited_for_until_it_is_active_or_cannot_become_it() {
        let wait = Action::WaitForUnit("a.service".to_owned());
        let job = "1 a.service start running";
        check_in(&systemctl_says("activating active", ""), &wait, 0, "");
        check_in(&systemctl_says("inactive activating active", job), &wait, 0, "");
        check_in(&systemctl_says("inactive activating active", ""), &wait, 0, "");
        check_in(&systemctl_says("activating failed active", ""), &wait, UNIT_FAILED, "");
        check_in(&systemctl_says("inactive inactive", ""), &wait, UNIT_INACTIVE, "");
        check_in(&systemctl_says("inactive", "No jobs running."), &wait, UNIT_INACTIVE, "");
        check_in(&systemctl_says("activating", ""), &wait, LATE, "activating\n");
        check_in(&systemctl_says("inactive", job), &wait, LATE, "inactive\n");
    }

    #[test]
    fn a_unit_with_an_odd_name_stays_one_word() {
        let restart = Action::Restart("a b'c.service".to_owned());
        assert_eq!(script(&restart, 0), r"systemctl restart -- 'a b'\''c.service'");
    }
}
