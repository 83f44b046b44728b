//! Where in the author's source something stands.

use std::panic::Location;

use domi_model::Place;

/// A place in the source.
pub fn place(file: &str, line: u32) -> Place {
    Place { file: file.to_owned(), line }
}

/// The place of whoever called the function that is `#[track_caller]`.
#[track_caller]
#[expect(clippy::unnecessary_wraps, reason = "the manifest may lack a place, an author never does")]
pub(crate) fn here() -> Option<Place> {
    let location = Location::caller();
    Some(place(location.file(), location.line()))
}
