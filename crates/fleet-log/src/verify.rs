//! Whether a log and the files of its fleet agree, both ways.

use domi_fleet::{Change, Kind, Noted, State, What};
use domi_model::{Place, Problem};

use crate::chain::Log;
use crate::codes::{DIFFERS, NO_DIGEST};

/// What the files say and the log does not, and what the log says and no file does.
pub fn verify(log: &Log, files: &State) -> Vec<Problem> {
    let problem = |Change { what, thing }: Change| {
        let noun = thing.kind.noun();
        let (message, is_there) = match what {
            What::Added => (format!("no event says that there is this {noun}"), true),
            What::Changed | What::Done => {
                ("the file says something else than when it was recorded".to_owned(), true)
            }
            What::Renamed(from) => (format!("the log has it as `{from}`"), true),
            What::Removed => {
                (format!("the log has this {noun}, and there is no file of it"), false)
            }
        };
        let place = is_there.then(|| Place { file: thing.file.clone(), line: 1 });
        let subject = if is_there { thing.name } else { thing.file };
        let problem = Problem::error(DIFFERS, subject, message).at(place);
        problem.next("run `cargo xtask fleet record`, or take the change back")
    };
    log.state.changes(files).into_iter().map(problem).collect()
}

/// People who are recorded without a digest, and whose files have no salt yet: the log cannot say
/// whether they are as they were recorded.
pub fn undigested(log: &Log, files: &State) -> Vec<Problem> {
    let problem = |it: &Noted| {
        let place = Place { file: it.file.clone(), line: 1 };
        let message = "has no salt: the log knows nothing of what it says";
        let problem = Problem::warning(NO_DIGEST, &it.name, message).at(Some(place));
        problem.next("run `cargo xtask fleet record`")
    };
    let people = files.things().filter(|it| it.kind == Kind::Person && it.digest.is_none());
    let recorded = people.filter(|it| log.state.thing(it.kind, &it.name) == Some(*it));
    recorded.map(problem).collect()
}
