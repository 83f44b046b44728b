//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::condition::Condition;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Waits until all of this is there at one time

Usage: domi-wait [OPTIONS] CONDITION...

Conditions:
  --unit NAME        a unit of systemd is active: nginx.service
  --tcp HOST:PORT    somebody takes connections: localhost:80, [::1]:80
  --file PATH        a file or folder is there

Options:
  --timeout SECONDS  how long to wait; 0 looks once [default: 60]
  --verbose          say how long it took
  --help             print this
  --version          print the version

Exit codes: 0 all is there, 1 the time is over, 2 the command line is wrong,
3 something cannot be asked for.
";

/// How long it waits where nobody says.
const USUAL: Duration = Duration::from_secs(60);

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Help,
    Version,
    Wait(Wanted),
}

/// What is waited for, and how.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) conditions: Vec<Condition>,
    pub(crate) limit: Duration,
    pub(crate) verbose: bool,
}

/// Reads a command line without the program's name.
pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let mut words = words.into_iter();
    let mut wanted = Wanted { conditions: Vec::new(), limit: USUAL, verbose: false };
    while let Some(word) = words.next() {
        let word = word.into_string().map_err(|word| format!("{word:?} is not UTF-8"))?;
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(OsString::from(value))),
            None => (word, None),
        };
        match (name.as_str(), &joined) {
            ("--help" | "-h", None) => return Ok(Asked::Help),
            ("--version" | "-V", None) => return Ok(Asked::Version),
            ("--verbose", None) => {
                wanted.verbose = true;
                continue;
            }
            ("--unit" | "--tcp" | "--file" | "--timeout", _) => {}
            _ => return Err(format!("`{name}` is neither a condition nor an option")),
        }
        let value = joined.or_else(|| words.next()).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| format!("`{name}` needs a value"))?;
        if name == "--file" {
            wanted.conditions.push(Condition::File(PathBuf::from(value)));
            continue;
        }
        let value = value.into_string().map_err(|value| format!("{value:?} is not UTF-8"))?;
        match name.as_str() {
            "--unit" => wanted.conditions.push(Condition::Unit(unit(value)?)),
            "--tcp" => wanted.conditions.push(Condition::Tcp(address(value)?)),
            _ => wanted.limit = seconds(&value)?,
        }
    }
    if wanted.conditions.is_empty() {
        return Err("there is nothing to wait for: name a unit, a port or a file".to_owned());
    }
    Ok(Asked::Wait(wanted))
}

/// A unit's full name: systemctl would take others for patterns, or for options.
fn unit(name: String) -> Result<String, String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    let is_full = name.split_once('.').is_some_and(|(before, after)| {
        !before.is_empty() && !after.is_empty() && !after.ends_with('.')
    });
    if is_full && !name.starts_with('-') && name.chars().all(is_part) {
        return Ok(name);
    }
    Err(format!("`{name}` is no full name of a unit, such as `nginx.service`"))
}

fn address(text: String) -> Result<String, String> {
    let parts = text.rsplit_once(':');
    let is_good = parts.is_some_and(|(host, port)| {
        let is_plain = !host.contains(':') || (host.starts_with('[') && host.ends_with(']'));
        !host.is_empty() && is_plain && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if is_good {
        return Ok(text);
    }
    Err(format!("`{text}` is no host with a port, such as `localhost:80` or `[::1]:80`"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u32>();
    seconds
        .map(|seconds| Duration::from_secs(seconds.into()))
        .map_err(|_| format!("`{text}` is no whole number of seconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Asked, String> {
        read(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn conditions_and_options_are_read_in_both_ways_of_writing() {
        let wanted = Wanted {
            conditions: vec![
                Condition::Unit("a@b.service".to_owned()),
                Condition::Tcp("[::1]:80".to_owned()),
                Condition::File("/a=b".into()),
            ],
            limit: Duration::from_secs(5),
            verbose: true,
        };
        let line = "--unit a@b.service --tcp=[::1]:80 --file=/a=b --timeout 5 --verbose";
        assert_eq!(of(line), Ok(Asked::Wait(wanted)));
        assert_eq!(of("--file /x --help"), Ok(Asked::Help));
        assert_eq!(of("-V"), Ok(Asked::Version));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, part) in [
            ("", "nothing to wait for"),
            ("--timeout 5", "nothing to wait for"),
            ("--unit", "`--unit` needs a value"),
            ("--file=", "`--file` needs a value"),
            ("--unit nginx", "no full name"),
            ("--unit -H.service", "no full name"),
            ("--unit *.service", "no full name"),
            ("--tcp 80", "no host with a port"),
            ("--tcp ::1:80", "no host with a port"),
            ("--tcp localhost:0", "no host with a port"),
            ("--tcp localhost:65536", "no host with a port"),
            ("--file /x --timeout 1.5", "no whole number"),
            ("--file /x --timeout -1", "no whole number"),
            ("--verbose=yes --file /x", "neither a condition"),
            ("/x", "neither a condition"),
        ] {
            let said = of(line).expect_err(line);
            assert!(said.contains(part), "{line}: {said}");
        }
    }
}
