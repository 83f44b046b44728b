//! A step of the guide: what to do, by which command, and why.

use schemars::JsonSchema;
use serde::Serialize;

/// What to do next, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Step {
    /// What to do, in a few words.
    pub(super) what: String,
    /// Lines to write first, where no command can know them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) edit: Option<Edit>,
    /// The command, for a shell in the repository's root.
    pub(super) command: String,
    /// Why it is useful now.
    pub(super) why: String,
}

/// Lines that a person writes into a file. What they say is an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Edit {
    /// The file, from the repository's root.
    pub(super) file: String,
    /// Where in it.
    pub(super) at: At,
    /// The lines.
    pub(super) lines: Vec<String>,
}

/// Where lines of a file are put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum At {
    /// The file is new, and has only these.
    New,
    /// Before all others.
    Top,
    /// Behind all others.
    End,
    /// Right below this line.
    Below(String),
    /// A person knows where.
    Somewhere,
}

impl At {
    pub(super) fn words(&self, file: &str) -> String {
        match self {
            Self::New => format!("write a file {file}, such as"),
            Self::Top => format!("write at the beginning of {file}, such as"),
            Self::End => format!("write at the end of {file}"),
            Self::Below(line) => format!("write below `{line}` in {file}"),
            Self::Somewhere => format!("write in {file}"),
        }
    }
}

impl Step {
    pub(super) fn new(what: impl Into<String>, command: impl Into<String>, why: &str) -> Self {
        let (what, command) = (what.into(), command.into());
        Self { what, edit: None, command, why: why.to_owned() }
    }

    /// The same, after these lines were written.
    pub(super) fn writing(mut self, file: impl Into<String>, at: At, lines: &[&str]) -> Self {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        self.edit = Some(Edit { file: file.into(), at, lines });
        self
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// It is as it should be: how that is known, if that says more than the check.
    Done(String),
    /// There is something to do.
    Open(Step),
    /// Nobody can say before something else is done: what that is.
    Unknown(&'static str),
    /// It does not concern this repository.
    Nothing,
}

/// A check of a picture: pure, and one of a list that is in a newcomer's order.
pub(super) struct Check<P> {
    /// Its name, which never gets another meaning.
    pub(super) id: &'static str,
    /// What is so once it is done.
    pub(super) about: &'static str,
    /// What it finds.
    pub(super) look: fn(&P) -> Found,
}

/// Some of these names, for a sentence.
pub(super) fn named(names: &[impl AsRef<str>]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [one, other] => format!("{} and {}", one.as_ref(), other.as_ref()),
        [one, others @ ..] => format!("{} and {} more", one.as_ref(), others.len()),
    }
}
