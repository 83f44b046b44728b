//! What systemd wants of a service's commands: it refuses to load one that would do nothing, or
//! that would start several programs at once.

use crate::{Expr, Setting, Unit, Value};

/// What a service has, for certain settings or for all of them.
#[derive(Debug, Clone, Copy)]
pub struct Commands {
    /// How many commands are in `ExecStart`.
    pub starts: usize,
    /// Whether its `Type` is `oneshot`.
    pub oneshot: bool,
    /// Whether there is a command in `ExecStop`.
    pub stops: bool,
    /// Whether it stays active when its commands are done.
    pub remains: bool,
    /// Whether it has a `SuccessAction`.
    pub ends_well: bool,
}

impl Commands {
    /// Why systemd would refuse the service.
    pub fn fault(self) -> Option<&'static str> {
        match self {
            Self { starts: 0, oneshot: false, .. } => Some(
                "a service needs an `ExecStart`, or to be of the type `oneshot`: systemd refuses it",
            ),
            Self { starts: 0, stops: false, ends_well: false, .. } => {
                Some("a service needs an `ExecStart` or an `ExecStop`: systemd refuses it")
            }
            Self { starts: 0, remains: false, ends_well: false, .. } => {
                Some("a service without an `ExecStart` needs `RemainAfterExit`: systemd refuses it")
            }
            Self { starts: 2.., oneshot: false, .. } => {
                Some("only a service of the type `oneshot` has several commands in `ExecStart`")
            }
            _ => None,
        }
    }

    /// The words for yes.
    pub const YES: [&str; 6] = ["1", "on", "t", "true", "y", "yes"];

    /// Whether a value of a directive means yes.
    pub fn is_yes(value: &str) -> bool {
        Self::YES.contains(&&*value.to_ascii_lowercase())
    }
}

impl Unit {
    /// Whether only settings decide whether systemd takes a service's commands. What is the same
    /// for all settings is seen when the manifest is read.
    pub fn commands_vary(&self) -> bool {
        let varies = |setting: &Setting| {
            setting.when.is_some() || !matches!(setting.value, Expr::Literal(_))
        };
        let conditional = |key: &str| {
            self.commands.get(key).is_some_and(|all| all.iter().any(|one| one.when.is_some()))
        };
        if conditional("ExecStart") || self.config.get("Type").is_some_and(varies) {
            return true;
        }
        let starts = self.commands.get("ExecStart").map_or(0, Vec::len);
        starts == 0
            && (conditional("ExecStop")
                || self.config.get("RemainAfterExit").is_some_and(varies)
                || self.unit_config.get("SuccessAction").is_some_and(varies))
    }

    /// What a service has at best, whatever the settings.
    pub(crate) fn commands_at_best(&self) -> Commands {
        let count = |key: &str| self.commands.get(key).map_or(0, Vec::len);
        let starts = self.commands.get("ExecStart").map_or(&[][..], Vec::as_slice);
        let always = starts.iter().filter(|command| command.when.is_none()).count();
        let oneshot = match self.config.get("Type").map(|setting| &setting.value) {
            Some(Expr::Literal(Value::Str(word))) => word == "oneshot",
            Some(_) => true,
            None => false,
        };
        Commands {
            // One of those with conditions may be there.
            starts: always.max(starts.len().min(1)),
            oneshot,
            stops: count("ExecStop") > 0,
            remains: self.config.contains_key("RemainAfterExit"),
            ends_well: self.unit_config.contains_key("SuccessAction"),
        }
    }
}
