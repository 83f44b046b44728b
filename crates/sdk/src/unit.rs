use std::marker::PhantomData;

use domi_model::{Command, Expr as Untyped, If, Setting, Unit as Model};

use crate::expr::presence;
use crate::system::also_when;
use crate::{Expr, IntoExpr, IntoSetting, IntoText, Package, SecretFile, Textual};

/// The kinds of units.
pub mod kinds {
    /// A service.
    #[derive(Debug)]
    pub struct Service;
    /// A timer.
    #[derive(Debug)]
    pub struct Timer;
    /// A socket.
    #[derive(Debug)]
    pub struct Socket;
    /// A path that is watched.
    #[derive(Debug)]
    pub struct Path;
    /// A slice.
    #[derive(Debug)]
    pub struct Slice;
    /// A target.
    #[derive(Debug)]
    pub struct Target;
    /// Any of them, which machines have already.
    #[derive(Debug)]
    pub struct Existing;
}

/// A systemd unit that was just added, to be described.
#[derive(Debug)]
pub struct Unit<'a, K> {
    model: &'a mut Model,
    kind: PhantomData<K>,
}

/// A service.
pub type Service<'a> = Unit<'a, kinds::Service>;

/// A timer.
pub type Timer<'a> = Unit<'a, kinds::Timer>;

/// What is added to a unit that machines have already.
pub type DropIn<'a> = Unit<'a, kinds::Existing>;

