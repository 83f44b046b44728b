//! Two branches of git that both wrote the log, found in what became of it when they were merged.

use domi_fleet::LOG;
use domi_model::{Place, Problem};

use crate::codes::FORKED;
use crate::event::Event;

/// What git writes before the lines of the first side of a conflict.
const MARK: &[u8] = b"<<<<<<< ";

/// Says that the log has two branches, if that is why a line is wrong. `before` are the events of
/// the lines before it, which are right.
pub(crate) fn fork(before: &[Event], line: &[u8]) -> Option<Box<Problem>> {
    let number = before.len() + 1;
    let message = if line.starts_with(MARK) {
        "git wrote a conflict here: two branches both added events".to_owned()
    } else {
        let event = Event::read(std::str::from_utf8(line).ok()?).ok()?;
        let at = before.iter().position(|it| it.previous == event.previous)?;
        let other = &before[at];
        if other.id == event.id {
            // The same line twice is no work of two branches.
            return None;
        }
        let described = |it: &Event| format!("{} {}", it.kind(), it.subject());
        let begin = match at {
            0 => "begin the log".to_owned(),
            at => format!("follow line {at}"),
        };
        format!(
            "two branches both added events: `{}` of line {} and `{}` both {begin}",
            described(other),
            at + 1,
            described(&event)
        )
    };
    let line = u32::try_from(number).unwrap_or(u32::MAX);
    let problem =
        Problem::error(FORKED, LOG, message).at(Some(Place { file: LOG.to_owned(), line }));
    let next = "`cargo xtask fleet log rebase` puts the events of one behind those of the other";
    Some(Box::new(problem.next(next)))
}
