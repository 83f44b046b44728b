//! Texts, put together from parts.

use domi_model::{Expr as Untyped, Value};

use crate::plain::null;
use crate::{
    AbsolutePath, Colons, Commas, Expr, Lines, NonEmptyStr, OptionType, Port, SecretFile,
    SingleLineStr, StorePath, Textual,
};

/// A part of a text: a string, number, path, or expression of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a text",
    label = "no text",
    note = "strings, integers, booleans, paths, packages, and expressions of them can"
)]
pub trait IntoText {
    /// The expression of the part.
    fn into_text(self) -> Untyped;
}

impl<T: Textual> IntoText for Expr<T> {
    fn into_text(self) -> Untyped {
        self.into_model()
    }
}

impl<V: IntoText + Clone> IntoText for &V {
    fn into_text(self) -> Untyped {
        self.clone().into_text()
    }
}

macro_rules! plain_texts {
    ($($ty:ty),+) => {
        $(
            impl IntoText for $ty {
                fn into_text(self) -> Untyped {
                    Untyped::Literal(self.to_owned().to_value())
                }
            }
        )+
    };
}

plain_texts!(bool, i8, i16, i32, i64, u8, u16, u32, &str, String);
plain_texts!(Commas, Colons);
plain_texts!(Port, NonEmptyStr, SingleLineStr, Lines, AbsolutePath, StorePath, SecretFile);

/// A specifier of systemd, such as `%t`.
#[derive(Debug, Clone)]
pub struct Specifier(String);

/// A specifier of systemd, for systemd to expand: `text!("{}/site.sock", specifier("%t"))`.
///
/// It can stand in values of units, in arguments of commands, in names of other units, and in
/// paths and arguments of rules of tmpfiles. Any other `%`, from an option or in a text, arrives as
/// a `%`.
pub fn specifier(specifier: &str) -> Specifier {
    Specifier(specifier.to_owned())
}

impl IntoText for Specifier {
    fn into_text(self) -> Untyped {
        Untyped::Specifier(self.0)
    }
}

/// A variable that systemd gives to a command, such as `$MAINPID`.
#[derive(Debug, Clone)]
pub struct CommandVariable(String);

/// A variable that systemd gives to a command, for systemd to expand in an argument of it:
/// `MAINPID`, `EXIT_CODE`, `EXIT_STATUS` and `SERVICE_RESULT` where the service stops,
/// `MONITOR_UNIT` and the like in what `on_failure` starts, `INVOCATION_ID`. Any other `$`, from an
/// option or in a text, arrives as a `$`.
pub fn command_variable(name: &str) -> CommandVariable {
    CommandVariable(name.to_owned())
}

/// The number of the service's main process, in commands that reload or stop it:
/// `.reload(argv![package("coreutils").bin("kill"), "-HUP", main_pid()])`.
pub fn main_pid() -> CommandVariable {
    command_variable("MAINPID")
}

impl IntoText for CommandVariable {
    fn into_text(self) -> Untyped {
        Untyped::CommandVariable(self.0)
    }
}

/// A string put together from parts; the work of `text!`.
pub fn text(parts: Vec<Untyped>) -> Expr<String> {
    if let [Untyped::Literal(Value::Str(_))] = &parts[..] {
        return Expr::from_model(parts.into_iter().next().unwrap_or_else(null));
    }
    if parts.is_empty() {
        return Expr::from_model("".into_text());
    }
    Expr::from_model(Untyped::Text(parts))
}
