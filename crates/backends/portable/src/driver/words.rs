//! What the driver says to a machine, and what it means for ours. Pure.

use std::borrow::Cow;
use std::path::PathBuf;

use serde_json::{Value, json};

/// Where the driver listens for a machine that it has started, or wants it to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sockets {
    /// The driver waits here for QEMU's human monitor.
    pub(super) monitor: PathBuf,
    /// The driver waits here for the guest's root shell.
    pub(super) shell: PathBuf,
    /// QEMU's machine monitor waits here for the driver.
    pub(super) qmp: PathBuf,
}

/// The sockets in the arguments with which the driver starts a machine.
pub(super) fn sockets(arguments: &[String]) -> Option<Sockets> {
    let values_of = |option: &'static str| {
        let pairs = arguments.windows(2).filter(move |pair| pair[0] == option);
        pairs.map(|pair| pair[1].as_str())
    };
    let unix = |value: &str| value.strip_prefix("unix:").map(first_part);
    Some(Sockets {
        monitor: values_of("-monitor").find_map(unix)?,
        qmp: values_of("-qmp").find_map(unix)?,
        shell: values_of("-chardev")
            .filter(|value| value.split(',').any(|part| part == "id=shell"))
            .find_map(|value| value.split(',').find_map(|part| part.strip_prefix("path=")))
            .map(PathBuf::from)?,
    })
}

fn first_part(value: &str) -> PathBuf {
    value.split(',').next().unwrap_or_default().into()
}

/// Has the machine's shell run commands as that of a NixOS does, in its own process group. With a group for
/// each command, a `timeout` that is the command's only program would lead that group, and end with it what
/// carries the command's output to the driver.
pub(super) const NO_JOBS: &[u8] = b"set +m\n";
/// Has it run them as the machine's own steps need it.
pub(super) const JOBS: &[u8] = b"set -m\n";

/// Has a shell say on the console, which only root may, which commands it does not find. Shells that
/// it starts do so, too.
pub(super) const NOT_FOUND: &str = "command_not_found_handle() { \
    { printf '\\ndomi: not found: %s\\n' \"$1\" >/dev/console; } 2>/dev/null; \
    printf 'bash: %s: command not found\\n' \"$1\" >&2; return 127; }; \
    export -f command_not_found_handle\n";

/// The commands that a console says were not found: by that shell, or in the words of another one, of a
/// user who may not write to the console.
pub(super) fn not_found(console: &str) -> impl Iterator<Item = &str> {
    console.lines().map(str::trim).filter_map(|line| {
        let own = || line.strip_prefix("domi: not found: ");
        let of_bash = || {
            let (before, name) = line.strip_suffix(": command not found")?.rsplit_once(": ")?;
            before.contains("bash").then_some(name)
        };
        let of_dash = || {
            let (before, name) = line.strip_suffix(": not found")?.rsplit_once(": ")?;
            let (_, number) = before.rsplit_once(": ")?;
            number.parse::<u32>().is_ok().then_some(name)
        };
        own().or_else(of_bash).or_else(of_dash)
    })
}

/// Why a test has failed by the driver's log, with the line of its script where that is known.
pub(super) fn failure(log: &str, script: &str) -> String {
    let log = &*unmarked(log);
    let failed = log.lines().rfind(|line| line.starts_with("Test \"") && line.contains(OF_SUBTEST));
    // What fails in a subtest ends the driver of 2025 without a trace.
    let (why, number) = match failed.filter(|_| !log.contains(TRACE)) {
        Some(line) => {
            let (name, _) = line["Test ".len()..].split_once(OF_SUBTEST).unwrap_or((line, ""));
            let begins =
                |line: &str| line.contains("subtest(") && line.contains(name.trim_matches('"'));
            (line, script.lines().position(begins).map(|at| at + 1))
        }
        // A Python program ends with its exception.
        None => {
            let last = log.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            (last.trim(), line_number(log))
        }
    };
    let at = number.and_then(|number| Some((number, script.lines().nth(number.checked_sub(1)?)?)));
    match at {
        Some((number, line)) => format!("{why}, at line {number} of the script: {}", line.trim()),
        None => why.to_owned(),
    }
}

/// The lines of a log that are marked as errors, without their marks; all where none is, or where Python says
/// itself how the driver has ended. Drivers since the middle of 2025 mark them, and say more after them.
fn unmarked(log: &str) -> Cow<'_, str> {
    const MARK: &str = "!!!";
    if log.contains(TRACE) {
        return Cow::Borrowed(log);
    }
    let marked = log.lines().filter_map(|line| line.strip_prefix(MARK));
    let marked = marked.map(|line| format!("\n{}", line.strip_prefix(' ').unwrap_or(line)));
    match marked.collect::<String>() {
        none if none.is_empty() => Cow::Borrowed(log),
        marked => Cow::Owned(marked),
    }
}

/// How Python begins to say where an exception came from.
const TRACE: &str = "\nTraceback (most recent";
/// What the driver says between the name of a subtest and why it failed.
const OF_SUBTEST: &str = " failed with error: ";

