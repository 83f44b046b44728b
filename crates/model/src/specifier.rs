//! systemd's specifiers, such as `%t`, its variables of commands, such as `$MAINPID`, and where each
//! is expanded.

/// What expands specifiers; each knows letters of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expansion {
    /// A value of a unit.
    Value,
    /// An argument of a command.
    Argument(Ran),
    /// The name of another unit.
    UnitName,
    /// A path or argument of tmpfiles.d.
    Tmpfiles,
}

impl Expansion {
    /// The letters that the oldest systemd of the machines knows here, but for deprecated ones.
    fn letters(self) -> &'static str {
        match self {
            Self::Value | Self::Argument(_) => "aAbBCdEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY",
            Self::UnitName => "aAbBgGHijlmMnNopquUvwW",
            Self::Tmpfiles => "abBCgGhHlLmoStTuUvVwW",
        }
    }

    /// Says what is wrong with a specifier here.
    pub(crate) fn check(self, specifier: &str) -> Result<(), String> {
        let mut letters = specifier.strip_prefix('%').unwrap_or_default().chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if self.letters().contains(letter) => Ok(()),
            (Some(_), None) => Err(format!("systemd expands no `{specifier}` here")),
            _ => Err(format!("{specifier:?} is no specifier, which is `%` and a letter")),
        }
    }
}

/// When a command is run, which decides on the variables that it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// Until the service has started.
    Starting,
    /// While it runs.
    Running,
    /// When it stops, or has stopped.
    Stopping,
}

impl Ran {
    /// When a command of this key is run.
    pub(crate) fn of(key: &str) -> Self {
        match key {
            "ExecStartPost" | "ExecReload" => Self::Running,
            "ExecStop" | "ExecStopPost" => Self::Stopping,
            _ => Self::Starting,
        }
    }
}

/// Variables that systemd gives to commands, and when.
const VARIABLES: [(&str, &[Ran], &str); 10] = [
    ("EXIT_CODE", &[Ran::Stopping], STOPPED),
    ("EXIT_STATUS", &[Ran::Stopping], STOPPED),
    ("INVOCATION_ID", &[Ran::Starting, Ran::Running, Ran::Stopping], ""),
    ("MAINPID", &[Ran::Running, Ran::Stopping], "once the service has a main process"),
    ("MONITOR_EXIT_CODE", &[Ran::Starting], TRIGGERED),
    ("MONITOR_EXIT_STATUS", &[Ran::Starting], TRIGGERED),
    ("MONITOR_INVOCATION_ID", &[Ran::Starting], TRIGGERED),
    ("MONITOR_SERVICE_RESULT", &[Ran::Starting], TRIGGERED),
    ("MONITOR_UNIT", &[Ran::Starting], TRIGGERED),
    ("SERVICE_RESULT", &[Ran::Stopping], STOPPED),
];

const STOPPED: &str = "when the service stops: in `ExecStop` and `ExecStopPost`";
const TRIGGERED: &str =
    "when a unit starts another by `OnFailure` or `OnSuccess`: in its `ExecStart`";

/// Says what is wrong with a variable where it stands.
pub(crate) fn check_variable(name: &str, expansion: Option<Expansion>) -> Result<(), String> {
    let Some((_, when, meaning)) = VARIABLES.iter().find(|(known, ..)| *known == name) else {
        let known = VARIABLES.map(|(name, ..)| format!("`{name}`")).join(", ");
        return Err(format!("systemd gives commands no variable `{name}`, only {known}"));
    };
    match expansion {
        Some(Expansion::Argument(ran)) if when.contains(&ran) => Ok(()),
        Some(Expansion::Argument(_)) => Err(format!("`${name}` is there {meaning}")),
        _ => Err(format!("systemd expands `${name}` in arguments of commands only")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_there_when_systemd_gives_it() {
        let check = |name: &str, key: &str, fault: Option<&str>| {
            let expansion = Some(Expansion::Argument(Ran::of(key)));
            let found = check_variable(name, expansion).err();
            assert!(
                match (&found, fault) {
                    (None, None) => true,
                    (Some(found), Some(fault)) => found.contains(fault),
                    _ => false,
                },
                "{name} {key} {found:?}"
            );
        };
        check("MAINPID", "ExecReload", None);
        check("MAINPID", "ExecStop", None);
        check("MAINPID", "ExecStart", Some("once the service has a main process"));
        check("EXIT_STATUS", "ExecStopPost", None);
        check("EXIT_STATUS", "ExecReload", Some("when the service stops"));
        check("MONITOR_UNIT", "ExecStart", None);
        check("MONITOR_UNIT", "ExecStop", Some("by `OnFailure`"));
        check("INVOCATION_ID", "ExecStartPre", None);
        check("HOME", "ExecStart", Some("no variable `HOME`, only `EXIT_CODE`,"));
        for elsewhere in [None, Some(Expansion::Value), Some(Expansion::UnitName)] {
            assert!(check_variable("MAINPID", elsewhere).is_err());
        }
    }

    #[test]
    fn a_specifier_is_a_letter_that_is_known_there() {
        let check = |expansion: Expansion, specifier: &str, fault: Option<&str>| {
            assert_eq!(expansion.check(specifier).err().as_deref(), fault, "{specifier}");
        };
        check(Expansion::Value, "%t", None);
        check(Expansion::UnitName, "%i", None);
        check(Expansion::UnitName, "%t", Some("systemd expands no `%t` here"));
        check(Expansion::Tmpfiles, "%i", Some("systemd expands no `%i` here"));
        for bad in ["t", "%", "%%", "%tt", "", "%t/x"] {
            assert!(Expansion::Value.check(bad).is_err(), "{bad}");
        }
    }
}
