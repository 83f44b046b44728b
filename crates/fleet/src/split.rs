//! A unit or a location of a fleet becomes a fleet of its own: which file goes where, and what each says
//! then.
//!
//! What belongs to the unit, or is at the location, goes with it. What the settings of its hosts follow from
//! besides, and stays in use on the other side, is on both sides then: units around it, roles, places,
//! policies. Names that cross the cut become names of the other fleet, or are refused.

mod halves;
mod owned;
mod part;
mod rewrite;
mod side;
mod sides;
mod written;

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::Fleet;
use crate::codes::across::NOT_SPLIT;

pub use halves::{Half, Halves};
pub use part::Part;

/// Divides a fleet in which nothing is wrong. `texts` has the text of each file.
///
/// # Errors
/// What keeps the two together.
pub fn split(
    fleet: &Fleet,
    part: Part<'_>,
    texts: &BTreeMap<String, String>,
) -> Result<Halves, Vec<Problem>> {
    let links = sides::by_file(fleet);
    let sides = sides::sides(fleet, part, &links);
    let Some(rest) = &sides.rest_name else {
        let (message, next) = match part {
            Part::Unit(_) => (
                "is within no other unit of this fleet, so that there is nothing to cut",
                "name a unit that is within another",
            ),
            Part::Location(_) => (
                "there is no unit, and no location around it, by which the rest could be called",
                "add a file to `domain/organizations`",
            ),
        };
        let problem = Problem::error(NOT_SPLIT, part.name(), message);
        let at = part.about(fleet).and_then(|it| it.at(1));
        return Err(vec![problem.at(at).next(next)]);
    };
    written::written(fleet, [part.name(), rest], part, &sides, &links, texts)
}

/// The text of a context's file that has its view at another path.
///
/// # Errors
/// Why that cannot be: the file is no TOML.
pub fn led(text: &str, from: &str) -> Result<String, String> {
    rewrite::renamed(text, "from", &|_| Some(rewrite::Becomes::Name(from.to_owned())))
}