/// The line of a script that a trace names last.
fn line_number(log: &str) -> Option<usize> {
    let mut numbers = log.lines().filter_map(|line| {
        let number = line.trim().strip_prefix("File \"<string>\", line ")?;
        number.split(',').next()?.trim().parse().ok()
    });
    numbers.next_back()
}

/// A command of the human monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// The power goes.
    Quit,
    /// QEMU does this.
    Qemu(String),
}

/// What a line for the human monitor asks for.
///
/// Machines of NixOS tests have two network cards, of which the second leads to the others; ours
/// have that one only, under a name of its own.
pub(super) fn command(line: &str) -> Command {
    let mut words = line.split_whitespace().map(|word| match word {
        "virtio-net-pci.1" => "net",
        word => word,
    });
    match words.clone().next() {
        Some("quit" | "q") => Command::Quit,
        _ if line.contains("virtio-net-pci.1") => {
            Command::Qemu(words.by_ref().collect::<Vec<_>>().join(" "))
        }
        _ => Command::Qemu(line.to_owned()),
    }
}

/// What QEMU's machine monitor says first.
pub(super) fn greeting() -> Value {
    json!({ "QMP": { "version": {}, "capabilities": [] } })
}

/// An answer of the machine monitor.
pub(super) fn answer(id: Option<&Value>, result: Result<Value, String>) -> Value {
    let mut answer = match result {
        Ok(value) => json!({ "return": value }),
        Err(why) => json!({ "error": { "class": "GenericError", "desc": why } }),
    };
    if let Some(id) = id {
        answer["id"] = id.clone();
    }
    answer
}

/// The lines that are whole; what is left is the beginning of the next.
pub(super) fn lines(pending: &mut Vec<u8>) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
        let line: Vec<u8> = pending.drain(..=end).collect();
        lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_line_of_the_script() {
        let script = "start()\nwith subtest(\"numbers\"):\n    no()\n";
        let check = |log: &str, expected: &str| assert_eq!(failure(log, script), expected);
        let trace = "x\nTraceback (most recent call last):\n  File \"/a/driver.py\", line 158, in b\n  \
                     File \"<string>\", line 1, in <module>\nAssertionError: no\n";
        check(trace, "AssertionError: no, at line 1 of the script: start()");
        let subtest = "x\nTest \"numbers\" failed with error: \"no\"\ncleanup\n";
        let line = "at line 2 of the script: with subtest(\"numbers\"):";
        check(subtest, &format!("Test \"numbers\" failed with error: \"no\", {line}"));
        let marked = "web: x\n!!! Test \"numbers\" failed with error: \"no\"\n\
                      !!! Traceback (most recent call last):\n!!!   File \"<string>\", line 3, in <module>\n    x\n\
                      !!!     no()\n!!!\n!!! RequestedAssertionFailed: no\ncleanup\n(finished: cleanup)\n";
        check(marked, "RequestedAssertionFailed: no, at line 3 of the script: no()");
        let raised = format!("!!! Test \"numbers\" failed with error: \"no\"\n{trace}");
        check(&raised, "AssertionError: no, at line 1 of the script: start()");
        check("x\nlast\n\n", "last");
        check("", "");
    }

    #[test]
    fn commands_that_were_not_found_are_read_from_the_console() {
        let console = "x\r\ndomi: not found: sudo\r\n[ 1.0] y domi: not found: no\n";
        assert_eq!(not_found(console).collect::<Vec<_>>(), ["sudo"]);
        let others = "sh: 1: only-on-nixos: not found\r\n-bash: other: command not found\n\
                      bash: line 1: third: command not found\nGET: /page: not found\n\
                      a: 404: \n";
        let found: Vec<_> = not_found(others).collect();
        assert_eq!(found, ["only-on-nixos", "other", "third"]);
    }

    #[test]
    fn the_sockets_are_where_the_driver_says() {
        let line = "-qmp unix:/t/qmp,server=on,wait=off -monitor unix:/t/monitor \
                    -chardev socket,id=shell,path=/t/shell -device virtio-serial -no-reboot";
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let expected = Sockets {
            monitor: "/t/monitor".into(),
            shell: "/t/shell".into(),
            qmp: "/t/qmp".into(),
        };
        assert_eq!(sockets(&words), Some(expected));
        assert_eq!(sockets(&words[2..]), None);
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let got = match command(line) {
            Command::Quit => "(quit)".to_owned(),
            Command::Qemu(line) => line,
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn the_monitor_is_told_of_our_own_network_card() {
        check("set_link virtio-net-pci.1 off", "set_link net off");
        check("screendump /tmp/a  b", "screendump /tmp/a  b");
        check("quit", "(quit)");
        check("", "");
    }

    #[test]
    fn answers_name_what_they_answer() {
        let of = |id, result| answer(id, result).to_string();
        assert_eq!(of(None, Ok(json!({}))), r#"{"return":{}}"#);
        let wrong = r#"{"error":{"class":"GenericError","desc":"no"},"id":7}"#;
        assert_eq!(of(Some(&json!(7)), Err("no".into())), wrong);
    }

    #[test]
    fn a_line_is_one_once_it_has_its_end() {
        let mut pending = b"a\r\nb\nc".to_vec();
        assert_eq!(lines(&mut pending), ["a", "b"]);
        assert_eq!(pending, b"c");
    }
}
