use std::marker::PhantomData;

use domi_model::{Command, Expr as Untyped, Setting, Unit as Model};

use crate::command::CommandLine;
use crate::fault::Said;
use crate::keys::{Keys, Section, name_of};
use crate::part::also_when;
use crate::place::here;
use crate::{Expr, IntoExpr, IntoSetting, IntoText, Package, SecretFile, UnitNames};

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
    /// A mount.
    #[derive(Debug)]
    pub struct Mount;
    /// A path that is mounted when somebody looks at it.
    #[derive(Debug)]
    pub struct Automount;
    /// Any of them, which machines have already.
    #[derive(Debug)]
    pub struct Existing;
}

/// A systemd unit that was just added, to be described.
#[derive(Debug)]
pub struct Unit<'a, K> {
    pub(crate) model: &'a mut Model,
    pub(crate) keys: Keys,
    said: Said,
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
            pub fn $method(self, unit: impl UnitNames) -> Self {
                self.model.relations.entry($key.to_owned()).or_default().push(unit.into_names());
                self
            }
        )+
    };
}

impl<'a, K> Unit<'a, K> {
    pub(crate) fn new(model: &'a mut Model) -> Self {
        Self { model, keys: Keys::default(), said: Said::default(), kind: PhantomData }
    }

    /// Whether a thing is said of the unit for the first time.
    #[track_caller]
    pub(crate) fn once(&mut self, thing: &str) -> bool {
        self.said.once(&name_of(self.model), thing, here())
    }

    /// Says what the unit is, for people.
    #[track_caller]
    pub fn description(mut self, text: impl IntoText) -> Self {
        if self.once("its description") {
            self.model.description = Some(text.into_text());
        }
        self
    }

    /// It is there only where the condition is true.
    pub fn when(self, condition: impl IntoExpr<bool>) -> Self {
        also_when(&mut self.model.scope, condition.into_expr().into_model());
        self
    }

    /// Starts with another unit, such as `multi-user.target`.
    pub fn wanted_by(self, unit: impl UnitNames) -> Self {
        self.model.wanted_by.push(unit.into_names());
        self
    }

    /// Gives it another name, with the suffix of its kind: `web.service`.
    pub fn alias(self, name: &str) -> Self {
        self.model.aliases.push(name.to_owned());
        self
    }

    relations! {
        /// Starts with another unit, which fails where this one does: the other side of `requires`.
        required_by: "requiredBy";
        /// Starts another unit when this one has failed, such as one that raises an alarm.
        on_failure: "onFailure";
        /// Starts another unit when this one has ended without a fault.
        on_success: "onSuccess";
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

    /// Sets a key of the `[Unit]` section; one that systemd reads as a list gets longer when it is
    /// set again.
    #[track_caller]
    pub fn unit_config<S: IntoSetting>(mut self, key: &str, value: S) -> Self {
        let value = (value.into_setting(), S::IS_LIST);
        self.keys.set(self.model, (Section::Unit, key), value, here());
        self
    }

    /// Sets a key of the section of the unit's kind, such as `[Service]`; one that systemd reads as
    /// a list gets longer when it is set again.
    #[track_caller]
    pub fn config<S: IntoSetting>(mut self, key: &str, value: S) -> Self {
        let value = (value.into_setting(), S::IS_LIST);
        self.keys.set(self.model, (Section::Own, key), value, here());
        self
    }

    /// Sets a key of the section of the unit's kind, where a condition is true.
    #[track_caller]
    pub fn config_when<S: IntoSetting>(
        mut self,
        condition: impl IntoExpr<bool>,
        key: &str,
        value: S,
    ) -> Self {
        let value = value.into_setting();
        let mut scope = domi_model::Scope { when: value.when, each: None };
        also_when(&mut scope, condition.into_expr().into_model());
        let setting = Setting { value: value.value, when: scope.when };
        self.keys.set(self.model, (Section::Own, key), (setting, S::IS_LIST), here());
        self
    }
}

macro_rules! commands {
    ($($(#[$doc:meta])* $method:ident: $key:literal;)+) => {
        $(
            $(#[$doc])*
            pub fn $method(self, command: impl CommandLine) -> Self {
                let (prefix, argv, when) = command.into_argv().into_parts();
                let command = Command { prefix, argv, when };
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

        /// Reads environment variables from a file when it starts: one that [`environment_file`]
        /// makes, or a secret one of the machine. A later file wins, and a file over
        /// [`environment`](Self::environment).
        ///
        /// [`environment_file`]: crate::environment_file
        #[track_caller]
        pub fn environment_file<S: IntoSetting>(self, file: S) -> Self {
            self.config("EnvironmentFile", file)
        }

        /// Sets an environment variable.
        #[track_caller]
        pub fn environment(mut self, name: &str, value: impl IntoSetting) -> Self {
            if self.once(&format!("the environment variable `{name}`")) {
                self.model.environment.insert(name.to_owned(), value.into_setting());
            }
            self
        }
    };
}

impl DropIn<'_> {
    pub(crate) fn into_drop_in(self) -> Self {
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

    /// Puts a package on its PATH, before coreutils, findutils, grep, sed and systemd, which are on
    /// the PATH of every service. Nothing else is, not even a shell.
    pub fn path(self, package: impl IntoExpr<Package>) -> Self {
        self.model.path.push(package.into_expr().into_model());
        self
    }

    /// Runs to its end rather than on and on: `Type=oneshot`.
    #[track_caller]
    pub fn one_shot(self) -> Self {
        self.config("Type", "oneshot")
    }

    /// Starts again when it fails.
    #[track_caller]
    pub fn restart_on_failure(self) -> Self {
        self.config("Restart", "on-failure")
    }

    /// Runs as a user of its own that exists only while it runs.
    #[track_caller]
    pub fn dynamic_user(self) -> Self {
        self.config("DynamicUser", true)
    }

    /// Runs as a user that the feature has, and as the group of the same name.
    #[track_caller]
    pub fn runs_as(self, user: &str) -> Self {
        self.config("User", user).config("Group", user)
    }

    /// Has a folder below `/var/lib` that stays.
    #[track_caller]
    pub fn state(self, folder: impl IntoText) -> Self {
        self.config("StateDirectory", Text(folder.into_text()))
    }

    /// Gives the service, and nothing else, the content of a secret file. The service finds it at
    /// [`credential_path`].
    #[track_caller]
    pub fn credential(mut self, name: &str, file: impl Secret) -> Self {
        if self.once(&format!("the credential `{name}`")) {
            let Setting { value, when } = file.into_setting();
            let value = Untyped::Text(vec![format!("{name}:").into_text(), value]);
            let setting = (Setting { value, when }, false);
            self.keys.set(self.model, (Section::Own, "LoadCredential"), setting, here());
        }
        self
    }
}

/// The path at which a service finds a credential while it runs.
pub fn credential_path(service: &str, credential: &str) -> String {
    format!("/run/credentials/{service}.service/{credential}")
}

/// An option that names the file of a secret, or may do so.
#[diagnostic::on_unimplemented(
    message = "a credential comes from an option of type `SecretFile`",
    label = "not the option of a secret file"
)]
pub trait Secret: IntoSetting {}

impl Secret for Expr<SecretFile> {}
impl Secret for Expr<Option<SecretFile>> {}
impl Secret for &Expr<SecretFile> {}
impl Secret for &Expr<Option<SecretFile>> {}

/// A text that is an expression already.
struct Text(Untyped);

impl IntoText for Text {
    fn into_text(self) -> Untyped {
        self.0
    }
}
