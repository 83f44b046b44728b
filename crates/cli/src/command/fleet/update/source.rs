//! Where the view of another fleet is read: from a file, or as it is in a commit of the repository that
//! the file is in. Nothing is fetched.

use camino::{Utf8Path, Utf8PathBuf};
use domi_fleet::{Context as Other, MOST_BYTES, NOT_UPDATED};
use domi_host::command::End;
use domi_model::Problem;

use crate::context::Context;
use crate::failure::Result;
use crate::git::{Git, text};
use crate::request::FleetRequest;

/// What it is called for people, and its text; or why it cannot be read.
type Read = std::result::Result<(String, String), Box<Problem>>;

/// Reads the view of another fleet from where its context says, or from a file.
pub(super) fn read(
    context: &Context,
    request: &FleetRequest,
    other: &Other,
    from: Option<&Utf8Path>,
) -> Result<Read> {
    let refused = |line: u32, message: String, next: &str| {
        let problem = Problem::error(NOT_UPDATED, &other.about.name, message);
        Ok(Err(Box::new(problem.at(other.about.at(line)).next(next))))
    };
    let (path, revision, line) = match (from, &other.from) {
        (Some(path), _) => (path.to_owned(), None, 1),
        (None, Some(path)) => {
            (request.workspace.join(&path.name), other.revision.as_ref(), path.line)
        }
        (None, None) => {
            let message = "the file does not say where the view of the other fleet is".to_owned();
            return refused(1, message, "write `from = \"…\"`, or give `--from`");
        }
    };
    let next = "correct `from` and `revision`, or give `--from`";
    let bytes = match revision {
        None => match plain(&path) {
            Ok(bytes) => bytes,
            Err(why) => return refused(line, format!("`{path}` cannot be read: {why}"), next),
        },
        Some(revision) => match stored(context, &path, &revision.name)? {
            Ok(bytes) => bytes,
            Err(why) => {
                let message = format!("`{path}` cannot be read in `{}`: {why}", revision.name);
                return refused(revision.line, message, next);
            }
        },
    };
    if bytes.len() > MOST_BYTES {
        let message = format!("`{path}` has more than {MOST_BYTES} bytes, which no view has");
        return refused(line, message, next);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Ok((path.into_string(), text))),
        Err(_) => refused(line, format!("`{path}` is not UTF-8, and no view"), next),
    }
}

fn plain(path: &Utf8Path) -> std::result::Result<Vec<u8>, String> {
    let facts = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !facts.is_file() {
        return Err("it is no ordinary file".to_owned());
    }
    if facts.len() > 2 * u64::try_from(MOST_BYTES).unwrap_or(u64::MAX) {
        return Err(format!("it has {} bytes", facts.len()));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// A file as it is in a commit of the repository that it is in.
fn stored(
    context: &Context,
    path: &Utf8Path,
    revision: &str,
) -> Result<std::result::Result<Vec<u8>, String>> {
    // The folder of the file need not be there at the moment.
    let there = path.ancestors().skip(1).find(|folder| folder.is_dir());
    let folder = there.map_or_else(|| Utf8PathBuf::from("."), Utf8Path::to_owned);
    let git = Git { root: &folder, interrupt: &context.interrupt };
    let commit = match git.commit(revision)? {
        Ok(commit) => commit,
        Err(problem) => return Ok(Err(problem.message)),
    };
    let below = path.strip_prefix(&folder).unwrap_or(path);
    let name = format!("{commit}:./{below}");
    let blob = git.program().args(["cat-file", "blob", &name]).output_limit(2 * MOST_BYTES);
    let found = blob.run(git.interrupt)?;
    if found.end == End::TooMuchOutput {
        return Ok(Err(format!("it has more than {MOST_BYTES} bytes")));
    }
    if !found.success() {
        return Ok(Err(text(&found.stderr).trim().to_owned()));
    }
    Ok(Ok(found.stdout))
}