macro_rules! relations {
    ($($(#[$doc:meta])* $method:ident: $key:literal;)+) => {
        $(
            $(#[$doc])*
            pub fn $method(self, unit: impl IntoText) -> Self {
                self.model.relations.entry($key.to_owned()).or_default().push(unit.into_text());
                self
            }
        )+
    };
}

impl<'a, K> Unit<'a, K> {
    pub(crate) fn new(model: &'a mut Model) -> Self {
        Self { model, kind: PhantomData }
    }

    /// Says what the unit is, for people.
    pub fn description(self, text: impl IntoText) -> Self {
        self.model.description = Some(text.into_text());
        self
    }

    /// It is there only where the condition is true.
    pub fn when(self, condition: Expr<bool>) -> Self {
        also_when(&mut self.model.scope, condition.into_model());
        self
    }

    /// Starts with another unit, such as `multi-user.target`.
    pub fn wanted_by(self, unit: impl IntoText) -> Self {
        self.model.wanted_by.push(unit.into_text());
        self
    }

    relations! {
        /// Starts after another unit, where both start.
        after: "after";
        /// Starts before another unit, where both start.
        before: "before";
        /// Starts another unit too, and does without it where it fails.
        wants: "wants";
        /// Starts another unit too, and stops with it.
        requires: "requires";
        /// As `requires`, but needs the other unit to be started already.
        requisite: "requisite";
        /// As `requires`, and stops whenever the other one does.
        binds_to: "bindsTo";
        /// Stops and restarts with another unit.
        part_of: "partOf";
        /// Never runs together with another unit.
        conflicts: "conflicts";
    }

    /// Sets a key of the `[Unit]` section.
    pub fn unit_config(self, key: &str, value: impl IntoSetting) -> Self {
        self.model.unit_config.insert(key.to_owned(), value.into_setting());
        self
    }

    /// Sets a key of the section of the unit's kind, such as `[Service]`.
    pub fn config(self, key: &str, value: impl IntoSetting) -> Self {
        self.model.config.insert(key.to_owned(), value.into_setting());
        self
    }

    /// Sets a key of the section of the unit's kind, where a condition is true.
    pub fn config_when(self, condition: Expr<bool>, key: &str, value: impl IntoSetting) -> Self {
        let value = value.into_setting();
        let mut scope = domi_model::Scope { when: value.when, each: None };
        also_when(&mut scope, condition.into_model());
        let setting = Setting { value: value.value, when: scope.when };
        self.model.config.insert(key.to_owned(), setting);
        self
    }
}

/// The command line of a service: the program, by its absolute path, and arguments. No shell reads it, and systemd
/// expands nothing in it. Written with [`argv!`](crate::argv).
#[derive(Debug, Clone)]
pub struct Argv {
    parts: Vec<Untyped>,
    prefix: String,
    when: Option<Untyped>,
}

/// A command line: `argv![cfg.package().bin("rsync"), "--archive", job.source()]`.
#[macro_export]
macro_rules! argv {
    ($($part:expr),+ $(,)?) => {
        $crate::Argv::of(::std::vec![$($crate::private::text_part($part)),+])
    };
}

impl Argv {
    #[doc(hidden)]
    pub fn of(parts: Vec<Untyped>) -> Self {
        Self { parts: vec![Untyped::List(parts)], prefix: String::new(), when: None }
    }

    /// Adds an argument where there is one.
    #[must_use]
    pub fn and_maybe<T: Textual>(self, argument: &Expr<Option<T>>) -> Self {
        let (condition, argument) = presence(argument.as_model());
        self.and_when(Expr::from_model(condition), Self::of(vec![argument]))
    }

    /// Adds the arguments of a list.
    #[must_use]
    pub fn and_all<T: Textual>(mut self, list: impl IntoExpr<Vec<T>>) -> Self {
        self.parts.push(list.into_expr().into_model());
        self
    }

    /// Adds arguments where a condition is true: `.and_when(cfg.verbose(), argv!["-v"])`.
    #[must_use]
    pub fn and_when(mut self, condition: Expr<bool>, more: Self) -> Self {
        self.parts.push(Untyped::If(Box::new(If {
            condition: condition.into_model(),
            then: more.list(),
            otherwise: Untyped::List(Vec::new()),
        })));
        self
    }

    /// Adds further arguments.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.parts.extend(more.parts);
        self
    }

    /// Gives systemd's prefixes: `-` (may fail), `+` (full privileges).
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// Runs it only where a condition is true.
    #[must_use]
    pub fn when(mut self, condition: Expr<bool>) -> Self {
        self.when = Some(condition.into_model());
        self
    }

    fn list(mut self) -> Untyped {
        match self.parts.len() {
            1 => self.parts.remove(0),
            _ => Untyped::Concat(self.parts),
        }
    }
}

macro_rules! commands {
    ($($(#[$doc:meta])* $method:ident: $key:literal;)+) => {
        $(
            $(#[$doc])*
            pub fn $method(self, command: Argv) -> Self {
                let (prefix, when) = (command.prefix.clone(), command.when.clone());
                let command = Command { prefix, argv: command.list(), when };
                self.model.commands.entry($key.to_owned()).or_default().push(command);
                self
            }
        )+
    };
}

/// Commands that a service may have several of, and its environment.
macro_rules! parts_of_services {
    () => {
        commands! {
            /// Runs a command before it.
            start_pre: "ExecStartPre";
            /// Runs a command once it has started.
            start_post: "ExecStartPost";
            /// Runs a command to make it read its settings again.
            reload: "ExecReload";
            /// Runs a command to stop it.
            stop: "ExecStop";
            /// Runs a command after it has stopped.
            stop_post: "ExecStopPost";
        }

        /// Sets an environment variable.
        pub fn environment(self, name: &str, value: impl IntoSetting) -> Self {
            self.model.environment.insert(name.to_owned(), value.into_setting());
            self
        }
    };
}

impl DropIn<'_> {
    pub(crate) fn as_drop_in(self) -> Self {
        self.model.drop_in = true;
        self
    }

    parts_of_services!();
}

impl Service<'_> {
    commands! {
        /// Runs a command: the service itself.
        start: "ExecStart";
    }

    parts_of_services!();

    /// Puts a package on its PATH.
    pub fn path(self, package: impl IntoExpr<Package>) -> Self {
        self.model.path.push(package.into_expr().into_model());
        self
    }

    /// Runs to its end rather than on and on: `Type=oneshot`.
    pub fn one_shot(self) -> Self {
        self.config("Type", "oneshot")
    }

    /// Starts again when it fails.
    pub fn restart_on_failure(self) -> Self {
        self.config("Restart", "on-failure")
    }

    /// Runs as a user of its own that exists only while it runs.
    pub fn dynamic_user(self) -> Self {
        self.config("DynamicUser", true)
    }

    /// Has a folder below `/var/lib` that stays.
    pub fn state(self, folder: impl IntoText) -> Self {
        self.config("StateDirectory", Text(folder.into_text()))
    }

    /// Gives the service, and nothing else, the content of a secret file. The service finds it at
    /// [`credential_path`].
    pub fn credential(self, name: &str, file: impl Secret) -> Self {
        let Setting { value, when } = file.into_setting();
        let value = Untyped::Text(vec![format!("{name}:").into_text(), value]);
        let one = Setting { value, when };
        let all = match self.model.config.remove("LoadCredential") {
            None => one,
            Some(others) => together(others, one),
        };
        self.model.config.insert("LoadCredential".to_owned(), all);
        self
    }

    /// Keeps the service from most of what a service has no business with. It can still use the
    /// network, and write to its own folders.
    pub fn hardened(mut self) -> Self {
        for key in [
            "LockPersonality",
            "NoNewPrivileges",
            "PrivateDevices",
            "PrivateTmp",
            "ProtectClock",
            "ProtectControlGroups",
            "ProtectHome",
            "ProtectHostname",
            "ProtectKernelLogs",
            "ProtectKernelModules",
            "ProtectKernelTunables",
            "RestrictNamespaces",
            "RestrictRealtime",
            "RestrictSUIDSGID",
        ] {
            self = self.config(key, true);
        }
        self.config("ProtectSystem", "strict")
            .config("SystemCallArchitectures", "native")
            .config("UMask", "0077")
    }
}

/// The path at which a service finds a credential while it runs.
pub fn credential_path(service: &str, credential: &str) -> String {
    format!("/run/credentials/{service}.service/{credential}")
}

/// An option that names the file of a secret, or may do so.
#[diagnostic::on_unimplemented(message = "a credential comes from an option of type `SecretFile`")]
pub trait Secret: IntoSetting {}

impl Secret for Expr<SecretFile> {}
impl Secret for Expr<Option<SecretFile>> {}

/// Two settings of a key that repeats.
fn together(first: Setting, second: Setting) -> Setting {
    let list = |setting: Setting| match (setting.value, setting.when) {
        (value @ Untyped::Concat(_), None) => value,
        (value, None) => Untyped::List(vec![value]),
        (value, Some(condition)) => Untyped::If(Box::new(If {
            condition,
            then: Untyped::List(vec![value]),
            otherwise: Untyped::List(Vec::new()),
        })),
    };
    let mut lists = match list(first) {
        Untyped::Concat(lists) => lists,
        one => vec![one],
    };
    lists.push(list(second));
    Setting { value: Untyped::Concat(lists), when: None }
}

/// A text that is an expression already.
struct Text(Untyped);

impl IntoText for Text {
    fn into_text(self) -> Untyped {
        self.0
    }
}

macro_rules! timer_keys {
    ($($(#[$doc:meta])* $method:ident: $key:literal;)+) => {
        $(
            $(#[$doc])*
            pub fn $method(self, value: impl IntoSetting) -> Self {
                self.config($key, value)
            }
        )+
    };
}

impl Timer<'_> {
    timer_keys! {
        /// Runs at times of the calendar, as `systemd.time(7)` writes them: `daily`.
        on_calendar: "OnCalendar";
        /// Runs a time span after the machine has started.
        on_boot: "OnBootSec";
        /// Runs a time span after it was last started.
        on_unit_active: "OnUnitActiveSec";
        /// Spreads runs over a time span.
        randomized_delay: "RandomizedDelaySec";
    }

    /// Makes up at the next start for a run that was missed.
    pub fn persistent(self) -> Self {
        self.config("Persistent", true)
    }
}
