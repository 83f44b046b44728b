use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use domi_host::Cause;
use domi_model::{Problem, Severity};
use domi_report::{Paint, shown};

use crate::Exit;
use crate::arguments::Global;
use crate::codes::{LACKING, UNUSABLE};

/// Why a command failed. The two kinds never mix.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The user can fix these.
    Problems {
        /// What the process ends with.
        exit: Exit,
        /// The folder that places of problems are relative to.
        root: Utf8PathBuf,
        /// All of them.
        problems: Vec<Located>,
    },
    /// The tool failed.
    Failed(anyhow::Error),
}

/// A problem, and where in the line of its place it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) problem: Problem,
    /// Characters of the line, from 0.
    pub(crate) columns: Option<Range<usize>>,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn problems(
        exit: Exit,
        root: &Utf8Path,
        problems: impl IntoIterator<Item = impl Into<Located>>,
    ) -> Self {
        let problems = problems.into_iter().map(Into::into).collect();
        Self::Problems { exit, root: root.to_owned(), problems }
    }

    /// The failure; as a problem, where the cause is this computer. `target` is cargo's folder.
    pub(crate) fn explained(self, root: &Utf8Path, target: Option<&Utf8Path>) -> Self {
        let Self::Failed(error) = &self else { return self };
        if let Some(domi_guest::Error::MissingTool { .. }) = error.downcast_ref() {
            let problem = Problem::error(LACKING, "", said(error))
                .next("`cargo xtask setup` says what installs it");
            return Self::problems(Exit::Missing, root, [problem]);
        }
        if exit(error) != Exit::Failed || Cause::of(error.as_ref()) != Cause::Computer {
            return self;
        }
        let message = said(error);
        let target = target.map(|target| (target.as_std_path(), Some("CARGO_TARGET_DIR")));
        let folders: Vec<_> = target.into_iter().chain([(root.as_std_path(), None)]).collect();
        let variable = domi_host::dirs::moved_by(&message, &folders);
        let next = variable.map(|variable| format!("fix that, or use another folder: {variable}"));
        let problem = Problem::error(UNUSABLE, "", message).next(next.unwrap_or_default());
        Self::problems(Exit::Missing, root, [problem])
    }

    /// What went wrong, in a line or so.
    pub(crate) fn said(&self) -> String {
        match self {
            Self::Failed(error) => said(error),
            Self::Problems { problems, .. } => {
                let one = |located: &Located| in_a_line(&located.problem);
                problems.iter().map(one).collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// Prints it on standard error; says what the process ends with.
    pub(crate) fn show(self, global: &Global) -> Exit {
        let paint = Paint::stderr(global.color.into());
        match self {
            Self::Problems { exit, root, problems } => {
                show(&problems, &root, paint);
                exit
            }
            Self::Failed(error) => {
                let exit = exit(&error);
                if exit == Exit::Interrupted {
                    talk!("interrupted");
                    return exit;
                }
                talk!("{}: {}", paint.bad("failed"), said(&error));
                if global.verbose > 0 {
                    talk!("{error:?}");
                }
                exit
            }
        }
    }
}

/// What is wrong with what, without what to do next.
pub(crate) fn in_a_line(problem: &Problem) -> String {
    match &*problem.subject {
        "" => problem.message.clone(),
        subject => format!("{subject}: {}", problem.message),
    }
}

/// An error with its causes. A cause whose text is already in the one above is left out.
fn said(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said += &format!(": {cause}");
        }
    }
    said
}

/// What the process ends with after a failure.
fn exit(error: &anyhow::Error) -> Exit {
    if Cause::of(error.as_ref()) == Cause::Interrupted {
        return Exit::Interrupted;
    }
    match error.downcast_ref() {
        Some(domi_guest::Error::Interrupted) => Exit::Interrupted,
        Some(
            domi_guest::Error::MissingTool { .. }
            | domi_guest::Error::Packages(_)
            | domi_guest::Error::Store(domi_guest::StoreError::NoSpace { .. }),
        ) => Exit::Missing,
        _ => Exit::Failed,
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Problem> for Located {
    fn from(problem: Problem) -> Self {
        Self { problem, columns: None }
    }
}

/// Prints problems on standard error.
pub(crate) fn show(problems: &[Located], root: &Utf8Path, paint: Paint) {
    for located in problems {
        crate::talk::talk(format_args!("{}", text(located, root, paint)));
    }
}

/// A problem with the line that it is about.
fn text(located: &Located, root: &Utf8Path, paint: Paint) -> String {
    let Located { problem, columns } = located;
    let severity = match problem.severity {
        Severity::Error => paint.bad(format_args!("error[{}]", problem.code)),
        Severity::Warning => paint.odd(format_args!("warning[{}]", problem.code)),
    };
    let subject = match &*problem.subject {
        "" => String::new(),
        // The name of a file may hold what a terminal would obey.
        subject => format!("{}: ", paint.strong(shown(subject))),
    };
    let mut text = format!("{severity}: {subject}{}\n", problem.message);
    if let Some(place) = &problem.place {
        let column = columns.as_ref().map_or_else(String::new, |c| format!(":{}", c.start + 1));
        let at = shown(&place.to_string());
        text += &format!("  {} {at}{column}\n", paint.faint("at"));
        text += &excerpt(root, place, columns.as_ref(), paint).unwrap_or_default();
    }
    if !problem.next.is_empty() {
        text += &format!("  {} {}\n", paint.faint("next:"), problem.next);
    }
    text
}

/// The line of a place, and carets under the columns.
fn excerpt(
    root: &Utf8Path,
    place: &domi_model::Place,
    columns: Option<&Range<usize>>,
    paint: Paint,
) -> Option<String> {
    let columns = columns?;
    let file = fs_err::read_to_string(root.join(&place.file)).ok()?;
    let line = file.lines().nth(usize::try_from(place.line).ok()?.checked_sub(1)?)?;
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let before: String =
        line.chars().take(columns.start).map(|c| if c == '\t' { c } else { ' ' }).collect();
    let carets = paint.bad("^".repeat(columns.len().max(1)));
    let bar = paint.faint("|");
    let number = paint.faint(number);
    Some(format!("  {number} {bar} {line}\n  {margin} {bar} {before}{carets}\n"))
}
